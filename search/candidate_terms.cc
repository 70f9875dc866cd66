#include "search/candidate_terms.h"

#include <algorithm>

#include "petition/text/fold.h"

namespace search {
namespace {

constexpr std::size_t kShingleLetters = 3;
constexpr std::size_t kLettersMax = 65536;  // of longer texts the beginning decides
constexpr std::size_t kKeysMax = 576;       // a joint letter has one for each of its signers
constexpr std::uint64_t kTermMask = ~std::uint64_t{0} << (64 - 8 * kCandidateTermBytes);

std::string_view BytesOf(const char32_t* letters, std::size_t count) {
  return {reinterpret_cast<const char*>(letters), count * sizeof(char32_t)};
}

std::uint64_t Scramble(std::uint64_t hash) { return hash * 0x9E3779B97F4A7C15u; }

struct Ranked {
  unsigned rarity_class;
  std::uint64_t hash;
  bool operator<(const Ranked& other) const {
    if (rarity_class != other.rarity_class) return rarity_class < other.rarity_class;
    return Scramble(hash) < Scramble(other.hash);
  }
};

}  // namespace

std::u32string LettersOf(const CandidateDocument& document) {
  std::u32string letters = petition::text::Letters(document.text);
  if (letters.size() > kLettersMax) letters.resize(kLettersMax);
  return letters;
}

std::vector<std::uint64_t> Shingles(const TermKey& key, const std::u32string& letters) {
  std::vector<std::uint64_t> hashes;
  if (letters.empty()) return hashes;
  const std::size_t width = std::min(kShingleLetters, letters.size());
  hashes.reserve(letters.size() - width + 1);
  for (std::size_t i = 0; i + width <= letters.size(); ++i) {
    hashes.push_back(key.Hash(TermKind::kShingle, ScopeOf(false), BytesOf(letters.data() + i, width)));
  }
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

std::uint64_t KeyTerm(const TermKey& key, bool sealed, std::string_view plain) {
  return key.Hash(TermKind::kKey, ScopeOf(sealed), plain) & kTermMask;
}

CandidateTerms ChooseTerms(const TermKey& key, const RarityTable& table, const CandidateDocument& document,
                           const std::u32string& letters, const std::vector<std::uint64_t>& shingles,
                           std::size_t count) {
  std::vector<Ranked> ranked;
  ranked.reserve(shingles.size());
  for (const std::uint64_t hash : shingles) ranked.push_back({table.ClassOf(hash), hash});
  const std::size_t kept = std::min(count, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end());

  CandidateTerms terms;
  terms.shingles.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    // Rarity is counted and ranked by the open hash; a sealed document's terms are hashed once more into their own
    // scope.
    std::uint64_t term = ranked[i].hash;
    if (document.sealed) term = key.Hash(TermKind::kShingle, ScopeOf(true), TermBytes(term, 8));
    terms.shingles.push_back({term & kTermMask, ranked[i].rarity_class});
  }
  if (!letters.empty()) {
    const auto whole = BytesOf(letters.data(), letters.size());
    terms.exact = key.Hash(TermKind::kExactText, ScopeOf(document.sealed), whole) & kTermMask;
  }
  for (const std::string& plain : document.keys) {
    if (terms.keys.size() == kKeysMax) break;
    const std::uint64_t term = KeyTerm(key, document.sealed, plain);
    if (std::find(terms.keys.begin(), terms.keys.end(), term) == terms.keys.end()) terms.keys.push_back(term);
  }
  return terms;
}

}  // namespace search
