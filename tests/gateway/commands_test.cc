// The commands source, user and import as a person calls them: arguments in, words and exit status out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>

#include "gateway/commands/import_commands.h"
#include "gateway/commands/source_commands.h"
#include "gateway/commands/user_commands.h"
#include "gateway/registry.h"
#include "petition/json.h"
#include "support/process.h"

namespace gateway {
namespace {

using petition::Json;
using testing::HasSubstr;

struct Said {
  int status = -1;
  std::string out, err;
};

class CommandsTest : public testing::Test {
 protected:
  Said Run(std::vector<std::string> arguments) {
    CLI::App app;
    Said said;
    AddSourceCommands(app, said.status);
    AddUserCommands(app, said.status);
    AddImportCommand(app, said.status);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      said.status = 2;
    }
    said.out = testing::internal::GetCapturedStdout();
    said.err = testing::internal::GetCapturedStderr();
    return said;
  }

  std::string File(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() + "/" + name, std::ios::binary) << text;
    return folder_.path() + "/" + name;
  }

  support::TemporaryFolder folder_;
  petition::SystemClock clock_;
  const std::string data_ = folder_.path() + "/data";
};

TEST_F(CommandsTest, SourceIsAddedListedSuspendedAndResumed) {
  const Said added = Run({"source", "add", "portal", "--channel", "portal", "--division", "439902", "--data", data_});
  ASSERT_EQ(added.status, 0) << added.err;
  const auto at = added.out.find("guiyi_");
  ASSERT_NE(at, std::string::npos);
  const std::string key = added.out.substr(at, 49);
  EXPECT_EQ((*Registry::Open(data_, clock_))->Authenticate(key)->source, "portal");
  EXPECT_EQ(std::filesystem::status(data_).permissions(), std::filesystem::perms::owner_all);

  EXPECT_EQ(Run({"source", "add", "portal", "--channel", "portal", "--data", data_}).status, 1) << "the name is taken";
  EXPECT_EQ(Run({"source", "add", "x", "--channel", "pigeon", "--data", data_}).status, 2);
  EXPECT_EQ(Run({"source", "add", "x", "--data", data_}).status, 2) << "a channel is needed";
  EXPECT_EQ(Run({"source", "suspend", "nobody", "--data", data_}).status, 1);
  ASSERT_EQ(Run({"source", "suspend", "portal", "--data", data_}).status, 0);
  const Said listed = Run({"source", "list", "--data", data_, "--json"});
  ASSERT_EQ(listed.status, 0);
  const auto rows = petition::ParseJson(listed.out);
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->at(0).at("state"), "suspended");
  EXPECT_EQ(listed.out.find(key), std::string::npos);
  ASSERT_EQ(Run({"source", "resume", "portal", "--data", data_}).status, 0);
  EXPECT_TRUE((*Registry::Open(data_, clock_))->Authenticate(key).ok());
  EXPECT_EQ(Run({"source", "list", "--data", data_ + "-nowhere"}).status, 1);
}

TEST_F(CommandsTest, UserIsAddedWithRightsListedAndDisabled) {
  const Said added = Run({"user", "add", "wang-fang", "--role", "reviewer", "--division", "439902", "--division",
                          "439904", "--sealed", "--personal", "--data", data_, "--json"});
  ASSERT_EQ(added.status, 0) << added.err;
  const std::string key = petition::ParseJson(added.out)->at("key");
  const auto who = (*Registry::Open(data_, clock_))->Authenticate(key);
  ASSERT_TRUE(who.ok());
  EXPECT_TRUE(who->sealed && who->personal);
  EXPECT_EQ(who->divisions.size(), 2u);
  EXPECT_EQ(Run({"user", "add", "x", "--role", "king", "--data", data_}).status, 2);
  EXPECT_EQ(Run({"user", "add", "x", "--role", "handler", "--data", data_}).status, 2);
  EXPECT_EQ(Run({"user", "add", "x", "--role", "handler", "--source", "none", "--data", data_}).status, 1);
  EXPECT_THAT(Run({"user", "list", "--data", data_}).out, HasSubstr("wang-fang"));
  ASSERT_EQ(Run({"user", "disable", "wang-fang", "--data", data_}).status, 0);
  EXPECT_FALSE((*Registry::Open(data_, clock_))->Authenticate(key).ok());
}

TEST_F(CommandsTest, ImportSaysWhatBecameOfTheRows) {
  ASSERT_EQ(Run({"source", "add", "letters", "--channel", "letter", "--data", data_}).status, 0);
  const std::string good = File("good.jsonl",
                                "{\"id\":\"a\",\"content\":\"灯坏了\"}\n{\"type\":\"closure\",\"id\":\"a\",\"at\":"
                                "\"2025-03-04T10:00:00+08:00\"}\n");
  const std::string bad = File("bad.jsonl", "{\"content\":\"路坏了\"}\n{\"content\":13800138000}\n");
  Said said = Run({"import", "--source", "letters", "--historic", "--data", data_, "--json", good});
  EXPECT_EQ(said.status, 0) << said.err;
  auto json = petition::ParseJson(said.out);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->at("files").at(0).at("registered"), 1);
  EXPECT_EQ(json->at("files").at(0).at("closures"), 1);
  said = Run({"import", "--source", "letters", "--data", data_, bad, good});
  EXPECT_EQ(said.status, 1) << "a row was refused";
  EXPECT_THAT(said.out, HasSubstr("line 2: "));
  EXPECT_THAT(said.out, HasSubstr("/content"));
  EXPECT_EQ((said.out + said.err).find("13800138000"), std::string::npos);
  EXPECT_EQ(said.err, "") << "no bar without a terminal";
}

TEST_F(CommandsTest, ImportThatCannotRunSaysWhy) {
  const std::string file = File("a.jsonl", "{\"content\":\"灯坏了\"}\n");
  EXPECT_EQ(Run({"import", "--source", "letters", "--data", data_, file}).status, 3) << "no data folder";
  ASSERT_EQ(Run({"source", "add", "letters", "--channel", "letter", "--data", data_}).status, 0);
  EXPECT_EQ(Run({"import", "--source", "nobody", "--data", data_, file}).status, 3);
  EXPECT_EQ(Run({"import", "--source", "letters", "--data", data_, file + "x"}).status, 2) << "no such file";
  EXPECT_EQ(Run({"import", "--data", data_, file}).status, 2) << "no source";
  EXPECT_EQ(Run({"import", "--source", "letters", "--encoding", "ebcdic", "--data", data_, file}).status, 2);
  EXPECT_EQ(Run({"import", "--source", "letters", "--url", "http://127.0.0.1:1", file}).status, 2) << "no key file";
  const std::string key = File("key", "guiyi_x\n");
  EXPECT_EQ(Run({"import", "--source", "letters", "--url", "http://127.0.0.1:1", "--key-file", key, "--historic", file})
                .status,
            2);
  EXPECT_EQ(Run({"import", "--source", "letters", "--url", "gopher://x", "--key-file", key, file}).status, 2);
  const std::string table = File("a.csv", "标题,没见过的表头\n甲,乙\n");
  EXPECT_EQ(Run({"import", "--source", "letters", "--data", data_, table, file}).status, 1) << "the next file is taken";
  EXPECT_EQ(Run({"import", "--source", "letters", "--data", data_, file}).status, 0);
}

TEST_F(CommandsTest, CheckShowsWhatRowsWouldBecomeMaskedAndStoresNothing) {
  ASSERT_EQ(Run({"source", "add", "letters", "--channel", "letter", "--data", data_}).status, 0);
  const std::string sample =
      File("a.csv", "标题,内容,姓名,电话\n路灯,电话13800138000的王晓峰反映灯坏了,王晓峰,13800138000\n只有一格\n");
  const Said said = Run({"source", "check", "letters", "--sample", sample, "--data", data_});
  EXPECT_EQ(said.status, 1) << "a row would be refused";
  EXPECT_THAT(said.out, HasSubstr("cells_missing"));
  EXPECT_THAT(said.out, HasSubstr("路灯"));
  EXPECT_EQ(said.out.find("13800138000"), std::string::npos);
  EXPECT_THAT(said.out, HasSubstr("PLACE")) << "a table for people";
  const Said lines = Run({"source", "check", "letters", "--sample", sample, "--data", data_, "--json"});
  const auto first = petition::ParseJson(lines.out.substr(0, lines.out.find('\n')));
  ASSERT_TRUE(first.ok()) << lines.out;
  EXPECT_EQ(first->at("submission").at("title"), "路灯");
  EXPECT_FALSE(std::filesystem::exists(data_ + "/ledger.db"));
}

}  // namespace
}  // namespace gateway
