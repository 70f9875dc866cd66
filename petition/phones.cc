#include <algorithm>
#include <array>

#include "petition/digits.h"
#include "petition/identifiers.h"
#include "petition/text/fold.h"

namespace petition {
namespace {

using namespace std::string_view_literals;

// Numbers that programs, forms and clerks put where there is none, and numbers that are everybody's.
constexpr std::array kPoison = {"2147483647"sv,  "2147483648"sv,  "4294967295"sv,  "9223372036854775807"sv,
                                "13800138000"sv, "12345678901"sv, "1234567890"sv,  "123456789"sv,
                                "12345678"sv,    "1234567"sv,     "0123456789"sv,  "01234567890"sv,
                                "13000000000"sv, "18000000000"sv, "12345678910"sv, "13123456789"sv,
                                "10000000"sv,    "10000000000"sv};

bool IsPoison(std::string_view digits) {
  // Up to six digits: service numbers (12345, 110, 12315, 95598), not a person's.
  if (digits.size() <= 6 || AllSame(digits)) return true;
  if (digits.find_first_not_of('0') == std::string_view::npos) return true;
  if (std::find(kPoison.begin(), kPoison.end(), digits) != kPoison.end()) return true;
  return IsMobile(digits) && AllSame(digits.substr(3));  // 13800000000
}

// 0 + area + local: 010 and 02x with 8 digits (7 in old records), other areas 0xxx with 7 or 8.
bool IsLandline(std::string_view d) {
  if (d.size() < 10 || d.size() > 12 || d[0] != '0' || !AllDigits(d)) return false;
  if (d[1] == '1' || d[1] == '2') {
    return (d[1] == '2' || d[2] == '0') && (d.size() == 11 || d.size() == 10) && d[3] >= '2';
  }
  if (d[1] < '3' || (d[1] != '9' && d[2] == '0')) return false;
  return d.size() >= 11 && d[4] >= '2';
}

Identifier JudgeDigits(std::string digits, bool foreign_allowed) {
  if (IsPoison(digits)) return {};
  bool country = false;
  for (const std::string_view prefix : {"0086"sv, "86"sv}) {
    const std::string_view rest = std::string_view(digits).substr(std::min(prefix.size(), digits.size()));
    if (digits.starts_with(prefix) && rest.size() >= 10) {
      // A number may really begin with 86 only when it is too short for the rest to be a whole number.
      if (IsMobile(rest) || IsLandline(rest) || IsLandline("0" + std::string(rest)) ||
          (rest.starts_with('0') && IsMobile(rest.substr(1)))) {
        digits = rest;
        country = true;
        break;
      }
    }
  }
  if (digits.size() == 12 && digits[0] == '0' && IsMobile(std::string_view(digits).substr(1))) digits.erase(0, 1);
  if (IsPoison(digits)) return {};
  if (IsMobile(digits) || IsLandline(digits)) return {IdState::kValid, std::move(digits)};
  const bool service = digits.size() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
  if (service && !country) return {IdState::kOther, std::move(digits)};
  if (std::string restored = "0" + digits; IsLandline(restored)) return {IdState::kValid, std::move(restored)};
  const bool local = (digits.size() == 7 || digits.size() == 8) && digits[0] >= '2';
  if (local) return {IdState::kOther, std::move(digits)};  // no area code
  if (foreign_allowed && digits.starts_with("00")) return {IdState::kOther, "+" + digits.substr(2)};
  return {IdState::kWrong, std::move(digits)};
}

// A run of digits with what people put between them; `groups` are its pieces.
struct Run {
  std::string digits;
  std::vector<std::string> groups;
  bool plus = false;
};

Identifier JudgeRun(const Run& run) {
  if (run.plus && !run.digits.starts_with("86"))
    return {run.digits.size() >= 7 ? IdState::kOther : IdState::kMissing,
            run.digits.size() >= 7 ? "+" + run.digits : ""};
  Identifier whole = JudgeDigits(run.digits, true);
  if (whole.state == IdState::kValid || run.groups.size() < 2) return whole;
  // Two numbers in one field, or an extension behind the number.
  for (std::size_t end = run.groups.size() - 1; end >= 1; --end) {
    std::string head;
    for (std::size_t i = 0; i < end; ++i) head += run.groups[i];
    Identifier part = JudgeDigits(std::move(head), false);
    if (part.state == IdState::kValid) return part;
  }
  for (const std::string& group : run.groups) {
    Identifier part = JudgeDigits(group, false);
    if (part.state == IdState::kValid) return part;
  }
  return whole;
}

// Runs end at anything but digits, blanks, hyphens, brackets and dots.
std::vector<Run> Runs(std::string_view folded) {
  std::vector<Run> runs;
  Run run;
  std::string group;
  auto end_group = [&] {
    if (!group.empty()) run.groups.push_back(std::move(group));
    group.clear();
  };
  auto end_run = [&] {
    end_group();
    if (!run.digits.empty()) runs.push_back(std::move(run));
    run = Run{};
  };
  for (const char c : folded) {
    if (IsDigit(c)) {
      run.digits += c;
      group += c;
    } else if (c == '+') {
      end_run();
      run.plus = true;
    } else if (c == '-' || c == '(' || c == ')' || c == '.' || c == ' ') {
      end_group();
    } else {
      end_run();
    }
  }
  end_run();
  return runs;
}

bool IsScientificPhone(std::string_view typed) {  // 1.38E+10
  const auto e = typed.find("E+");
  return e != std::string_view::npos && e > 0 && AllDigits(typed.substr(e + 2)) && IsDigit(typed[0]) &&
         typed.substr(0, e).find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool IsMobile(std::string_view phone) {
  return phone.size() == 11 && phone[0] == '1' && phone[1] >= '3' && phone[1] <= '9' && AllDigits(phone);
}

Identifier NormalisePhone(std::string_view text) {
  if (IsMobile(text)) return JudgeDigits(std::string(text), true);  // as nearly all are typed
  std::string typed = TypedForm(text);
  if (IsEmptyWord(typed)) return {};
  if (IsScientificPhone(typed)) return {IdState::kDamaged, std::move(typed)};
  if (typed.find('*') != std::string::npos && std::any_of(typed.begin(), typed.end(), IsDigit)) {
    return {IdState::kWrong, std::move(typed)};  // masked: weak evidence at most
  }
  if (const auto dot = typed.find('.'); dot != std::string::npos && AllDigits(std::string_view(typed).substr(0, dot)) &&
                                        typed.find_first_not_of('0', dot + 1) == std::string::npos) {
    typed.resize(dot);  // 13812345678.0
    return JudgeDigits(std::move(typed), true);
  }
  // The best of several numbers in one field, the first among equals.
  Identifier best;
  for (const Run& run : Runs(text::Fold(text::Truncate(text, 4096)))) {
    Identifier found = JudgeRun(run);
    if (found.state == IdState::kValid) return found;
    if (best.state == IdState::kMissing) best = std::move(found);
  }
  return best;
}

}  // namespace petition
