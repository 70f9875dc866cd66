// A TermKey turns what is looked up (shingles, words, people's keys) into terms: truncated keyed hashes, with the kind
// of thing and whether it is sealed inside the hash, so that the files show neither. Immutable; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/crypto.h"

namespace search {

/// What a term stands for. Part of the hashed bytes: equal words of different kinds have unrelated terms.
enum class TermKind : char {
  kShingle = 's',
  kExactText = 'e',
  kKey = 'k',
  kWord = 'w',
  kNumber = 'n',
  kPerson = 'p',
  kEvery = 'a',
  kDivision = 'd',
  kCategory = 'c',
  kChannel = 'h',
  kSource = 'o',
  kDay = 'y',
};

class TermKey {
 public:
  explicit TermKey(const ledger::Key& key) : key_(key) {}

  /// `scope` parts one name space further (fields, sealed or open); any byte but zero.
  std::uint64_t Hash(TermKind kind, char scope, std::string_view data) const;

  /// What is written into an index to tell on opening whether it was made with this key and format.
  std::string Stamp(std::string_view format) const;

 private:
  const ledger::Key key_;
};

/// The two scopes of documents. Sealed and open ones share no term, so neither finds, counts or weighs the other.
inline char ScopeOf(bool sealed) { return sealed ? 'S' : 'O'; }

/// A term as stored: its highest `bytes` bytes. Six keep chance meetings of two terms below one in a million questions
/// at 100 million terms.
std::string TermBytes(std::uint64_t hash, std::size_t bytes);

}  // namespace search
