// The figures of items, beside them in `state.db`: sums by month, by day and of what is pending, so that a summary
// reads some thousand rows however many items there are. Triggers note what each item moves, and before the transaction
// ends it is counted up, each sum written once. Each sum lies at four levels: of everything, by province (two digits of
// the division), by city (four) and by the division itself; a reader's scope is covered by as few of them as possible.
// Internal to the gateway; functions here throw what SQLite throws (Guarded catches).
#pragma once

#include <string>
#include <vector>

#include "dedup/case_book.h"

namespace dedup {
class Connection;
}

namespace gateway {

/// Makes tables and triggers. In a transaction of its own.
void MakeItemFigures(dedup::Connection& sql);
/// Counts up what has moved since it was called last; within the transaction that moved it.
void CountItemMoves(dedup::Connection& sql);
/// What follows from the ledger, in a fixed order.
std::string DumpItemFigures(dedup::Connection& sql);

/// The cells that add up to what a scope holds, as a JSON list [[LEVEL, DIVISION] ...] for `json_each`.
std::string CoverOf(dedup::Connection& sql, const dedup::Scope& scope);
/// The divisions within a scope that any item has, as such a list.
std::string DivisionsWithin(dedup::Connection& sql, const dedup::Scope& scope);

// Joins a table of cells (alias m) to the cover in a parameter.
#define GUIYI_COVERED(cover, table)          \
  "json_each(" cover ") c CROSS JOIN " table \
  " m ON m.level=json_extract(c.value, '$[0]') AND m.division=json_extract(c.value, '$[1]') "

// The four levels of a row with a division, to be joined to what is counted; see CoverOf.
#define GUIYI_LEVELS(row)                                              \
  "(SELECT 0 AS level, '' AS division UNION ALL SELECT 2, SUBSTR(" row \
  ".division, 1, 2) UNION ALL SELECT 4, SUBSTR(" row ".division, 1, 4) UNION ALL SELECT 9, " row ".division) l"

}  // namespace gateway
