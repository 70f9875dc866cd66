#include "search/overlay.h"

#include <algorithm>

namespace search {

void Overlay::Put(std::uint32_t document, std::vector<std::uint64_t> distinct_terms) {
  auto& terms = terms_[document];
  for (const std::uint64_t term : terms) {
    auto& list = postings_[term];
    list.erase(std::lower_bound(list.begin(), list.end(), document));
  }
  terms = std::move(distinct_terms);
  for (const std::uint64_t term : terms) {
    auto& list = postings_[term];
    list.insert(std::lower_bound(list.begin(), list.end(), document), document);
  }
}

void Overlay::Hide(std::uint32_t document, std::span<const std::uint64_t> committed_terms) {
  hidden_.insert(std::lower_bound(hidden_.begin(), hidden_.end(), document), document);
  for (const std::uint64_t term : committed_terms) ++hidden_counts_[term];
}

void Overlay::Clear() {
  postings_.clear();
  terms_.clear();
  hidden_.clear();
  hidden_counts_.clear();
}

Overlay::Postings Overlay::Of(std::uint64_t term) const {
  Postings out;
  if (const auto found = postings_.find(term); found != postings_.end()) out.documents = found->second;
  if (const auto found = hidden_counts_.find(term); found != hidden_counts_.end()) out.hidden = found->second;
  return out;
}

std::pair<std::uint64_t, std::uint64_t> Overlay::CountOf(std::uint64_t term) const {
  const auto documents = postings_.find(term);
  const auto hidden = hidden_counts_.find(term);
  return {documents == postings_.end() ? 0 : documents->second.size(),
          hidden == hidden_counts_.end() ? 0 : hidden->second};
}

}  // namespace search
