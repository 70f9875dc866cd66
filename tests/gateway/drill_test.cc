// What the drill plans. That it finds all of it is tried by its command (tests/e2e/drill_test.cc).
#include "gateway/oversight/drill/drill.h"

#include <gtest/gtest.h>

namespace gateway::drill {
namespace {

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
