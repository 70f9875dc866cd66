// Times by a declared form, for sources whose times can't be told by their look. Pure functions; safe from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adapters {

struct ReadDate {
  std::string time;           ///< RFC 3339 at +08:00
  bool half_unknown = false;  ///< a 12-hour clock without its half: the day alone is sure, and the time says midnight
};

/// `form`: "auto" (values.h), "serial" (a spreadsheet's days since 1899-12-30), "epoch" and "epoch_ms" (since 1970 in
/// UTC), or a pattern of yyyy yy M MM d dd H HH h hh m mm s ss a (上午, 下午, AM, PM) and other characters as they are.
/// "hh" without "a" is the 12-hour trap: hours beyond 12 don't fit, and of the others nobody knows the half.
std::optional<ReadDate> DateByForm(std::string_view text, std::string_view form);
bool IsDateForm(std::string_view form);

}  // namespace adapters
