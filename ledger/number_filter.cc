#include "ledger/number_filter.h"

#include <functional>

namespace ledger {
namespace {

constexpr int kBitsEach = 6;

// The finalizer of SplitMix64: every bit of the input reaches every bit of the output.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

NumberFilter::Hash NumberFilter::HashOf(std::string_view source, std::string_view number) {
  const std::hash<std::string_view> hash;
  const std::uint64_t both = Mix(hash(source) + 0x9e3779b97f4a7c15u) ^ hash(number);
  return {Mix(both), Mix(both + 0x9e3779b97f4a7c15u)};
}

bool NumberFilter::Holds(const Part& part, const Hash& hash) {
  const Block& block = part.blocks[hash.place & (part.count - 1)];
  for (int i = 0; i < kBitsEach; ++i) {
    const auto bit = hash.bits >> (9 * i) & 511;
    if ((block[bit / 64].load(std::memory_order_relaxed) >> (bit % 64) & 1) == 0) return false;
  }
  return true;
}

bool NumberFilter::MayHold(std::string_view source, std::string_view number) const {
  if (!useful()) return true;
  const Hash hash = HashOf(source, number);
  const std::size_t used = parts_used_.load(std::memory_order_acquire);
  for (std::size_t i = used; i-- > 0;) {
    if (Holds(parts_[i], hash)) return true;
  }
  return false;
}

bool NumberFilter::Grow() {
  const std::size_t used = parts_used_.load(std::memory_order_relaxed);
  if (used == kPartsMax) return false;
  Part& part = parts_[used];
  const std::size_t count = kFirstBlocks << used;
  if (bytes_ + count * sizeof(Block) > bytes_max_) return false;
  bytes_ += count * sizeof(Block);
  part.blocks = std::make_unique<Block[]>(count);
  part.count = count;
  part.numbers_left = count * kNumbersPerBlock;
  parts_used_.store(used + 1, std::memory_order_release);
  return true;
}

void NumberFilter::Add(std::string_view source, std::string_view number) {
  const Hash hash = HashOf(source, number);
  const std::lock_guard lock(mutex_);
  if (given_up_.load(std::memory_order_relaxed)) return;
  const std::size_t used = parts_used_.load(std::memory_order_relaxed);
  for (std::size_t i = used; i-- > 0;) {
    if (Holds(parts_[i], hash)) return;
  }
  if ((used == 0 || parts_[used - 1].numbers_left == 0) && !Grow()) return GiveUp();
  Part& part = parts_[parts_used_.load(std::memory_order_relaxed) - 1];
  --part.numbers_left;
  Block& block = part.blocks[hash.place & (part.count - 1)];
  for (int i = 0; i < kBitsEach; ++i) {
    const auto bit = hash.bits >> (9 * i) & 511;
    block[bit / 64].fetch_or(std::uint64_t{1} << (bit % 64), std::memory_order_relaxed);
  }
}

}  // namespace ledger
