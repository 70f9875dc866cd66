// A CandidateIndex finds earlier submissions that may be about the same matter: by identity and fact keys and by the
// rarest folded shingles of the text, as boolean terms, so that one question costs a few short posting lists. What was
// added a moment ago is found without a commit. Every term is a truncated keyed hash; the files tell nothing.
//
// Threads: Add, Commit, BeginCommit and Reopen by one writer thread; FinishCommit from any other beside it; the rest
// from any thread, concurrently. Durable: what a finished commit covered; `durable_position()` says up to which ledger
// index, the rest is added again from the ledger after a restart (Add of an id already there replaces it).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace search {

struct CandidateDocument {
  std::uint64_t id = 0;  ///< ledger index of the intake, ascending between calls of Add
  std::string text;      ///< title and content as they came or folded; shingles are taken of petition::text::Letters
  std::vector<std::string>
      keys;  ///< identity and fact keys in plain ("phone:1980...", "place:锦澜湾7栋"); hashed before anything is stored
  bool sealed = false;  ///< sealed and open documents never find one another
};

struct CandidateHit {
  std::uint64_t id = 0;
  std::uint32_t shared_shingles = 0;  ///< of those asked
  std::uint32_t shared_keys = 0;
  double score = 0;  ///< what the hits are ordered by (rarity-weighted); ties by lower id
};

struct CandidateHits {
  std::vector<CandidateHit> hits;  ///< best first
  bool bounded = false;            ///< a bound (terms asked, postings read) cut the search short
};

/// What can be worked out of a document before its turn to be asked about and added, and read of what is committed:
/// most of the work; and what was found with it, which Find changes. Of one thread at a time, for one document; only
/// its index knows what is in it.
class CandidateLook {
 public:
  virtual ~CandidateLook() = default;
};

struct CandidateOptions {
  std::filesystem::path folder;  ///< made when missing
  std::size_t shingles_stored = 16;
  std::size_t shingles_asked = 32;
};

/// How many documents to add between two commits: `least`, and more to a large index, where each commit writes most
/// blocks of the posting lists. What is not committed is held in memory (some KiB each), and added again after
/// a crash.
std::size_t DocumentsBetweenCommits(std::size_t least, std::uint64_t stored);

class CandidateIndex {
 public:
  virtual ~CandidateIndex() = default;
  /// kCorrupt: damaged, half-written or made with another key or format; Erase it and add everything again from the
  /// ledger.
  static petition::Result<std::unique_ptr<CandidateIndex>> Open(const CandidateOptions& options,
                                                                const ledger::Key& term_key);
  /// Deletes an index (not open) with its folder.
  static petition::Status Erase(const std::filesystem::path& folder);

  /// Found from here on; durable with the next commit. `ahead`: a look ahead at the same document, if there was one.
  virtual petition::Status Add(const CandidateDocument& document, const CandidateLook* ahead = nullptr) = 0;
  /// Everything added so far is durable; remembers the ledger position.
  virtual petition::Status Commit(std::uint64_t position) = 0;
  /// The same in two steps: what was added so far is set aside, which is quick unless an earlier commit is unfinished;
  /// then made durable while more is added and asked. Nothing to finish is no error.
  virtual petition::Status BeginCommit(std::uint64_t position) = 0;
  virtual petition::Status FinishCommit() = 0;
  virtual std::uint64_t durable_position() const = 0;  ///< 0 when empty
  /// After a failed Add or Commit all further ones fail until this succeeds: it goes on from what is durable, as a new
  /// start would.
  virtual petition::Status Reopen() = 0;

  /// Best `limit` earlier documents. `asking.id` itself is never among them. `ahead`: a look ahead at the same
  /// document, which is taken anew if it has become old; the answer is the same with and without. Asked with it again,
  /// it gives the same back at once for as long as nothing is added that shares a term.
  virtual petition::Result<CandidateHits> Find(const CandidateDocument& asking, std::size_t limit,
                                               CandidateLook* ahead = nullptr) const = 0;
  /// One for each; many together read less than each by itself.
  virtual petition::Result<std::vector<std::shared_ptr<CandidateLook>>> LookAhead(
      std::span<const CandidateDocument> asking) const = 0;
  /// In how many open documents a key stood (exact but for one that is replaced while it is being committed); size():
  /// how many there are, sealed ones too. Rarity for whoever weighs evidence. `ahead`: a look at a document that may
  /// have the key, which spares reading; it changes nothing that is exact.
  virtual std::uint64_t Frequency(std::string_view key, const CandidateLook* ahead = nullptr) const = 0;
  virtual std::uint64_t size() const = 0;
  /// Hash of the table of shingle frequencies in use (changes in steps, at fixed document counts, so that the same
  /// ledger always uses the same table).
  virtual ledger::Hash frequency_table_hash() const = 0;
};

}  // namespace search
