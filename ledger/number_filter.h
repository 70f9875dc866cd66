// A NumberFilter tells from memory that a source has not used a number yet, so that the store need not be asked for
// what is new, which is nearly everything: a Bloom filter (one cache line a number, six bits of it) that grows in parts
// and may say "perhaps" of what is new, never "new" of what was added. Until it holds all that the store had at the
// start it says "perhaps" to everything, and again when it would grow beyond its bound.
//
// Threads: MayHold from any thread, without waiting; the others from any thread, one after another. What was added
// before somebody learned of it (through a lock, an atomic) is found by them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

namespace ledger {

class NumberFilter {
 public:
  /// `bytes_max`: of memory; 64 MiB hold some 30 million numbers.
  explicit NumberFilter(std::size_t bytes_max = 64u << 20) : bytes_max_(bytes_max) {}

  void Add(std::string_view source, std::string_view number);
  /// From now on what was not added is new.
  void Complete() { complete_.store(true, std::memory_order_release); }
  /// Somebody else appends too: nothing is sure any more.
  void GiveUp() { given_up_.store(true, std::memory_order_release); }

  bool MayHold(std::string_view source, std::string_view number) const;
  /// Whether MayHold can say "new".
  bool useful() const {
    return complete_.load(std::memory_order_acquire) && !given_up_.load(std::memory_order_acquire);
  }

 private:
  using Block = std::array<std::atomic<std::uint64_t>, 8>;  // 512 bits
  struct Part {
    std::unique_ptr<Block[]> blocks;
    std::size_t count = 0;
    std::size_t numbers_left = 0;  // guarded by mutex_
  };
  struct Hash {
    std::uint64_t place, bits;
  };
  static Hash HashOf(std::string_view source, std::string_view number);
  static bool Holds(const Part& part, const Hash& hash);
  bool Grow();

  static constexpr std::size_t kFirstBlocks = 1u << 11;  // 128 KiB: 81,920 numbers
  static constexpr std::size_t kNumbersPerBlock = 40;    // one in some 400 new ones is a "perhaps" then
  static constexpr std::size_t kPartsMax = 20;           // each twice as large as the one before

  const std::size_t bytes_max_;
  std::atomic<bool> complete_{false}, given_up_{false};
  std::atomic<std::size_t> parts_used_{0};
  std::array<Part, kPartsMax> parts_;  // those below parts_used_ don't move

  std::mutex mutex_;
  std::size_t bytes_ = 0;  // guarded by mutex_
};

}  // namespace ledger
