// The little of Unicode that signed notes ask for: strict UTF-8 and which characters count as blanks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ledger {

/// The code point at `at`, which moves behind it; nullopt when the bytes are not strict UTF-8 (over-long, surrogate,
/// beyond U+10FFFF, cut).
inline std::optional<char32_t> NextCodePoint(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return static_cast<char32_t>(text[at++]);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at <= static_cast<std::size_t>(more)) return std::nullopt;
  char32_t c = lead & (0x3fu >> more);
  for (int i = 1; i <= more; ++i) {
    if ((byte(at + static_cast<std::size_t>(i)) & 0xc0) != 0x80) return std::nullopt;
    c = c << 6 | (byte(at + static_cast<std::size_t>(i)) & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return std::nullopt;
  at += static_cast<std::size_t>(more) + 1;
  return c;
}

/// Unicode White_Space.
inline bool IsUnicodeSpace(char32_t c) {
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

}  // namespace ledger
