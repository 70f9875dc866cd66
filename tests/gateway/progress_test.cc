#include "gateway/progress.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

TEST(ProgressTest, LineShowsShareCountRateAndTimeLeft) {
  EXPECT_EQ(ProgressLine("a.csv", "行", 12345, 0, 0.5, 2500.4, 61, "拒收 3"),
            "a.csv [############............]  50% 12,345 行  2,500/s  ETA 01:01  拒收 3");
  EXPECT_EQ(ProgressLine("x", "rows", 7, 9, -1, 0, -1, ""), "x 7/9 rows  0/s");
  EXPECT_EQ(ProgressLine("x", "rows", 9, 9, 7.5, 1, 0, ""),
            "x [########################] 100% 9/9 rows  1/s  ETA 00:00");
}

TEST(ProgressTest, TimesAreReadable) {
  EXPECT_EQ(ClockText(0), "00:00");
  EXPECT_EQ(ClockText(59.6), "01:00");
  EXPECT_EQ(ClockText(3725), "1:02:05");
  EXPECT_EQ(ClockText(-1), "--:--");
  EXPECT_EQ(ClockText(1e18), "--:--");
}

TEST(ProgressTest, SilentWithoutATerminal) {
  testing::internal::CaptureStderr();
  {
    ProgressBar bar("x", "rows", 10);
    bar.Update(5);
    bar.Finish();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace gateway
