#include "gateway/follower_pace.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Told the time, as it is told everything.
class FollowerPaceTest : public testing::Test {
 protected:
  FollowerPace::Seen At(milliseconds time, std::uint64_t ledger = 0, std::uint64_t decided = 0,
                        std::uint64_t backlog = 0, std::uint64_t texts_behind = 0) const {
    return {begin_ + time, ledger, decided, backlog, texts_behind};
  }
  void Step(milliseconds from, milliseconds to) { pace_.Stepped(begin_ + from, begin_ + to); }
  /// From the start.
  milliseconds Until(const FollowerPace::Rest& rest) const {
    return std::chrono::duration_cast<milliseconds>(rest.until - begin_);
  }

  const FollowerPace::Steady::time_point begin_{seconds(1'000'000)};
  FollowerPace pace_{{2, 10'000}};
};

TEST_F(FollowerPaceTest, WhereLittleIsLeftMoreGathersOnce) {
  pace_.Begin(At(milliseconds(0)));
  EXPECT_FALSE(pace_.Next(At(milliseconds(0)))) << "before the first step nothing is waited for";
  Step(milliseconds(10), milliseconds(15));
  const auto rest = pace_.Next(At(milliseconds(15), 3, 3, 31));
  ASSERT_TRUE(rest);
  EXPECT_EQ(Until(*rest), milliseconds(110)) << "from the step's beginning";
  EXPECT_FALSE(rest->texts);
  EXPECT_FALSE(pace_.Next(At(milliseconds(20), 3, 3, 31))) << "whoever was woken early goes on";

  Step(milliseconds(200), milliseconds(310));
  EXPECT_FALSE(pace_.Next(At(milliseconds(310), 4, 4))) << "the step itself took as long";
  Step(milliseconds(400), milliseconds(405));
  EXPECT_FALSE(pace_.Next(At(milliseconds(405), 40, 5, 32))) << "there is enough to take";
}

TEST_F(FollowerPaceTest, ABurstIsGivenWayToForTwelveSteps) {
  pace_.Begin(At(milliseconds(0)));
  Step(milliseconds(250), milliseconds(300));
  std::vector<milliseconds> until;
  milliseconds now{300};
  while (const auto rest = pace_.Next(At(now, static_cast<std::uint64_t>(now.count()), 0, 500))) {
    EXPECT_TRUE(rest->texts) << "the full text gives way too";
    until.push_back(now = Until(*rest));
  }
  EXPECT_EQ(until, (std::vector<milliseconds>{milliseconds(500), milliseconds(700), milliseconds(900)}))
      << "looked at anew as long as it lasts, for twelve times what the step took";
}

TEST_F(FollowerPaceTest, WhatGatheredIsTakenThoughABurstBeganMeanwhile) {
  pace_.Begin(At(milliseconds(0)));
  Step(milliseconds(250), milliseconds(270));
  ASSERT_TRUE(pace_.Next(At(milliseconds(270), 20, 0, 20)));
  EXPECT_FALSE(pace_.Next(At(milliseconds(480), 1'000, 0, 1'000)));
}

TEST_F(FollowerPaceTest, ABurstThatEndsIsWaitedForNoLonger) {
  pace_.Begin(At(milliseconds(0)));
  Step(milliseconds(250), milliseconds(300));
  ASSERT_TRUE(pace_.Next(At(milliseconds(300), 300, 0, 300)));
  EXPECT_FALSE(pace_.Next(At(milliseconds(500), 350, 0, 350))) << "250 a second came since";
}

TEST_F(FollowerPaceTest, WhatWeDecidedIsNoBurstOfOthers) {
  pace_.Begin(At(milliseconds(0)));
  Step(milliseconds(250), milliseconds(300));
  EXPECT_FALSE(pace_.Next(At(milliseconds(300), 400, 200, 200)));
}

TEST_F(FollowerPaceTest, NoBurstIsGivenWayToWithALongBacklog) {
  pace_.Begin(At(milliseconds(0)));
  Step(milliseconds(250), milliseconds(300));
  EXPECT_FALSE(pace_.Next(At(milliseconds(300), 20'000, 0, 10'000)));
}

TEST_F(FollowerPaceTest, OnFewProcessorsTheFullTextWaitsAsFarAsItMayLag) {
  EXPECT_TRUE(pace_.TextsShallWait(At(milliseconds(0), 0, 0, 2'001)));
  EXPECT_FALSE(pace_.TextsShallWait(At(milliseconds(0), 0, 0, 2'000)));
  EXPECT_FALSE(pace_.TextsShallWait(At(milliseconds(0), 0, 0, 2'001, FollowerPace::kTextsBehindMax - 1)));
  EXPECT_FALSE(FollowerPace({8, 10'000}).TextsShallWait(At(milliseconds(0), 0, 0, 2'001)));
}

TEST_F(FollowerPaceTest, CandidatesAreCommittedWhenNothingComesAndNowAndThenHoweverMuchDoes) {
  pace_.Begin(At(milliseconds(0)));
  const auto due = [&](milliseconds time) { return pace_.CommitIsDue(begin_ + time); };
  EXPECT_FALSE(due(seconds(2)));
  EXPECT_TRUE(due(milliseconds(2'001))) << "nothing came for two seconds";
  for (milliseconds time{3'000}; time <= seconds(62); time += seconds(1)) {
    Step(time, time);
    EXPECT_FALSE(due(time)) << time.count();
  }
  Step(milliseconds(62'002), milliseconds(62'002));
  EXPECT_TRUE(due(milliseconds(62'002))) << "a minute after the last one";
  Step(milliseconds(62'003), milliseconds(62'003));
  EXPECT_FALSE(due(milliseconds(62'003)));
}

}  // namespace
}  // namespace gateway
