// FollowerTexts keeps the full-text index in step with what the follower has folded, from a cursor of its own (the
// index's durable position) and, between Start and Stop, on a thread of its own: a text costs it more than the whole
// decision costs the follower. What was just folded is handed over; what is not at hand (after a restart, or when it
// has fallen behind) is read from the ledger as it stands now, so that both ways end in the same index.
//
// Threads: one takes Recover, CatchUp, Start and Stop; Folded and Turn are the follower's; the rest is for any.
// Durable: what the index has committed, at the latest a second after it fell quiet; a crash loses nothing, the cursor
// tells where to go on. Failure: it says so, and works again from the last commit when Recover succeeds (the thread
// tries by itself).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/follower_indexes.h"
#include "ledger/ledger.h"
#include "search/text_index.h"

namespace gateway {

class FollowerTexts {
 public:
  using Told = std::function<void(std::uint64_t done, std::uint64_t total)>;

  /// `code_key`: of query codes, by which an intake is found as by its other numbers. `note` is told of failures of the
  /// thread.
  FollowerTexts(search::TextIndex& texts, const ledger::Ledger& ledger, const dedup::CaseBook& book,
                const ledger::Key& code_key, std::function<void(const petition::Error&)> note)
      : texts_(texts), ledger_(ledger), book_(book), code_key_(code_key), note_(std::move(note)) {}
  ~FollowerTexts() { Stop(); }
  FollowerTexts(const FollowerTexts&) = delete;
  FollowerTexts& operator=(const FollowerTexts&) = delete;

  /// At the start, and after a failure: what stands in the index stands on the side of the seal where it is now. Up to
  /// `folded` it is then to be filled, by the thread or CatchUp.
  petition::Status Recover(std::uint64_t folded);
  void Start(int nice);
  void Stop();
  /// The thread adds nothing for so long, unless it is told otherwise; after a second it commits what it has.
  void RestFor(std::chrono::milliseconds time);
  bool running() const { return thread_.joinable(); }
  /// Without the thread: adds all that was folded and commits.
  petition::Status CatchUp(const Told& told);

  /// The entries from `from` to `next` are folded, with these intakes among them; `documents` not as they stand:
  /// nothing is handed over, they are read. Without the thread they are added at once.
  petition::Status Folded(std::uint64_t from, std::uint64_t next, std::vector<IndexedIntake> documents,
                          bool as_they_stand);
  /// Those are on the other side of the seal now: what the index has of them is turned and committed.
  petition::Status Turn(const std::vector<std::uint64_t>& intakes);

  bool failed() const { return failed_.load(); }
  std::uint64_t behind() const;  ///< entries folded and not looked at yet
  /// Waits until fewer are behind than that, or the time is over; at once without the thread.
  void WaitBelow(std::uint64_t behind, std::chrono::milliseconds at_most) const;

 private:
  struct Run {
    std::uint64_t from = 0, next = 0;
    std::vector<IndexedIntake> documents;
  };
  void Work(int nice);
  bool Rest();
  petition::Result<bool> Some();
  petition::Status Add(const IndexedIntake& intake);
  petition::Status ReadOn(std::uint64_t upto);
  void MoveTo(std::uint64_t cursor);
  petition::Status CommitAll();
  petition::Status Seen(petition::Status status) {
    if (!status.ok()) failed_ = true;
    return status;
  }

  search::TextIndex& texts_;
  const ledger::Ledger& ledger_;
  const dedup::CaseBook& book_;
  const ledger::Key code_key_;
  const std::function<void(const petition::Error&)> note_;

  std::mutex work_mutex_;  // held by whoever writes the index; taken before mutex_
  bool dirty_ = false;     // guarded by work_mutex_: something is not committed
  std::atomic<bool> failed_{false};

  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::deque<Run> runs_;                                // guarded by mutex_: handed over and not taken yet, in order
  std::size_t held_ = 0;                                // guarded by mutex_: documents in runs_
  std::uint64_t folded_ = 0, cursor_ = 0;               // guarded by mutex_
  bool stopping_ = false;                               // guarded by mutex_
  std::chrono::steady_clock::time_point rest_until_{};  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
