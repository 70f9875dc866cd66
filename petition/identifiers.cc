#include "petition/identifiers.h"

#include <array>
#include <cstdlib>

#include "petition/digits.h"

namespace petition {
namespace {

// A number that went through a spreadsheet or a float column: "1.1E+17", "1.10105194912310E+17".
bool IsScientific(std::string_view typed) {
  const auto e = typed.find('E');
  if (e == std::string_view::npos || e == 0 || !IsDigit(typed[0])) return false;
  std::string_view mantissa = typed.substr(0, e);
  std::string_view exponent = typed.substr(e + 1);
  if (!exponent.empty() && exponent.front() == '+') exponent.remove_prefix(1);
  if (mantissa.size() > 1) {
    if (mantissa[1] != '.' || (mantissa.size() > 2 && !AllDigits(mantissa.substr(2)))) return false;
  }
  return exponent.size() <= 3 && AllDigits(exponent);
}

void DropDecimalZeros(std::string& typed) {  // "110105194912310016.0"
  const auto dot = typed.find('.');
  if (dot == std::string::npos || dot + 1 == typed.size() || !AllDigits(std::string_view(typed).substr(0, dot))) return;
  if (typed.find_first_not_of('0', dot + 1) == std::string::npos) typed.resize(dot);
}

// 18 digits that a double holds exactly: neighbours of 110105194912310021 are 16 apart, larger ones 32, 64 or 128.
bool IsDoubleRounded(std::string_view digits18) {
  const auto value = std::strtoull(std::string(digits18).c_str(), nullptr, 10);
  return static_cast<unsigned long long>(static_cast<double>(value)) == value;
}

bool LooksLikeResidentId(std::string_view id) {
  return (id.size() == 15 && AllDigits(id)) ||
         (id.size() == 18 && AllDigits(id.substr(0, 17)) && (IsDigit(id[17]) || id[17] == 'X'));
}

Identifier JudgeResidentId(std::string id) {
  if (id.size() == 15) {
    std::string wide = id.substr(0, 6) + "19" + id.substr(6);
    if (!IsDay(std::string_view(wide).substr(6, 8)) || id[0] == '0') return {IdState::kWrong, std::move(id)};
    wide += *ResidentIdCheck(wide);
    return {IdState::kValid, std::move(wide)};
  }
  const bool check_holds = ResidentIdCheck(std::string_view(id).substr(0, 17)) == id[17];
  if (check_holds && IsDay(std::string_view(id).substr(6, 8)) && id[0] != '0') return {IdState::kValid, std::move(id)};
  const bool damaged = !check_holds && id[17] != 'X' && (id.ends_with("000") || IsDoubleRounded(id));
  return {damaged ? IdState::kDamaged : IdState::kWrong, std::move(id)};
}

constexpr std::string_view kCreditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

bool CreditCheckHolds(std::string_view code) {
  static constexpr std::array kWeights = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    sum += kCreditAlphabet.find(code[i]) * static_cast<std::size_t>(kWeights[i]);
  }
  return kCreditAlphabet[(31 - sum % 31) % 31] == code[17];
}

// The digits of a code that count: a province is 2 long, a village 12.
std::string_view SignificantDivision(std::string_view code) {
  if (code.size() == 12) {
    if (!code.ends_with("000")) return code;
    return code.substr(0, code.substr(6, 3) == "000" ? 6 : 9);
  }
  if (!code.ends_with("00")) return code;
  return code.substr(0, code.substr(2, 2) == "00" ? 2 : 4);
}

}  // namespace

std::optional<char> ResidentIdCheck(std::string_view first17) {
  static constexpr std::array kWeights = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  if (first17.size() != kWeights.size() || !AllDigits(first17)) return std::nullopt;
  int sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) sum += (first17[i] - '0') * kWeights[i];
  return "10X98765432"[sum % 11];
}

Identifier NormaliseResidentId(std::string_view text) {
  std::string typed = TypedForm(text);
  DropDecimalZeros(typed);
  if (IsScientific(typed)) return {IdState::kDamaged, std::move(typed)};
  if (IsEmptyWord(typed)) return {};
  std::string id;
  for (const char c : typed) {
    if (c != '-') id += c;
  }
  if (AllSame(id) || (AllDigits(id) && id.size() < 6) || id == "2147483647" || id == "4294967295") return {};
  if (id.starts_with("1234567890") || id.starts_with("0123456789")) return {};
  // A telephone's keypad has no X, and × is easily typed for it.
  for (const std::string_view sign : {"*", "×"}) {
    if (id.size() == 17 + sign.size() && id.ends_with(sign) &&
        ResidentIdCheck(std::string_view(id).substr(0, 17)) == 'X') {
      id.replace(17, sign.size(), "X");
    }
  }
  if (LooksLikeResidentId(id)) return JudgeResidentId(std::move(id));
  // A wrong count of digits, or some of them masked: something of a resident id, but nothing to rely on.
  const bool attempt =
      id.size() >= 14 && std::all_of(id.begin(), id.end(), [](char c) { return IsDigit(c) || c == 'X' || c == '*'; });
  if (attempt || typed.find('*') != std::string::npos) return {IdState::kWrong, std::move(id)};
  return {IdState::kOther, std::move(typed)};
}

Identifier NormaliseCreditCode(std::string_view text) {
  std::string typed = TypedForm(text);
  DropDecimalZeros(typed);
  if (IsScientific(typed)) return {IdState::kDamaged, std::move(typed)};
  if (IsEmptyWord(typed)) return {};
  std::string code;
  for (const char c : typed) {
    if (c != '-') code += c;
  }
  if (AllSame(code)) return {};
  if (code.size() != 18) return {IdState::kOther, std::move(typed)};
  const bool spelled = code.find_first_not_of(kCreditAlphabet) == std::string::npos;
  const bool valid = spelled && CreditCheckHolds(code);
  const bool lost_tail = !valid && AllDigits(code) && (code.ends_with("000") || IsDoubleRounded(code));
  return {valid ? IdState::kValid : lost_tail ? IdState::kDamaged : IdState::kWrong, std::move(code)};
}

std::string NormaliseDivision(std::string_view text) {
  std::string code = TypedForm(text);
  if (!AllDigits(code) || (code.size() != 6 && code.size() != 12) || code[0] == '0') return {};
  if (code.size() == 12 && code.ends_with("000000")) code.resize(6);
  return code;
}

bool DivisionContains(std::string_view outer, std::string_view inner) {
  if (outer.empty()) return true;
  const std::string wide = NormaliseDivision(outer);
  const std::string narrow = NormaliseDivision(inner);
  return !wide.empty() && !narrow.empty() && narrow.starts_with(SignificantDivision(wide)) &&
         SignificantDivision(narrow).size() >= SignificantDivision(wide).size();
}

bool IsPlaceholderNumber(std::string_view text) {
  // None of the words and signs below holds a digit other than 0, and folding takes one away only with markup.
  if (text.size() <= kTypedMax && text.find_first_of("123456789") != std::string_view::npos &&
      text.find_first_of("<&") == std::string_view::npos) {
    return false;
  }
  const std::string typed = TypedForm(text);
  return IsEmptyWord(typed) || typed.find_first_not_of("0-/\\_.?*~#") == std::string::npos;
}

}  // namespace petition
