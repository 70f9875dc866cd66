// The figures that oversight staff read: volumes, rates with numerator and denominator, lamps, exceptions; each with
// the list behind it. From the hub's own verdicts; what sources claim stands beside them as a difference. Sums for a
// reader without the right to sealed intakes hold none of them. Pure over the tables; safe from any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gateway/access.h"
#include "gateway/oversight/sheet.h"
#include "gateway/oversight/tables.h"
#include "gateway/state/matters.h"
#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct Period {
  std::string from, to;  ///< months "202503", inclusive; "": open
};
/// Pending for longer than that is long-pending, by the day of registration.
inline constexpr std::chrono::hours kLongPending{24 * 90};
/// GB/T 33358: how soon a call is to be answered, and over which time the share is taken.
inline constexpr std::uint64_t kAnsweredWithinSeconds = 15;
inline constexpr std::chrono::hours kAnsweredOver{24};
/// Call records have no division: only who sees all divisions, and is no source, sees them.
bool SeesCalls(const dedup::Scope& scope);
/// "2025-03" or "202503"; kInvalid "month_invalid".
petition::Result<std::string> ReadMonth(std::string_view text);

/// {"period", "volumes": {"byMonth", "byDay", "bySource", "byChannel", "byDivision", "byCategory"}, "rates": {...},
/// "claims": {...}, "lamps": [...], "exceptions": {...}, "longPending", "loops", "growing", "calls"}; each figure with
/// "list": {"path"}.
petition::Result<petition::Json> FiguresOf(OversightTables& tables, dedup::CaseBook& book, const Period& period,
                                           const dedup::Scope& scope, petition::Time now);
/// The same as sheets to print or calculate with.
petition::Result<std::vector<Sheet>> ReportOf(OversightTables& tables, dedup::CaseBook& book, const Period& period,
                                              const dedup::Scope& scope, petition::Time now);

/// Through which channels matters are told first and told again.
Sheet FlowsSheet(const std::vector<ChannelFlow>& flows);

}  // namespace gateway
