// A Store keeps what a ledger is made of: entries, payloads, tiles, the head. It is the seam for other databases:
// everything that changes goes through one compare-and-swap, Append(batch, expected_head), which several processes may
// race for.
//
// Threads: Append and Drop belong to one writer at a time; reads are safe from any thread and never wait for the
// writer. Durable on return: Append and Drop. A read sees all that was durable when it began. What is kept is sealed
// already: a store holds no key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "ledger/ledger.h"
#include "petition/result.h"

namespace ledger {

/// A state of the tree: what one commit leaves behind.
struct Head {
  std::uint64_t size = 0;
  Hash root{};
  std::string checkpoint;  ///< signed note; empty while the store is new
};

/// One entry as it is stored.
struct StoredRow {
  std::uint64_t index = 0;
  Kind kind = Kind::kEvent;
  std::string entry;
  std::string sealed_record;        ///< salt and record; empty when dropped
  std::string sealed_raw;           ///< empty when there is none, it was dropped, or not asked for
  std::uint64_t about = kNoIndex;   ///< only on the way in
  std::optional<IntakeKey> intake;  ///< only on the way in
};

/// A full tile that this batch completed.
struct StoredTile {
  int level = 0;
  std::uint64_t n = 0;
  std::string hashes;
};

struct Batch {
  std::vector<StoredRow> rows;
  std::vector<StoredTile> tiles;
  Head head;  ///< after the batch
};

/// A number that a source gave to an intake.
struct SourceNumber {
  std::string source, external_id;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Everything of the batch or nothing. kConflict (reason "head_moved") when the stored head is not `expected`:
  /// nothing was changed, read LoadHead and compose again. Any other error: it is unknown whether the batch was stored;
  /// nothing may be appended until the store was opened again.
  virtual petition::Status Append(const Batch& batch, const Head& expected) = 0;
  virtual petition::Status Drop(std::uint64_t index) = 0;

  virtual petition::Result<Head> LoadHead() const = 0;
  /// Published lines from `first`, fewer at the end; kCorrupt when one between is missing.
  virtual petition::Result<std::vector<std::string>> Entries(std::uint64_t first, std::size_t count) const = 0;
  virtual petition::Result<std::string> TileBytes(int level, std::uint64_t n) const = 0;  ///< kNotFound when not full
  virtual petition::Result<std::vector<StoredTile>> Tiles(int level, std::uint64_t first, std::size_t count) const = 0;

  virtual petition::Result<StoredRow> Row(std::uint64_t index, bool with_raw) const = 0;
  virtual petition::Result<std::vector<StoredRow>> Rows(std::uint64_t first, std::size_t count,
                                                        bool with_raw) const = 0;
  virtual petition::Result<std::optional<std::uint64_t>> FindIntake(std::string_view day,
                                                                    std::uint64_t serial) const = 0;
  virtual petition::Result<std::vector<KnownIntake>> FindExternal(std::string_view source,
                                                                  std::string_view external_id) const = 0;
  virtual petition::Result<std::optional<KnownIntake>> FindContent(std::string_view source,
                                                                   std::string_view external_id,
                                                                   std::string_view content) const = 0;
  virtual petition::Result<std::vector<std::uint64_t>> History(std::uint64_t about, std::optional<Kind> kind) const = 0;
  /// Each number once, not the empty ones, in an order of the store's own: at most `count` of those behind `after`.
  /// Those appended meanwhile may be missing; kUnavailable for the first ones when the disk let the store not order
  /// them.
  virtual petition::Result<std::vector<SourceNumber>> Numbers(const SourceNumber& after, std::size_t count) const = 0;
  virtual petition::Result<std::uint64_t> LastSerial(std::string_view day) const = 0;

  /// Facts about the store itself, set once: "origin", "payload key" ...
  virtual petition::Result<std::optional<std::string>> Fact(std::string_view name) const = 0;
  virtual petition::Status SetFact(std::string_view name, std::string_view value) = 0;
};

}  // namespace ledger
