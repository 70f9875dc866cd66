// A TermFilter says which terms surely stand in no document. Most of what a new submission asks for is new, and asking
// the files for what is not there costs as much as for what is. A Bloom filter (Bloom 1970) in layers that grow
// (Almeida, Baquero, Preguica, Hutchison: Scalable Bloom Filters, 2007).
// Threads: all of it from any thread. Kept in memory only: whoever opens an index inserts its terms and then says so;
// until then every term may stand somewhere.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace search {

class TermFilter {
 public:
  TermFilter();
  void Insert(std::uint64_t term);
  void SayFilled() { filled_ = true; }
  /// Begins to fetch what Insert and MayHold of it will read; who has many terms says so of all of them first.
  void WillAsk(std::uint64_t term) const;
  /// False: it stands in no document. True now and then of one that does not, either.
  bool MayHold(std::uint64_t term) const { return !filled_.load(std::memory_order_acquire) || Holds(term); }

 private:
  struct Layer {
    explicit Layer(std::size_t capacity);
    bool Holds(std::uint64_t mixed) const;
    void Insert(std::uint64_t mixed);
    std::size_t BlockOf(std::uint64_t mixed) const;

    const std::size_t capacity;
    std::vector<std::atomic<std::uint64_t>> words;
    std::atomic<std::size_t> used{0};
  };
  bool Holds(std::uint64_t term) const;
  void Grow(std::size_t from);

  static constexpr std::size_t kLayersMax = 9;
  std::array<std::unique_ptr<Layer>, kLayersMax> layers_;
  std::atomic<std::size_t> count_{0};  ///< of layers_, which are never changed once counted
  std::atomic<bool> filled_{false};
  std::mutex growing_;
};

}  // namespace search
