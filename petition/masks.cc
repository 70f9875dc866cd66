#include <algorithm>
#include <array>

#include "petition/digits.h"
#include "petition/identifiers.h"
#include "petition/utf32.h"

namespace petition {
namespace {

std::string KeepFirst(std::string_view text) {
  const std::u32string points = ToUtf32(text);
  return points.empty() ? std::string() : ToUtf8(points.substr(0, 1)) + "***";
}

std::string MaskMobile(std::string_view digits) {
  return std::string(digits.substr(0, 3)) + "****" + std::string(digits.substr(7));
}

// Digits of a text from one digit on, across single blanks and hyphens: enough of them to tell a phone or an id number.
struct DigitRun {
  static constexpr std::size_t kMax = 20;
  std::string digits;
  std::array<std::size_t, kMax> end{};  // index after each digit
  std::array<bool, kMax> joins_next{};  // the next character is a digit too
  std::array<bool, kMax> starts_group{};

  // Whether `count` digits stop at the end of a group.
  bool WholeGroups(std::size_t count) const { return count <= digits.size() && !joins_next[count - 1]; }
  // Digits of the first group.
  std::size_t FirstGroup() const {
    std::size_t n = 1;
    while (n < digits.size() && !starts_group[n]) ++n;
    return n;
  }
};

char AsDigit(char32_t c) {
  if (c >= U'0' && c <= U'9') return static_cast<char>(c);
  return c >= U'０' && c <= U'９' ? static_cast<char>('0' + (c - U'０')) : '\0';
}
bool IsJoint(char32_t c) { return c == U' ' || c == U'-' || c == U'－' || c == U'—' || c == U'–' || c == U'　'; }

DigitRun ReadRun(std::u32string_view text, std::size_t i) {
  DigitRun run;
  bool fresh = true;
  while (i < text.size() && run.digits.size() < DigitRun::kMax) {
    const char digit = AsDigit(text[i]);
    if (digit == '\0') break;
    const std::size_t n = run.digits.size();
    run.digits += digit;
    run.starts_group[n] = fresh;
    run.end[n] = ++i;
    run.joins_next[n] = i < text.size() && AsDigit(text[i]) != '\0';
    fresh = false;
    if (i + 1 < text.size() && IsJoint(text[i]) && AsDigit(text[i + 1]) != '\0') {
      ++i;
      fresh = true;
    }
  }
  return run;
}

bool SaysTelephone(std::u32string_view before) {
  static constexpr std::array<std::u32string_view, 9> kCues = {U"电话", U"電話", U"手机", U"手機", U"联系",
                                                               U"聯繫", U"号码", U"座机", U"致电"};
  before = before.substr(before.size() - std::min<std::size_t>(before.size(), 8));
  return std::any_of(kCues.begin(), kCues.end(),
                     [&](auto cue) { return before.find(cue) != std::u32string_view::npos; });
}

// What stands at a run's start, if it is to be masked: the digits it takes and its mask.
struct Found {
  std::size_t digits = 0;
  std::size_t end = 0;  // in the text; past a check X when there is one
  std::string mask;
};

std::optional<Found> FindIdNumber(std::u32string_view text, const DigitRun& run) {
  const std::string_view d = run.digits;
  // 18 digits, or 17 and an X.
  if (run.WholeGroups(18) && IsDay(d.substr(6, 8))) {
    const bool whole = run.FirstGroup() >= 18;
    if (whole || ResidentIdCheck(d.substr(0, 17)) == d[17])
      return Found{18, run.end[17], MaskIdNumber(d.substr(0, 18))};
  }
  if (run.WholeGroups(17) && IsDay(d.substr(6, 8))) {
    const std::size_t x = run.end[16];
    if (x < text.size() &&
        (text[x] == U'X' || text[x] == U'x' || text[x] == U'Ｘ' || text[x] == U'ｘ' || text[x] == U'×')) {
      return Found{17, x + 1, MaskIdNumber(std::string(d.substr(0, 17)) + "X")};
    }
  }
  if (run.FirstGroup() == 15 && run.WholeGroups(15) && IsDay("19" + std::string(d.substr(6, 6)))) {
    return Found{15, run.end[14], std::string(d.substr(0, 6)) + "*****" + std::string(d.substr(11, 4))};
  }
  // Bank cards and the like: nobody's business either.
  const std::size_t first = run.FirstGroup();
  if (first >= 16 && first <= 19 && run.WholeGroups(first)) {
    return Found{first, run.end[first - 1],
                 std::string(d.substr(0, 4)) + std::string(first - 8, '*') + std::string(d.substr(first - 4, 4))};
  }
  return std::nullopt;
}

std::optional<Found> FindPhone(std::u32string_view text, std::size_t start, const DigitRun& run) {
  const std::string_view d = run.digits;
  for (const std::string_view prefix : {"", "0", "86", "0086"}) {
    const std::size_t count = prefix.size() + 11;
    if (d.starts_with(prefix) && run.WholeGroups(count) && IsMobile(d.substr(prefix.size(), 11))) {
      return Found{count, run.end[count - 1], std::string(prefix) + MaskMobile(d.substr(prefix.size(), 11))};
    }
  }
  if (d[0] == '0') {
    for (const std::size_t count : {12U, 11U, 10U}) {
      if (!run.WholeGroups(count) || NormalisePhone(d.substr(0, count)).state != IdState::kValid) continue;
      const std::size_t area = d[1] == '1' || d[1] == '2' ? 3 : 4;
      return Found{
          count, run.end[count - 1],
          std::string(d.substr(0, area)) + std::string(count - area - 2, '*') + std::string(d.substr(count - 2, 2))};
    }
  }
  const std::size_t first = run.FirstGroup();
  if ((first == 7 || first == 8) && run.WholeGroups(first) && SaysTelephone(text.substr(0, start))) {
    return Found{first, run.end[first - 1],
                 std::string(d.substr(0, 2)) + std::string(first - 4, '*') + std::string(d.substr(first - 2, 2))};
  }
  return std::nullopt;
}

}  // namespace

std::string MaskName(std::string_view name) {
  const PersonName person = NormaliseName(name);
  // The words around "anonymous" may hold a name after all.
  if (person.kind == PersonName::Kind::kAnonymous) return "匿名";
  if (person.kind == PersonName::Kind::kMissing) {
    return IsEmptyWord(TypedForm(name)) ? std::string(name) : KeepFirst(name);
  }
  const std::u32string points = ToUtf32(name);
  const std::size_t n = points.size();
  // 王先生 tells no more than its mask would.
  const bool surname_only = person.kind == PersonName::Kind::kPartial && person.normal == person.surname;
  const bool plain = std::all_of(points.begin(), points.end(), [](char32_t c) { return c >= 0x3400 && c < 0xA000; });
  if (n <= 1 || (surname_only && plain && n <= 5)) return std::string(name);
  if (n == 2) return ToUtf8(points.substr(0, 1)) + "*";
  if (n > 4) return KeepFirst(name);
  return ToUtf8(points.substr(0, 1)) + std::string(n - 2, '*') + ToUtf8(points.substr(n - 1));
}

std::string MaskPhone(std::string_view phone) {
  if (IsMobile(phone)) return MaskMobile(phone);
  const Identifier normal = NormalisePhone(phone);
  return normal.state == IdState::kValid && IsMobile(normal.normal) ? MaskMobile(normal.normal) : KeepFirst(phone);
}

std::string MaskIdNumber(std::string_view id) {
  const std::string typed = TypedForm(id);
  const bool shape = typed.size() == 18 && AllDigits(std::string_view(typed).substr(0, 17)) &&
                     (IsDigit(typed[17]) || typed[17] == 'X');
  return shape ? typed.substr(0, 6) + "********" + typed.substr(14) : KeepFirst(id);
}

std::string MaskText(std::string_view text) {
  const std::u32string points = ToUtf32(text);
  std::u32string out;
  out.reserve(points.size());
  bool after_digit = false;  // in the middle of a group that was not masked
  for (std::size_t i = 0; i < points.size();) {
    if (AsDigit(points[i]) != '\0' && !after_digit) {
      const DigitRun run = ReadRun(points, i);
      auto found = FindIdNumber(points, run);
      if (!found) found = FindPhone(points, i, run);
      if (found) {
        for (const char c : found->mask) out += static_cast<char32_t>(c);
        i = found->end;
        continue;
      }
    }
    after_digit = AsDigit(points[i]) != '\0';
    out += points[i++];
  }
  return ToUtf8(out);
}

}  // namespace petition
