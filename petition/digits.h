// The typed form of an identifier: full width folded, blanks and invisible characters out. Shared by identifiers, names
// and masks.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace petition {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
inline bool AllDigits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit); }
inline bool AllSame(std::string_view text) {
  return !text.empty() && text.find_first_not_of(text.front()) == std::string_view::npos;
}

inline constexpr std::size_t kTypedMax = 4096;  ///< bytes of a text that TypedForm looks at

/// NFKC, upper case, without white space; the dashes and asterisks that people type become '-' and '*'.
std::string TypedForm(std::string_view text);

/// Words that stand for nothing: 无, 不详, 未知, 暂无, null, \N, none, N/A ... Takes a TypedForm.
bool IsEmptyWord(std::string_view typed);

/// "yyyyMMdd" is a day of the calendar between 1800 and 2099.
bool IsDay(std::string_view yyyymmdd);

}  // namespace petition
