// The command rebuild as a person calls it: arguments in, words and exit status out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "gateway/commands/rebuild_commands.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "support/process.h"

namespace gateway {
namespace {

struct Said {
  int status = -1;
  std::string out, err;
};

Said Rebuild(std::vector<std::string> arguments) {
  CLI::App app;
  Said said;
  AddRebuildCommand(app, said.status);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  arguments.insert(arguments.begin(), "rebuild");
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    said.status = 2;
  }
  said.out = testing::internal::GetCapturedStdout();
  said.err = testing::internal::GetCapturedStderr();
  return said;
}

class RebuildTest : public testing::Test {
 protected:
  /// A ledger of that origin with one entry.
  std::unique_ptr<ledger::Ledger> Open(const std::string& origin) {
    keys_.emplace(ledger::KeyRing::Open(std::filesystem::path(data_) / "keys", true).value());
    ledger::Options options;
    options.folder = data_;
    options.origin = origin;
    auto ledger = ledger::Ledger::Open(options, *keys_, clock_).value();
    ledger::Draft draft;
    draft.kind = ledger::Kind::kManifest;
    draft.record = R"({"kind":"manifest"})";
    EXPECT_TRUE(ledger->Append(std::move(draft)).ok());
    return ledger;
  }

  support::TemporaryFolder folder_;
  petition::SystemClock clock_;
  const std::string data_ = folder_.path() + "/data";
  std::optional<ledger::KeyRing> keys_;
};

TEST_F(RebuildTest, LedgerOfAnyOriginIsRebuilt) {
  std::filesystem::create_directories(data_);
  Open("petitions.example/ledger").reset();
  const Said said = Rebuild({"all", "--data", data_, "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(petition::ParseJson(said.out)->at("folded"), 1);
  // The folder may stand in a configuration, too.
  std::ofstream(folder_.path() + "/guiyi.yaml")
      << "data: " << data_ << "\nledger:\n  origin: petitions.example/ledger\n";
  const Said again = Rebuild({"state", "--config", folder_.path() + "/guiyi.yaml"});
  EXPECT_EQ(again.status, 0) << again.err;
}

TEST_F(RebuildTest, RebuildThatCannotRunSaysSo) {
  EXPECT_EQ(Rebuild({"all", "--data", data_}).status, 3);
  std::filesystem::create_directories(data_);
  const auto in_use = Open("petitions.example/ledger");
  EXPECT_EQ(Rebuild({"all", "--data", data_}).status, 3);
}

}  // namespace
}  // namespace gateway
