// UTF-8 to and from code points, for short strings. Invalid UTF-8 becomes U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace petition {

std::u32string ToUtf32(std::string_view utf8);
std::string ToUtf8(std::u32string_view points);

}  // namespace petition
