// Replaying what lies in quarantine: the kept bytes are read again by the mapping the source has now and registered as
// if they came today; the refusal stays where it is, and a `decision` entry ties the two together. A call works through
// the rows it was given, one after the other, and nothing goes on after its answer: stopping is not calling again. A
// dry run stores nothing. Threads: safe from any thread. Durable: what a result says. Killed in between, the same row
// again finds the intake it already made, by source and number.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/feeds/adapter_book.h"
#include "gateway/feeds/record_intake.h"
#include "gateway/follower.h"
#include "gateway/registry.h"
#include "gateway/state/quarantine.h"
#include "ledger/ledger.h"

namespace gateway {

struct Replayed {
  std::uint64_t index = 0;
  /// registered | existing | revision | reported | would_register | would_report | refused | closed | gone
  std::string outcome;
  std::string intake_no;
  std::optional<petition::Error> error;  ///< of a refused one
};

class QuarantineReplay {
 public:
  QuarantineReplay(const Registry& registry, const AdapterBook& adapters, RecordIntake& records, FeedState& feed_state,
                   ledger::Ledger& ledger, const Follower& follower, const petition::Clock& clock)
      : registry_(registry),
        adapters_(adapters),
        records_(records),
        feed_state_(feed_state),
        ledger_(ledger),
        follower_(follower),
        clock_(clock) {}

  /// One answer a row, in order; waits (up to two seconds) until the last is folded. kPushback, kUnavailable: those
  /// before it are done.
  petition::Result<std::vector<Replayed>> Replay(std::span<const QuarantineRow> rows, std::string_view by,
                                                 bool dry_run);
  /// Closes a row without replaying it, for good; a reason is needed.
  petition::Status SetAside(const QuarantineRow& row, std::string_view by, std::string_view reason);

 private:
  petition::Result<Replayed> ReplayOne(const QuarantineRow& row, std::string_view by, bool dry_run);
  petition::Result<std::uint64_t> Decide(std::uint64_t refused, petition::Json record);

  const Registry& registry_;
  const AdapterBook& adapters_;
  RecordIntake& records_;
  FeedState& feed_state_;
  ledger::Ledger& ledger_;
  const Follower& follower_;
  const petition::Clock& clock_;
};

}  // namespace gateway
