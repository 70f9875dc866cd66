// What the hub knows of its connected sources that does not follow from the ledger: how far each feed has been fetched,
// what its mapping has no word for, what is still to be written back. `feeds.db`, a file of its own. A cursor is stored
// only after everything before it is on the ledger and settled, so losing the file costs reading again what the ledger
// knows already. Threads: safe from any thread. Durable: on return.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

/// What came of some records.
struct FeedCounts {
  std::uint64_t registered = 0, existing = 0, revisions = 0, reported = 0, refused = 0, shadow = 0, shadow_failed = 0;
  std::uint64_t all() const { return registered + existing + revisions + reported + refused + shadow; }
  void Add(const FeedCounts& other);
};

struct FeedFigures {
  FeedCounts counts;
  petition::Time last_at{};                       ///< when something came
  std::map<std::string, std::uint64_t> unmapped;  ///< by the source's own name, or "name=code"
  std::uint64_t write_backs_owed = 0;             ///< replayed records whose source has not been told yet
};

/// A record that a replay registered after its source had been told that it is refused.
struct WriteBack {
  std::string place, intake_no;
};

class FeedState {
 public:
  static petition::Result<std::unique_ptr<FeedState>> Open(const std::filesystem::path& folder,
                                                           const petition::Clock& clock);
  ~FeedState();

  /// "" at first. Another kind of adapter starts anew.
  petition::Result<std::string> Cursor(std::string_view source, std::string_view kind) const;
  /// The cursor and what came with it, in one transaction.
  petition::Status Advance(std::string_view source, std::string_view kind, const std::string& cursor,
                           const FeedCounts& counts, std::span<const std::string> unmapped);
  /// The same of what was pushed: there is no cursor.
  petition::Status Count(std::string_view source, const FeedCounts& counts, std::span<const std::string> unmapped);
  /// What is still to be told to a source whose tables are written back; the last one of a place counts.
  petition::Status OweWriteBack(std::string_view source, const WriteBack& owed);
  petition::Result<std::vector<WriteBack>> OwedWriteBacks(std::string_view source, std::size_t limit) const;
  petition::Status WrittenBack(std::string_view source, const std::string& place);
  petition::Result<std::map<std::string, FeedFigures>> Figures() const;

 private:
  struct Impl;
  explicit FeedState(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
