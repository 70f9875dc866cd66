#include "config/names.h"

#include <gtest/gtest.h>

namespace config {
namespace {

TEST(NamesTest, ATextIsTheNameInEveryLanguage) {
  const auto names = ParseNames(R"({"divisions": {"439902": "江北区", "439903": {"zh": "临湖区", "en": "Linhu"}}})");
  ASSERT_TRUE(names.ok());
  EXPECT_EQ((*names)["divisions"]["439902"], (petition::Json{{"zh", "江北区"}}));
  EXPECT_EQ((*names)["divisions"]["439903"]["en"], "Linhu");
  EXPECT_EQ((*names)["sources"], petition::Json::object());
}

TEST(NamesTest, WhatIsNoNameIsToldWithItsPlace) {
  for (const char* text :
       {"[]", R"({"sources": []})", R"({"sources": {"portal": 1}})", R"({"sources": {"portal": {"en": "x"}}})"}) {
    const auto names = ParseNames(text);
    ASSERT_FALSE(names.ok()) << text;
    EXPECT_EQ(names.error().reason, "names_invalid") << text;
  }
  EXPECT_NE(ParseNames(R"({"sources": {"portal": 1}})").error().message.find("sources/portal"), std::string::npos);
}

TEST(NamesTest, TheSampleIsRead) {
  EXPECT_TRUE(SampleNames().value()["divisions"].contains("439902"));
  EXPECT_EQ(LoadNames("").value()["sources"].size(), 0u);
  EXPECT_EQ(LoadNames("/no/such/file").error().code, petition::Code::kNotFound);
}

}  // namespace
}  // namespace config
