#include "search/overlay.h"

#include <algorithm>
#include <iterator>

namespace search {

void Overlay::Put(std::uint32_t document, std::vector<std::uint64_t> distinct_terms) {
  if (document <= newest_) ++disturbed_;
  newest_ = std::max(newest_, document);
  auto& terms = fresh_.terms[document];
  for (const std::uint64_t term : terms) {
    auto& list = fresh_.postings[term];
    list.erase(std::lower_bound(list.begin(), list.end(), document));
  }
  terms = std::move(distinct_terms);
  for (const std::uint64_t term : terms) {
    auto& list = fresh_.postings[term];
    list.insert(std::lower_bound(list.begin(), list.end(), document), document);
  }
}

void Overlay::Hide(std::uint32_t document, std::span<const std::uint64_t> committed_terms) {
  ++disturbed_;
  auto& hidden = fresh_.hidden;
  hidden.insert(std::lower_bound(hidden.begin(), hidden.end(), document), document);
  for (const std::uint64_t term : committed_terms) ++fresh_.hidden_counts[term];
}

void Overlay::Freeze() {
  ++disturbed_;
  std::swap(fresh_, frozen_);
}

bool Overlay::HasNothingSince(const Moment& then, std::uint64_t term) const {
  const auto found = fresh_.postings.find(term);
  return found == fresh_.postings.end() || found->second.empty() || found->second.back() <= then.newest;
}

Overlay::Layer Overlay::DropFrozen() {
  ++epoch_;
  return std::exchange(frozen_, {});
}

void Overlay::Clear() {
  fresh_ = {};
  (void)DropFrozen();
}

Overlay::Postings Overlay::Of(std::uint64_t term) const {
  Postings out;
  for (const Layer* layer : {&frozen_, &fresh_}) {
    if (const auto found = layer->postings.find(term); found != layer->postings.end()) {
      const auto& added = found->second;
      const auto middle = out.documents.insert(out.documents.end(), added.begin(), added.end());
      // A replaced document can be lower than those that were frozen before it.
      std::inplace_merge(out.documents.begin(), middle, out.documents.end());
    }
    if (const auto found = layer->hidden_counts.find(term); found != layer->hidden_counts.end())
      out.hidden += found->second;
  }
  return out;
}

std::pair<std::uint64_t, std::uint64_t> Overlay::CountOf(std::uint64_t term, std::uint32_t through) const {
  std::uint64_t added = 0, taken = 0;
  for (const Layer* layer : {&frozen_, &fresh_}) {
    if (const auto found = layer->postings.find(term); found != layer->postings.end())
      added += CountBeyond(found->second, layer->hidden, through);
    if (const auto found = layer->hidden_counts.find(term); found != layer->hidden_counts.end()) taken += found->second;
  }
  return {added, taken};
}

std::vector<std::uint32_t> Overlay::hidden() const {
  std::vector<std::uint32_t> all;
  std::set_union(frozen_.hidden.begin(), frozen_.hidden.end(), fresh_.hidden.begin(), fresh_.hidden.end(),
                 std::back_inserter(all));
  return all;
}

std::uint64_t CountBeyond(std::span<const std::uint32_t> documents, std::span<const std::uint32_t> hidden,
                          std::uint32_t through) {
  const auto beyond = std::upper_bound(documents.begin(), documents.end(), through);
  return static_cast<std::uint64_t>(documents.end() - beyond) +
         static_cast<std::uint64_t>(std::count_if(documents.begin(), beyond, [&](std::uint32_t document) {
           return std::binary_search(hidden.begin(), hidden.end(), document);
         }));
}

}  // namespace search
