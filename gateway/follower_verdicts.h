// FollowerVerdicts puts verdicts on the ledger in the order in which they were reached, while further ones are being
// reached: waiting for the disk and thinking go on side by side. A batch of the follower is committed to the state only
// after Finish, so that a crash finds on the ledger whatever the state has. Used by the follower's thread only.
// Failure: Finish answers the first one; no verdict after it is appended.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "dedup/case_book.h"
#include "ledger/ledger.h"

namespace gateway {

class FollowerVerdicts {
 public:
  explicit FollowerVerdicts(ledger::Ledger& ledger) : ledger_(ledger) {}
  ~FollowerVerdicts();
  FollowerVerdicts(const FollowerVerdicts&) = delete;
  FollowerVerdicts& operator=(const FollowerVerdicts&) = delete;

  void Add(const dedup::VerdictRecord& verdict);
  /// All that were added are on the ledger.
  petition::Status Finish();
  /// The batch was given up: what is not on its way to the ledger does not go there.
  void Forget();

 private:
  void Work();
  petition::Status AppendAll(const std::vector<dedup::VerdictRecord>& verdicts);

  ledger::Ledger& ledger_;
  std::vector<dedup::VerdictRecord> gathered_;  // of the follower's thread
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<dedup::VerdictRecord> waiting_;  // guarded by mutex_: to be appended by the thread
  bool busy_ = false, stopping_ = false;       // guarded by mutex_
  petition::Status failed_ = petition::Ok();   // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
