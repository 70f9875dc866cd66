// A Feed is an outside system that submissions are fetched from: a folder, a mailbox, exchange tables. It reads what
// lies after a cursor and changes nothing until the gateway says that the ledger has it. Order, each time: Fetch; the
// gateway appends everything and waits until it is durable; Settle (write back states, archive files); the gateway
// stores the cursor. Killed anywhere in between, the same is fetched again and the ledger knows it by source and
// external id. Threads: one caller at a time. Every call is bounded in time and in memory.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/record.h"
#include "petition/result.h"

namespace adapters {

struct Fetched {
  std::vector<Record> records;
  std::string cursor;  ///< to go on after these; opaque to the gateway, no personal data
  bool more = false;   ///< there is more at once
  /// What comes after the cursor may be fetched before these are settled, while the ledger takes them.
  bool ahead = false;
};

/// What a source's own register lists of one of its booking days.
struct ListedDay {
  std::vector<std::string> numbers;  ///< as the mapping writes external ids
  bool cut = false;                  ///< there are more than were asked for
};

class Feed {
 public:
  virtual ~Feed() = default;
  virtual std::string_view kind() const = 0;  ///< "files", "mail", "database" ...
  /// How many records are asked for at once: many where they are small, or each would wait for the disk alone.
  virtual std::size_t batch() const { return 500; }

  /// Up to `limit` records after `cursor` ("" from the beginning). kUnavailable: the system is not there now;
  /// kUnauthorized: it does not let us in; kInvalid: it is not what the mapping says (an unknown heading): nothing goes
  /// on until somebody mends it, and it is shown.
  virtual petition::Result<Fetched> Fetch(std::string_view cursor, std::size_t limit) = 0;
  /// All of them are on the ledger; one `settled` each, in order. Doing it twice is doing it once. An error: it is
  /// tried again before the cursor moves.
  virtual petition::Status Settle(const Fetched& fetched, std::span<const Settled> settled) = 0;
  /// Reads one refused record again, from what the ledger kept of it, by the mapping this feed has now. From any
  /// thread.
  virtual petition::Result<Record> Reread(const Refused& refused) const = 0;

  /// The source's own register of a day ("20250304"), at most `limit` numbers, whatever state they are in there;
  /// nullopt: this one keeps none that can be asked. By the same caller as Fetch.
  virtual petition::Result<std::optional<ListedDay>> ListedOn(std::string_view day, std::size_t limit) {
    (void)day, (void)limit;
    return std::optional<ListedDay>();
  }

  /// Whether the other side is told what became of a record (a state column): then it is told, too, when a replay
  /// registers what had been settled as refused. From any thread.
  virtual bool writes_back() const { return false; }
  /// The record of that place, settled as refused before, is registered now. Twice is once; what the other side has
  /// changed since stays as it is. By the same caller as Fetch.
  virtual petition::Status Amend(const std::string& place, const std::string& intake_no) {
    (void)place, (void)intake_no;
    return petition::Ok();
  }
};

}  // namespace adapters
