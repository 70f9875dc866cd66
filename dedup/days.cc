#include "dedup/days.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "dedup/han.h"

namespace dedup {
namespace {

constexpr std::size_t kDaysMax = 16, kEarlierDaysMax = 4;

Civil CivilOf(petition::Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time + std::chrono::hours(8));
  const std::chrono::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(std::chrono::weekday(day).iso_encoding())};
}

Day DayBefore(petition::Time received, int days) {
  const auto civil = CivilOf(received - std::chrono::days(days));
  return {static_cast<std::int16_t>(civil.year), static_cast<std::int8_t>(civil.month),
          static_cast<std::int8_t>(civil.day)};
}

// What a text does around a day when it speaks of an earlier submission: 2月11日在网上反映 ..., 3月10日打12345.
bool SpeaksOfHandingIn(std::u32string_view text, std::size_t at) {
  static const std::vector<std::u32string_view> words = {U"反映",   U"投诉", U"举报",    U"登记", U"寄",       U"写信",
                                                         U"写过信", U"来信", U"打12345", U"打过", U"打了电话", U"拨打",
                                                         U"来访",   U"提交", U"提过",    U"邮件", U"信访"};
  const auto after = text.substr(at, 14);
  const auto stop = after.find_first_of(U"。；!?");
  return ContainsAny(after.substr(0, stop), words);
}

}  // namespace

DayReader::DayReader(std::u32string_view folded, petition::Time received)
    : text_(folded), received_(received), today_(CivilOf(received)) {}

std::optional<std::size_t> DayReader::ReadRelative(std::size_t at) {
  static constexpr std::u32string_view kBegins = U"前昨今上";
  if (kBegins.find(text_[at]) == std::u32string_view::npos) return std::nullopt;
  struct Word {
    std::u32string_view word;
    int days;
  };
  static constexpr std::array words = {Word{U"前天", 2}, Word{U"昨天", 1}, Word{U"昨晚", 1}, Word{U"昨日", 1},
                                       Word{U"今天", 0}, Word{U"今日", 0}, Word{U"今晚", 0}, Word{U"今早", 0}};
  for (const auto& word : words)
    if (StandsAt(text_, at, word.word)) {
      AddDay(DayBefore(received_, word.days), at + word.word.size());
      return at + word.word.size();
    }
  for (std::u32string_view start : {std::u32string_view(U"上个月"), std::u32string_view(U"上月")})
    if (StandsAt(text_, at, start))
      if (const auto number = ReadNumber(text_, at + start.size());
          number && number->milli % 1000 == 0 && number->milli >= 1000 && number->milli <= 31000 &&
          number->end < text_.size() && (text_[number->end] == U'日' || text_[number->end] == U'号')) {
        const bool january = today_.month == 1;
        AddDay(
            {static_cast<std::int16_t>(today_.year - (january ? 1 : 0)),
             static_cast<std::int8_t>(january ? 12 : today_.month - 1), static_cast<std::int8_t>(number->milli / 1000)},
            number->end + 1);
        return number->end + 1;
      }
  static constexpr std::u32string_view kWeekdays = U"一二三四五六日";
  for (std::u32string_view start : {std::u32string_view(U"上周"), std::u32string_view(U"上星期"),
                                    std::u32string_view(U"上个星期"), std::u32string_view(U"上礼拜")})
    if (StandsAt(text_, at, start) && at + start.size() < text_.size()) {
      char32_t c = text_[at + start.size()];
      if (c == U'天') c = U'日';
      const auto weekday = kWeekdays.find(c);
      if (weekday == std::u32string_view::npos) continue;
      AddDay(DayBefore(received_, today_.weekday + 7 - static_cast<int>(weekday) - 1), at + start.size() + 1);
      return at + start.size() + 1;
    }
  return std::nullopt;
}

std::optional<std::size_t> DayReader::ReadDate(const NumberSpan& number) {
  const std::int64_t value = number.milli / 1000;
  if (number.milli % 1000 != 0 && !(number.digits >= 6)) return ReadDotted(number);
  if (number.end >= text_.size()) return std::nullopt;
  const char32_t next = text_[number.end];
  if (next == U'.' || next == U'/' || next == U'-') return ReadDotted(number);
  if (next == U'年' && number.positional && (value >= 1940 && value <= 2060))
    return ReadYear(number, static_cast<int>(value));
  if (next == U'年' && number.positional && number.digits == 2) {  // 93年, 98年, 22年, 八五年
    const int year = value > today_.year % 100 + 1 ? 1900 + static_cast<int>(value) : 2000 + static_cast<int>(value);
    if (value >= 50 || (value >= 10 && value <= today_.year % 100 + 1)) return ReadYear(number, year);
  }
  if (next == U'月' && value >= 1 && value <= 12 && !StandsAt(text_, number.end, U"月租") && !IsSpan(number))
    return ReadMonth(number, 0, static_cast<int>(value));
  return std::nullopt;
}

// 3个月 is a length and never gets here; 每年6月 does and does no harm.
bool DayReader::IsSpan(const NumberSpan& number) const {
  return number.begin > 0 && (text_[number.begin - 1] == U'每' || text_[number.begin - 1] == U'第');
}

std::optional<std::size_t> DayReader::ReadDotted(const NumberSpan& number) {
  std::array<int, 3> fields{};
  std::size_t count = 0, i = number.begin;
  char32_t separator = 0;
  while (count < 3 && i < text_.size() && IsDigit(text_[i])) {
    int value = 0;
    std::size_t digits = 0;
    for (; i < text_.size() && IsDigit(text_[i]) && digits < 5; ++i, ++digits)
      value = value * 10 + static_cast<int>(text_[i] - U'0');
    fields[count++] = value;
    if (i >= text_.size() || (text_[i] != U'.' && text_[i] != U'/' && text_[i] != U'-') ||
        (separator != 0 && text_[i] != separator))
      break;
    separator = text_[i];
    if (i + 1 >= text_.size() || !IsDigit(text_[i + 1])) break;
    ++i;
  }
  if (count < 2 || fields[0] < 1980 || fields[0] > 2060 || fields[1] < 1 || fields[1] > 12) return std::nullopt;
  Day day{static_cast<std::int16_t>(fields[0]), static_cast<std::int8_t>(fields[1]),
          static_cast<std::int8_t>(count == 3 && fields[2] <= 31 ? fields[2] : 0)};
  AddDay(day, i);
  return i;
}

std::optional<std::size_t> DayReader::ReadYear(const NumberSpan& number, int year) {
  const std::size_t after = number.end + 1;
  if (after < text_.size())
    if (const auto month = MonthAt(after)) return ReadMonth(*month, year, static_cast<int>(month->milli / 1000));
  AddDay({static_cast<std::int16_t>(year), 0, 0}, after);
  return after;
}

std::optional<NumberSpan> DayReader::MonthAt(std::size_t at) const {
  if (StandsAt(text_, at, U"元月")) return NumberSpan{at, at + 1, 1000, true, false, 1};
  auto month = ReadNumber(text_, at);
  if (!month || month->milli < 1000 || month->milli > 12000 || month->end >= text_.size() || text_[month->end] != U'月')
    return std::nullopt;
  return month;
}

int DayReader::YearFor(const NumberSpan& month_span, int month) const {
  const auto before =
      text_.substr(month_span.begin >= 3 ? month_span.begin - 3 : 0, std::min<std::size_t>(3, month_span.begin));
  if (Contains(before, U"去年")) return today_.year - 1;
  if (Contains(before, U"前年")) return today_.year - 2;
  if (Contains(before, U"今年") || month <= today_.month) return today_.year;
  // 10月开业 lies ahead, 10月付的款 behind: a later month alone tells no year; a day (9月14日) has been.
  return ReadDay(month_span.end + 1) ? today_.year - 1 : 0;
}

// 14日, 14号
std::optional<NumberSpan> DayReader::ReadDay(std::size_t at) const {
  const auto number = at < text_.size() ? ReadNumber(text_, at) : std::nullopt;
  if (!number || number->milli % 1000 != 0 || number->milli < 1000 || number->milli > 31000 ||
      number->end >= text_.size() || (text_[number->end] != U'日' && text_[number->end] != U'号'))
    return std::nullopt;
  return number;
}

std::optional<std::size_t> DayReader::ReadMonth(const NumberSpan& month_span, int year, int month) {
  Day day{static_cast<std::int16_t>(year != 0 ? year : YearFor(month_span, month)), static_cast<std::int8_t>(month), 0};
  std::size_t end = month_span.end + 1;
  if (const auto number = ReadDay(end)) {
    day.day = static_cast<std::int8_t>(number->milli / 1000);
    end = number->end + 1;
  }
  AddDay(day, end);
  return end;
}

void DayReader::AddDay(Day day, std::size_t end) {
  if (SpeaksOfHandingIn(text_, end) && day.month != 0 && earlier_days_.size() < kEarlierDaysMax)
    earlier_days_.push_back(day);
  if (days_.size() < kDaysMax && std::find(days_.begin(), days_.end(), day) == days_.end()) days_.push_back(day);
}

}  // namespace dedup
