#include "gateway/state/reached_figures.h"

#include <map>

#include "dedup/case_book_file.h"
#include "dedup/case_book_impl.h"
#include "gateway/state/item_figures.h"

namespace gateway {

namespace {

// States of a delivery: 4 done, 5 parked.
#define GUIYI_HELD_THERE(delivery)                                                                 \
  "EXISTS(SELECT 1 FROM intakes h JOIN upstream_lines u ON u.reference=h.no WHERE h.idx=" delivery \
  ".idx AND "                                                                                      \
  "u.destination=" delivery ".destination)"
// The first registration that the intake of a delivery is owed.
#define GUIYI_IS_FIRST(delivery) \
  "NOT EXISTS(SELECT 1 FROM deliveries o WHERE o.idx=" delivery ".idx AND o.entry<0 AND o.id<" delivery ".id)"
#define GUIYI_REACHED_LEVELS "(SELECT 0 AS level UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 9) l"
#define GUIYI_REACHED_DIVISION \
  "CASE l.level WHEN 0 THEN '' WHEN 9 THEN m.division ELSE SUBSTR(m.division, 1, l.level) END"
#define GUIYI_ADD_REACHED                                                                                       \
  " ON CONFLICT DO UPDATE SET acknowledged=acknowledged+excluded.acknowledged, parked=parked+excluded.parked, " \
  "confirmed=confirmed+excluded.confirmed; "
// One delivery in the state of that row, whatever the seal says now.
#define GUIYI_REACHED(delivery, sign)                                                                             \
  "INSERT INTO reached_cells(level, division, day, source, acknowledged, parked, confirmed) SELECT "              \
  "l.level, " GUIYI_REACHED_DIVISION ", m.day, m.source, " sign "(" delivery ".state=4), " sign "(" delivery      \
  ".state=5), " sign "(" delivery                                                                                 \
  ".state=4 AND " GUIYI_HELD_THERE(delivery) ") FROM items m CROSS JOIN " GUIYI_REACHED_LEVELS                    \
                                             " WHERE m.idx=" delivery                                             \
                                             ".idx AND m.historic=0 AND m.revises<0 AND m.sealed=0 AND " delivery \
                                             ".state IN (4, 5) AND " GUIYI_IS_FIRST(delivery) GUIYI_ADD_REACHED
// The first delivery of an item that changes its side of the seal: what was counted when it was open, or will be.
#define GUIYI_REACHED_SEALED(item, sign) \
  "INSERT INTO reached_cells(level, division, day, source, acknowledged, parked, confirmed) SELECT "               \
  "l.level, " GUIYI_REACHED_DIVISION ", m.day, m.source, " sign "(d.state=4), " sign "(d.state=5), " sign          \
  "(d.state=4 AND " GUIYI_HELD_THERE("d") ") FROM items m CROSS JOIN deliveries d ON d.idx=m.idx AND d.entry<0 "   \
  "AND d.state IN (4, 5) AND " GUIYI_IS_FIRST("d") " CROSS JOIN " GUIYI_REACHED_LEVELS " WHERE m.idx=" item        \
  ".idx AND m.historic=0 AND m.revises<0 AND " item ".sealed=0" GUIYI_ADD_REACHED
// The delivery whose reference a register's line names.
#define GUIYI_REACHED_LINE(line, sign)                                                               \
  "INSERT INTO reached_cells(level, division, day, source, acknowledged, parked, confirmed) SELECT " \
  "l.level, " GUIYI_REACHED_DIVISION ", m.day, m.source, 0, 0, " sign                                \
  "1 FROM intakes h CROSS JOIN items m ON "                                                          \
  "m.idx=h.idx CROSS JOIN deliveries d ON d.idx=m.idx AND d.entry<0 AND d.destination=" line         \
  ".destination AND "                                                                                \
  "d.state=4 AND " GUIYI_IS_FIRST("d") " CROSS JOIN " GUIYI_REACHED_LEVELS " WHERE h.no=" line       \
                                       ".reference AND "                                             \
                                       "m.historic=0 AND m.revises<0 AND m.sealed=0" GUIYI_ADD_REACHED
// Other days of the destination's register, or other numbers, name the same reference.
#define GUIYI_OTHER_LINE(line)                                                                           \
  "EXISTS(SELECT 1 FROM upstream_lines o WHERE o.destination=" line ".destination AND o.reference=" line \
  ".reference AND (o.number<>" line ".number OR o.day<>" line ".day))"

constexpr const char* kReachedCells =
    "CREATE TABLE IF NOT EXISTS reached_cells(level INTEGER NOT NULL, division TEXT NOT NULL, day INTEGER NOT NULL, "
    "source TEXT NOT NULL, acknowledged INTEGER NOT NULL, parked INTEGER NOT NULL, confirmed INTEGER NOT NULL, PRIMARY "
    "KEY(level, division, day, source)) WITHOUT ROWID";
constexpr const char* kReachedTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS reached_owed AFTER INSERT ON deliveries WHEN NEW.entry<0 AND NEW.state IN (4, 5) "
    "BEGIN " GUIYI_REACHED("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS reached_turned AFTER UPDATE OF state ON deliveries WHEN NEW.entry<0 AND "
    "OLD.state<>NEW.state AND (OLD.state IN (4, 5) OR NEW.state IN (4, 5)) BEGIN " GUIYI_REACHED("OLD", "-")
        GUIYI_REACHED("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS reached_sealed AFTER UPDATE OF sealed ON items WHEN OLD.sealed<>NEW.sealed "
    "BEGIN " GUIYI_REACHED_SEALED("OLD", "-") GUIYI_REACHED_SEALED("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS reached_listed AFTER INSERT ON upstream_lines WHEN NOT " GUIYI_OTHER_LINE(
        "NEW") " BEGIN " GUIYI_REACHED_LINE("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS reached_unlisted AFTER DELETE ON upstream_lines WHEN NOT " GUIYI_OTHER_LINE(
        "OLD") " BEGIN " GUIYI_REACHED_LINE("OLD", "-") "END",
};

std::int64_t ReachedDayKey(std::string_view day, std::int64_t otherwise) {
  return day.size() == 8 ? std::stoll(std::string(day)) : otherwise;
}

}  // namespace

void MakeReachedFigures(dedup::Connection& sql) {
  sql.Exec(kReachedCells);
  for (const char* statement : kReachedTriggers) sql.Exec(statement);
  // A long outage leaves a million that were never tried beside the few that were.
  sql.Exec(
      "CREATE INDEX IF NOT EXISTS deliveries_tried ON deliveries(id, idx) WHERE entry<0 AND attempts>0 AND state<>4");
}

std::string DumpReachedFigures(dedup::Connection& sql) {
  std::string dump;
  for (const auto& [line] : sql.Ask<std::string>(
           "SELECT 'reached '||json_array(level, division, day, source, acknowledged, parked, confirmed) FROM "
           "reached_cells WHERE acknowledged<>0 OR parked<>0 OR confirmed<>0 ORDER BY level, division, day, source"))
    dump += line + "\n";
  return dump;
}

std::vector<LedgerDay> ReachedDays(dedup::Connection& sql, std::string_view source, std::string_view from,
                                   std::string_view to, const dedup::Scope& scope) {
  const std::string cover = CoverOf(sql, scope), divisions = dedup::book::DivisionPrefixes(scope.divisions);
  const std::int64_t first = ReachedDayKey(from, 0), last = ReachedDayKey(to, 99999999);
  std::map<std::pair<std::int64_t, std::string>, LedgerDay> days;
  for (auto& [name, day, here, sealed] : sql.Ask<std::string, std::int64_t, std::uint64_t, std::uint64_t>(
           "SELECT m.source, m.day, SUM((m.sealed=0)*m.n), SUM((m.sealed=1)*m.n) FROM " GUIYI_COVERED(
               "$1", "day_cells") "AND m.day BETWEEN $2 AND $3 WHERE ($4='' OR m.source=$4) AND ($5='' OR m.source=$5) "
                                  "AND (m.sealed=0 OR $6=1) GROUP BY m.source, m.day HAVING SUM(m.n)>0",
           cover, first, last, source, scope.source, scope.sealed))
    days[{-day, name}] = {name, std::to_string(day), here, sealed, 0, 0, 0, 0};
  for (auto& [name, day, acknowledged, parked, confirmed] :
       sql.Ask<std::string, std::int64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
           "SELECT m.source, m.day, SUM(m.acknowledged), SUM(m.parked), SUM(m.confirmed) FROM " GUIYI_COVERED(
               "$1", "reached_cells") "AND m.day BETWEEN $2 AND $3 GROUP BY m.source, m.day",
           cover, first, last)) {
    const auto found = days.find({-day, name});
    if (found == days.end()) continue;
    found->second.delivered = found->second.acknowledged = acknowledged;
    found->second.parked = parked;
    found->second.confirmed = confirmed;
  }
  // Handed over, and not acknowledged: how often was tried follows from no entry, and these are few.
  for (auto& [name, day, tried] : sql.Ask<std::string, std::int64_t, std::uint64_t>(
           "SELECT m.source, m.day, COUNT(*) FROM (SELECT id, idx FROM deliveries WHERE entry<0 AND attempts>0 AND "
           "state<>4) d CROSS JOIN items m ON m.idx=d.idx WHERE " GUIYI_IS_FIRST(
               "d") " AND m.historic=0 AND m.revises<0 AND "
                    "m.sealed=0 AND m.day BETWEEN $1 AND $2 AND " GUIYI_SCOPE("$3", "$4", "$5") " GROUP BY 1, 2",
           first, last, scope.sealed, scope.source, divisions)) {
    const auto found = days.find({-day, name});
    if (found != days.end()) found->second.delivered += tried;
  }
  std::vector<LedgerDay> listed;
  for (auto& [key, day] : days) listed.push_back(std::move(day));
  return listed;
}

}  // namespace gateway
