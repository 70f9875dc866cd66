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

/// What the Decider says of the candidates 1, 2, 3 ..., given what is known of them.
class Weighed {
 public:
  explicit Weighed(const std::vector<Json>& earlier) {
    for (const Json& submission : earlier) {
      const auto profile = ProfileOf(submission);
      source_.Add(++count_, profile);
      history_.Add(count_, profile);
    }
  }
  void Tie(std::uint64_t index, std::uint64_t of, Relation relation) { history_.Tie(index, of, relation); }
  /// Of the case that the candidate leads.
  Comparison With(std::uint64_t lead, const Json& asking) const {
    const auto compared = Decider(model_, source_, history_).Compare(ProfileOf(asking), 10).value();
    for (const auto& found : compared) {
      if (history_.CaseOf(found.index).value().lead == lead) return found;
    }
    ADD_FAILURE() << "not compared";
    return {};
  }
  Verdict Of(const Json& asking) const {
    return Decider(model_, source_, history_).Decide(99, ProfileOf(asking)).value();
  }

 private:
  static Profile ProfileOf(const Json& submission) {
    const auto line = LineOf("x", "2025-03-01T09:00:00+08:00", submission);
    return Extract(line.submission, {"portal", line.at, false});
  }
  const Model model_ = Model::BuiltIn();
  MemorySource source_;
  MemoryHistory history_;
  std::uint64_t count_ = 0;
};

Json WithoutBuilding(Json submission) {
  submission["content"] = "梅岭路梅岭花园两部电梯坏了十天，老人下不了楼，物业说没有配件，请住建部门督促修好。";
  submission["placeText"] = "梅岭路梅岭花园";
  return submission;
}

TEST(DecideTest, WhatSpeaksAgainstOneCaseOfAGroupSpeaksAgainstTheOthers) {
  const Json fifth = Lift(Person("高文远", "13712340001"), "5栋");
  const Json unsaid = WithoutBuilding(Lift(Person("秦晓燕", "13898760002")));
  const Json asking = Lift(Person("邓立新", "13611110003"), "12栋");
  Weighed apart({fifth, unsaid}), grouped({fifth, unsaid});
  grouped.Tie(2, 1, Relation::kJoint);
  EXPECT_LT(grouped.With(2, asking).matter, apart.With(2, asking).matter);
  EXPECT_EQ(grouped.With(1, asking).matter, apart.With(1, asking).matter);
}

TEST(DecideTest, WhatIsKnownOfAGroupsOtherCaseCountsForTheCaseOfOnesOwnPeople) {
  Json own = Lift(Person("高文远", "13712340001"));
  own["title"] = "小区的事";
  own["content"] = "梅岭花园的事情一直没有人来管，请帮忙。";
  const Json neighbour = Lift(Person("秦晓燕", "13898760002"));
  const Json asking = Lift(Person("高文远", "13712340001"));
  Weighed apart({own, neighbour}), grouped({own, neighbour});
  grouped.Tie(2, 1, Relation::kJoint);
  EXPECT_GT(grouped.With(1, asking).matter, apart.With(1, asking).matter);
  EXPECT_EQ(grouped.Of(asking).of, 1u) << "to the case of one's own people";
  EXPECT_NE(grouped.Of(asking).relation, Relation::kJoint);
}

// Two cases fit nearly alike: no doubt when they are one matter themselves, a question when they are not.
TEST(DecideTest, TwoCasesThatFitAlikeAreAQuestionUnlessTheyAreOneMatter) {
  const Json fifth = Lift(Person("高文远", "13712340001"), "5栋"),
             twelfth = Lift(Person("高文远", "13712340001"), "12栋");
  const Json asking = WithoutBuilding(Lift({{"name", "高文远"}}));
  const auto one = Weighed({fifth, fifth}).Of(asking), two = Weighed({fifth, twelfth}).Of(asking);
  EXPECT_EQ(one.mode, Mode::kAuto);
  EXPECT_EQ(two.mode, Mode::kReview);
  EXPECT_EQ(two.flags, std::vector<std::string>{"margin"});
}

/// Candidates 1, 2, 3 ... with these scores, for so many keys in common.
class ScoredSource : public CandidateSource {
 public:
  struct Scored {
    double score = 0;
    std::uint32_t keys = 2;
  };
  explicit ScoredSource(std::vector<Scored> scores) : scores_(std::move(scores)) {}
  petition::Result<Found> Find(std::uint64_t, const Profile&, std::size_t) const override {
    Found found;
    for (std::size_t i = 0; i < scores_.size(); ++i)
      found.candidates.push_back({i + 1, 0, scores_[i].keys, scores_[i].score});
    return found;
  }
  std::uint64_t Frequency(std::string_view) const override { return 1; }
  std::uint64_t Documents() const override { return scores_.size(); }

 private:
  const std::vector<Scored> scores_;
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
  const auto compared = [&](std::vector<ScoredSource::Scored> scores) {
    ReadHistory history;
    for (std::uint64_t index = 1; index <= scores.size(); ++index) history.Add(index, Profile{});
    const ScoredSource source(std::move(scores));
    EXPECT_TRUE(Decider(model, source, history).Decide(99, profile).ok());
    return history.read;
  };
  using Indices = std::vector<std::uint64_t>;
  EXPECT_EQ(compared({{100}, {9}, {8}, {7}, {6}, {5}, {4}, {3}}), (Indices{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(compared({{100}, {90}, {80}, {70}, {60}, {55}, {50}, {49}}), (Indices{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(compared({{3}, {3}, {3}, {3}, {3}, {3}, {3}, {3}}).size(), 8u);
  EXPECT_EQ(compared({{80, 1}, {80, 1}, {80, 1}, {80, 1}, {80, 1}, {80, 1}, {80, 1}, {76, 2}, {72, 1}, {70, 2}}),
            (Indices{1, 2, 3, 4, 5, 6, 8, 10}))
      << "what has one key in common only";
  EXPECT_EQ(compared({{1}, {0}}).size(), 2u);
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
  Json submission = Lift(Person("高文远", "13712340001"));
  submission["title"] = "鄞州\U00020bb7野家3#楼K6电梯";
  submission["petitioners"][0]["address"] = "梅岭路12-1号（老楼）";
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", submission);
  const auto profile = Extract(line.submission, {"portal", line.at, false});
  const auto bytes = Serialize(profile);
  const auto back = Deserialize(bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(Serialize(*back), bytes);
  EXPECT_EQ(back->text, profile.text);
  EXPECT_NE(back->text.find(U'\U00020bb7'), std::u32string::npos);
  ASSERT_FALSE(back->people.empty());
  EXPECT_EQ(back->people[0].address, profile.people[0].address);
  ASSERT_EQ(back->named.size(), profile.named.size());
  for (std::size_t i = 0; i < profile.named.size(); ++i) EXPECT_EQ(back->named[i].name, profile.named[i].name);
  EXPECT_EQ(back->accused, profile.accused);
  EXPECT_LT(bytes.size(), 512u);
}

TEST(ProfileTest, CutOrForeignBytesAreRefused) {
  const auto line = LineOf("a", "2025-03-01T09:00:00+08:00", Lift(Person("高文远", "13712340001")));
  const auto bytes = Serialize(Extract(line.submission, {"portal", line.at, false}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(Deserialize(std::string_view(bytes).substr(0, size)).ok());
  EXPECT_FALSE(Deserialize("\x7f" + bytes).ok());
  EXPECT_FALSE(Deserialize("\x01" + bytes.substr(1)).ok()) << "an earlier version";
}

}  // namespace
}  // namespace dedup
