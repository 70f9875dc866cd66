// A clock of an intake, worked out from what was recorded: when it began, when it is due, whether it is paused, when a
// recorded act stopped it. Pure functions over the table of clocks and the calendar; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/calendar.h"
#include "config/clock_rules.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

/// One recorded act about an intake, or about its case.
struct ClockMark {
  std::uint64_t entry = 0;
  std::string event;
  petition::Time at{};
  int days = 0;  ///< of an extension, as said; 0: not said
};

/// What of an intake decides which clocks it has.
struct ClockFacts {
  petition::Time received_at{}, registered_at{};
  std::string purpose, channel;
  bool anonymous = false;
  bool is_petition = true;  ///< a hotline's mere consultation is none
};

enum class Lamp { kGreen, kYellow, kRed, kPaused, kStopped, kUnknown };
std::string_view LampName(Lamp lamp);  ///< "green", "yellow", "red", "paused", "stopped", "unknown"
std::optional<Lamp> LampFromName(std::string_view name);

struct ClockState {
  const config::ClockRule* rule = nullptr;
  petition::Time started_at{};
  petition::Time due_at{};     ///< the first moment that is too late; {}: the calendar lacks a year
  petition::Time yellow_at{};  ///< from here on it is near
  std::optional<petition::Time> paused_since, stopped_at;
  std::vector<std::pair<petition::Time, petition::Time>> pauses;  ///< over
  int extended_days = 0;
  std::string missing_year;  ///< why due_at is not known

  Lamp At(petition::Time now) const;
};

/// All clocks that ever began for an intake. `marks` in any order.
std::vector<ClockState> ClocksOf(const ClockFacts& facts, std::vector<ClockMark> marks, const config::ClockTable& table,
                                 const config::Calendar& calendar);

/// The local day (+08:00) of a moment, and its first moment.
std::chrono::sys_days DayOf(petition::Time time);
petition::Time StartOfDay(std::chrono::sys_days day);

}  // namespace gateway
