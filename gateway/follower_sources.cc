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
  if (visible_) GUIYI_CHECK(LeaveVisible(hits.hits, most));
  Found found;
  found.bounded = hits.bounded || hits.hits.size() > most;
  if (hits.hits.size() > most) hits.hits.resize(most);
  for (const auto& hit : hits.hits)
    found.candidates.push_back({hit.id, hit.shared_shingles, hit.shared_keys, hit.score});
  return found;
}

/// The best that may be seen, `most` and few more: they are asked about in turn, since each costs a row read somewhere.
petition::Status IndexSource::LeaveVisible(std::vector<search::CandidateHit>& hits, std::size_t most) const {
  std::vector<search::CandidateHit> visible;
  for (std::size_t from = 0; from < hits.size() && visible.size() < most; from += most) {
    const std::size_t to = std::min(from + most, hits.size());
    std::vector<std::uint64_t> ids;
    for (std::size_t at = from; at < to; ++at) ids.push_back(hits[at].id);
    GUIYI_TRY(const auto seen, visible_(ids));
    for (std::size_t at = from; at < to; ++at)
      if (std::binary_search(seen.begin(), seen.end(), hits[at].id)) visible.push_back(hits[at]);
  }
  hits = std::move(visible);
  return petition::Ok();
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
