// What counts as one person: numbers that tell somebody, numbers that only look so, and letters with many signers.
#include "dedup/people.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "petition/submission.h"

namespace dedup {
namespace {

using petition::Json;

Profile Of(const Json& petitioners) {
  Json json = {{"title", "来信"},
               {"content", "反映问题。"},
               {"receivedAt", "2025-03-01T09:00:00+08:00"},
               {"petitioners", petitioners}};
  const auto submission = petition::SubmissionFromJson(json).value();
  return Extract(submission, {"portal", *submission.received_at, false});
}

Profile WithId(const std::string& id) { return Of(Json::array({{{"idNumber", id}, {"role", "main"}}})); }
Profile WithPhone(const std::string& phone) { return Of(Json::array({{{"phone", phone}, {"role", "main"}}})); }

bool HasKey(const Profile& profile, std::string_view begin) {
  const auto keys = CandidateKeys(profile);
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& key) { return key.starts_with(begin); });
}

TEST(PeopleTest, WordsWhereAnIdNumberBelongsAreNobodysIdentity) {
  for (const char* words : {"身份证遗失", "待补", "未提供证件", "1.1E+17"}) {
    const auto one = WithId(words), other = WithId(words);
    EXPECT_FALSE(ComparePeople(other, one).id_same) << words;
    EXPECT_FALSE(ComparePeople(other, one).id_damaged_same) << words;
    EXPECT_FALSE(HasKey(one, "id:")) << words;
  }
  EXPECT_TRUE(ComparePeople(WithId("E12345678"), WithId("e12345678")).id_same) << "a passport is one";
}

TEST(PeopleTest, DamagedIdsMeetOnTheDigitsThatSurvive) {
  // 11010119900307803X and 110101199003074178 share county and birthday; a spreadsheet keeps fifteen digits.
  EXPECT_TRUE(ComparePeople(WithId("110101199003078000"), WithId("11010119900307803X")).id_damaged_same);
  EXPECT_FALSE(ComparePeople(WithId("110101199003078000"), WithId("110101199003074178")).id_damaged_same);
}

TEST(PeopleTest, MaskedNumbersFitButAreNeverTheSame) {
  EXPECT_EQ(ComparePhones("138****1234", "138****1234"), PhoneMatch::kNear);
  EXPECT_EQ(ComparePhones("138****1234", "13855551234"), PhoneMatch::kNear);
  EXPECT_EQ(ComparePhones("138****1234", "13855551235"), PhoneMatch::kDiffers);
  EXPECT_FALSE(HasKey(WithPhone("138****1234"), "phone"));
  EXPECT_TRUE(ComparePeople(WithId("110101********803X"), WithId("11010119900307803X")).id_damaged_same);
  EXPECT_FALSE(ComparePeople(WithId("110101************"), WithId("11010119900307803X")).id_damaged_same)
      << "only the county is shown";
}

TEST(PeopleTest, APhoneInScientificNotationIsMissing) {
  const auto one = WithPhone("1.38E+10"), other = WithPhone("1.38E+10");
  EXPECT_EQ(ComparePeople(other, one).phone, PhoneMatch::kUnknown);
  EXPECT_FALSE(HasKey(one, "phone"));
}

TEST(PeopleTest, EverySignerOfAJointLetterIsFound) {
  constexpr int kSigners = 300;
  Json signers = Json::array();
  for (int i = 0; i < kSigners; ++i)
    signers.push_back({{"name", "签名人"}, {"phone", std::to_string(13712340000 + i * 37)}, {"role", "joint"}});
  const auto letter = Of(signers);
  const auto keys = CandidateKeys(letter);
  for (int i : {0, 59, 150, kSigners - 1}) {
    const std::string phone = std::to_string(13712340000 + i * 37);
    EXPECT_NE(std::find(keys.begin(), keys.end(), "phone:" + phone), keys.end()) << i;
    EXPECT_EQ(ComparePeople(WithPhone(phone), letter).phone, PhoneMatch::kSame) << i;
    EXPECT_EQ(ComparePeople(letter, WithPhone(phone)).phone, PhoneMatch::kSame) << i;
  }
  const auto back = Deserialize(Serialize(letter));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->people.size(), letter.people.size());
}

TEST(PeopleTest, TwoJointLettersMeetInOneSigner) {
  const auto letter = [](long first) {
    Json signers = Json::array();
    for (long i = 0; i < 200; ++i) signers.push_back({{"phone", std::to_string(first + i * 41)}, {"role", "joint"}});
    return signers;
  };
  Json later = letter(13900000000), earlier = letter(13600000000);
  EXPECT_NE(ComparePeople(Of(later), Of(earlier)).phone, PhoneMatch::kSame);
  later[187]["phone"] = earlier[120]["phone"];
  EXPECT_EQ(ComparePeople(Of(later), Of(earlier)).phone, PhoneMatch::kSame);
}

TEST(PeopleTest, FactsKeepTheirKeysInAJointLetter) {
  Json signers = Json::array();
  for (int i = 0; i < 100; ++i) signers.push_back({{"phone", std::to_string(13712340000 + i)}, {"role", "joint"}});
  Json json = {{"title", "梅岭花园电梯停运"},
               {"content", "梅岭路梅岭花园的电梯停运，维修金被用去三百一十二万五千元。"},
               {"placeText", "梅岭路梅岭花园"},
               {"receivedAt", "2025-03-01T09:00:00+08:00"},
               {"petitioners", signers}};
  const auto submission = petition::SubmissionFromJson(json).value();
  const auto letter = Extract(submission, {"mail", *submission.received_at, false});
  EXPECT_TRUE(HasKey(letter, "named:"));
  EXPECT_TRUE(HasKey(letter, "amount:"));
}

}  // namespace
}  // namespace dedup
