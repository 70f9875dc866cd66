// What `guiyi serve` says when it can't run.
#include <gtest/gtest.h>

#include "support/process.h"

namespace {

TEST(ServeTest, DataFolderThatCantBeMadeIsAnErrorAndNoAbort) {
  for (const bool demo : {false, true}) {
    std::vector<std::string> arguments = {GUIYI_BINARY, "serve", "--data", "/proc/nope", "--http", "127.0.0.1:0"};
    if (demo) arguments.push_back("--demo");
    EXPECT_EQ(support::Run(arguments).status, 3) << demo;
  }
}

}  // namespace
