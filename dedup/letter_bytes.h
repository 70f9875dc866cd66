// Folded letters as bytes, for what is stored millions of times: common ideographs, digits and Latin letters take one
// byte, all others of the main block of ideographs two, anything else three (UTF-8 takes three for every ideograph).
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dedup {

void AppendLetters(std::u32string_view letters, std::string& bytes);

/// Takes `count` letters from the front of `bytes`. Empty when they aren't there: cut short, or no letter's bytes.
std::optional<std::u32string> TakeLetters(std::size_t count, std::string_view& bytes);

}  // namespace dedup
