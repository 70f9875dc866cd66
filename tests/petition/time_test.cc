#include "petition/time.h"

#include <gtest/gtest.h>

namespace petition {
namespace {

std::string Again(std::string_view text) {
  auto time = ParseTime(text);
  return time ? FormatTime(*time) : time.error().reason;
}

TEST(TimeTest, AnyOffsetIsShownAtPlusEight) {
  EXPECT_EQ(Again("2025-03-04T10:12:00+08:00"), "2025-03-04T10:12:00+08:00");
  EXPECT_EQ(Again("2025-03-04T02:12:00Z"), "2025-03-04T10:12:00+08:00");
  EXPECT_EQ(Again("2025-03-03t21:12:00-05:00"), "2025-03-04T10:12:00+08:00");
  EXPECT_EQ(Again("2025-03-04T07:42:00+05:30"), "2025-03-04T10:12:00+08:00");
}

TEST(TimeTest, FractionsAreKeptToTheMillisecondAndCutBeyond) {
  EXPECT_EQ(Again("2025-03-04T10:12:00.5+08:00"), "2025-03-04T10:12:00.500+08:00");
  EXPECT_EQ(Again("2025-03-04T10:12:00.1239999999999999+08:00"), "2025-03-04T10:12:00.123+08:00");
  EXPECT_EQ(Again("2025-03-04T10:12:00.0004+08:00"), "2025-03-04T10:12:00+08:00");
}

TEST(TimeTest, WhatIsNotATimeIsRefused) {
  for (const char* wrong :
       {"", "2025-03-04", "2025-03-04T10:12:00", "2025-03-04 10:12:00+08:00", "2025-3-4T10:12:00+08:00",
        "2025-02-29T10:12:00+08:00", "2025-13-01T10:12:00+08:00", "2025-03-04T24:00:00+08:00",
        "2025-03-04T10:60:00+08:00", "2025-03-04T10:12:00+24:00", "2025-03-04T10:12:00+08:60",
        "2025-03-04T10:12:00.+08:00", "2025-03-04T10:12:00+0800", "2025-03-04T10:12:00+08:00 ", "+2025-03-04T10:12:00Z",
        "2025-03-04T10:12:60+08:00", "９０２５-03-04T10:12:00Z", "9999-12-31T23:00:00Z"}) {
    EXPECT_EQ(Again(wrong), "time_invalid") << wrong;
  }
}

TEST(TimeTest, LeapSecondCountsAsTheSecondAfterIt) {
  EXPECT_EQ(Again("2016-12-31T23:59:60Z"), "2017-01-01T08:00:00+08:00");
  EXPECT_EQ(Again("2017-01-01T07:59:60+08:00"), "2017-01-01T08:00:00+08:00");
  EXPECT_EQ(Again("2016-12-31T22:59:60Z"), "time_invalid");
}

TEST(TimeTest, DayIsTheDayAtPlusEight) {
  EXPECT_EQ(LocalDay(*ParseTime("2025-03-03T16:00:00Z")), "20250304");
  EXPECT_EQ(LocalDay(*ParseTime("2025-03-03T15:59:59.999Z")), "20250303");
  EXPECT_EQ(LocalDay(*ParseTime("1969-12-31T15:59:59Z")), "19691231");
}

TEST(TimeTest, EveryDayReadsBack) {
  const Time start = *ParseTime("1899-12-30T00:00:00+08:00");
  for (int day = 0; day < 90'000; day += 17) {
    const Time time = start + std::chrono::days{day} + std::chrono::milliseconds{day * 977 % 86'400'000};
    ASSERT_EQ(*ParseTime(FormatTime(time)), time);
  }
}

TEST(TimeTest, ManualClockStandsStillUntilMoved) {
  ManualClock clock(*ParseTime("2025-03-04T10:12:00Z"));
  EXPECT_EQ(clock.Now(), clock.Now());
  clock.Advance(std::chrono::minutes{1});
  EXPECT_EQ(FormatTime(clock.Now()), "2025-03-04T18:13:00+08:00");
}

}  // namespace
}  // namespace petition
