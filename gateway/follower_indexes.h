// FollowerIndexes keeps the candidate index in step with the follower: a document is in it before the next intake is
// decided, and it is committed every so many documents (fewer times the larger it is). After a restart what was not
// committed is added again from the ledger. Used by the follower's thread only, but for a thread of its own that
// finishes commits. (The full-text index follows by itself: follower_texts.h.)
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/intake.h"
#include "ledger/ledger.h"
#include "search/candidate_index.h"

namespace gateway {

struct IndexedIntake {
  IntakeRecord record;
  std::string case_no;  ///< as its verdict said
};

/// A folded intake as an index is to have it now: sealed or open as it stands. Empty: no intake, or one whose payload
/// ended with its retention.
petition::Result<std::optional<IndexedIntake>> AsItStands(const ledger::Stored& stored, const dedup::CaseBook& book);
petition::Result<std::optional<IndexedIntake>> AsItStands(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                                                          std::uint64_t index);
class FollowerIndexes {
 public:
  FollowerIndexes(search::CandidateIndex& candidates, std::size_t commit_every)
      : candidates_(candidates), commit_every_(commit_every) {}
  ~FollowerIndexes();

  /// Brings it up to `position`, at the start and after a failure. `told`: entries read, of how many; may be empty.
  petition::Status Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                           const std::function<void(std::uint64_t, std::uint64_t)>& told);
  /// Adding what the index has already (it was ahead of the state) changes nothing. `look`: a look ahead at it, or
  /// null.
  petition::Status Add(const IndexedIntake& intake, std::vector<std::string> keys, const search::CandidateLook* look);
  /// Those stand on the other side of the seal now: the index gets them anew. Committing is the caller's.
  petition::Status Turn(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                        const std::vector<std::uint64_t>& intakes);
  /// Begins a commit, which a thread beside finishes, when enough was added since the last one. While it has failed
  /// nothing is committed, since a position says that all before it is in the index as it stands.
  petition::Status CommitWhenDue(std::uint64_t position);
  petition::Status CommitBeside(std::uint64_t position);
  petition::Status Commit(std::uint64_t position);  ///< an error while it has failed
  bool dirty() const { return added_ > 0; }
  /// It could not be written (the disk was full): it is of no use before Recover.
  bool failed() const { return failed_ || finishing_failed_; }

 private:
  petition::Status Put(const IndexedIntake& intake, std::vector<std::string> keys, const search::CandidateLook* look);
  petition::Status CommitNow(std::uint64_t position);
  bool CommitIsDue() const { return added_ >= search::DocumentsBetweenCommits(commit_every_, candidates_.size()); }
  void Finish();
  petition::Status Seen(petition::Status status) {
    failed_ = failed_ || !status.ok();
    return status;
  }

  search::CandidateIndex& candidates_;
  const std::size_t commit_every_;
  std::uint64_t from_ = 0;  // below this ledger index it had everything at the start
  bool failed_ = false;
  std::size_t added_ = 0;  // documents since the last commit

  std::atomic<bool> finishing_failed_{false};
  std::mutex mutex_;
  std::condition_variable moved_;
  bool begun_ = false, stopping_ = false;  // guarded by mutex_
  std::thread finishing_;                  // made by the first commit beside
};

}  // namespace gateway
