#include "gateway/oversight/serial.h"

#include <algorithm>
#include <cstdlib>

namespace gateway {

namespace {

constexpr std::size_t kSerialDigitsMax = 9;
constexpr int kSerialDaysApart = 31;

bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }

int DigitsValue(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

/// Days since some day long ago; exact enough to tell whether two days lie within a month.
int RoughDay(std::string_view day) {
  return DigitsValue(day.substr(0, 4)) * 372 + DigitsValue(day.substr(4, 2)) * 31 + DigitsValue(day.substr(6, 2));
}

/// How many of the first digits are the date of that day: 8 (day), 6 (day with two digits of the year, or month),
/// 4 (year), 0 (none).
std::size_t DateDigits(std::string_view digits, std::string_view day) {
  const auto within = [&](std::size_t at, int most) {
    const int value = DigitsValue(digits.substr(at, 2));
    return value >= 1 && value <= most;
  };
  if (digits.size() >= 8 && digits.substr(0, 2) == day.substr(0, 2) && within(4, 12) && within(6, 31) &&
      std::abs(RoughDay(digits.substr(0, 8)) - RoughDay(day)) <= kSerialDaysApart)
    return 8;
  if (digits.size() >= 6 && digits.substr(0, 6) == day.substr(2, 6)) return 6;
  if (digits.size() >= 6 && digits.substr(0, 6) == day.substr(0, 6)) return 6;
  // A running number comes past the year, too (ZJ-20250): a year has a serial of three digits behind it.
  if ((digits.size() == 4 || digits.size() >= 7) && digits.substr(0, 4) == day.substr(0, 4)) return 4;
  return 0;
}

/// The text with each digit of a date in it as #.
std::string ShapeOf(std::string_view text, std::string_view day) {
  std::string shape(text);
  for (std::size_t at = 0; at < shape.size();) {
    if (!IsAsciiDigit(shape[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && IsAsciiDigit(text[end])) ++end;
    const std::size_t date = DateDigits(text.substr(at, end - at), day);
    std::fill(shape.begin() + static_cast<std::ptrdiff_t>(at), shape.begin() + static_cast<std::ptrdiff_t>(at + date),
              '#');
    at = end;
  }
  return shape;
}

}  // namespace

std::optional<Serial> ReadSerial(std::string_view number, std::string_view local_day) {
  if (local_day.size() != 8) return std::nullopt;
  std::size_t begin = number.size();
  while (begin > 0 && IsAsciiDigit(number[begin - 1])) --begin;
  std::string_view digits = number.substr(begin);
  const std::size_t date = DateDigits(digits, local_day);
  if (date > 0 && date < digits.size()) {
    begin += date;
    digits.remove_prefix(date);
  }
  if (digits.empty() || digits.size() > kSerialDigitsMax) return std::nullopt;
  Serial serial;
  serial.series = std::string(number.substr(0, begin));
  serial.shape = ShapeOf(serial.series, local_day);
  serial.number = static_cast<std::uint64_t>(std::strtoull(std::string(digits).c_str(), nullptr, 10));
  serial.width = static_cast<unsigned>(digits.size());
  return serial;
}

}  // namespace gateway
