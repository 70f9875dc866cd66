// What people and sources are shown of deciding: earlier cases for a submission that is not registered. Internal to
// gateway/follower*.cc. Threads: safe from any thread.
#pragma once

#include <string>
#include <vector>

#include "dedup/prepared_cache.h"
#include "gateway/follower.h"

namespace gateway {

struct PreviewParts {
  const dedup::CaseBook& book;
  const search::CandidateIndex& candidates;
  const dedup::Model& model;
  std::size_t candidates_max;
  dedup::PreparedCache& cache;
  petition::Time now;  ///< when it is asked: the date of a submission that gives none
};

/// Follower::Preview. `source`: of the one who asks, if it is one.
petition::Result<std::vector<PreviewHit>> PreviewOf(const PreviewParts& parts, const petition::Submission& submission,
                                                    std::size_t limit, const dedup::Scope& scope,
                                                    const std::string& source);

}  // namespace gateway
