// The numbering of a source, read off one of its numbers: what stands before the serial, how wide it is, and which part
// of it is a date. "HL20250304-0017" is serial 17 of width 4 in the series "HL20250304-", whose shape is "HL########-".
// Pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

struct Serial {
  std::string series;  ///< the text before the serial, with its date: a new date is a new series
  std::string shape;   ///< the same with each digit of the date as #
  std::uint64_t number = 0;
  unsigned width = 0;  ///< digits as written
};

/// nullopt: it does not end in digits, or in more than can be counted. `local_day`: "20250304", the day it was booked;
/// digits count as a date only when they name that day, month or year (or, for a day, one within a month of it).
std::optional<Serial> ReadSerial(std::string_view number, std::string_view local_day);

}  // namespace gateway
