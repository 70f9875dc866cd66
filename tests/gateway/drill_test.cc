#include "gateway/oversight/drill/drill.h"

#include <gtest/gtest.h>

#include "support/process.h"

namespace gateway::drill {
namespace {

TEST(DrillTest, EveryKindOfLeakIsFoundWithinADay) {
  const support::TemporaryFolder folder;
  DrillOptions options;
  options.days = 60;
  options.seed = 7;
  options.folder = folder.path();
  const auto result = RunDrill(options);
  ASSERT_TRUE(result.ok()) << result.error().message << " " << result.error().detail;
  EXPECT_GE(result->leaks.size(), 12u);
  for (const auto& leak : result->leaks) {
    EXPECT_GE(DelayHours(leak), 0) << leak.name << " at " << leak.source;
    EXPECT_LE(DelayHours(leak), 24) << leak.name << " at " << leak.source;
  }
  for (const auto& [source, alarms] : result->alarms_a_month) EXPECT_LE(alarms, 1) << source;
  EXPECT_TRUE(result->Passed()) << DrillToText(options, *result);
}

TEST(DrillTest, TheSameSeedPlansTheSameLeaksAndAnotherOneOthers) {
  const auto a = PlanLeaks(365, 1), b = PlanLeaks(365, 1), c = PlanLeaks(365, 2);
  ASSERT_EQ(a.size(), b.size());
  bool differs = false;
  for (std::size_t at = 0; at < a.size(); ++at) {
    EXPECT_EQ(a[at].name, b[at].name);
    EXPECT_EQ(a[at].day, b[at].day);
    differs = differs || a[at].name != c[at].name;
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace gateway::drill
