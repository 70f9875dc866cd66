#include "dedup/numbers.h"

#include <unordered_map>

#include "dedup/han.h"

namespace dedup {
namespace {

int DigitOf(char32_t c) {
  static const std::unordered_map<char32_t, int> table = {
      {U'零', 0}, {U'〇', 0}, {U'○', 0},  {U'一', 1}, {U'二', 2}, {U'三', 3}, {U'四', 4}, {U'五', 5},
      {U'六', 6}, {U'七', 7}, {U'八', 8}, {U'九', 9}, {U'两', 2}, {U'壹', 1}, {U'贰', 2}, {U'叁', 3},
      {U'肆', 4}, {U'伍', 5}, {U'陆', 6}, {U'柒', 7}, {U'捌', 8}, {U'玖', 9}, {U'元', -2}};
  if (IsDigit(c)) return static_cast<int>(c - U'0');
  const auto found = table.find(c);
  return found == table.end() || found->second < 0 ? -1 : found->second;
}

std::int64_t ScaleOf(char32_t c) {
  switch (c) {
    case U'十':
    case U'拾':
      return 10;
    case U'百':
    case U'佰':
      return 100;
    case U'千':
    case U'仟':
      return 1000;
    case U'万':
      return 10000;
    case U'亿':
      return 100000000;
    default:
      return 0;
  }
}

}  // namespace

// One literal (ASCII with point and commas, or Han digits) and scales after it, repeatedly: 3万2千, 三万二,
// 叁拾陆万, 12.5万, 九百六十.
std::optional<NumberSpan> ReadNumber(std::u32string_view text, std::size_t at) {
  NumberSpan span{at, at, 0, true, false, 0};
  std::int64_t total = 0, section = 0, literal = 0;  // thousandths
  std::int64_t last_scale = 0;
  bool have_literal = false, any = false;
  std::size_t i = at, literal_digits = 0;
  while (i < text.size() && i - at < 32) {
    const char32_t c = text[i];
    const int digit = DigitOf(c);
    if (digit >= 0) {
      if (!have_literal) literal = 0, literal_digits = 0;
      const bool ascii = IsDigit(c);
      literal = literal * 10 + static_cast<std::int64_t>(digit) * 1000;
      if (literal > 4'000'000'000'000'000ll) return std::nullopt;
      ++literal_digits;
      ++span.digits;
      have_literal = any = true;
      ++i;
      if (!ascii) continue;
      if (i + 1 < text.size() && text[i] == U',' && IsDigit(text[i + 1]) && i + 3 < text.size() &&
          IsDigit(text[i + 2]) && IsDigit(text[i + 3]) && !(i + 4 < text.size() && IsDigit(text[i + 4])))
        ++i;
      if (i + 1 < text.size() && text[i] == U'.' && IsDigit(text[i + 1])) {
        std::int64_t place = 100;
        for (++i; i < text.size() && IsDigit(text[i]); ++i, place /= 10) literal += place * (text[i] - U'0');
      }
      continue;
    }
    if ((c == U'点') && have_literal && i + 1 < text.size() && DigitOf(text[i + 1]) >= 0 && !IsDigit(text[i + 1]) &&
        !span.positional) {
      std::int64_t place = 100;
      for (++i; i < text.size() && DigitOf(text[i]) >= 0; ++i, place /= 10) literal += place * DigitOf(text[i]);
      continue;
    }
    const std::int64_t scale = ScaleOf(c);
    if (scale == 0) break;
    if (!have_literal) {
      if (any || scale != 10) break;  // 十二, but not a bare 万
      literal = 1000;
    }
    // 千克, 万一, 百姓 ... : a scale must not be the first character of another word when nothing was counted.
    span.positional = false;
    any = true;
    if (scale >= 10000) {
      section += have_literal || literal != 0 ? literal : 0;
      total += section * scale;
      section = 0;
    } else {
      section += literal * scale;
    }
    last_scale = scale;
    literal = 0;
    have_literal = false;
    literal_digits = 0;
    ++i;
    if (i < text.size() && (text[i] == U'余' || text[i] == U'多' || text[i] == U'几' || text[i] == U'来')) {
      span.rough = true;
      if (i + 1 < text.size() && ScaleOf(text[i + 1]) >= 10000) {
        section *= ScaleOf(text[i + 1]);
        last_scale = ScaleOf(text[i + 1]);
        total += section;
        section = 0;
        ++i;
      }
      ++i;
      break;
    }
  }
  if (!any) return std::nullopt;
  // 三万二 = 32000, 两千五 = 2500: a last single digit stands for the next lower scale.
  if (have_literal) {
    if (last_scale >= 100 && literal_digits == 1 && literal % 1000 == 0 &&
        !(i > 1 && DigitOf(text[i - 2]) == 0 && i - at > 2))
      section += literal * (last_scale / 10);
    else
      section += literal;
  }
  span.milli = total + section;
  span.end = i;
  return span;
}

}  // namespace dedup
