// A DayReader reads the days that a folded text speaks of: 2025年1月6日, 二〇二五年元月六日, 2024.05, 93年, 3月14号,
// 上周五, 昨晚. One thread; refers to the text.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "dedup/numbers.h"
#include "dedup/profile.h"

namespace dedup {

/// A day of the calendar, Beijing time; Monday is 1.
struct Civil {
  int year, month, day, weekday;
};

class DayReader {
 public:
  /// `received`: the day relative dates count from.
  DayReader(std::u32string_view folded, petition::Time received);

  /// A day that is said as so long ago, from `at` on, or one that begins with the number. Each is kept; answers where
  /// it ends, nullopt when there is none.
  std::optional<std::size_t> ReadRelative(std::size_t at);
  std::optional<std::size_t> ReadDate(const NumberSpan& number);

  std::vector<Day> TakeDays() { return std::move(days_); }
  std::vector<Day> TakeEarlierDays() { return std::move(earlier_days_); }  ///< on which something was handed in

 private:
  bool IsSpan(const NumberSpan& number) const;
  std::optional<std::size_t> ReadDotted(const NumberSpan& number);
  std::optional<std::size_t> ReadYear(const NumberSpan& number, int year);
  std::optional<NumberSpan> MonthAt(std::size_t at) const;
  int YearFor(const NumberSpan& month_span, int month) const;
  std::optional<NumberSpan> ReadDay(std::size_t at) const;
  std::optional<std::size_t> ReadMonth(const NumberSpan& month_span, int year, int month);
  void AddDay(Day day, std::size_t end);

  std::u32string_view text_;
  petition::Time received_;
  Civil today_;
  std::vector<Day> days_, earlier_days_;
};

}  // namespace dedup
