#include "petition/utf32.h"

#include <unicode/utf8.h>

namespace petition {

std::u32string ToUtf32(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  const auto length = static_cast<std::int32_t>(utf8.size() & 0x7FFFFFFF);
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(utf8.data(), i, length, c);
    out += static_cast<char32_t>(c);
  }
  return out;
}

std::string ToUtf8(std::u32string_view points) {
  std::string out;
  out.reserve(points.size() * 3);
  for (const char32_t c : points) {
    char bytes[4];
    std::int32_t n = 0;
    UBool error = false;
    U8_APPEND(reinterpret_cast<std::uint8_t*>(bytes), n, 4, static_cast<UChar32>(c), error);
    if (error) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(bytes, static_cast<std::size_t>(n));
    }
  }
  return out;
}

}  // namespace petition
