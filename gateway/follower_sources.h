// What a Decider asks while the follower (or a preview) decides: candidates out of the index, and history out of the
// case book, either within the follower's transaction (with what it has just folded) or as committed. Internal to
// gateway/follower*.cc. Threads: each object belongs to one; the index and the book behind them are shared.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "petition/submission.h"
#include "search/candidate_index.h"

namespace gateway {

/// Title and content as the candidate index takes them.
std::string IndexedText(const petition::Submission& submission);

/// What was worked out of the asking one before, where it was; it must outlive its use.
struct KnownOfAsking {
  const std::vector<std::string>* keys = nullptr;  ///< of its profile
  search::CandidateLook* look = nullptr;
};

/// Candidates for one submission. `text`: title and content, as the index was given them. `sealed`: which side of the
/// seal is asked. `visible` answers which of the ids may be seen.
class IndexSource final : public dedup::CandidateSource {
 public:
  using Visible = std::function<petition::Result<std::vector<std::uint64_t>>(const std::vector<std::uint64_t>&)>;
  IndexSource(const search::CandidateIndex& index, std::string_view text, bool sealed, std::size_t candidates_max,
              Visible visible = {}, KnownOfAsking known = {})
      : index_(index),
        text_(text),
        sealed_(sealed),
        candidates_max_(candidates_max),
        visible_(std::move(visible)),
        known_(known) {}

  petition::Result<Found> Find(std::uint64_t self, const dedup::Profile& asking, std::size_t limit) const override;
  std::uint64_t Frequency(std::string_view key) const override { return index_.Frequency(key, known_.look); }
  std::uint64_t Documents() const override { return index_.size(); }

 private:
  petition::Status LeaveVisible(std::vector<search::CandidateHit>& hits, std::size_t most) const;

  const search::CandidateIndex& index_;
  const std::string_view text_;
  const bool sealed_;
  const std::size_t candidates_max_;
  const Visible visible_;
  const KnownOfAsking known_;
};

/// History within a transaction: sees what it has folded and not committed yet. For one decision: what is told apart
/// meanwhile it may not see.
class FoldingHistory final : public dedup::History {
 public:
  explicit FoldingHistory(const dedup::CaseBook::Transaction& transaction) : transaction_(transaction) {}
  petition::Result<dedup::Profile> ProfileOf(std::uint64_t index) const override;
  petition::Result<dedup::CaseFacts> CaseOf(std::uint64_t index) const override { return transaction_.FactsOf(index); }
  bool ToldApart(std::uint64_t one, std::uint64_t other) const override;

 private:
  const dedup::CaseBook::Transaction& transaction_;
  /// Whether anything holds that one apart from others: asked for each candidate, mostly in vain.
  mutable std::optional<std::pair<std::uint64_t, bool>> asked_;
};

/// History as committed; of a case only the members in scope.
class CommittedHistory final : public dedup::History {
 public:
  CommittedHistory(const dedup::CaseBook& book, dedup::Scope scope) : book_(book), scope_(std::move(scope)) {}
  petition::Result<dedup::Profile> ProfileOf(std::uint64_t index) const override;
  petition::Result<dedup::CaseFacts> CaseOf(std::uint64_t index) const override;
  bool ToldApart(std::uint64_t one, std::uint64_t other) const override;

 private:
  const dedup::CaseBook& book_;
  const dedup::Scope scope_;
};

}  // namespace gateway
