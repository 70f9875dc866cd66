// A TextIndex is the full-text search for people: words (ICU), phrases and fields over all intakes, filtered by what
// the reader may see. Terms are keyed hashes, there is no document data; highlights are computed from the decrypted
// text by Highlight(). Threads and durability as in candidate_index.h, but for one thing: what is found is what is
// committed. Add commits by itself when a second has passed since the last commit (ten times as long as that one took,
// when that is longer), or after 2,000 documents (8,192 in a large index) or four million of their terms; whoever stops
// adding calls Commit.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace search {

struct TextDocument {
  std::uint64_t id = 0;  ///< ledger index of the intake
  std::string title, content, place, accused;
  std::vector<std::string> numbers;  ///< intake number, external id, case number, barcode ...: found exactly
  std::vector<std::string> people;   ///< names, phones, id numbers in normal form: found exactly
  std::string division;              ///< 6 or 12 digits or ""
  std::string category, channel, source;
  std::string day;  ///< "20250304" registration day
  bool sealed = false;
};

struct TextQuery {
  std::string words;  ///< words and "phrases"; all must match; -word excludes; at least two ideographs each
  std::string title, place, accused;  ///< words within one field
  std::string number, person;         ///< exact
  std::vector<std::string>
      divisions;  ///< any of these or within them; empty: all. What the reader may see, already intersected
  std::string category, channel, source;
  std::string day_from, day_to;  ///< inclusive, "" open
  bool with_sealed = false;      ///< false: sealed documents neither hit nor count
  std::size_t offset = 0, limit = 20;
  bool newest_first = false;  ///< else by relevance where words are asked; ties by higher id within a store
};

struct TextHits {
  std::vector<std::uint64_t> ids;
  std::uint64_t total = 0;  ///< exact when !estimated, as it is up to 10,000; else at least so many
  bool estimated = false;
};

/// Half a million submissions with their verdicts: some gigabytes, which stay in memory while they are written to.
inline constexpr std::uint64_t kTextIdsEach = std::uint64_t{1} << 20;

struct Span {
  std::size_t begin = 0, end = 0;
};  ///< bytes

class TextIndex {
 public:
  virtual ~TextIndex() = default;
  /// kCorrupt: damaged, half-written or made with another key or format; Erase it and add everything again from the
  /// ledger. `ids_each`: so many ids share a store, beyond them another begins (always the same number for a folder).
  static petition::Result<std::unique_ptr<TextIndex>> Open(const std::filesystem::path& folder,
                                                           const ledger::Key& term_key,
                                                           std::uint64_t ids_each = kTextIdsEach);
  /// Deletes an index (not open) with its folder.
  static petition::Status Erase(const std::filesystem::path& folder);
  virtual petition::Status Add(const TextDocument& document) = 0;  ///< replaces one of the same id
  virtual petition::Status Remove(std::uint64_t id) = 0;
  virtual petition::Status Commit(std::uint64_t position) = 0;
  virtual std::uint64_t durable_position() const = 0;
  virtual petition::Status Reopen() = 0;  ///< as CandidateIndex::Reopen
  virtual petition::Result<TextHits> Search(const TextQuery& query) const = 0;
  virtual std::uint64_t size() const = 0;
};

/// Where the words of a query stand in a text, merged and ascending.
std::vector<Span> Highlight(std::string_view words, std::string_view text);

}  // namespace search
