// Folding the ledger's entries, but for intakes and their verdicts, into one transaction of the state: merges, splits,
// answers, events, deliveries. Internal to gateway/follower*.cc; used by the follower's thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/folds.h"
#include "gateway/state/deliveries.h"
#include "ledger/ledger.h"

namespace gateway {

/// An event that the outside world caused on an intake is owed to its destinations as an update; `ask_first`: the entry
/// may have been folded and delivered in an earlier life of the state. An entry that does not read as what it says it
/// is has no effect (kCorrupt comes back; the caller counts and goes on); kUnavailable: nothing is known, try again.
/// `resealed`: gets the intakes that a person's decision sealed or opened.
petition::Status FoldEntry(const ledger::Stored& stored, dedup::CaseBook::Transaction& transaction,
                           Deliveries& deliveries, bool ask_first, std::vector<std::uint64_t>& resealed);

/// Gives the entry to the other parts' tables, after FoldEntry; in their order.
petition::Status FoldOthers(const ledger::Stored& stored, const std::vector<Fold*>& folds);

/// An intake with the verdict on it: its effect, and what is owed. `record`: the verdict's entry's, or empty.
petition::Status FoldIntake(const dedup::IntakeRow& intake, std::string_view serialized_profile,
                            const dedup::VerdictRecord& verdict, std::string_view record,
                            dedup::CaseBook::Transaction& transaction, Deliveries& deliveries, bool ask_first);

}  // namespace gateway
