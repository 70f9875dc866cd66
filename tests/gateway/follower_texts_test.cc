// The full text on a thread of its own: it catches up, goes on after a crash where it was, and ends as a rebuilt one.
#include <fstream>
#include <set>
#include <thread>

#include "tests/gateway/followed_house.h"

namespace gateway {
namespace {

using petition::Json;

/// Submissions of the demonstration; some are sent twice.
std::vector<std::pair<std::string, std::string>> Petitions(std::size_t count) {
  std::ifstream file(std::string(GUIYI_SOURCE_DIR) + "/config/demo/petitions.jsonl");
  std::vector<std::pair<std::string, std::string>> petitions;
  for (std::string text; petitions.size() < count && std::getline(file, text);) {
    Json json = petition::ParseJson(text).value();
    if (json.value("type", "") == "closure") continue;
    const std::string source = json.value("source", "portal");
    for (const char* name : {"type", "id", "source", "gold"}) json.erase(name);
    petitions.emplace_back(source, json.dump());
  }
  return petitions;
}

/// On a busy machine the product's own low priority would let the tests wait for minutes.
FollowerOptions AtUsualPriority() {
  FollowerOptions options;
  options.nice = 0;
  return options;
}

/// What the index answers about every intake: by its title, its number and its case.
std::string Found(FollowedHouse& house, bool with_sealed) {
  std::string found;
  for (std::uint64_t index = 0; index < house.ledger().size(); ++index) {
    const auto stored = house.ledger().Read(index).value();
    if (stored.kind != ledger::Kind::kIntake) continue;
    const auto record = ReadIntakeRecord(stored).value();
    search::TextQuery query;
    query.with_sealed = with_sealed;
    query.limit = 200;
    found += std::to_string(index);
    for (const auto& [words, number] :
         {std::pair(record.submission.title, std::string()), std::pair(std::string(), record.intake_no),
          std::pair(std::string(), house.Verdict(index).case_no)}) {
      query.words = words;
      query.number = number;
      const auto hits = house.texts().Search(query);
      found += " |";
      if (hits.ok()) {
        for (const auto id : hits->ids) found += " " + std::to_string(id);
      }
    }
    found += '\n';
  }
  return found;
}

void WaitForTexts(FollowedHouse& house, std::uint64_t count) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (house.texts().size() < count && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_EQ(house.texts().size(), count);
}

void CopyTexts(FollowedHouse& house, const char* from, const char* to) {
  std::filesystem::remove_all(house.folder() / to);
  std::filesystem::copy(house.folder() / from, house.folder() / to, std::filesystem::copy_options::recursive);
}

std::string RebuiltFound(FollowedHouse& house, bool with_sealed) {
  house.Rebuild();
  EXPECT_TRUE(house.follower().CatchUp().ok());
  return Found(house, with_sealed);
}

TEST(FollowerTextsTest, ThreadCatchesUpAndEqualsARebuiltIndex) {
  FollowedHouse house(AtUsualPriority());
  house.follower().Start();
  std::set<std::uint64_t> intakes;
  for (const auto& [source, json] : Petitions(70)) intakes.insert(house.Register(source, json));
  const auto last = house.Register("letters", kAccusation);
  intakes.insert(last);
  ASSERT_TRUE(house.follower().WaitFolded(last, std::chrono::seconds(60)));
  ASSERT_NO_FATAL_FAILURE(WaitForTexts(house, intakes.size()));
  house.follower().Stop();
  const std::string live = Found(house, true), open = Found(house, false);
  EXPECT_NE(live, open);
  EXPECT_EQ(RebuiltFound(house, true), live);
  EXPECT_EQ(Found(house, false), open);
}

TEST(FollowerTextsTest, IndexThatLostItsLastCommitsIsFilledAgainFromItsCursor) {
  FollowedHouse house(AtUsualPriority());
  const auto petitions = Petitions(60);
  std::set<std::uint64_t> intakes = {house.Submit("portal", kLift)};
  for (std::size_t i = 0; i < 30; ++i) intakes.insert(house.Register(petitions[i].first, petitions[i].second));
  ASSERT_NO_FATAL_FAILURE(house.CatchUp());
  house.Close();
  CopyTexts(house, "texts", "texts-before");
  ASSERT_TRUE(house.Open().ok());
  for (std::size_t i = 30; i < 60; ++i) intakes.insert(house.Register(petitions[i].first, petitions[i].second));
  // Seals the chain whose first one the copy has as open.
  std::string sealing = kLift;
  sealing.replace(sealing.find(R"("purpose":"求决")"), std::string(R"("purpose":"求决")").size(),
                  R"("purpose":"检举控告","confidential":true)");
  const auto revised = house.Submit("portal", sealing);
  intakes.insert(revised);
  ASSERT_TRUE(house.Member(revised).sealed);
  house.Close();
  CopyTexts(house, "texts-before", "texts");
  ASSERT_TRUE(house.Open().ok());
  // Before anything was caught up nothing sealed is shown as open.
  search::TextQuery query;
  query.words = "锦澜湾花园";
  const auto found = house.texts().Search(query);
  for (const auto id : found->ids) EXPECT_FALSE(house.Member(id).sealed) << id;
  EXPECT_LT(house.texts().durable_position(), house.follower().position());
  house.follower().Start();
  ASSERT_NO_FATAL_FAILURE(WaitForTexts(house, intakes.size()));
  house.follower().Stop();
  const std::string live = Found(house, true), open = Found(house, false);
  EXPECT_EQ(RebuiltFound(house, true), live);
  EXPECT_EQ(Found(house, false), open);
}

TEST(FollowerTextsTest, WhatIsSealedIsNeverFoundOpenOnceFolded) {
  FollowedHouse house(AtUsualPriority());
  house.follower().Start();
  const auto petitions = Petitions(40);
  std::set<std::uint64_t> intakes;
  for (int round = 0; round < 8; ++round) {
    const std::string id = "R" + std::to_string(round), word = "甲乙丙丁戊己庚辛" + std::to_string(round * 111111);
    const auto submission = [&](const char* purpose) {
      return R"({"externalId":")" + id +
             R"(","channel":"portal","petitioners":[{"name":"何家明","phone":"19900001207"}],)" + R"("title":")" +
             word + R"(","content":"反映)" + word + R"(的事情","purpose":")" + purpose + R"("})";
    };
    const auto first = house.Register("portal", submission("投诉"));
    for (std::size_t i = 0; i < 5; ++i) {
      const auto& [source, json] = petitions[static_cast<std::size_t>(round) * 5 + i];
      intakes.insert(house.Register(source, json));
    }
    const auto sealing = house.Register("portal", submission("检举控告"));
    intakes.insert({first, sealing});
    ASSERT_TRUE(house.follower().WaitFolded(sealing, std::chrono::seconds(60)));
    EXPECT_TRUE(house.Member(first).sealed);
    search::TextQuery query;
    query.words = std::to_string(round * 111111);
    if (query.words.size() < 2) continue;
    EXPECT_TRUE(house.texts().Search(query)->ids.empty()) << round;
  }
  ASSERT_NO_FATAL_FAILURE(WaitForTexts(house, intakes.size()));
  house.follower().Stop();
  const std::string live = Found(house, true), open = Found(house, false);
  EXPECT_EQ(RebuiltFound(house, true), live);
  EXPECT_EQ(Found(house, false), open);
}

}  // namespace
}  // namespace gateway
