#include "gateway/oversight/clocks.h"

#include <algorithm>
#include <array>

namespace gateway {

using config::ClockRule;
using petition::Result;
using petition::Time;

namespace {

constexpr std::chrono::hours kLocalZone{8};
constexpr std::array<std::string_view, 6> kLampNames{"green", "yellow", "red", "paused", "stopped", "unknown"};

bool HasName(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool RuleConcerns(const ClockRule& rule, const ClockFacts& facts) {
  if (!facts.is_petition) return false;
  if (rule.named_only && facts.anonymous) return false;
  if (!rule.purposes.empty() && !HasName(rule.purposes, facts.purpose)) return false;
  if (HasName(rule.not_purposes, facts.purpose)) return false;
  return rule.channels.empty() || HasName(rule.channels, facts.channel);
}

/// When it began: the newest of its starting events (a second review starts the clock anew), or the arrival.
std::optional<Time> ClockStart(const ClockRule& rule, const ClockFacts& facts, const std::vector<ClockMark>& marks) {
  std::optional<Time> start;
  if (HasName(rule.start, "arrived")) start = std::min(facts.received_at, facts.registered_at);
  for (const auto& mark : marks) {
    if (HasName(rule.start, mark.event)) start = start ? std::max(*start, mark.at) : mark.at;
  }
  return start;
}

void TakePauses(const ClockRule& rule, const std::vector<ClockMark>& marks, Time until, ClockState& state) {
  if (rule.pause_from.empty()) return;
  for (const auto& mark : marks) {
    if (mark.at < state.started_at || mark.at > until) continue;
    if (mark.event == rule.pause_from && !state.paused_since) {
      state.paused_since = mark.at;
    } else if (mark.event == rule.pause_to && state.paused_since) {
      state.pauses.emplace_back(*state.paused_since, mark.at);
      state.paused_since.reset();
    }
  }
}

Result<std::chrono::sys_days> DueDay(const ClockRule& rule, std::chrono::sys_days first, int limit,
                                     const config::Calendar& calendar) {
  if (rule.unit == ClockRule::Unit::kWorkdays) return calendar.After(first, limit);
  return first + std::chrono::days(limit);
}

petition::Status SetDue(const ClockRule& rule, const config::ClockTable& table, const config::Calendar& calendar,
                        ClockState& state) {
  std::chrono::milliseconds paused{0};
  for (const auto& [from, to] : state.pauses) paused += to - from;
  if (rule.unit == ClockRule::Unit::kHours || rule.unit == ClockRule::Unit::kMinutes) {
    const std::chrono::milliseconds all =
        rule.unit == ClockRule::Unit::kHours ? std::chrono::hours(rule.limit) : std::chrono::minutes(rule.limit);
    state.due_at = state.started_at + all + paused;
    state.yellow_at = state.due_at - all * rule.yellow_percent / 100;
    return petition::Ok();
  }
  // Days of a pause do not count; a part of a day counts for the one who is waited for.
  const int paused_days = static_cast<int>(std::chrono::ceil<std::chrono::days>(paused).count());
  const int limit = rule.limit + state.extended_days;
  std::chrono::sys_days first = DayOf(state.started_at);
  if (!table.count_from_next_day) first -= std::chrono::days(1);
  GUIYI_TRY(const std::chrono::sys_days due, DueDay(rule, first, limit, calendar));
  const int near = std::min(std::max((limit * rule.yellow_percent + 99) / 100, rule.yellow_min), limit);
  GUIYI_TRY(const std::chrono::sys_days yellow, DueDay(rule, first, limit - near, calendar));
  state.due_at = StartOfDay(due + std::chrono::days(1 + paused_days));
  state.yellow_at = StartOfDay(yellow + std::chrono::days(1 + paused_days));
  return petition::Ok();
}

}  // namespace

std::string_view LampName(Lamp lamp) { return kLampNames[static_cast<std::size_t>(lamp)]; }

std::optional<Lamp> LampFromName(std::string_view name) {
  const auto* found = std::find(kLampNames.begin(), kLampNames.end(), name);
  if (found == kLampNames.end()) return std::nullopt;
  return static_cast<Lamp>(found - kLampNames.begin());
}

std::chrono::sys_days DayOf(Time time) { return std::chrono::floor<std::chrono::days>(time + kLocalZone); }
Time StartOfDay(std::chrono::sys_days day) {
  return Time(std::chrono::milliseconds(day.time_since_epoch()) - kLocalZone);
}

Lamp ClockState::At(Time now) const {
  if (stopped_at) return Lamp::kStopped;
  if (due_at == Time{}) return Lamp::kUnknown;
  if (paused_since) return Lamp::kPaused;
  if (now >= due_at) return Lamp::kRed;
  return now >= yellow_at ? Lamp::kYellow : Lamp::kGreen;
}

std::vector<ClockState> ClocksOf(const ClockFacts& facts, std::vector<ClockMark> marks, const config::ClockTable& table,
                                 const config::Calendar& calendar) {
  std::stable_sort(marks.begin(), marks.end(), [](const ClockMark& a, const ClockMark& b) {
    return a.at != b.at ? a.at < b.at : a.entry < b.entry;
  });
  std::vector<ClockState> clocks;
  for (const ClockRule& rule : table.rules) {
    if (!RuleConcerns(rule, facts)) continue;
    const auto start = ClockStart(rule, facts, marks);
    if (!start) continue;
    ClockState state;
    state.rule = &rule;
    state.started_at = *start;
    for (const auto& mark : marks) {
      if (mark.at < *start || !HasName(rule.stop, mark.event)) continue;
      state.stopped_at = mark.at;
      break;
    }
    const Time until = state.stopped_at.value_or(Time::max());
    for (const auto& mark : marks) {
      if (mark.at < *start || mark.at > until || rule.extend_event.empty() || mark.event != rule.extend_event) continue;
      state.extended_days += mark.days > 0 ? mark.days : rule.extend_days_max;
    }
    state.extended_days = std::min(state.extended_days, rule.extend_days_max);
    TakePauses(rule, marks, until, state);
    if (const auto set = SetDue(rule, table, calendar, state); !set.ok()) state.missing_year = set.error().message;
    clocks.push_back(std::move(state));
  }
  return clocks;
}

}  // namespace gateway
