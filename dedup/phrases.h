// Phrases finds many words in a text in one pass: what begins at a letter is looked up by its first two letters, and
// most letters of a text begin none of the words, which a small table of bits says. All words that stand at a letter
// are met; for the longest one alone, in UTF-8, there is petition::text::WordSet. Immutable; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dedup {

class Phrases {
 public:
  /// `words`: none empty; one that comes twice is met twice.
  explicit Phrases(std::vector<std::u32string> words);

  /// Calls visit(word) for each word that stands at `at`, by its place in the list.
  template <typename Visit>
  void EachAt(std::u32string_view text, std::size_t at, Visit visit) const {
    VisitAll(text, at, PairOf(text[at], 0), visit);
    if (at + 1 < text.size()) VisitAll(text, at, PairOf(text[at], text[at + 1]), visit);
  }
  const std::u32string& word(std::size_t index) const { return words_[index]; }
  std::size_t size() const { return words_.size(); }

 private:
  struct Slot {
    std::uint64_t pair = 0;
    std::uint32_t begin = 0, end = 0;  ///< of order_; equal: an empty slot
  };
  /// The first two letters of a word; 0 as the second one of a word of one letter.
  static std::uint64_t PairOf(char32_t first, char32_t second) {
    return static_cast<std::uint64_t>(first) << 32 | second;
  }
  static std::size_t HashOf(std::uint64_t pair) { return static_cast<std::size_t>((pair * 0x9E3779B97F4A7C15u) >> 40); }
  std::size_t PlaceOf(std::uint64_t pair) const;

  template <typename Visit>
  void VisitAll(std::u32string_view text, std::size_t at, std::uint64_t pair, Visit visit) const {
    const std::size_t bit = HashOf(pair) % (64 * maybe_.size());
    if ((maybe_[bit / 64] >> (bit % 64) & 1) == 0) return;
    const Slot& slot = slots_[PlaceOf(pair)];
    for (std::uint32_t i = slot.begin; i < slot.end; ++i)
      if (text.substr(at).starts_with(words_[order_[i]])) visit(std::size_t{order_[i]});
  }

  const std::vector<std::u32string> words_;
  std::vector<std::uint32_t> order_;        // of words_, those of equal beginnings together
  std::vector<Slot> slots_;                 // open addressing, a power of two, at most half full
  std::array<std::uint64_t, 512> maybe_{};  // which beginnings there are, by hash
};

}  // namespace dedup
