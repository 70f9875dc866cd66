#include "search/overlay.h"

#include <algorithm>
#include <iterator>

namespace search {

TermPostings::TermPostings() {
  for (Part& part : parts_) part.documents.max_load_factor(0.8F);  // half the memory of 0.5, and as quickly found
}

void TermPostings::Add(std::uint64_t term, std::uint32_t document) {
  Part& part = parts_[PartOf(term)];
  const auto [at, is_new] = part.documents.try_emplace(term, Documents{document, 0});
  if (is_new) return;
  Documents& documents = at.value();
  if (documents.several == 0) {
    part.lists.push_back({documents.only});
    documents.several = static_cast<std::uint32_t>(part.lists.size());
  }
  auto& list = part.lists[documents.several - 1];
  list.insert(std::lower_bound(list.begin(), list.end(), document), document);
}

void TermPostings::Remove(std::uint64_t term, std::uint32_t document) {
  Part& part = parts_[PartOf(term)];
  const auto at = part.documents.find(term);
  if (at == part.documents.end()) return;
  if (at->second.several == 0) {
    if (at->second.only == document) part.documents.erase(at);
  } else {
    std::erase(part.lists[at->second.several - 1], document);
  }
}

std::span<const std::uint32_t> TermPostings::Of(std::uint64_t term) const {
  const Part& part = parts_[PartOf(term)];
  const auto at = part.documents.find(term);
  if (at == part.documents.end()) return {};
  const Documents& documents = at->second;
  if (documents.several == 0) return {&documents.only, 1};
  return part.lists[documents.several - 1];
}

void Overlay::Put(std::uint32_t document, std::vector<std::uint64_t> distinct_terms) {
  if (document <= newest_) ++disturbed_;
  newest_ = std::max(newest_, document);
  auto& terms = fresh_.terms[document];
  for (const std::uint64_t term : terms) fresh_.postings.Remove(term, document);
  terms = std::move(distinct_terms);
  for (const std::uint64_t term : terms) fresh_.postings.Add(term, document);
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
  const auto documents = fresh_.postings.Of(term);
  return documents.empty() || documents.back() <= then.newest;
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
    if (const auto added = layer->postings.Of(term); !added.empty()) {
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
    added += CountBeyond(layer->postings.Of(term), layer->hidden, through);
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
