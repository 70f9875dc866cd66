// What is prepared before its turn, by whom ever: all of it, each once, in order, and nobody waits for nobody.
#include "gateway/follower_prepare.h"

#include <atomic>
#include <thread>

#include "tests/gateway/followed_house.h"

namespace gateway {
namespace {

constexpr int kPreparedIntakes = 40;

class FollowerPrepareTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kPreparedIntakes; ++i) {
      house_.Register("portal", R"({"externalId":"P-)" + std::to_string(i) +
                                    R"(","channel":"portal","receivedAt":"2025-03-04T09:00:00+08:00","title":"路灯",)"
                                    R"("content":"城东区柳林街第)" +
                                    std::to_string(i) + R"(号门前的路灯夜里不亮，已有多日。"})");
    }
    entries_ = house_.ledger().ReadRange(0, 1000).value();
    ASSERT_GE(entries_.size(), static_cast<std::size_t>(kPreparedIntakes));
  }
  void ExpectTakenInOrder(PreparedRun& run) {
    for (std::size_t at = 0; at < entries_.size(); ++at) {
      if (entries_[at].kind != ledger::Kind::kIntake) continue;
      const PreparedIntake taken = run.Take(at);
      ASSERT_TRUE(taken.record) << at;
      ASSERT_EQ(taken.row.index, entries_[at].index);
      ASSERT_FALSE(taken.profile_bytes.empty());
    }
  }

  const dedup::Model model_ = dedup::Model::BuiltIn();
  FollowedHouse house_;
  std::vector<ledger::Stored> entries_;
};

TEST_F(FollowerPrepareTest, WhoTakesNeedsNobodyElse) {
  for (const bool shared : {false, true}) {
    PreparedRun run(entries_, {model_, std::nullopt});
    if (shared) run.Share();  // and the other thread never comes
    ExpectTakenInOrder(run);
  }
}

TEST_F(FollowerPrepareTest, TwoPrepareEachOnce) {
  for (int round = 0; round < 20; ++round) {
    PreparedRun run(entries_, {model_, std::nullopt});
    run.Share();
    std::thread beside([&] { run.Work(); });
    ExpectTakenInOrder(run);
    beside.join();
  }
}

TEST_F(FollowerPrepareTest, GivenUpItEndsSoon) {
  PreparedRun run(entries_, {model_, std::nullopt});
  run.Share();
  run.GiveUp();
  run.Work();  // comes back, with nothing prepared
}

TEST_F(FollowerPrepareTest, EachOfManyTogetherGetsItsOwnLook) {
  house_.CatchUp();
  constexpr std::size_t kUnreadable = 7;
  entries_[kUnreadable].record = "nothing that reads as an intake";
  dedup::PreparedCache cache(1000);
  const std::atomic<bool> turning{false};
  PreparedRun run(entries_,
                  {model_, Preparing::Ahead{house_.candidates(), house_.book(), cache, turning, kPreparedIntakes}});
  run.Share();
  run.Work();
  for (std::size_t at = 0; at < static_cast<std::size_t>(kPreparedIntakes); ++at) {
    const PreparedIntake taken = run.Take(at);
    if (at == kUnreadable) {
      EXPECT_FALSE(taken.record);
      EXPECT_FALSE(taken.look);
      continue;
    }
    ASSERT_TRUE(taken.record && taken.look) << at;
    const auto asking = DocumentOf(*taken.record, taken.keys);
    const auto plain = house_.candidates().Find(asking, 10).value().hits;
    const auto with = house_.candidates().Find(asking, 10, taken.look.get()).value().hits;
    ASSERT_EQ(with.size(), plain.size());
    ASSERT_FALSE(plain.empty());
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(with[i].id, plain[i].id) << at;
    EXPECT_TRUE(cache.Find(plain.front().id)) << at;
  }
}

class ReadAheadTest : public testing::Test {
 protected:
  void Register(int count) {
    for (; count > 0; --count, ++registered_) {
      const auto receipt = house_.intake().Register(ArrivalOf(
          "portal", R"({"externalId":"P-)" + std::to_string(registered_) +
                        R"(","channel":"portal","title":"路灯","content":"柳林街的路灯夜里不亮，已有多日。"})"));
      ASSERT_TRUE(receipt.ok());
    }
  }
  void ExpectAllFrom(std::uint64_t from) {
    for (;;) {
      const auto run = ahead_.From(from);
      ASSERT_TRUE(run.ok());
      const auto& entries = (*run)->entries();
      if (entries.empty()) break;
      for (std::size_t at = 0; at < entries.size(); ++at, ++from) {
        ASSERT_EQ(entries[at].index, from);
        ASSERT_EQ((*run)->Take(at).row.index, from);
      }
    }
    EXPECT_EQ(from, house_.ledger().size());
  }

  int registered_ = 0;
  IntakeHouse house_;
  const dedup::Model model_ = dedup::Model::BuiltIn();
  ReadAhead ahead_{house_.ledger(), {model_, std::nullopt}, 20};
};

TEST_F(ReadAheadTest, WhereverItIsAskedFromAllComesInOrder) {
  Register(150);
  for (const std::uint64_t from : {0, 37, 140, 0}) ExpectAllFrom(from);
}

TEST_F(ReadAheadTest, WhatIsNotTakenToItsEndOrForgottenIsReadAnew) {
  Register(150);
  ASSERT_TRUE(ahead_.From(0).ok());
  ExpectAllFrom(5);
  ASSERT_TRUE(ahead_.From(0).ok());
  ahead_.Forget();
  ExpectAllFrom(20);
  ASSERT_TRUE(ahead_.From(0).ok());  // and it ends in the midst of it
}

TEST_F(ReadAheadTest, WhatComesAfterTheEndIsFoundThere) {
  Register(30);
  ExpectAllFrom(0);
  Register(1);
  ExpectAllFrom(30);
  Register(60);
  ExpectAllFrom(31);
}

}  // namespace
}  // namespace gateway
