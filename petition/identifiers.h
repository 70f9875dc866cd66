// Identifiers of people, firms and places: checks, normal forms and the damage that old systems do to them (see the
// README beside this file for the rules and their sources). Pure functions, safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace petition {

/// What is known about an identifier after looking at it.
enum class IdState {
  kMissing,  ///< empty, or a word or number that stands for nothing (无, 不详, 0, 2147483647 ...)
  kValid,    ///< well formed and its check holds
  kDamaged,  ///< shows a known way of losing digits: spreadsheet 15-digit rounding, double rounding, 1.1E+17
  kWrong,    ///< looks like one but a check fails (still weak evidence)
  kOther,    ///< another kind of document (passport, officer's card ...): kept, folded to upper case without blanks
};

struct Identifier {
  IdState state = IdState::kMissing;
  std::string normal;  ///< the form to compare by; empty when missing
};

/// GB 11643 resident id: full width and x/X folded, 15 digits widened to 18, date and check digit validated.
Identifier NormaliseResidentId(std::string_view text);
/// Check digit of the first 17 digits ('0'..'9' or 'X'); nullopt when they are not digits.
std::optional<char> ResidentIdCheck(std::string_view first17);

/// GB 32100 unified social credit code. Genuine codes can fail their check: kWrong is a warning, never a refusal.
Identifier NormaliseCreditCode(std::string_view text);

/// Phone: mobile and landline. +86, 0086, 86, blanks, hyphens, full width removed; a 0 dialled before a mobile removed,
/// the 0 of an area code kept and restored when a legacy system stripped it. Poison values are kMissing.
Identifier NormalisePhone(std::string_view text);
bool IsMobile(std::string_view normal_phone);

/// 6 or 12 digits; "" when it is neither. 12 digits ending in 000000 fold to 6.
std::string NormaliseDivision(std::string_view text);
/// Whether `inner` lies within `outer` (province XX0000, city XXXX00, county, township, village prefixes). Empty outer
/// contains everything.
bool DivisionContains(std::string_view outer, std::string_view inner);

/// A person's name and how much of it is known.
struct PersonName {
  enum class Kind { kMissing, kFull, kPartial, kAnonymous };
  Kind kind = Kind::kMissing;
  std::string normal;   ///< simplified, width folded, middle dots unified, no blanks; for a partial name without its
                        ///< title: 王先生 -> 王, 王*峰 -> 王*峰
  std::string surname;  ///< the known surname (compound ones recognised), "" when unknown
};
PersonName NormaliseName(std::string_view text);

/// Whether a source's "number" names nothing: empty, a word for nothing (无, null, 不详 ...), zeros, dashes and the
/// like.
bool IsPlaceholderNumber(std::string_view text);

/// Masks for readers without the right: 王*峰, 138****1234, 330224********1234; anything else keeps its first
/// character.
std::string MaskName(std::string_view name);
std::string MaskPhone(std::string_view phone);
std::string MaskIdNumber(std::string_view id);
std::string MaskText(std::string_view text);  ///< replaces phone and id numbers found inside a text by their masks

/// Intake numbers: "439900-20250304-000123-V": division, day at +08:00, serial of at least six digits, ISO 7064 MOD
/// 37,36 check over the rest without hyphens.
std::string MakeIntakeNo(std::string_view division6, std::string_view day, std::uint64_t serial);
struct IntakeNo {
  std::string division;
  std::string day;
  std::uint64_t serial = 0;
  std::string text;
};
/// Reads one as a person may type it: lower case, full width, blanks, no hyphens. nullopt when the form or the check
/// character is wrong.
std::optional<IntakeNo> ParseIntakeNo(std::string_view text);
/// ISO 7064 MOD 37,36 check character over 0-9A-Z.
std::optional<char> Mod3736Check(std::string_view text);

}  // namespace petition
