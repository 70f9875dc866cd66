// Gather reads the posting lists of a question's terms, committed and overlaid, adds up integer weights document by
// document and picks the best. It is where the bounds on work are kept: how much of one list is read, how much of all,
// and how many look-ups complete the best candidates' scores in lists too long to read.
//
// Why not Xapian's own matcher: that reads every list to its end, so that a letter sent in by thousands or a key shared
// by a whole district makes one question slow, and it looks each shingle up twice. Term by term with bounds costs half
// as much at the median and has no tail; and what is committed can be fetched ahead, by another thread, before it is
// known what will have been added by then. Integer weights make sums, and so the order of hits, independent of the
// order of addition: the same before and after a commit.
#pragma once

#include <xapian.h>

#include <cstdint>
#include <span>
#include <vector>

#include "search/candidate_terms.h"
#include "search/overlay.h"
#include "search/term_filter.h"

namespace search::store {

inline constexpr std::uint32_t kExactWeight = 60;
/// 12 for the rarest class, 1 for the most common.
std::uint32_t ShingleWeight(unsigned rarity_class);
/// 80 for a key that stands in one document, 4 less for each doubling, at least 1.
std::uint32_t KeyWeight(std::uint64_t frequency);

/// Postings read of one shingle's list, of all of them; the longest key list that is read, and of all of them; look-ups
/// in lists not read to their end.
inline constexpr std::size_t kShingleListMax = 400;
inline constexpr std::size_t kShinglePostingsMax = 16384;
inline constexpr std::size_t kKeyListMax = 2048;
inline constexpr std::size_t kKeyPostingsMax = 8192;
inline constexpr std::size_t kCompletedCandidates = 64;
inline constexpr std::size_t kCompletingLookups = 4096;

/// What the committed index has of one term: the beginning of its list.
struct CommittedList {
  std::vector<std::uint32_t> documents;  ///< ascending
  std::uint64_t frequency = 0;           ///< how long the list is
  bool complete = true;                  ///< it ends there
};

/// What the committed index has of a question's terms.
struct Committed {
  std::vector<CommittedList> shingles, keys;  ///< one for each of the terms
  CommittedList exact;
  std::uint32_t through = 0;  ///< the highest document it knows
};

/// For each question as much of its terms' lists as the bounds above let it ask for; terms that stand nowhere by
/// `filter` are not looked up. Each term is read once and in the order of the file, where what leads to one leads to
/// the next, too. Throws Xapian::Error.
std::vector<Committed> Fetch(const Xapian::Database& database, std::span<const CandidateTerms* const> questions,
                             const TermFilter& filter);

/// A question with the committed part, which must outlive it, and the overlay's, copied out under the overlay's lock.
struct Question {
  const CandidateTerms* terms = nullptr;
  const Committed* committed = nullptr;
  std::vector<Overlay::Postings> shingles, keys;  ///< one for each of `terms`
  Overlay::Postings exact;
  std::vector<std::uint32_t> hidden;  ///< documents whose committed version must not count, ascending
  std::uint32_t self = 0;             ///< never an answer; 0: none
};

struct Gathered {
  std::uint32_t document = 0;
  std::uint32_t score = 0;
  std::uint32_t key_score = 0;
  std::uint16_t shingles = 0;
  std::uint16_t keys = 0;
};

/// The best `limit`, best first, ties by lower document; a quarter of them are kept for the best by keys alone, so that
/// a crowd of near-copies can't hide what the same person said in other words. Sets `bounded` when a bound was met.
/// `database`: as it was fetched from or newer; read only where a list goes on beyond what was fetched. Throws
/// Xapian::Error.
std::vector<Gathered> Gather(const Xapian::Database& database, const Question& question, std::size_t limit,
                             bool& bounded);

}  // namespace search::store
