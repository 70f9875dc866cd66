// What is prepared before its turn, by whom ever: all of it, each once, in order, and nobody waits for nobody.
#include "gateway/follower_prepare.h"

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

}  // namespace
}  // namespace gateway
