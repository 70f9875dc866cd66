// Appending without a thread that waits: each is answered once, whatever becomes of its commit.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "ledger_fixture.h"
#include "support/fault_vfs.h"

namespace ledger {
namespace {

/// Drafts that were handed in, and their answers as they come.
class Answers {
 public:
  void Hand(Ledger& ledger, Draft draft) {
    DraftProposal& proposal = proposals_.emplace_back(std::move(draft));
    ledger.AppendLater(proposal, [this](petition::Result<Appended> result) {
      const std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
      came_.notify_all();
    });
  }
  const std::deque<petition::Result<Appended>>& WaitAll() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return results_.size() == proposals_.size(); });
    return results_;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return results_.size();
  }

 private:
  std::deque<DraftProposal> proposals_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<petition::Result<Appended>> results_;  // guarded by mutex_
};

TEST(AppendLaterTest, EachIsAnsweredOnceWithItsProof) {
  const TemporaryFolder folder;
  const auto ledger = OpenLedger(folder.path());
  Answers answers;
  for (int i = 0; i < 500; ++i) answers.Hand(*ledger, Event("x"));
  std::vector<bool> seen(500);
  for (const auto& result : answers.WaitAll()) {
    ASSERT_TRUE(result.ok());
    EXPECT_FALSE(seen.at(result->index));
    seen[result->index] = true;
    ExpectProven(*result, Event("x"), ledger->vkey());
  }
  EXPECT_EQ(ledger->size(), 500u);
}

TEST(AppendLaterTest, TheEndOfTheLedgerAnswersAllThatWait) {
  const TemporaryFolder folder;
  auto ledger = OpenLedger(folder.path());
  Answers answers;
  for (int i = 0; i < 300; ++i) answers.Hand(*ledger, Event("x"));
  ledger.reset();
  EXPECT_EQ(answers.count(), 300u);
}

TEST(AppendLaterTest, FailedCommitAnswersAllThatWaitAndLaterOnesAtOnce) {
  const TemporaryFolder folder;
  support::FaultDisk disk("append-later");
  Options options;
  options.folder = folder.path();
  options.publish = false;
  options.vfs = disk.vfs();
  options.files = &disk.files();
  disk.Disarm();
  auto ledger = TryOpen(options).value();
  ASSERT_TRUE(ledger->Append(Event("a")).ok());
  disk.Arm(support::Fault::kDiskFull, 0);
  Answers answers;
  for (int i = 0; i < 50; ++i) answers.Hand(*ledger, Event("b"));
  for (const auto& result : answers.WaitAll()) {
    ASSERT_FALSE(result.ok());
    EXPECT_TRUE(result.error().reason == "outcome_unknown" || result.error().reason == "ledger_stopped");
  }
  Answers later;
  later.Hand(*ledger, Event("c"));
  EXPECT_EQ(later.count(), 1u);
  EXPECT_EQ(later.WaitAll().front().error().reason, "ledger_stopped");
  EXPECT_EQ(ledger->size(), 1u);
}

}  // namespace
}  // namespace ledger
