// The terms of the full-text index: what a document stores and what a query asks for. Pure functions of their input and
// the key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "search/term_key.h"
#include "search/text_index.h"
#include "search/words.h"

namespace search {

/// Name spaces of words. Everything written stands in kAnywhere, too.
enum class Field : char { kAnywhere = 'x', kTitle = 't', kPlace = 'p', kAccused = 'a' };

inline constexpr std::size_t kWordTermBytes =
    5;  ///< some chance meetings among the pairs of a language do no harm in an "all of these"
inline constexpr std::size_t kExactTermBytes = 8;  ///< numbers, people, filters

class TextTerms {
 public:
  TextTerms(const TermKey& key, bool sealed) : key_(key), scope_(ScopeOf(sealed)) {}

  /// One element; two neighbours.
  std::string Word(Field field, std::string_view element) const;
  std::string Pair(Field field, std::string_view first, std::string_view second) const;
  std::string Every() const { return Exact(TermKind::kEvery, ""); }
  /// Letters and digits only, folded; "" when there are none.
  std::string Number(std::string_view number) const { return Normal(TermKind::kNumber, number); }
  std::string Person(std::string_view person) const { return Normal(TermKind::kPerson, person); }
  std::string Exact(TermKind kind, std::string_view value) const;

  /// Words and pairs with how often they stand, title and place counting more.
  std::unordered_map<std::string, std::uint32_t> WordsOf(const TextDocument& document) const;
  /// Everything that is exact: numbers, people, division levels, day, month, year ...
  std::vector<std::string> FiltersOf(const TextDocument& document) const;

 private:
  std::string Normal(TermKind kind, std::string_view value) const;
  void AddField(Field field, std::string_view text, std::uint32_t weight,
                std::unordered_map<std::string, std::uint32_t>& terms) const;

  const TermKey& key_;
  const char scope_;
};

/// The part of a division code that says where: "439900" -> "4399", "439921105000" -> "439921105", "000000" -> "".
std::string_view DivisionPrefix(std::string_view division);
/// "20250304" and a day that can be.
bool IsDay(std::string_view day);
/// The fewest years ("2025"), months ("202503") and days that make up all days between two, inclusive. Both are days.
std::vector<std::string> DaysBetween(std::string_view from, std::string_view to);

}  // namespace search
