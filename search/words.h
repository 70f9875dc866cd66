// Words of a text as the full-text index sees them: a sequence of elements (one ideograph, or one run of letters or
// digits), of which single ones and neighbouring pairs become terms. Any two ideographs or more that stand together in
// a text are thus found, whatever a dictionary thinks of them; the dictionary (ICU) is asked only where a query is cut
// into words. Pure functions; safe from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace search {

struct Element {
  std::string text;                ///< folded, UTF-8
  bool ideograph = false;          ///< or another character that stands for itself
  bool joined = false;             ///< stands beside the one before: nothing, or only white space, between them
  std::size_t begin = 0, end = 0;  ///< bytes of the text as it came, when asked for
};

/// Of folded text; offsets are of the folded text.
std::vector<Element> ElementsOfFolded(std::string_view folded, std::size_t elements_max);
/// Of text as it came, folded character by character, with offsets into it.
std::vector<Element> ElementsWithOffsets(std::string_view text, std::size_t elements_max);

/// Elements that must stand in a row.
using Chain = std::vector<std::string>;

/// One part of what a person typed.
struct Clause {
  bool excluded = false;
  bool too_short = false;     ///< one ideograph: what the index can't answer
  std::vector<Chain> chains;  ///< all of them
};

inline constexpr std::size_t kQueryBytesMax = 2048;
inline constexpr std::size_t kClausesMax = 64;

/// Cuts at white space; "..." (and “…”, 「…」) keeps a phrase whole; -word or -"phrase" excludes; a run of ideographs
/// is cut into dictionary words. Clauses without any element are left out.
std::vector<Clause> ParseWords(std::string_view words);

}  // namespace search
