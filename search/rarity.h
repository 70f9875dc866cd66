// How common shingles are: a RarityTable counts in how many texts each stood, in a fixed number of hashed counters; a
// Rarity learns such tables from the documents in order and says which one is in use. The table in use changes only
// after 256, 512, 1024 ... documents (epochs), so that the same documents in the same order always use the same table,
// whatever the commits and restarts between.
//
// Epochs lie ever further apart while the documents learned between two stay 65,536 (later ones are sampled by their
// number), and counts are halved at each: the table follows the language of the last epochs at a bounded cost. Plain
// data, no locks: Rarity belongs to the writer; tables in use are immutable and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace search {

/// Counters that begin at zero, in blocks. A block in which nothing was counted is neither read nor copied, and takes
/// no memory; before the first count there is none at all: a young table costs next to nothing.
class RarityCounts {
 public:
  static constexpr std::size_t kBlock = 256;

  explicit RarityCounts(std::size_t size);  ///< a multiple of kBlock
  RarityCounts(const RarityCounts& other);
  RarityCounts& operator=(const RarityCounts& other);
  RarityCounts(RarityCounts&&) noexcept = default;
  RarityCounts& operator=(RarityCounts&&) noexcept = default;

  std::size_t size() const { return size_; }
  std::uint16_t operator[](std::size_t at) const { return counts_ ? counts_.get()[at] : 0; }
  std::uint16_t& Count(std::size_t at) {
    if (!counts_) Allocate();
    touched_[at / kBlock] = true;
    return counts_.get()[at];
  }
  bool Touched(std::size_t at) const { return touched_[at / kBlock]; }

 private:
  struct Free {
    void operator()(std::uint16_t* counts) const;
  };
  void Allocate();

  std::size_t size_;
  std::vector<bool> touched_;
  std::unique_ptr<std::uint16_t, Free> counts_;
};

class RarityTable {
 public:
  static constexpr unsigned kSlotsLog2 =
      22;  ///< 8 MiB: at most some 3 strays a counter from the rare shingles of 131,072 texts
  static constexpr unsigned kClasses = 15;

  RarityTable() : counts_(std::size_t{1} << kSlotsLog2) {}

  void Learn(std::span<const std::uint64_t> distinct_shingles);
  void Halve();
  std::uint64_t documents() const { return documents_; }

  /// 0: in fewer than about one text of 8,192, or not yet known to be in more; each further class is twice as common.
  unsigned ClassOf(std::uint64_t shingle) const;

  /// Counters that are not zero, as gaps and counts; a few hundred bytes for a small table.
  std::string Encode() const;
  static petition::Result<RarityTable> Decode(std::string_view bytes);

 private:
  RarityCounts counts_;  // saturating
  std::uint64_t documents_ = 0;
};

/// The table in use with its hash, computed once.
struct RarityInUse {
  RarityTable table;
  std::uint64_t epoch = 0;  ///< the document count it was taken at
  ledger::Hash hash{};
  std::string encoded;  ///< what the hash is of; what is stored
};

class Rarity {
 public:
  Rarity();

  /// Before a document is added: steps to the next table when its count has been reached.
  void StepEpoch();
  /// A new document's shingles, once per document, in order.
  void Learn(std::span<const std::uint64_t> distinct_shingles);

  const std::shared_ptr<const RarityInUse>& in_use() const { return in_use_; }
  std::uint64_t documents() const { return documents_; }

  /// What has to be stored to go on exactly here, for whoever stores it while this one learns on: the table being
  /// learned (changed() since the last such copy), and in_use().
  Rarity Copy();
  bool changed() const { return changed_; }
  std::string EncodeLearning() const { return learning_.Encode(); }
  static petition::Result<Rarity> Restore(std::uint64_t documents, std::string_view learning, std::uint64_t epoch,
                                          std::string_view in_use);

 private:
  std::uint64_t documents_ = 0;
  RarityTable learning_;
  bool changed_ = false;
  std::shared_ptr<const RarityInUse> in_use_;
};

}  // namespace search
