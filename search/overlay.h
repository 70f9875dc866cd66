// An Overlay holds the terms of documents that were added and are not committed yet, so that they are found without a
// commit, in two layers: those that are being committed (frozen) and those added since.
// Not thread-safe: its owner locks it.
#pragma once

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace search {

/// The documents of many terms, most of which have but one. In parts, so that none takes long to grow: its owner holds
/// a lock meanwhile.
class TermPostings {
 public:
  TermPostings();
  void Add(std::uint64_t term, std::uint32_t document);  ///< which it does not have
  void Remove(std::uint64_t term, std::uint32_t document);
  std::span<const std::uint32_t> Of(std::uint64_t term) const;  ///< ascending; until something changes

 private:
  struct Documents {
    std::uint32_t only = 0;
    std::uint32_t several = 0;  ///< if not zero: where they are in the part's lists, plus one
  };
  struct Hash {  // a term's low bits are zero, its high ones say which part it is in
    std::size_t operator()(std::uint64_t term) const { return static_cast<std::size_t>(term >> 16); }
  };
  struct Part {
    tsl::robin_map<std::uint64_t, Documents, Hash> documents;
    std::vector<std::vector<std::uint32_t>> lists;
  };
  static std::size_t PartOf(std::uint64_t term) { return static_cast<std::size_t>(term >> 58); }

  std::array<Part, 64> parts_;
};

class Overlay {
 public:
  /// What it adds to one term of the committed index.
  struct Postings {
    std::vector<std::uint32_t> documents;  ///< ascending
    std::uint32_t hidden = 0;              ///< committed postings of documents that were replaced since
  };
  using Terms = std::unordered_map<std::uint32_t, std::vector<std::uint64_t>>;  ///< of each document
  /// What is held of some documents.
  struct Layer {
    TermPostings postings;
    Terms terms;
    std::vector<std::uint32_t> hidden;
    std::unordered_map<std::uint64_t, std::uint32_t> hidden_counts;
  };

  /// Adds a document that is not frozen, or replaces its version held here.
  void Put(std::uint32_t document, std::vector<std::uint64_t> distinct_terms);
  bool Holds(std::uint32_t document) const { return fresh_.terms.contains(document) || IsFrozen(document); }
  bool IsFrozen(std::uint32_t document) const { return frozen_.terms.contains(document); }
  /// From now on the committed version of `document`, with these terms, counts no more. Once a document.
  void Hide(std::uint32_t document, std::span<const std::uint64_t> committed_terms);

  /// What was added is about to be committed. Nothing must be frozen.
  void Freeze();
  const Terms& frozen() const { return frozen_.terms; }
  Layer DropFrozen();  ///< it is committed; freeing it takes a while
  void Clear();

  Postings Of(std::uint64_t term) const;
  /// How many documents it adds to one term of a committed index whose highest document is `through`, and how many it
  /// takes away. What stands in both (a commit is just done) is not added.
  std::pair<std::uint64_t, std::uint64_t> CountOf(std::uint64_t term, std::uint32_t through) const;
  std::vector<std::uint32_t> hidden() const;  ///< ascending
  /// Changes when a commit took something out: what was read of the committed index before is to be read again.
  std::uint64_t epoch() const { return epoch_; }
  /// What stood here at some time, for whoever asks later whether anything has come.
  struct Moment {
    std::uint64_t epoch = 0, disturbed = 0;
    std::uint32_t newest = 0;
  };
  Moment Now() const { return {epoch_, disturbed_, newest_}; }
  /// Nothing was frozen, committed, hidden or replaced since: whatever has come is newer than all that stood here.
  bool StandsAs(const Moment& then) const { return epoch_ == then.epoch && disturbed_ == then.disturbed; }
  /// Whether, besides, nothing with that term has come.
  bool HasNothingSince(const Moment& then, std::uint64_t term) const;
  std::size_t size() const { return fresh_.terms.size() + frozen_.terms.size(); }

 private:
  Layer fresh_, frozen_;
  std::uint64_t epoch_ = 0, disturbed_ = 0;
  std::uint32_t newest_ = 0;  // ever put
};

/// Of those documents, how many a committed index up to `through` has not: newer ones, and those that replace a hidden
/// one.
std::uint64_t CountBeyond(std::span<const std::uint32_t> documents, std::span<const std::uint32_t> hidden,
                          std::uint32_t through);

}  // namespace search
