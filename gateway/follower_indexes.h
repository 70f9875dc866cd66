// FollowerIndexes keeps the candidate index and the full-text index in step with the follower. A document is in the
// candidate index before the next intake is decided; the full-text index, which nothing waits for, is filled by a
// thread of its own from a bounded queue once the batch is committed. Both are committed every so many documents; after
// a restart what was not committed is added again from the ledger.
//
// Threads: used by the follower's thread only (it owns the one that fills the full-text index). Failure of the
// full-text index: it is told once, its durable position stays where it was, so that the next start mends it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/intake.h"
#include "ledger/ledger.h"
#include "search/candidate_index.h"
#include "search/text_index.h"

namespace gateway {

struct IndexedIntake {
  IntakeRecord record;
  std::string case_no;  ///< as its verdict said
};

class FollowerIndexes {
 public:
  /// `failed` is told, on the filling thread, what the full-text index answered. `nice`: of that thread.
  FollowerIndexes(search::CandidateIndex& candidates, search::TextIndex& texts, std::size_t commit_every, int nice,
                  std::function<void(const petition::Error&)> failed)
      : candidates_(candidates), texts_(texts), commit_every_(commit_every), nice_(nice), failed_(std::move(failed)) {}
  ~FollowerIndexes();

  /// Brings both up to `position`. `told`: entries read, of how many; may be empty.
  petition::Status Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                           const std::function<void(std::uint64_t, std::uint64_t)>& told);
  /// Adding what an index has already (it was ahead of the state) changes nothing.
  petition::Status AddCandidate(const IndexedIntake& intake, std::vector<std::string> keys);
  /// Waits while the queue is full.
  void AddText(IndexedIntake intake);
  petition::Status CommitWhenDue(std::uint64_t position);
  /// The full-text index is committed when its thread comes to it.
  petition::Status Commit(std::uint64_t position);
  /// Waits until the queue is empty.
  void Drain();
  bool dirty() const { return added_ > 0; }

 private:
  using Job = std::variant<search::TextDocument, std::uint64_t>;  // a document, or a position to commit
  void Put(Job job);
  void Fill();

  search::CandidateIndex& candidates_;
  search::TextIndex& texts_;
  const std::size_t commit_every_;
  const int nice_;
  const std::function<void(const petition::Error&)> failed_;
  std::uint64_t candidates_from_ = 0, texts_from_ = 0;  // below these they had everything at the start
  std::size_t added_ = 0;                               // documents since the last commit

  std::mutex mutex_;
  std::condition_variable filled_, taken_;
  std::deque<Job> queue_;  // guarded by mutex_
  bool busy_ = false;      // guarded by mutex_
  bool ending_ = false;    // guarded by mutex_
  std::thread thread_;     // started with the first job
};

}  // namespace gateway
