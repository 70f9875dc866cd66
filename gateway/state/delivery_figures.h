// How many deliveries stand how, by destination, division and side of the seal: kept by triggers beside the deliveries,
// so that asking costs the same for a thousand and for millions of them. What is open is one figure; which of those are
// being sent, asked for or settled is counted where they lie, since they are few and change with every attempt.
// Internal to the gateway; functions here throw what SQLite throws (Guarded catches).
#pragma once

#include <vector>

#include "dedup/case_book.h"
#include "gateway/state/deliveries.h"

namespace dedup {
class Connection;
}

namespace gateway {

/// Makes table and triggers.
void MakeDeliveryFigures(dedup::Connection& sql);
/// By destination and state, none that is zero. A scope of one source is not known here.
std::vector<Deliveries::Total> DeliveryTotals(dedup::Connection& sql, const dedup::Scope& scope);

}  // namespace gateway
