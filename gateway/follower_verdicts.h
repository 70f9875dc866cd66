// FollowerVerdicts puts verdicts on the ledger in the order in which they were reached, while further ones are being
// reached: waiting for the disk and thinking go on side by side. A batch of the follower is committed to the state only
// after Finish, so that a crash finds on the ledger whatever the state has. Used by the follower's thread only.
// Failure: Finish answers the first one; no verdict after it is appended.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledger/ledger.h"

namespace gateway {

class FollowerVerdicts {
 public:
  explicit FollowerVerdicts(ledger::Ledger& ledger) : ledger_(ledger) {}
  ~FollowerVerdicts();
  FollowerVerdicts(const FollowerVerdicts&) = delete;
  FollowerVerdicts& operator=(const FollowerVerdicts&) = delete;

  /// `record`: the entry's, about the intake of that index.
  void Add(std::uint64_t intake, std::string record);
  /// All that were added are on the ledger.
  petition::Status Finish();
  /// The batch was given up: what is not on its way to the ledger does not go there.
  void Forget();

 private:
  void Work();
  struct Verdict {
    std::uint64_t intake = 0;
    std::string record;
  };
  petition::Status AppendAll(std::vector<Verdict> verdicts);

  ledger::Ledger& ledger_;
  std::vector<Verdict> gathered_;  // of the follower's thread
  std::mutex mutex_;
  std::condition_variable moved_;
  std::vector<Verdict> waiting_;              // guarded by mutex_: to be appended by the thread
  bool busy_ = false, stopping_ = false;      // guarded by mutex_
  petition::Status failed_ = petition::Ok();  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
