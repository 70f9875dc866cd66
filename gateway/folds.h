// A Fold keeps tables of its own in state.db, filled as the follower takes the ledger's entries: in its transaction, in
// ledger order, so that a state folded again is the same state. Internal to the gateway. Threads: called on the
// follower's thread only. Durable: with the follower's commit. Failure: kUnavailable makes the follower try again;
// anything else counts as an entry without effect.
#pragma once

#include "dedup/case_book.h"
#include "gateway/intake.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

class Fold {
 public:
  virtual ~Fold() = default;
  /// An intake, after its verdict took effect. `record`: nullptr when its payload ended with its retention.
  virtual petition::Status TakeIntake(const dedup::IntakeRow& row, const IntakeRecord* record) = 0;
  /// The verdict on that intake, after it: told by the ledger or reached just now.
  virtual petition::Status TakeVerdict(const dedup::IntakeRow&, const dedup::VerdictRecord&) { return petition::Ok(); }
  /// Any other entry but a verdict, after the case book took it. `record`: its parsed record.
  virtual petition::Status TakeEntry(const ledger::Stored& stored, const petition::Json& record) = 0;
};

}  // namespace gateway
