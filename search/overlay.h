// An Overlay holds the terms of documents that were added since the last commit, so that they are found without one.
// Not thread-safe: its owner locks it.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace search {

class Overlay {
 public:
  /// What it adds to one term of the committed index.
  struct Postings {
    std::vector<std::uint32_t> documents;  ///< ascending
    std::uint32_t hidden = 0;              ///< committed postings of documents that were replaced since
  };

  /// Adds a document, or replaces its version held here.
  void Put(std::uint32_t document, std::vector<std::uint64_t> distinct_terms);
  bool Holds(std::uint32_t document) const { return terms_.contains(document); }
  /// From now on the committed version of `document`, with these terms, counts no more. Once a document.
  void Hide(std::uint32_t document, std::span<const std::uint64_t> committed_terms);
  void Clear();

  Postings Of(std::uint64_t term) const;
  /// How many documents Of has, and how many are hidden, without copying them.
  std::pair<std::uint64_t, std::uint64_t> CountOf(std::uint64_t term) const;
  const std::vector<std::uint32_t>& hidden() const { return hidden_; }  ///< ascending
  std::size_t size() const { return terms_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> postings_;
  std::unordered_map<std::uint32_t, std::vector<std::uint64_t>> terms_;
  std::vector<std::uint32_t> hidden_;
  std::unordered_map<std::uint64_t, std::uint32_t> hidden_counts_;
};

}  // namespace search
