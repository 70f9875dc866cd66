#include "gateway/state/delivery_figures.h"

#include <algorithm>
#include <map>

#include "dedup/case_book_file.h"
#include "dedup/case_book_impl.h"
#include "gateway/state/item_figures.h"

namespace gateway {

namespace {

// States up to kSettling (3) are open.
#define GUIYI_DELIVERY_CLASS(row) "(CASE WHEN " row ".state<=3 THEN 0 ELSE " row ".state END)"
#define GUIYI_DELIVERY_CELLS(row, sealed, sign)                                                                 \
  "INSERT INTO delivery_cells(level, division, destination, state, sealed, n) SELECT l.level, l.division, " row \
  ".destination, " GUIYI_DELIVERY_CLASS(                                                                        \
      row) ", " sealed ", " sign                                                                                \
           "1 FROM (SELECT 0 AS level, '' AS division, "                                                        \
           "sealed FROM intakes WHERE idx=" row                                                                 \
           ".idx UNION ALL SELECT 2, SUBSTR(division, 1, 2), sealed FROM intakes WHERE "                        \
           "idx=" row ".idx UNION ALL SELECT 4, SUBSTR(division, 1, 4), sealed FROM intakes WHERE idx=" row     \
           ".idx UNION ALL SELECT 9, division, sealed FROM intakes WHERE idx=" row                              \
           ".idx) l WHERE true ON CONFLICT DO UPDATE SET n=n+excluded.n; "
// All deliveries of an intake that changes its side of the seal.
#define GUIYI_DELIVERIES_SEALED(side, sign)                                                                 \
  "INSERT INTO delivery_cells(level, division, destination, state, sealed, n) SELECT l.level, l.division, " \
  "d.destination, " GUIYI_DELIVERY_CLASS("d") ", " side ".sealed, " sign                                    \
                                              "1 FROM deliveries d CROSS JOIN " GUIYI_LEVELS(               \
                                                  side) " WHERE d.idx=" side                                \
                                                        ".idx ON CONFLICT DO UPDATE SET n=n+excluded.n; "

constexpr const char* kDeliveryCells =
    "CREATE TABLE IF NOT EXISTS delivery_cells(level INTEGER NOT NULL, division TEXT NOT NULL, destination TEXT NOT "
    "NULL, state INTEGER NOT NULL, sealed INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(level, division, "
    "destination, state, sealed)) WITHOUT ROWID";
constexpr const char* kDeliveryTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS delivery_owed AFTER INSERT ON deliveries BEGIN " GUIYI_DELIVERY_CELLS(
        "NEW", "l.sealed", "") "END",
    "CREATE TRIGGER IF NOT EXISTS delivery_turned AFTER UPDATE OF state ON deliveries WHEN " GUIYI_DELIVERY_CLASS(
        "OLD") "<>" GUIYI_DELIVERY_CLASS("NEW") " BEGIN " GUIYI_DELIVERY_CELLS("OLD", "l.sealed", "-")
        GUIYI_DELIVERY_CELLS("NEW", "l.sealed", "") "END",
    "CREATE TRIGGER IF NOT EXISTS delivery_sealed AFTER UPDATE OF sealed ON intakes WHEN OLD.sealed<>NEW.sealed "
    "BEGIN " GUIYI_DELIVERIES_SEALED("OLD", "-") GUIYI_DELIVERIES_SEALED("NEW", "") "END",
};

}  // namespace

void MakeDeliveryFigures(dedup::Connection& sql) {
  sql.Exec(kDeliveryCells);
  for (const char* statement : kDeliveryTriggers) sql.Exec(statement);
}

std::vector<Deliveries::Total> DeliveryTotals(dedup::Connection& sql, const dedup::Scope& scope) {
  std::map<std::pair<std::string, int>, std::uint64_t> counts;
  for (auto& [destination, state, n] : sql.Ask<std::string, int, std::uint64_t>(
           "SELECT m.destination, m.state, SUM(m.n) FROM " GUIYI_COVERED(
               "$1", "delivery_cells") "WHERE m.sealed=0 OR $2=1 GROUP BY m.destination, m.state HAVING SUM(m.n)>0",
           CoverOf(sql, scope), scope.sealed))
    counts[{std::move(destination), state}] = n;
  for (auto& [destination, state, n] : sql.Ask<std::string, int, std::uint64_t>(
           "SELECT d.destination, d.state, COUNT(*) FROM deliveries d JOIN intakes m ON m.idx=d.idx WHERE d.state IN "
           "(1, 2, 3) AND " GUIYI_SCOPE("$1", "$2", "$3") " GROUP BY d.destination, d.state",
           scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions))) {
    auto& open = counts[{destination, 0}];
    open -= std::min(open, n);
    counts[{std::move(destination), state}] = n;
  }
  std::vector<Deliveries::Total> totals;
  for (const auto& [of, n] : counts)
    if (n > 0) totals.push_back({of.first, static_cast<DeliveryState>(of.second), n});
  return totals;
}

}  // namespace gateway
