// A WordSet is a fixed list of words with tags that a text can be looked through with in one pass. Immutable after
// construction; safe from any thread. The words are string literals or otherwise outlive it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace petition::text {

class WordSet {
 public:
  /// Words of one tag, separated by blanks; they begin with characters of the basic plane.
  struct Group {
    int tag;
    std::string_view words;
  };
  struct Word {
    std::string_view text;
    int tag = 0;
  };

  WordSet(std::initializer_list<Group> groups);

  /// The longest word that begins at `at`, or nullptr. `at` stands at the start of a character.
  const Word* LongestAt(std::string_view text, std::size_t at) const;

 private:
  static std::uint32_t CodePoint(std::string_view text, std::size_t at);

  std::vector<std::uint16_t> begins_;     // by first character: place in words_ plus one, 0 where none begins
  std::vector<std::vector<Word>> words_;  // of one first character, longest first
};

/// Bytes of the character at `at` of valid UTF-8; 1 for a stray byte.
std::size_t CharWidth(std::string_view utf8, std::size_t at);

}  // namespace petition::text
