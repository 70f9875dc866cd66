#include "gateway/follower_sources.h"

#include <algorithm>

namespace gateway {

std::string IndexedText(const petition::Submission& submission) { return submission.title + "\n" + submission.content; }

petition::Result<dedup::CandidateSource::Found> IndexSource::Find(std::uint64_t self, const dedup::Profile& asking,
                                                                  std::size_t limit) const {
  search::CandidateDocument document;
  document.id = self;
  document.text = text_;
  document.keys = known_.keys != nullptr ? *known_.keys : dedup::CandidateKeys(asking);
  document.sealed = sealed_;
  // What the asking one may not see must not crowd out what it may.
  const std::size_t most = std::min(limit, candidates_max_);
  GUIYI_TRY(auto hits, index_.Find(document, visible_ ? candidates_max_ : most, known_.look));
  // After a crash the index can know intakes that come after the one being decided: those are not earlier.
  if (self != dedup::kNoSelf)
    std::erase_if(hits.hits, [self](const search::CandidateHit& hit) { return hit.id >= self; });
  if (visible_) {
    std::vector<std::uint64_t> ids;
    for (const auto& hit : hits.hits) ids.push_back(hit.id);
    GUIYI_TRY(auto seen, visible_(ids));
    std::erase_if(hits.hits, [&](const search::CandidateHit& hit) {
      return !std::binary_search(seen.begin(), seen.end(), hit.id);
    });
  }
  Found found;
  found.bounded = hits.bounded || hits.hits.size() > most;
  if (hits.hits.size() > most) hits.hits.resize(most);
  for (const auto& hit : hits.hits)
    found.candidates.push_back({hit.id, hit.shared_shingles, hit.shared_keys, hit.score});
  return found;
}

namespace {

/// An intake whose payload ended with its retention has no profile: it compares as one about which nothing is known.
petition::Result<dedup::Profile> OrNothing(petition::Result<dedup::Profile> profile) {
  if (!profile.ok() && profile.error().code == petition::Code::kNotFound) return dedup::Profile{};
  return profile;
}

}  // namespace

petition::Result<dedup::Profile> FoldingHistory::ProfileOf(std::uint64_t index) const {
  return OrNothing(transaction_.ProfileOf(index));
}

bool FoldingHistory::ToldApart(std::uint64_t one, std::uint64_t other) const {
  if (one == dedup::kNoSelf) return false;
  if (!asked_ || asked_->first != one) asked_ = {one, transaction_.AnyToldApart(one)};
  return asked_->second && transaction_.ToldApart(one, other);
}

petition::Result<dedup::Profile> CommittedHistory::ProfileOf(std::uint64_t index) const {
  return OrNothing(book_.ProfileOf(index));
}

petition::Result<dedup::CaseFacts> CommittedHistory::CaseOf(std::uint64_t index) const {
  GUIYI_TRY(auto facts, book_.FactsOf(index));
  if (facts.members.size() > 1) {
    GUIYI_TRY(facts.members, book_.InScope(facts.members, scope_));
  }
  return facts;
}

bool CommittedHistory::ToldApart(std::uint64_t one, std::uint64_t other) const {
  return one != dedup::kNoSelf && book_.ToldApart(one, other);
}

}  // namespace gateway
