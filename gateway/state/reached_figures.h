// How far the intakes of each source and day of reception came: acknowledged, parked, and held by the destination's own
// register; of each intake its first destination. Kept by triggers in the transaction that moves a delivery, a line of
// such a register or the seal, so that a year is told as fast as a day. Only open intakes are counted. Levels as in
// item_figures.h. Internal to the gateway; functions here throw what SQLite throws (Guarded catches).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/state/registers.h"

namespace dedup {
class Connection;
}

namespace gateway {

/// Makes table and triggers beside items, deliveries and upstream lines.
void MakeReachedFigures(dedup::Connection& sql);
/// What follows from the ledger, in a fixed order.
std::string DumpReachedFigures(dedup::Connection& sql);
/// Days of reception "20250304" from `from` to `to` (inclusive; "": open) on which a source has intakes, newest first.
std::vector<LedgerDay> ReachedDays(dedup::Connection& sql, std::string_view source, std::string_view from,
                                   std::string_view to, const dedup::Scope& scope);

}  // namespace gateway
