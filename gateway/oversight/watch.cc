#include "gateway/oversight/watch.h"

#include <algorithm>
#include <array>

namespace gateway {

using std::chrono::hours;

namespace {

constexpr std::array<KindRule, 23> kKindRules{{
    {"missing_here", hours(24), "", false},
    {"missing_there", hours(72), "", false},
    {"differs", hours(72), "", false},
    {"counted_twice", hours(72), "", false},
    {"cut_register", hours(24), "", false},
    {"manifest_missing", hours(48), "", false},
    {"serial_gap", hours(48), "", false, true},
    {"renumbered", hours(120), "", true},
    {"silence", hours(24), "", false},
    {"slump", hours(48), "", false},
    {"call_without_case", hours(24), "hotline", false, true},
    {"mail_without_case", hours(48), "mailroom", false, true},
    {"named_not_registered", hours(72), "oversight", false, true},
    {"closed_unregistered", hours(48), "", false, true},
    {"refused", hours(72), "", false, true},
    {"parked", hours(24), "uplink", false},
    {"unacknowledged", hours(24), "uplink", false},
    {"transfer_loop", hours(72), "oversight", true},
    {"urgent", hours(4), "duty", false},
    {"future_time", hours(72), "", true},
    {"constant_field", hours(240), "", false},
    {"calendar_missing", hours(72), "admin", false},
    {"other", hours(72), "oversight", false},
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
