#include "config/source_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/registry.h"

namespace config {
namespace {

using testing::HasSubstr;

TEST(SourceFileTest, AFileSaysKindSettingsAndMapping) {
  const auto spec = ParseSourceFile(R"(# 某市热线
kind: json
channel: hotline
options:
  records: /data/list
mapping:
  fields:
    externalId: [工单编号, 12345工单编号]
    receivedAt: {from: 来电时间, date: yyyy/MM/dd HH:mm:ss}
    purpose: {from: 类型, codes: types}
  codes:
    types: {"01": 求决, "02": 投诉}
  ignore: [序号]
)");
  ASSERT_TRUE(spec.ok()) << spec.error().message;
  EXPECT_EQ((*spec)->kind, "json");
  EXPECT_EQ((*spec)->channel, "hotline");
  const auto mapped = (*spec)->mapping.Apply({{"12345工单编号", "1"}, {"类型", "02"}, {"内容", "x"}});
  ASSERT_TRUE(mapped.submission.has_value());
  EXPECT_EQ(mapped.submission->purpose, "投诉");
  EXPECT_TRUE(adapters::CheckSetup({"a", *spec, {}, {}, nullptr}).ok());
}

TEST(SourceFileTest, WhatIsWrongIsToldWithLineAndKey) {
  const auto spec = ParseSourceFile(
      "kind: json\nchanel: hotline\nmapping:\n  fields:\n    titel: 标题\n    title: {from: a, uper: 1}\n");
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.error().reason, "mapping_invalid");
  EXPECT_THAT(spec.error().message, HasSubstr("chanel: line 2"));
  EXPECT_THAT(spec.error().message, HasSubstr("mapping/fields/titel: line 5"));
  EXPECT_THAT(spec.error().message, HasSubstr("mapping/fields/title/uper: line 6"));
  for (const char* wrong :
       {"a: [", "kind: json\nkind: json\n", "--- {}\n--- {}\n", "- a\n", "kind: json\nchannel: post\n"}) {
    EXPECT_FALSE(ParseSourceFile(wrong).ok()) << wrong;
  }
}

TEST(SourceFileTest, AliasesThatMakeMuchOfLittleAreRefused) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int n = 0; n < 10; ++n) bomb += last + (n < 9 ? "," : "]\n");
  }
  EXPECT_FALSE(ParseSourceFile(bomb).ok());
}

TEST(SourceFileTest, SettingsOfTheKindAreCheckedByItsAdapter) {
  const std::string yaml = "kind: json\noptions:\n  recordz: /a\n";
  const auto spec = ParseSourceFile(yaml);
  ASSERT_TRUE(spec.ok());
  const auto checked = adapters::CheckSetup({"a", *spec, {}, {}, nullptr});
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(WithLines(checked.error(), yaml).message, HasSubstr("options/recordz: line 3"));
  EXPECT_EQ(adapters::CheckSetup({"a", *ParseSourceFile("kind: fax\n"), {}, {}, nullptr}).error().reason,
            "kind_unknown");
}

// A new source of a known kind is a file of at most forty lines: so are all that we ship, comments counted.
TEST(SourceFileTest, EverySampleIsReadAndHasAtMostFortyLines) {
  namespace fs = std::filesystem;
  std::set<std::string> kinds;
  for (const char* folder : {"config/sources", "config/demo/sources"}) {
    for (const auto& file : fs::directory_iterator(fs::path(GUIYI_SOURCE_DIR) / folder)) {
      if (file.path().extension() != ".yaml") continue;
      std::ifstream in(file.path());
      const std::string yaml((std::istreambuf_iterator<char>(in)), {});
      EXPECT_LE(std::count(yaml.begin(), yaml.end(), '\n'), 40) << file.path();
      const auto spec = ParseSourceFile(yaml);
      ASSERT_TRUE(spec.ok()) << file.path() << ": " << spec.error().message;
      kinds.insert((*spec)->kind);
    }
  }
  EXPECT_GE(kinds.size(), 8u);
}

}  // namespace
}  // namespace config
