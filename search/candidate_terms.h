// What the candidate index stores and asks for a document: its rarest shingles, its whole text and its keys, as terms.
// Pure functions of the document, the key and the table of frequencies in use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/candidate_index.h"
#include "search/rarity.h"
#include "search/term_key.h"

namespace search {

/// Bytes a term of the candidate index has on disk. In memory it is a number: the hash with all but its first 48 bits
/// zero.
inline constexpr std::size_t kCandidateTermBytes = 6;

struct CandidateTerms {
  struct Shingle {
    std::uint64_t term = 0;
    unsigned rarity_class = 0;
  };
  std::vector<Shingle> shingles;    ///< rarest first
  std::uint64_t exact = 0;          ///< of the whole text; 0 when there is none
  std::vector<std::uint64_t> keys;  ///< distinct, in the order given
};

/// Hashes of all distinct folded 3-grams of a text, ascending; a text of one or two letters is one shingle.
std::vector<std::uint64_t> Shingles(const TermKey& key, const std::u32string& letters);

/// The `count` rarest of them, and the rest. Rarest: by class, within a class by a fixed pseudo-random order, so that
/// two versions of one text choose alike.
CandidateTerms ChooseTerms(const TermKey& key, const RarityTable& table, const CandidateDocument& document,
                           const std::u32string& letters, const std::vector<std::uint64_t>& shingles,
                           std::size_t count);

std::uint64_t KeyTerm(const TermKey& key, bool sealed, std::string_view plain);

/// The letters shingles are taken of, up to a bound.
std::u32string LettersOf(const CandidateDocument& document);

}  // namespace search
