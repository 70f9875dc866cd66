#include "petition/identifiers.h"

#include <gtest/gtest.h>

#include <random>

#include "petition/digits.h"

namespace petition {
namespace {

std::string Show(const Identifier& id) {
  static const char* kNames[] = {"missing", "valid", "damaged", "wrong", "other"};
  return std::string(kNames[static_cast<int>(id.state)]) + ":" + id.normal;
}
std::string Resident(std::string_view text) { return Show(NormaliseResidentId(text)); }
std::string Credit(std::string_view text) { return Show(NormaliseCreditCode(text)); }
std::string Phone(std::string_view text) { return Show(NormalisePhone(text)); }

std::string RandomResidentId(std::mt19937& random) {
  auto pick = [&](int from, int to) { return std::uniform_int_distribution<>(from, to)(random); };
  char first17[32];
  std::snprintf(first17, sizeof first17, "%06d%04d%02d%02d%03d", pick(110000, 659999), pick(1930, 2020), pick(1, 12),
                pick(1, 28), pick(1, 999));
  return std::string(first17) + *ResidentIdCheck(first17);
}

TEST(ResidentIdTest, GoodNumbersInAnyTyping) {
  EXPECT_EQ(Resident("11010519491231002X"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("440524188001010014"), "valid:440524188001010014");
  EXPECT_EQ(Resident(" 110105 19491231 002x "), "valid:11010519491231002X");
  EXPECT_EQ(Resident("１１０１０５１９４９１２３１００２Ｘ"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("１１０１０５１９４９１２３１００２ｘ\xe3\x80\x80"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("'110105-19491231-002X"), "valid:11010519491231002X");
}

TEST(ResidentIdTest, SignsTypedForXAreRead) {
  EXPECT_EQ(Resident("11010519491231002*"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("11010519491231002×"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("44052418800101001*"), "wrong:44052418800101001*");
}

TEST(ResidentIdTest, FifteenDigitsAreWidened) {
  EXPECT_EQ(Resident("110105491231002"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("110105491231002.0"), "valid:11010519491231002X");
  EXPECT_EQ(Resident("110105491331002"), "wrong:110105491331002");
}

TEST(ResidentIdTest, LostDigitsAreFlaggedAsDamage) {
  EXPECT_EQ(Resident("110105194912310016"), "damaged:110105194912310016") << "through a double";
  EXPECT_EQ(Resident("440524188001010000"), "damaged:440524188001010000") << "through a spreadsheet";
  EXPECT_EQ(Resident("1.1E+17"), "damaged:1.1E+17");
  EXPECT_EQ(Resident("1.10105e17"), "damaged:1.10105E17");
  EXPECT_EQ(Resident("4E+17"), "damaged:4E+17");
}

TEST(ResidentIdTest, WrongCheckOrDateIsWeakEvidence) {
  EXPECT_EQ(Resident("110105194912310021"), "wrong:110105194912310021");
  EXPECT_EQ(Resident("11010519490231002X"), "wrong:11010519490231002X");
  EXPECT_EQ(Resident("11010519491231002"), "wrong:11010519491231002");
  EXPECT_EQ(Resident("110105********002X"), "wrong:110105********002X");
}

TEST(ResidentIdTest, NothingIsMissingAndOtherDocumentsAreKept) {
  for (const char* nothing :
       {"", " ", "无", "不详", "null", "NULL", "\\N", "0", "000000000000000000", "111111111111111111", "2147483647",
        "-", "/", "n/a", "暂无", "未知", "123456789012345678", "　"}) {
    EXPECT_EQ(Resident(nothing), "missing:") << nothing;
  }
  EXPECT_EQ(Resident("e12345678"), "other:E12345678");
  EXPECT_EQ(Resident("军字第 1234567 号"), "other:军字第1234567号");
}

TEST(SourceNumberTest, PlaceholdersAreNoNumbers) {
  for (const char* nothing : {"",     " ",    "0",   "000000", "０",  "-",   "--", "/",  "无",   "暂无",
                              "null", "NULL", "\\N", "N/A",    "0-0", "0.0", "*",  "　", "不详", "'0"}) {
    EXPECT_TRUE(IsPlaceholderNumber(nothing)) << nothing;
  }
  for (const char* number : {"1", "A", "00001", "2025-000", "信〔2025〕1号", "0-1", "无锡1"}) {
    EXPECT_FALSE(IsPlaceholderNumber(number)) << number;
  }
}

TEST(ResidentIdTest, EverySingleDigitErrorIsCaught) {
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    const std::string good = RandomResidentId(random);
    ASSERT_EQ(NormaliseResidentId(good).state, IdState::kValid) << good;
    for (std::size_t at = 0; at < 18; ++at) {
      for (const char c : std::string("0123456789X")) {
        if (c == good[at] || (c == 'X' && at < 17)) continue;
        std::string bad = good;
        bad[at] = c;
        ASSERT_NE(NormaliseResidentId(bad).state, IdState::kValid) << good << " " << bad;
      }
    }
  }
}

TEST(ResidentIdTest, EveryAdjacentSwapIsCaught) {
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    const std::string good = RandomResidentId(random);
    for (std::size_t at = 0; at + 1 < 18; ++at) {
      std::string bad = good;
      std::swap(bad[at], bad[at + 1]);
      if (bad != good) {
        ASSERT_NE(NormaliseResidentId(bad).state, IdState::kValid) << good << " " << bad;
      }
    }
  }
}

TEST(ResidentIdTest, DoubleRoundingIsNeverTakenForATypingError) {
  std::mt19937 random(3);
  int damaged = 0, valid = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string good = RandomResidentId(random);
    if (good.back() == 'X') continue;
    const auto through_double = static_cast<unsigned long long>(static_cast<double>(std::stoull(good)));
    const IdState state = NormaliseResidentId(std::to_string(through_double)).state;
    ASSERT_NE(state, IdState::kWrong);
    ASSERT_NE(state, IdState::kMissing);
    (state == IdState::kDamaged ? damaged : valid)++;
  }
  EXPECT_GT(damaged, valid * 5) << "one in eleven passes the check by chance";
}

TEST(CreditCodeTest, ChecksWarnAndNeverRefuse) {
  EXPECT_EQ(Credit("91110000101623741K"), "valid:91110000101623741K");
  EXPECT_EQ(Credit("911101066976941872"), "valid:911101066976941872");
  EXPECT_EQ(Credit(" ９１１１００００１０１６２３７４１ｋ"), "valid:91110000101623741K");
  EXPECT_EQ(Credit("91110000-1016-2374-1L"), "wrong:91110000101623741L");
  EXPECT_EQ(Credit("91110000I01623741K"), "wrong:91110000I01623741K");
  EXPECT_EQ(Credit("439900000012345"), "other:439900000012345");
  EXPECT_EQ(Credit("9.1110106697694E+17"), "damaged:9.1110106697694E+17");
  EXPECT_EQ(Credit("911101066976941000"), "damaged:911101066976941000");
  EXPECT_EQ(Credit("无"), "missing:");
}

TEST(CreditCodeTest, EverySingleErrorIsCaught) {
  const std::string good = "91110000101623741K";
  for (std::size_t at = 0; at < 18; ++at) {
    for (const char c : std::string("0123456789ABCDEFGHJKLMNPQRTUWXY")) {
      std::string bad = good;
      bad[at] = c;
      if (c != good[at]) {
        ASSERT_EQ(NormaliseCreditCode(bad).state, IdState::kWrong) << bad;
      }
    }
  }
}

TEST(PhoneTest, MobilesInAnyTyping) {
  for (const char* typed :
       {"13812345678", "138 1234 5678", "138-1234-5678", "+86 138 1234 5678", "+8613812345678", "008613812345678",
        "8613812345678", "86-13812345678", "013812345678", "１３８１２３４５６７８",
        "\xe3\x80\x80"
        "13812345678",
        "电话：13812345678", "13812345678（儿子）", "13812345678.0", "(+86)13812345678", "0086-013812345678"}) {
    EXPECT_EQ(Phone(typed), "valid:13812345678") << typed;
  }
}

TEST(PhoneTest, LandlinesKeepOrGetBackTheZeroOfTheirArea) {
  for (const char* typed :
       {"057187654321", "0571-87654321", "(0571)87654321", "（0571）8765 4321", "+86 571 87654321", "57187654321",
        "0571－87654321", "0571-87654321-802", "0571-87654321转802", "86057187654321"}) {
    EXPECT_EQ(Phone(typed), "valid:057187654321") << typed;
  }
  EXPECT_EQ(Phone("010-87654321"), "valid:01087654321");
  EXPECT_EQ(Phone("1087654321"), "valid:01087654321");
  EXPECT_EQ(Phone("2187654321"), "valid:02187654321");
  EXPECT_EQ(Phone("0774-8881234"), "valid:07748881234");
  EXPECT_EQ(Phone("87654321"), "other:87654321");
}

TEST(PhoneTest, PoisonValuesAreMissing) {
  for (const char* poison : {"2147483647", "0",           "11111111111", "13800000000", "12345",       "无",
                             "",           "不详",        "null",        "\\N",         "00000000000", "110",
                             "12315",      "99999999999", "12345678901", "13800138000", "15000000000", "-",
                             "没有",       "4294967295",  "13888888888", "+86",         "0000"}) {
    EXPECT_EQ(Phone(poison), "missing:") << poison;
  }
}

TEST(PhoneTest, WhatIsNoWholeNumberIsWeakOrOther) {
  EXPECT_EQ(Phone("1381234567"), "wrong:1381234567");
  EXPECT_EQ(Phone("138123456789"), "wrong:138123456789");
  EXPECT_EQ(Phone("12812345678"), "wrong:12812345678");
  EXPECT_EQ(Phone("138****5678"), "wrong:138****5678");
  EXPECT_EQ(Phone("1.38E+10"), "damaged:1.38E+10");
  EXPECT_EQ(Phone("400-812-3456"), "other:4008123456");
  EXPECT_EQ(Phone("+852 9123 4567"), "other:+85291234567");
  EXPECT_EQ(Phone("0085291234567"), "other:+85291234567");
}

TEST(PhoneTest, OfSeveralNumbersTheFirstWholeOneCounts) {
  EXPECT_EQ(Phone("13812345678/0571-87654321"), "valid:13812345678");
  EXPECT_EQ(Phone("12345，13912345678"), "valid:13912345678");
  EXPECT_EQ(Phone("13812345678 13912345678"), "valid:13812345678");
  EXPECT_EQ(Phone("13812345678(13912345678)"), "valid:13812345678");
}

TEST(PhoneTest, NormalFormsAreFixedPoints) {
  for (const char* typed :
       {"+86 571 87654321", "57187654321", "013812345678", "87654321", "4008123456", "2187654321", "+852 9123 4567"}) {
    const Identifier once = NormalisePhone(typed);
    EXPECT_EQ(Show(NormalisePhone(once.normal)), Show(once)) << typed;
  }
}

TEST(DivisionTest, SixOrTwelveDigits) {
  EXPECT_EQ(NormaliseDivision("439902"), "439902");
  EXPECT_EQ(NormaliseDivision(" ４３９９０２ "), "439902");
  EXPECT_EQ(NormaliseDivision("439902000000"), "439902");
  EXPECT_EQ(NormaliseDivision("439902001002"), "439902001002");
  for (const char* wrong : {"", "43990", "4399020", "43990a", "000000", "439902001", "无"})
    EXPECT_EQ(NormaliseDivision(wrong), "") << wrong;
}

TEST(DivisionTest, ContainsByLevels) {
  EXPECT_TRUE(DivisionContains("", "439902"));
  EXPECT_TRUE(DivisionContains("", ""));
  EXPECT_TRUE(DivisionContains("430000", "439902"));
  EXPECT_TRUE(DivisionContains("439900", "439902"));
  EXPECT_TRUE(DivisionContains("439900", "439900"));
  EXPECT_TRUE(DivisionContains("439902", "439902001002"));
  EXPECT_TRUE(DivisionContains("439902001000", "439902001002"));
  EXPECT_FALSE(DivisionContains("439902001000", "439902002002"));
  EXPECT_FALSE(DivisionContains("439902001002", "439902001000"));
  EXPECT_FALSE(DivisionContains("439902", "439900"));
  EXPECT_FALSE(DivisionContains("439902", "439903"));
  EXPECT_FALSE(DivisionContains("439902", ""));
  EXPECT_FALSE(DivisionContains("rubbish", "439902"));
}

TEST(IntakeNoTest, MakesAndReadsItsNumbers) {
  const std::string text = MakeIntakeNo("439900", "20250304", 123);
  EXPECT_EQ(text.substr(0, 23), "439900-20250304-000123-");
  const auto read = ParseIntakeNo(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->division, "439900");
  EXPECT_EQ(read->day, "20250304");
  EXPECT_EQ(read->serial, 123u);
  EXPECT_EQ(read->text, text);
  for (const std::uint64_t serial :
       {std::uint64_t{0}, std::uint64_t{999999}, std::uint64_t{1000000}, ~std::uint64_t{0}}) {
    const auto again = ParseIntakeNo(MakeIntakeNo("439900", "20250304", serial));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->serial, serial);
  }
}

TEST(IntakeNoTest, ReadsWhatAPersonTypes) {
  const std::string text = MakeIntakeNo("439900", "20250304", 130);
  const auto plain = ParseIntakeNo(text);
  ASSERT_TRUE(plain);
  std::string bare, wide, lower, spaced;
  for (const char c : text) {
    if (c != '-') bare += c;
    if (c == '-') {
      wide += "－";
      spaced += "  ";
    } else {
      wide += "\xEF\xBC";
      wide += static_cast<char>(c >= 'A' ? 0xA1 + (c - 'A') : 0x90 + (c - '0'));
      spaced += c;
    }
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  for (const std::string& typed : {bare, wide, lower, spaced, " " + text + "\n"}) {
    const auto read = ParseIntakeNo(typed);
    ASSERT_TRUE(read) << typed;
    EXPECT_EQ(read->text, text);
  }
}

TEST(IntakeNoTest, WrongFormsAreRefused) {
  for (const char* wrong :
       {"", "439900", "439900-20250304-000123-", "439900-20250304-000123-?", "439900-20251304-000123-V", "x"}) {
    EXPECT_FALSE(ParseIntakeNo(wrong)) << wrong;
  }
  const std::string head = "43990020250304";
  const std::string padded = head + "0000123";
  EXPECT_FALSE(ParseIntakeNo(padded + *Mod3736Check(padded))) << "one number, one text";
  const std::string overflow = head + "99999999999999999999";
  EXPECT_FALSE(ParseIntakeNo(overflow + *Mod3736Check(overflow)));
}

TEST(IntakeNoTest, CheckOfTheStandard) {
  EXPECT_EQ(Mod3736Check("A12425GABC1234002"), 'M');
  EXPECT_EQ(Mod3736Check("a"), std::nullopt);
}

TEST(IntakeNoTest, EverySingleErrorIsCaught) {
  std::mt19937 random(5);
  for (int i = 0; i < 100; ++i) {
    std::string bare;
    for (const char c : MakeIntakeNo("439902", "20251121", random() % 3'000'000)) {
      if (c != '-') bare += c;
    }
    for (std::size_t at = 0; at < bare.size(); ++at) {
      for (const char c : std::string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        std::string bad = bare;
        bad[at] = c;
        if (c != bare[at]) {
          ASSERT_FALSE(ParseIntakeNo(bad)) << bare << " " << bad;
        }
      }
    }
  }
}

// The hybrid systems of ISO 7064 let few transpositions through: 0.6 % of those between two digits for MOD 37,36.
TEST(IntakeNoTest, NearlyEveryAdjacentSwapIsCaught) {
  std::mt19937 random(6);
  int swaps = 0, missed = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string digits;
    while (digits.size() < 20) digits += static_cast<char>('0' + random() % 10);
    for (std::size_t at = 0; at + 1 < digits.size(); ++at) {
      std::string swapped = digits;
      std::swap(swapped[at], swapped[at + 1]);
      if (swapped == digits) continue;
      ++swaps;
      missed += Mod3736Check(swapped) == Mod3736Check(digits) ? 1 : 0;
    }
  }
  EXPECT_GT(missed, 0);
  EXPECT_LT(missed * 100, swaps);
}

}  // namespace
}  // namespace petition
