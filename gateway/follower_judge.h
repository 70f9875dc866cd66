// A Judge reaches the verdict on one intake, within the follower's transaction: revision by the source's own number,
// the tie an operator made with the caller on the line, else what the decider says; and whether there may be a tie over
// the seal. Internal to gateway/follower*.cc; used by the follower's thread only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "dedup/prepared_cache.h"
#include "gateway/follower_sources.h"
#include "gateway/intake.h"
#include "petition/time.h"
#include "search/candidate_index.h"

namespace gateway {

class Judge {
 public:
  Judge(const dedup::Model& model, const search::CandidateIndex& index, const petition::Clock& clock,
        std::size_t candidates_max, dedup::PreparedCache& cache)
      : model_(model), index_(index), clock_(clock), candidates_max_(candidates_max), cache_(cache) {}

  /// Fails only with what may pass (kUnavailable): an intake that can't be decided is put before a person, flagged
  /// "undecidable". `keys`: of its profile. `any_across`: there are intakes on the other side of the seal.
  petition::Result<dedup::VerdictRecord> Reach(const IntakeRecord& intake, const dedup::Prepared& prepared,
                                               const std::vector<std::string>& keys,
                                               const dedup::CaseBook::Transaction& transaction, bool any_across);
  /// The verdict on an intake that could not even be read.
  dedup::VerdictRecord Undecidable(std::uint64_t index, std::string_view intake_no) const;

 private:
  struct Asked;
  dedup::VerdictRecord Begin(std::uint64_t index, std::string_view intake_no) const;
  petition::Status Decide(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Result<bool> Revise(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Result<bool> TieByOperator(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Status LookAcross(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Status Number(const Asked& asked, dedup::VerdictRecord& verdict) const;

  const dedup::Model& model_;
  const search::CandidateIndex& index_;
  const petition::Clock& clock_;
  const std::size_t candidates_max_;
  dedup::PreparedCache& cache_;
};

/// Title and content as the candidate index takes them.
std::string IndexedText(const petition::Submission& submission);

}  // namespace gateway
