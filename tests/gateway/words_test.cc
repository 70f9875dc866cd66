// Tables that people read say what the console says.
#include "gateway/oversight/words.h"

#include <gtest/gtest.h>

#include <fstream>

#include "petition/json.h"

namespace gateway {
namespace {

TEST(WordsTest, AreThoseOfTheConsole) {
  std::ifstream file(std::string(GUIYI_SOURCE_DIR) + "/gateway/console/src/locales/zh.json");
  const auto console = petition::Json::parse(file);
  for (const char* group : {"relation", "mode", "channel", "verdict", "lamp", "exceptionKind"}) {
    ASSERT_FALSE(console.at(group).empty());
    for (const auto& [code, word] : console.at(group).items()) EXPECT_EQ(WordFor(group, code), word) << group << code;
  }
  EXPECT_EQ(WordFor("state", "closed"), console.at("state").at("closed"));
  EXPECT_EQ(WordFor("state", "objected"), console.at("state").at("objected"));
}

TEST(WordsTest, ACodeWithoutAWordStandsForItself) {
  EXPECT_EQ(WordFor("channel", "carrier_pigeon"), "carrier_pigeon");
  EXPECT_EQ(WordFor("relation", ""), "");
  EXPECT_EQ(WordFor("nothing", "new"), "new");
}

}  // namespace
}  // namespace gateway
