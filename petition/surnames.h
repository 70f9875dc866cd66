// The surnames that names.cc recognises, simplified: the Hundred Family Surnames and what is common today, and the
// compound ones.
#pragma once

#include <string_view>

namespace petition {

bool IsSurname(char32_t c);
bool IsCompoundSurname(std::u32string_view two);

}  // namespace petition
