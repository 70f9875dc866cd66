// The OversightTables are what oversight keeps in `state.db`, all folded from the ledger: items with their figures,
// registers (of sources and of destinations), clocks and findings. The follower folds them after the case book; a
// folded-again state has the same. Threads: the Fold's calls are the follower's; the parts say their own guarantee.
#pragma once

#include <memory>
#include <string>

#include "gateway/folds.h"
#include "gateway/state/clock_book.h"
#include "gateway/state/findings.h"
#include "gateway/state/items.h"
#include "gateway/state/registers.h"
#include "gateway/state/shadow_book.h"
#include "gateway/state/upstream_book.h"
#include "ledger/crypto.h"
#include "ledger/ledger.h"

namespace gateway {

class OversightTables final : public Fold {
 public:
  /// kCorrupt "state_version" when the case book has folded entries that these tables have not: an older program wrote
  /// it (rebuild). Book and ledger must outlive it.
  static petition::Result<std::unique_ptr<OversightTables>> Open(dedup::CaseBook& book, const ledger::Ledger& ledger,
                                                                 const ledger::KeyRing& keys, config::ClockTable table,
                                                                 config::Calendar calendar);

  petition::Status TakeIntake(const dedup::IntakeRow& row, const IntakeRecord* record) override;
  petition::Status TakeVerdict(const dedup::IntakeRow& row, const dedup::VerdictRecord& verdict) override {
    return shadows_->Take(row, verdict);
  }
  petition::Status TakeEntry(const ledger::Stored& stored, const petition::Json& record) override;

  Items& items() { return *items_; }
  Registers& registers() { return *registers_; }
  ClockBook& clocks() { return *clocks_; }
  Findings& findings() { return *findings_; }
  ShadowBook& shadows() { return *shadows_; }
  UpstreamBook& upstream() { return *upstream_; }
  petition::Result<std::string> Dump() const;

 private:
  OversightTables() = default;
  std::unique_ptr<Items> items_;
  std::unique_ptr<Registers> registers_;
  std::unique_ptr<ClockBook> clocks_;
  std::unique_ptr<Findings> findings_;
  std::unique_ptr<ShadowBook> shadows_;
  std::unique_ptr<UpstreamBook> upstream_;
};

}  // namespace gateway
