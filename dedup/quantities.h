// Numbers, dates, address parts and codes read out of folded Chinese text, in every notation people use:
// 32000元, 3.2万, 三万二, 叁万贰仟元整, 3万2千; 2025年1月6日, 二〇二五年元月六日, 2024.05, 上周五, 腊月十九; 7栋,
// 7号楼, 7#楼, 柒幢, 8-3-201. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/profile.h"

namespace dedup {

/// A number as it stood in the text: [begin, end) and its value in thousandths.
struct NumberSpan {
  std::size_t begin = 0, end = 0;
  std::int64_t milli = 0;
  bool positional = false;  ///< digits only, no 十百千万: a year, a room, a code
  bool rough = false;
  std::size_t digits = 0;
};

/// Reads the number that starts at `at`; nullopt when none does.
std::optional<NumberSpan> ReadNumber(std::u32string_view folded, std::size_t at);

/// What all numbers of a text are.
struct NumbersFound {
  std::vector<Quantity> quantities;
  std::vector<Day> days;
  std::vector<Day> earlier_days;
  std::vector<AddressPart> parts;
  std::vector<std::string> codes;
};

/// `received`: the day relative dates count from. `place`: the text is a place or address, where bare 8-3-201 is read
/// as building, unit, room.
NumbersFound ReadNumbers(std::u32string_view folded, petition::Time received, bool place);

}  // namespace dedup
