#include "e2e/real_input.h"

#include <gtest/gtest.h>

#include "support/process.h"

namespace {

const char* kSample = GUIYI_SOURCE_DIR "/config/demo/petitions.jsonl";

TEST(RealInputTest, EverySubmissionIsRegisteredDecidedAndDeliveredOnceThoughTheNationalSystemFails) {
  support::TemporaryFolder folder;
  e2e::RealInput input;
  input.binary = GUIYI_BINARY;
  input.folder = folder.path();
  input.history = {kSample};
  input.live = {kSample};
  input.live_lines_max = 200;
  const auto findings = e2e::RunRealInput(input);
  for (const auto& problem : findings.problems) ADD_FAILURE() << problem;
  EXPECT_GT(findings.intakes, 150u);
  EXPECT_GT(findings.resends, 0u);
  EXPECT_GT(findings.closures, 0u);
  EXPECT_EQ(findings.verdicts, findings.intakes);
}

}  // namespace
