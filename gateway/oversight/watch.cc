#include "gateway/oversight/watch.h"

#include <algorithm>
#include <array>

namespace gateway {

namespace {

constexpr std::array<KindRule, 31> kKindRules{{
    {"missing_here", std::chrono::hours(24), "", false},
    {"missing_there", std::chrono::hours(72), "", false},
    {"differs", std::chrono::hours(72), "", false},
    {"counted_twice", std::chrono::hours(72), "", false},
    {"cut_register", std::chrono::hours(24), "", false},
    {"manifest_missing", std::chrono::hours(48), "", false},
    {"serial_gap", std::chrono::hours(48), "", false, true},
    {"renumbered", std::chrono::hours(120), "", true},
    {"silence", std::chrono::hours(24), "", false},
    {"slump", std::chrono::hours(48), "", false},
    {"call_without_case", std::chrono::hours(24), "hotline", false, true},
    {"mail_without_case", std::chrono::hours(48), "mailroom", false, true},
    {"named_not_registered", std::chrono::hours(72), "oversight", false, true},
    {"closed_unregistered", std::chrono::hours(48), "", false, true},
    {"refused", std::chrono::hours(72), "", false, true},
    {"feed_stopped", std::chrono::hours(24), "", false},
    {"expiring", std::chrono::hours(168), "admin", false},
    {"parked", std::chrono::hours(24), "uplink", false},
    {"unacknowledged", std::chrono::hours(24), "uplink", false},
    {"upstream_unknown", std::chrono::hours(48), "uplink", false},
    {"upstream_missing", std::chrono::hours(48), "uplink", false},
    {"upstream_differs", std::chrono::hours(72), "uplink", false},
    {"upstream_twice", std::chrono::hours(72), "uplink", false},
    {"transfer_loop", std::chrono::hours(72), "oversight", true},
    {"urgent", std::chrono::hours(4), "duty", false},
    {"future_time", std::chrono::hours(72), "", true},
    {"closed_without_reply", std::chrono::hours(72), "", false, true},
    {"date_changed", std::chrono::hours(72), "", true},
    {"constant_field", std::chrono::hours(240), "", false},
    {"calendar_missing", std::chrono::hours(72), "admin", false},
    {"other", std::chrono::hours(72), "oversight", false},
}};

}  // namespace

const KindRule& RuleOf(std::string_view kind) {
  const auto* found =
      std::find_if(kKindRules.begin(), kKindRules.end(), [&](const KindRule& rule) { return rule.kind == kind; });
  return found == kKindRules.end() ? kKindRules.back() : *found;
}

std::vector<std::string_view> FindingKinds() {
  std::vector<std::string_view> kinds;
  for (const auto& rule : kKindRules) kinds.push_back(rule.kind);
  return kinds;
}

std::string Watch::DivisionOf(std::string_view source) const {
  for (const auto& one : sources)
    if (one.name == source) return one.division;
  return "";
}

petition::Json NumbersEvidence(const std::vector<std::string>& numbers, std::size_t most) {
  petition::Json list = petition::Json::array();
  for (const auto& number : numbers) {
    if (list.size() == most) break;
    list.push_back(number);
  }
  return {{"numbers", std::move(list)}, {"more", numbers.size() > most}};
}

}  // namespace gateway
