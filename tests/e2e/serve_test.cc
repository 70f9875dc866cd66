// What `guiyi serve` says when it can't run, and that what is changed beside a running hub counts in it.
#include <gtest/gtest.h>

#include <thread>

#include "support/http_client.h"
#include "support/hub_process.h"
#include "support/process.h"

namespace {

TEST(ServeTest, DataFolderThatCantBeMadeIsAnErrorAndNoAbort) {
  for (const bool demo : {false, true}) {
    std::vector<std::string> arguments = {GUIYI_BINARY, "serve", "--data", "/proc/nope", "--http", "127.0.0.1:0"};
    if (demo) arguments.push_back("--demo");
    EXPECT_EQ(support::Run(arguments).status, 3) << demo;
  }
}

// More than one, one after the other: the program that makes the first must not take the journal away from under the
// hub, or the second is never seen.
TEST(ServeTest, UsersMadeBesideARunningHubAreKnownInItEachTime) {
  support::TemporaryFolder folder;
  support::HubProcess hub(GUIYI_BINARY, folder.path() + "/data");
  ASSERT_FALSE(hub.AddUser("first", "oversight").empty());
  ASSERT_TRUE(hub.Start());
  for (const char* name : {"second", "third", "fourth"}) {
    const std::string key = hub.AddUser(name, "oversight");
    int status = 0;
    for (int tries = 0; status != 200 && tries < 100; ++tries) {
      status = support::HttpClient(hub.http(), key).Get("/api/v1/sources").status;
      if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(status, 200) << name;
  }
  EXPECT_EQ(hub.StopGently(), 0);
}

}  // namespace
