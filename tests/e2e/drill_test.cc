// The leak drill by its command, as whoever wants to see it runs it: every kind of leak is found within a day, and
// hardly anything else is.
#include <gtest/gtest.h>

#include "petition/json.h"
#include "support/full_run.h"
#include "support/process.h"

namespace {

TEST(DrillCommandTest, EveryKindOfLeakIsFoundWithinADay) {
  const auto run =
      support::Run({GUIYI_BINARY, "drill", "--days", support::FullRun() ? "365" : "60", "--seed", "7", "--json"});
  EXPECT_EQ(run.status, 0);
  const auto parsed = petition::ParseJson(run.out);
  ASSERT_TRUE(parsed.ok()) << run.out;
  const auto& drill = *parsed;
  EXPECT_EQ(drill["passed"], true);
  EXPECT_GE(drill["leaks"].size(), 12u);
  for (const auto& leak : drill["leaks"]) {
    ASSERT_TRUE(leak["delayHours"].is_number()) << leak;
    EXPECT_GE(leak["delayHours"], 0) << leak;
    EXPECT_LE(leak["delayHours"], 24) << leak;
  }
  for (const auto& [source, alarms] : drill["falseAlarmsAMonth"].items()) EXPECT_LE(alarms, 1) << source;
}

}  // namespace
