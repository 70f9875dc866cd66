#include "search/term_filter.h"

namespace search {
namespace {

constexpr std::size_t kFirstCapacity = std::size_t{1} << 18, kGrowth = 4;
constexpr std::size_t kBitsPerTerm = 10;
// A term's bits lie in one cache line, so that asking costs one access.
constexpr std::size_t kBlockWords = 8, kBlockBits = kBlockWords * 64;
constexpr unsigned kProbes = 6, kProbeBits = 9;  // 2^9 bits a block

// Terms are hashes, but cut: their low bits are zero.
std::uint64_t Mix(std::uint64_t term) {
  term ^= term >> 32;
  term *= 0xD6E8FEB86659FD93u;
  term ^= term >> 32;
  return term * 0xD6E8FEB86659FD93u;
}

// Calls visit(word, bit) for each probe of a block.
template <typename Visit>
void ForEachProbe(std::uint64_t mixed, Visit visit) {
  std::uint64_t bits = mixed * 0x9E3779B97F4A7C15u;
  for (unsigned i = 0; i < kProbes; ++i, bits >>= kProbeBits) {
    const std::uint64_t at = bits % kBlockBits;
    visit(at / 64, std::uint64_t{1} << at % 64);
  }
}

}  // namespace

TermFilter::Layer::Layer(std::size_t its_capacity)
    : capacity(its_capacity), words((its_capacity * kBitsPerTerm / kBlockBits + 1) * kBlockWords) {}

std::size_t TermFilter::Layer::BlockOf(std::uint64_t mixed) const {
  return (mixed >> 16) % (words.size() / kBlockWords) * kBlockWords;
}

bool TermFilter::Layer::Holds(std::uint64_t mixed) const {
  const std::size_t block = BlockOf(mixed);
  bool all = true;
  ForEachProbe(mixed, [&](std::size_t word, std::uint64_t bit) {
    all = all && (words[block + word].load(std::memory_order_relaxed) & bit) != 0;
  });
  return all;
}

void TermFilter::Layer::Insert(std::uint64_t mixed) {
  const std::size_t block = BlockOf(mixed);
  ForEachProbe(mixed, [&](std::size_t word, std::uint64_t bit) {
    words[block + word].fetch_or(bit, std::memory_order_relaxed);
  });
}

TermFilter::TermFilter() {
  layers_[0] = std::make_unique<Layer>(kFirstCapacity);
  count_ = 1;
}

void TermFilter::WillAsk(std::uint64_t term) const {
  const std::uint64_t mixed = Mix(term);
  for (std::size_t at = count_.load(std::memory_order_acquire); at-- > 0;)
    __builtin_prefetch(&layers_[at]->words[layers_[at]->BlockOf(mixed)]);
}

bool TermFilter::Holds(std::uint64_t term) const {
  const std::uint64_t mixed = Mix(term);
  for (std::size_t at = count_.load(std::memory_order_acquire); at-- > 0;) {
    if (layers_[at]->Holds(mixed)) return true;
  }
  return false;
}

void TermFilter::Insert(std::uint64_t term) {
  if (Holds(term)) return;
  const std::size_t count = count_.load(std::memory_order_acquire);
  Layer& last = *layers_[count - 1];
  last.Insert(Mix(term));
  if (last.used.fetch_add(1, std::memory_order_relaxed) >= last.capacity) Grow(count);
}

void TermFilter::Grow(std::size_t from) {
  const std::lock_guard lock(growing_);
  const std::size_t count = count_.load(std::memory_order_acquire);
  if (count != from || count == kLayersMax) return;  // grown meanwhile; or so full that it says yes more and more often
  layers_[count] = std::make_unique<Layer>(layers_[count - 1]->capacity * kGrowth);
  count_.store(count + 1, std::memory_order_release);
}

}  // namespace search
