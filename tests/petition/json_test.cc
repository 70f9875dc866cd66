#include "petition/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <random>

namespace petition {
namespace {

std::string Canonical(std::string_view text) {
  auto json = ParseJson(text);
  return json ? CanonicalJson(*json) : json.error().message;
}

TEST(JsonTest, RefusesDuplicateKeysAtAnyDepthAndNamesTheByte) {
  const auto flat = ParseJson(R"({"a":1,"a":2})");
  ASSERT_FALSE(flat.ok());
  EXPECT_EQ(flat.error().code, Code::kInvalid);
  EXPECT_EQ(flat.error().Reason(), "json_invalid");
  EXPECT_EQ(flat.error().message, "duplicate key at byte 10");
  EXPECT_FALSE(ParseJson(R"([{"x":{"b":1,"c":2,"b":1}}])").ok());
  EXPECT_FALSE(ParseJson("{\"a\":1,\"\\u0061\":2}").ok()) << "an escaped key is the same key";
  EXPECT_TRUE(ParseJson(R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})").ok());
}

TEST(JsonTest, RefusesDepthBeyondTheLimit) {
  const std::string open(64, '['), close(64, ']');
  EXPECT_TRUE(ParseJson(open + close).ok());
  const auto deep = ParseJson("[" + open + close + "]");
  ASSERT_FALSE(deep.ok());
  EXPECT_EQ(deep.error().message, "nested too deeply at byte 65");
  EXPECT_FALSE(ParseJson(std::string(5'000'000, '[')).ok());
  std::string objects;
  for (int i = 0; i < 70; ++i) objects += R"({"a":)";
  EXPECT_FALSE(ParseJson(objects + "1" + std::string(70, '}')).ok());
}

TEST(JsonTest, RefusesTrailingBytesAndBadUtf8AndNamesTheByte) {
  EXPECT_EQ(Canonical("{} x"), "not valid JSON at byte 4");
  EXPECT_EQ(Canonical("[1]]"), "not valid JSON at byte 4");
  for (const char* bad : {"\"\xff\"",
                          "\"\xc0\xaf\"",
                          "\"\xe4\xb8\"",
                          "\"\xed\xa0\x80\"",
                          "\"\xf4\x90\x80\x80\"",
                          "\"\xf0\x80\x80\x80\"",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\x01\"",
                          "\xe4\xb8\xad",
                          "",
                          " ",
                          "nul",
                          "01",
                          "1.",
                          "[1,]",
                          "{\"a\"}",
                          "{a:1}",
                          "'a'",
                          "\"",
                          "1e999",
                          "NaN"}) {
    EXPECT_FALSE(ParseJson(bad).ok()) << bad;
  }
  EXPECT_EQ(ParseJson("1e999").error().message, "number out of range at byte 5");
}

TEST(JsonTest, ErrorsNeverRepeatTheInput) {
  const auto result = ParseJson(R"({"name":"secretvalue", secretvalue})");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ((result.error().message + result.error().detail).find("secret"), std::string::npos);
}

// RFC 8785, 3.2.2 to 3.2.4.
TEST(JsonTest, CanonicalFormOfTheRfcExample) {
  EXPECT_EQ(Canonical("{\n  \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
                      "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n  \"literals\": "
                      "[null, true, false]\n}"),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(JsonTest, CanonicalKeysAreOrderedByUtf16) {
  EXPECT_EQ(Canonical("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With "
                      "Dagesh\",\"1\":\"One\","
                      "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small "
                      "Letter O With Diaeresis\"}"),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"ö\":\"Latin Small Letter O With "
            "Diaeresis\",\"€\":\"Euro Sign\","
            "\"😀\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
  EXPECT_EQ(Canonical("{\"a\\ufb33\":1,\"a\":2,\"a\\ud83d\\ude00\":3,\"a\\ud83d\\ude00b\":4}"),
            "{\"a\":2,\"a😀\":3,\"a😀b\":4,\"a\xef\xac\xb3\":1}");
}

// RFC 8785, appendix B: bits of the double and its text.
TEST(JsonTest, CanonicalNumbersOfTheRfcTable) {
  const std::pair<std::uint64_t, const char*> table[] = {{0x0000000000000000, "0"},
                                                         {0x8000000000000000, "0"},
                                                         {0x0000000000000001, "5e-324"},
                                                         {0x8000000000000001, "-5e-324"},
                                                         {0x7fefffffffffffff, "1.7976931348623157e+308"},
                                                         {0xffefffffffffffff, "-1.7976931348623157e+308"},
                                                         {0x4340000000000000, "9007199254740992"},
                                                         {0xc340000000000000, "-9007199254740992"},
                                                         {0x4430000000000000, "295147905179352830000"},
                                                         {0x44b52d02c7e14af5, "9.999999999999997e+22"},
                                                         {0x44b52d02c7e14af6, "1e+23"},
                                                         {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
                                                         {0x444b1ae4d6e2ef4e, "999999999999999700000"},
                                                         {0x444b1ae4d6e2ef4f, "999999999999999900000"},
                                                         {0x444b1ae4d6e2ef50, "1e+21"},
                                                         {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
                                                         {0x3eb0c6f7a0b5ed8d, "0.000001"},
                                                         {0x41b3de4355555553, "333333333.3333332"},
                                                         {0x41b3de4355555554, "333333333.33333325"},
                                                         {0x41b3de4355555555, "333333333.3333333"},
                                                         {0x41b3de4355555556, "333333333.3333334"},
                                                         {0x41b3de4355555557, "333333333.33333343"},
                                                         {0xbecbf647612f3696, "-0.0000033333333333333333"},
                                                         {0x43143ff3c1cb0959, "1424953923781206.2"}};
  for (const auto& [bits, text] : table) EXPECT_EQ(CanonicalJson(Json(std::bit_cast<double>(bits))), text);
  EXPECT_EQ(CanonicalJson(Json(1.0)), "1");
  EXPECT_EQ(CanonicalJson(Json(-123.456)), "-123.456");
  EXPECT_EQ(CanonicalJson(Json(std::uint64_t{18446744073709551615u})), "18446744073709551615");
  EXPECT_EQ(CanonicalJson(Json(std::int64_t{-9007199254740993})), "-9007199254740993");
}

TEST(JsonTest, CanonicalNumbersReadBackAsTheSameDouble) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto again = ParseJson(CanonicalJson(Json(value)));
    ASSERT_TRUE(again.ok());
    ASSERT_EQ(again->get<double>(), value);
  }
}

TEST(JsonTest, CanonicalFormIsAFixedPoint) {
  for (const char* text :
       {R"({"b":[1,2.50,{"z":null,"a":"\u0001\t中\u2028"}],"a":-0.0})", "[]", "{}", "\"\\/\"", "[[[]],{}]"}) {
    const std::string once = Canonical(text);
    EXPECT_EQ(Canonical(once), once);
  }
}

TEST(JsonTest, DumpReplacesInvalidUtf8) { EXPECT_EQ(DumpJson(Json("a\xff")), "\"a\xef\xbf\xbd\""); }

}  // namespace
}  // namespace petition
