// FollowerIndexes keeps the candidate index and the full-text index in step with the follower: a document is in the
// candidate index before the next intake is decided, in the full-text index when its batch is committed, and both are
// committed every so many documents. After a restart what was not committed is added again from the ledger. Used by the
// follower's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
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
  /// `code_key`: of query codes, by which an intake is found as by its other numbers.
  FollowerIndexes(search::CandidateIndex& candidates, search::TextIndex& texts, std::size_t commit_every,
                  const ledger::Key& code_key)
      : candidates_(candidates), texts_(texts), commit_every_(commit_every), code_key_(code_key) {}

  /// Brings both up to `position`, at the start and after a failure. `told`: entries read, of how many; may be empty.
  petition::Status Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                           const std::function<void(std::uint64_t, std::uint64_t)>& told);
  /// Adding what an index has already (it was ahead of the state) changes nothing.
  petition::Status AddCandidate(const IndexedIntake& intake, std::vector<std::string> keys);
  petition::Status AddText(const IndexedIntake& intake);
  /// Those stand on the other side of the seal now: both indexes get them anew. Committing is the caller's.
  petition::Status Turn(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                        const std::vector<std::uint64_t>& intakes);
  petition::Status CommitWhenDue(std::uint64_t position);
  petition::Status Commit(std::uint64_t position);
  bool dirty() const { return added_ > 0; }
  /// One of them could not be written (the disk was full): neither is of use before Recover.
  bool failed() const { return failed_; }

 private:
  petition::Status PutCandidate(const IndexedIntake& intake, std::vector<std::string> keys);
  petition::Status Seen(petition::Status status) {
    failed_ = failed_ || !status.ok();
    return status;
  }

  search::CandidateIndex& candidates_;
  search::TextIndex& texts_;
  const std::size_t commit_every_;
  const ledger::Key code_key_;
  std::uint64_t candidates_from_ = 0, texts_from_ = 0;  // below these ledger indices they had everything at the start
  bool failed_ = false;
  std::size_t added_ = 0;  // documents since the last commit
};

}  // namespace gateway
