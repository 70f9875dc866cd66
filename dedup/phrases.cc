#include "dedup/phrases.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace dedup {

Phrases::Phrases(std::vector<std::u32string> words)
    : words_(std::move(words)), order_(words_.size()), slots_(std::bit_ceil(2 * words_.size() + 2)) {
  std::iota(order_.begin(), order_.end(), 0u);
  const auto pair = [this](std::uint32_t index) {
    const auto& word = words_[index];
    return PairOf(word[0], word.size() > 1 ? word[1] : 0);
  };
  std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return pair(a) < pair(b); });
  for (std::uint32_t begin = 0, end = 0; begin < order_.size(); begin = end) {
    const std::uint64_t both = pair(order_[begin]);
    while (end < order_.size() && pair(order_[end]) == both) ++end;
    slots_[PlaceOf(both)] = {both, begin, end};
    const std::size_t bit = HashOf(both) % (64 * maybe_.size());
    maybe_[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
}

std::size_t Phrases::PlaceOf(std::uint64_t pair) const {
  std::size_t at = HashOf(pair) & (slots_.size() - 1);
  while (slots_[at].begin != slots_[at].end && slots_[at].pair != pair) at = (at + 1) & (slots_.size() - 1);
  return at;
}

}  // namespace dedup
