// What the Decider makes of pairs of submissions, rule by rule, with invented people and places.
#include <gtest/gtest.h>

#include "dedup/memory_replay.h"
#include "dedup/prepared_cache.h"

namespace dedup {
namespace {

using petition::Json;
using petition::Mode;
using petition::Relation;

Line LineOf(std::string id, std::string at, Json submission, std::string source = "portal") {
  Line line;
  line.id = std::move(id);
  line.source = std::move(source);
  line.at = petition::ParseTime(at).value();
  submission["receivedAt"] = at;
  line.submission = petition::SubmissionFromJson(submission).value();
  line.canonical = petition::CanonicalContent(line.submission);
  return line;
}

Json Person(std::string name, std::string phone, std::string role = "main") {
  return {{"name", name}, {"phone", phone}, {"role", role}};
}

Json Lift(Json petitioner, std::string building = "5栋") {
  return {
      {"title", "电梯停运"},
      {"content", "梅岭路梅岭花园" + building + "两部电梯坏了十天，老人下不了楼，物业说没有配件，请住建部门督促修好。"},
      {"placeText", "梅岭路梅岭花园" + building},
      {"accused", "安宁物业"},
      {"petitioners", Json::array({petitioner})}};
}

TEST(DecideTest, TheSameManTellingItAgainIsADuplicate) {
  Json again = {{"title", "梅岭花园电梯"},
                {"content", "我住梅岭花园5号楼，电梯还没有修，前几天打过12345，我母亲八十二岁，天天爬楼。"},
                {"placeText", "梅岭花园5号楼"},
                {"petitioners", Json::array({Person("高文远", "13712340001")})}};
  const auto out = Replay({LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001"))),
                           LineOf("b", "2025-03-04T09:00:00+08:00", again, "hotline")},
                          Model::BuiltIn());
  EXPECT_EQ(out[1].relation, Relation::kDuplicate);
  EXPECT_EQ(out[1].of, "a");
}

TEST(DecideTest, ANeighbourIsJoint) {
  const auto out = Replay({LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001"))),
                           LineOf("b", "2025-03-04T09:00:00+08:00", Lift(Person("秦晓燕", "13898760002")))},
                          Model::BuiltIn());
  EXPECT_EQ(out[1].relation, Relation::kJoint);
}

TEST(DecideTest, TheSameWordsAboutAnotherBuildingsLiftAreNotTied) {
  const auto out = Replay({LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001"), "5栋")),
                           LineOf("b", "2025-03-04T09:00:00+08:00", Lift(Person("秦晓燕", "13898760002"), "12栋"))},
                          Model::BuiltIn());
  EXPECT_NE(out[1].mode, Mode::kAuto);
}

TEST(DecideTest, TheSameInputGivesTheSameVerdict) {
  const std::vector<Line> lines = {LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001"))),
                                   LineOf("b", "2025-03-04T09:00:00+08:00", Lift(Person("秦晓燕", "13898760002")))};
  const auto one = Replay(lines, Model::BuiltIn()), two = Replay(lines, Model::BuiltIn());
  EXPECT_EQ(one[1].score, two[1].score);
  EXPECT_EQ(one[1].of, two[1].of);
}

// Somebody took b out of a's case. A third message with the same words could belong to either.
TEST(DecideTest, WhatAPersonToldApartIsNotTiedToEitherWithoutAsking) {
  const auto model = Model::BuiltIn();
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001")));
  const auto profile = Extract(line.submission, {"portal", line.at, false});
  MemorySource source;
  MemoryHistory history;
  for (const std::uint64_t index : {1, 2}) {
    source.Add(index, profile);
    history.Add(index, profile);
  }
  EXPECT_EQ(Decider(model, source, history).Decide(3, profile)->mode, Mode::kAuto);
  history.TellApart(1, 2);
  const auto verdict = Decider(model, source, history).Decide(3, profile);
  EXPECT_EQ(verdict->mode, Mode::kReview);
  EXPECT_EQ(verdict->flags, std::vector<std::string>{"told_apart"});
}

/// Candidates 1, 2, 3 ... with these scores.
class ScoredSource : public CandidateSource {
 public:
  explicit ScoredSource(std::vector<double> scores) : scores_(std::move(scores)) {}
  petition::Result<Found> Find(std::uint64_t, const Profile&, std::size_t) const override {
    Found found;
    for (std::size_t i = 0; i < scores_.size(); ++i) found.candidates.push_back({i + 1, 1, 0, scores_[i]});
    return found;
  }
  std::uint64_t Frequency(std::string_view) const override { return 1; }
  std::uint64_t Documents() const override { return scores_.size(); }

 private:
  const std::vector<double> scores_;
};

class ReadHistory : public MemoryHistory {
 public:
  petition::Result<Profile> ProfileOf(std::uint64_t index) const override {
    read.push_back(index);
    return MemoryHistory::ProfileOf(index);
  }
  mutable std::vector<std::uint64_t> read;
};

TEST(DecideTest, BeyondTheFirstFewOnlyWhatSharesAboutAsMuchAsTheBestIsCompared) {
  const auto model = Model::BuiltIn();
  Line asking = LineOf("z", "2025-03-04T09:00:00+08:00", Lift(Person("秦晓燕", "13898760002")));
  const auto profile = Extract(asking.submission, {"portal", asking.at, false});
  const auto compared = [&](std::vector<double> scores) {
    ReadHistory history;
    for (std::uint64_t index = 1; index <= scores.size(); ++index) history.Add(index, Profile{});
    const ScoredSource source(std::move(scores));
    EXPECT_TRUE(Decider(model, source, history).Decide(99, profile).ok());
    return history.read;
  };
  EXPECT_EQ(compared({100, 9, 8, 7, 6, 5, 4}), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(compared({100, 90, 80, 70, 60, 50, 49}), (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(compared({3, 3, 3, 3, 3, 3, 3}).size(), 7u);
  EXPECT_EQ(compared({1, 0}).size(), 2u);
}

TEST(DecideTest, ACacheChangesNoVerdict) {
  const auto model = Model::BuiltIn();
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001")));
  const auto profile = Extract(line.submission, {"portal", line.at, false});
  MemorySource source;
  MemoryHistory history;
  for (std::uint64_t index = 1; index <= 5; ++index) {
    source.Add(index, profile);
    history.Add(index, profile);
  }
  PreparedCache cache(2);  // smaller than what is compared
  const auto plain = Decider(model, source, history).Decide(9, profile);
  for (int round = 0; round < 3; ++round) {
    const auto cached = Decider(model, source, history, &cache).Decide(9, profile);
    EXPECT_EQ(cached->score, plain->score);
    EXPECT_EQ(cached->of, plain->of);
  }
}

TEST(DecideTest, ACacheKeepsWhatIsAskedForAndNoMoreThanItMay) {
  const auto prepared = Model::BuiltIn().Prepare(Profile{});
  PreparedCache cache(3);
  for (std::uint64_t index = 1; index <= 3; ++index) cache.Put(index, prepared, cache.generation());
  EXPECT_TRUE(cache.Find(1));
  EXPECT_TRUE(cache.Find(3));
  cache.Put(4, prepared, cache.generation());  // in the place of the one that nobody asked for
  const auto held = cache.FindAll({1, 2, 3, 4, 5});
  EXPECT_EQ((std::vector<bool>{held[0] != nullptr, held[1] != nullptr, held[2] != nullptr, held[3] != nullptr,
                               held[4] != nullptr}),
            (std::vector<bool>{true, false, true, true, false}));
  for (std::uint64_t index = 5; index < 50; ++index) cache.Put(index, prepared, cache.generation());
  std::size_t count = 0;
  for (std::uint64_t index = 1; index < 50; ++index) count += cache.Find(index) ? 1 : 0;
  EXPECT_EQ(count, 3u);
  const auto before = cache.generation();
  cache.Clear();
  cache.Put(1, prepared, before);  // read before it was cleared
  EXPECT_FALSE(cache.Find(1));
  PreparedCache none(0);
  none.Put(1, prepared, none.generation());
  EXPECT_FALSE(none.Find(1));
}

TEST(ProfileTest, ComesBackFromItsBytes) {
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001")));
  const auto profile = Extract(line.submission, {"portal", line.at, false});
  const auto bytes = Serialize(profile);
  const auto back = Deserialize(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(Serialize(*back), bytes);
  EXPECT_LT(bytes.size(), 1024u);
}

TEST(ProfileTest, CutOrForeignBytesAreRefused) {
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001")));
  const auto bytes = Serialize(Extract(line.submission, {"portal", line.at, false}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Deserialize(std::string_view(bytes).substr(0, size)).ok());
  EXPECT_FALSE(Deserialize("\x7f" + bytes).ok());
}

}  // namespace
}  // namespace dedup
