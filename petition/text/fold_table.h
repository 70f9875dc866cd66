// The folding of single code points, worked out once from ICU's data: what fold.cc looks up for each character.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace petition::text {

/// One code point folded. Exactly one of the kinds; `kOne` is the common case.
class FoldTable {
 public:
  enum Kind : std::uint32_t {
    kOne = 0,      ///< becomes the code point in value()
    kDrop = 1,     ///< says nothing: format characters, variation selectors, other controls
    kSpace = 2,    ///< white space
    kNewline = 3,  ///< white space that ends a line
    kSeveral = 4,  ///< becomes several code points
    kCombines = 5  ///< may combine with what stands before it: the whole text needs ICU's NFKC first
  };

  /// Built at the first call, about 70 ms; safe from any thread.
  static const FoldTable& Get();

  Kind KindOf(char32_t c) const { return c < kBmp ? static_cast<Kind>(entries_[c] >> 24) : kSeveral; }
  char32_t One(char32_t c) const { return entries_[c] & 0x1FFFFF; }
  /// Of a code point of kind kSeveral; empty when it is dropped.
  std::u32string Several(char32_t c) const;
  /// Letters, ideographs and digits of folded text.
  bool IsLetter(char32_t c) const;

 private:
  static constexpr char32_t kBmp = 0x10000;
  static constexpr std::uint32_t kLetterBit = 1u << 21;

  FoldTable();
  char32_t FoldOne(char32_t c) const;

  std::vector<std::uint32_t> entries_;  // kind << 24 | letter bit | value; for kSeveral the value counts in several_
  std::vector<std::u32string> several_;
  std::vector<char32_t> simplified_;  // of BMP code points, identity where there is none
};

}  // namespace petition::text
