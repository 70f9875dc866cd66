// RecentIntakes remembers the keys of the last intakes, so that the writer can tell without a query what came under a
// number since its sender looked. Belongs to the writer thread. Bounded by count and bytes; nothing of it is durable.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ledger/ledger.h"

namespace ledger {

class RecentIntakes {
 public:
  struct Bounds {
    std::size_t rows_max = 16'384;
    std::size_t bytes_max = 16u << 20;  ///< of keys
  };

  /// `size`: of the ledger; nothing before it is remembered.
  explicit RecentIntakes(std::uint64_t size) : RecentIntakes(size, Bounds()) {}
  RecentIntakes(std::uint64_t size, Bounds bounds) : bounds_(bounds), first_(size) {}

  /// Every intake with a number, from this index on, is remembered.
  std::uint64_t first() const { return first_; }
  /// In ascending order; those without a number of their source are passed over.
  void Add(std::uint64_t index, const IntakeKey& key);
  /// Drops what a batch added that was not stored.
  void ForgetFrom(std::uint64_t index);
  /// Somebody else appended: what they did is not known here.
  void Restart(std::uint64_t size);
  /// Drops the oldest beyond the bounds. Only between batches: what is being composed must all be found.
  void Trim();

  /// Those at `from` or later, oldest first. Valid until the next change.
  std::vector<const KnownIntake*> Find(std::string_view source, std::string_view external_id, std::uint64_t from) const;

 private:
  struct Row {
    KnownIntake intake;
    std::size_t number;     // hash of source and number
    std::uint64_t earlier;  // place of the one before it with that hash; kNone: there is none
  };
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  static std::size_t Bytes(const KnownIntake& intake);
  static std::size_t Number(std::string_view source, std::string_view external_id);
  const Row& At(std::uint64_t place) const { return rows_[place - first_place_]; }

  const Bounds bounds_;
  std::uint64_t first_;
  // A row keeps its place (a count of all rows ever added) while rows come and go at both ends; one that is gone has a
  // place before the first.
  std::deque<Row> rows_;  // ascending; references stay valid while both ends change
  std::uint64_t first_place_ = 0;
  std::unordered_map<std::size_t, std::uint64_t> newest_;  // by hash: the place of the last one
  std::size_t bytes_ = 0;
};

}  // namespace ledger
