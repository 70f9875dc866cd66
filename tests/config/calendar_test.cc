#include "config/calendar.h"

#include <gtest/gtest.h>

namespace config {
namespace {

std::chrono::sys_days Day(const char* text) { return ParseDay(text).value(); }

TEST(CalendarTest, KnowsHolidaysWeekendsAndWorkedWeekends) {
  const Calendar calendar = Calendar::BuiltIn();
  const std::pair<const char*, bool> days[] = {
      {"2025-01-01", false}, {"2025-01-26", true},  {"2025-01-27", true},  {"2025-01-28", false}, {"2025-02-04", false},
      {"2025-02-08", true},  {"2025-02-09", false}, {"2025-04-27", true},  {"2025-05-05", false}, {"2025-05-06", true},
      {"2025-06-02", false}, {"2025-09-28", true},  {"2025-10-08", false}, {"2025-10-11", true},  {"2026-01-02", false},
      {"2026-01-04", true},  {"2026-02-14", true},  {"2026-02-23", false}, {"2026-02-28", true},  {"2026-05-09", true},
      {"2026-10-07", false}, {"2026-10-08", true},  {"2026-10-10", true}};
  for (const auto& [day, worked] : days) {
    const auto known = calendar.IsWorkday(Day(day));
    ASSERT_TRUE(known.ok()) << day;
    EXPECT_EQ(*known, worked) << day;
  }
}

TEST(CalendarTest, CountsWorkingDaysOverHolidaysAndTheYearsEnd) {
  const Calendar calendar = Calendar::BuiltIn();
  // Friday before the Spring Festival: Sunday the 26th and Monday the 27th are worked, then eight days are not.
  EXPECT_EQ(calendar.After(Day("2025-01-24"), 1).value(), Day("2025-01-26"));
  EXPECT_EQ(calendar.After(Day("2025-01-24"), 3).value(), Day("2025-02-05"));
  EXPECT_EQ(calendar.After(Day("2025-02-07"), 1).value(), Day("2025-02-08"));
  // New Year's holiday of 2026, then the Sunday that is worked.
  EXPECT_EQ(calendar.After(Day("2025-12-31"), 1).value(), Day("2026-01-04"));
  EXPECT_EQ(calendar.After(Day("2025-12-31"), 0).value(), Day("2025-12-31"));
}

TEST(CalendarTest, AMissingYearIsAnErrorAndNotAYearWithoutHolidays) {
  const Calendar calendar = Calendar::BuiltIn();
  const auto missing = calendar.IsWorkday(Day("2027-01-04"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().reason, "calendar_year_missing");
  EXPECT_NE(missing.error().message.find("2027"), std::string::npos);
  EXPECT_FALSE(calendar.After(Day("2026-12-30"), 5).ok());
}

TEST(CalendarTest, NamesTheLineOfWhatIsWrong) {
  Calendar calendar;
  EXPECT_NE(calendar.Add("year: 2027\nholidays:\n  - {name: x, from: 2026-12-31, to: 2027-01-01}\n", "f")
                .error()
                .message.find("line 3"),
            std::string::npos);
  EXPECT_FALSE(calendar.Add("year: 2027\nholiday: []\n", "f").ok());
  EXPECT_FALSE(calendar.Add("year: 2027\nholidays: []\n", "f").ok());
  EXPECT_FALSE(
      calendar
          .Add("year: 2027\nholidays:\n  - {name: x, from: 2027-01-01, to: 2027-01-01}\nworkdays: [2027-01-04]\n", "f")
          .ok());
  EXPECT_FALSE(calendar.Has(2027));
}

TEST(CalendarTest, TheSampleYearsAreMarkedToBeChecked) {
  EXPECT_EQ(Calendar::BuiltIn().Unchecked(), (std::set<int>{2025, 2026}));
}

}  // namespace
}  // namespace config
