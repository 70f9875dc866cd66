// A Judge reaches the verdict on one intake, within the follower's transaction: revision by the source's own number,
// the tie an operator made with the caller on the line, else what the decider says; and whether there may be a tie over
// the seal. A model on trial may be asked the same; what it says is noted and changes nothing. Internal to
// gateway/follower*.cc; used by the follower's thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "dedup/prepared_cache.h"
#include "gateway/follower_prepare.h"
#include "gateway/follower_sources.h"
#include "gateway/intake.h"
#include "petition/time.h"
#include "search/candidate_index.h"

namespace gateway {

class Judge {
 public:
  Judge(const dedup::Model& model, const search::CandidateIndex& index, const petition::Clock& clock,
        std::size_t candidates_max, dedup::PreparedCache& cache, const dedup::Model* shadow = nullptr)
      : model_(model),
        index_(index),
        clock_(clock),
        candidates_max_(candidates_max),
        cache_(cache),
        shadow_(shadow),
        shadow_cache_(shadow ? kShadowCached : 0) {}

  /// Fails only with what may pass (kUnavailable): an intake that can't be decided is put before a person, flagged
  /// "undecidable". `intake` has its record. `any_across`: there are intakes on the other side of the seal.
  petition::Result<dedup::VerdictRecord> Reach(const PreparedIntake& intake,
                                               const dedup::CaseBook::Transaction& transaction, bool any_across);
  /// What it keeps of earlier intakes for its shadow may be about what is no more: with the caller's cache.
  void Forget() { shadow_cache_.Clear(); }
  /// The verdict on an intake that could not even be read.
  dedup::VerdictRecord Undecidable(std::uint64_t index, std::string_view intake_no) const;

 private:
  struct Asked;
  dedup::VerdictRecord Begin(std::uint64_t index, std::string_view intake_no) const;
  petition::Status Decide(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Result<bool> Revise(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Result<bool> TieByOperator(const Asked& asked, dedup::VerdictRecord& verdict) const;
  petition::Status LookAcross(const Asked& asked, dedup::VerdictRecord& verdict) const;
  std::optional<dedup::ShadowNote> InShadow(const Asked& asked) const;
  petition::Status Number(const Asked& asked, dedup::VerdictRecord& verdict) const;

  const dedup::Model& model_;
  const search::CandidateIndex& index_;
  const petition::Clock& clock_;
  const std::size_t candidates_max_;
  dedup::PreparedCache& cache_;
  static constexpr std::size_t kShadowCached = 4096;
  const dedup::Model* const shadow_;           ///< null: none
  mutable dedup::PreparedCache shadow_cache_;  ///< a cache belongs to one model
};

}  // namespace gateway
