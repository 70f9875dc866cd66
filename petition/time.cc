#include "petition/time.h"

#include <optional>

namespace petition {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours kZone{8};

// Civil time at +08:00, as the digits of its parts.
struct Civil {
  int year, month, day, hour, minute, second, millisecond;
};

Civil ToCivil(Time time) {
  const auto local = time.time_since_epoch() + kZone;
  const auto day = std::chrono::floor<days>(local);
  const std::chrono::year_month_day date{std::chrono::sys_days{day}};
  const auto in_day = std::chrono::duration_cast<milliseconds>(local - day).count();
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(in_day / 3'600'000),
          static_cast<int>(in_day / 60'000 % 60),
          static_cast<int>(in_day / 1000 % 60),
          static_cast<int>(in_day % 1000)};
}

void AppendDigits(std::string& out, int value, int width) {
  char digits[4] = {};
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

// Reads fixed-width parts from the left; once something does not fit, everything after fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  int Digits(std::size_t width) {
    if (failed_ || text_.size() < width) return Fail();
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return Fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(width);
    return value;
  }
  /// The next character when it is one of `any`, else '\0' and failure.
  char OneOf(std::string_view any) {
    if (failed_ || text_.empty() || any.find(text_.front()) == std::string_view::npos) return static_cast<char>(Fail());
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }
  bool Peek(char c) const { return !failed_ && !text_.empty() && text_.front() == c; }
  bool DigitNext() const { return !failed_ && !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; }
  bool AtEnd() const { return !failed_ && text_.empty(); }
  bool failed() const { return failed_; }

 private:
  int Fail() {
    failed_ = true;
    return 0;
  }
  std::string_view text_;
  bool failed_ = false;
};

// ".123456": milliseconds, the rest cut off.
int ReadFraction(Reader& reader) {
  reader.OneOf(".");
  int value = 0;
  int taken = 0;
  do {
    const int digit = reader.Digits(1);
    if (taken < 3) value = value * 10 + digit, ++taken;
  } while (reader.DigitNext());
  for (; taken < 3; ++taken) value *= 10;
  return value;
}

std::optional<minutes> ReadZone(Reader& reader) {
  const char sign = reader.OneOf("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const int hour = reader.Digits(2);
  reader.OneOf(":");
  const int minute = reader.Digits(2);
  if (reader.failed() || hour > 23 || minute > 59) return std::nullopt;
  const minutes offset{hour * 60 + minute};
  return sign == '-' ? -offset : offset;
}

Error Wrong(const char* what) { return Invalid("time_invalid", what); }

}  // namespace

Time SystemClock::Now() const { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

std::string FormatTime(Time time) {
  const Civil at = ToCivil(time);
  std::string out;
  out.reserve(29);
  AppendDigits(out, at.year, 4);
  out += '-';
  AppendDigits(out, at.month, 2);
  out += '-';
  AppendDigits(out, at.day, 2);
  out += 'T';
  AppendDigits(out, at.hour, 2);
  out += ':';
  AppendDigits(out, at.minute, 2);
  out += ':';
  AppendDigits(out, at.second, 2);
  if (at.millisecond != 0) {
    out += '.';
    AppendDigits(out, at.millisecond, 3);
  }
  out += "+08:00";
  return out;
}

Result<Time> ParseTime(std::string_view text) {
  Reader reader(text);
  const int year = reader.Digits(4);
  reader.OneOf("-");
  const int month = reader.Digits(2);
  reader.OneOf("-");
  const int day = reader.Digits(2);
  reader.OneOf("Tt");
  const int hour = reader.Digits(2);
  reader.OneOf(":");
  const int minute = reader.Digits(2);
  reader.OneOf(":");
  const int second = reader.Digits(2);
  const int millisecond = reader.Peek('.') ? ReadFraction(reader) : 0;
  const auto zone = ReadZone(reader);
  if (!reader.AtEnd() || !zone) return Wrong("not an RFC 3339 time with a zone, such as 2025-03-04T10:12:00+08:00");

  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return Wrong("no such day or time of day");
  const Time whole = std::chrono::sys_days{date} + hours{hour} + minutes{minute} - *zone;
  // A leap second exists only as 23:59:60 UTC; it is counted as the second after it.
  if (second == 60 && whole.time_since_epoch() % days{1} != hours{23} + minutes{59})
    return Wrong("no such time of day");
  const Time time = whole + seconds{second} + milliseconds{millisecond};
  const auto local_year = std::chrono::year_month_day{std::chrono::floor<days>(time + kZone)}.year();
  if (local_year < std::chrono::year{0} || local_year > std::chrono::year{9999}) return Wrong("year out of range");
  return time;
}

std::string LocalDay(Time time) {
  const Civil at = ToCivil(time);
  std::string out;
  AppendDigits(out, at.year, 4);
  AppendDigits(out, at.month, 2);
  AppendDigits(out, at.day, 2);
  return out;
}

}  // namespace petition
