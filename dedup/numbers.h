// Numbers read out of folded Chinese text, in every notation people use: 32000, 3.2万, 三万二, 叁万贰仟, 3万2千. Pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

}  // namespace dedup
