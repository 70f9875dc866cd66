// The Quarantine is what was refused of each source's records and is still to be mended: refusals with a source, and
// what a source that is tried out (shadow) handed in. In `state.db`, folded from the ledger: `refused` entries open a
// row; a `decision` ("replayed" with the intake that came of it, "set_aside") closes it. The bytes stay on the ledger;
// rows hold no personal data. Threads: safe from any thread. Durable on return, in order. Failure: kUnavailable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "ledger/ledger.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct QuarantineRow {
  std::uint64_t index = 0;  ///< ledger index of the refusal
  std::string source, door, reason, place;
  petition::Time at{};
  std::uint64_t size = 0;
  bool shadow = false;
  bool would_fail = false;  ///< of shadow: the mapping could not take it
  std::string external_id;  ///< of shadow
  enum class State { kOpen, kReplayed, kSetAside } state = State::kOpen;
  std::uint64_t closed_by = ledger::kNoIndex, intake = ledger::kNoIndex;
};
std::string_view QuarantineStateName(QuarantineRow::State state);  ///< open | replayed | set_aside
std::optional<QuarantineRow::State> QuarantineStateFromName(std::string_view name);

struct QuarantineFilter {
  std::string source, reason;  ///< "": any
  std::optional<QuarantineRow::State> state;
  std::optional<bool> shadow;
  std::string sort;  ///< "source", "reason", "size", "at" (list_order.h); "": oldest first
};

class Quarantine {
 public:
  static petition::Result<Quarantine> Open(dedup::CaseBook& book);

  petition::Status Add(const QuarantineRow& row);
  petition::Status Close(std::uint64_t index, std::uint64_t by, std::uint64_t intake);

  petition::Result<std::optional<QuarantineRow>> Get(std::uint64_t index) const;
  /// Those after `after` in the order asked for.
  petition::Result<std::vector<QuarantineRow>> List(const QuarantineFilter& filter, std::optional<std::uint64_t> after,
                                                    std::size_t limit) const;
  /// The refusal of that place, while the ledger may be told of it again.
  petition::Result<std::optional<std::uint64_t>> FindPlace(std::string_view source, std::string_view place) const;

  struct Count {
    std::string source, reason;
    bool shadow = false;
    std::uint64_t open = 0;
    petition::Time oldest{};
  };
  /// What is open, by source and reason.
  petition::Result<std::vector<Count>> Counts(std::string_view source = {}) const;

 private:
  explicit Quarantine(dedup::CaseBook& book) : book_(&book) {}
  dedup::CaseBook* book_;
};

}  // namespace gateway
