#include "gateway/state/item_figures.h"

#include <algorithm>

#include "dedup/case_book_file.h"
#include "dedup/case_book_impl.h"
#include "gateway/state/items.h"

namespace gateway {

using dedup::Guarded;
using petition::Json;
using petition::Result;

namespace {

constexpr int kOwnLevel = 9;  // of the division itself

// A revision says nothing new to be counted, and history is matched against only.
#define GUIYI_COUNTED(row) row ".historic=0 AND " row ".revises<0"
#define GUIYI_PENDING(row) "(" GUIYI_COUNTED(row) " AND " row ".first_hub=1 AND " row ".closed=0)"

// The measures of one item. `claim_differs`: the source said whether it is a repeat, and the hub sees it otherwise.
#define GUIYI_CLAIM_DIFFERS(row) "(" row ".claimed_repeat>=0 AND " row ".claimed_repeat<>(" row ".relation IN (3,4,5)))"
#define GUIYI_MEASURES(row, sign)                                                                             \
  sign "1," sign "(" row ".closed>0)," sign "(" row ".relation=3)," sign "(" row ".relation=4)," sign "(" row \
       ".relation=5)," sign "(" row ".relation=6)," sign "(" row ".claimed_first=1)," sign "(" row            \
       ".claimed_repeat=1)," sign                                                                             \
       GUIYI_CLAIM_DIFFERS(row) "," sign "(" row ".rating=1)," sign "(" row ".rating>0)," sign row            \
                                ".first_hub," sign row ".first_source," sign row ".first_channel"
#define GUIYI_MEASURE_NAMES                                                                                        \
  "n, closed, duplicates, supplements, repeats, joints, claimed_first, claimed_repeat, claim_differs, satisfied, " \
  "rated, first_hub, first_source, first_channel"

// Selected, not VALUES: SQLite knows no column names for VALUES whose rows name the row of a trigger.
#define GUIYI_MONTH_CELLS(row, sign) \
  "INSERT INTO figure_cells(level, division, dim, month, value, sealed, " GUIYI_MEASURE_NAMES ") SELECT l.level, "    \
  "l.division, d.dim, " row ".day/100, d.value, " row ".sealed, " GUIYI_MEASURES(row, sign) " FROM "                  \
  "(SELECT 'all' AS dim, '' AS value UNION ALL SELECT 'source', " row ".source UNION ALL SELECT 'channel', " row     \
  ".channel UNION ALL SELECT 'category', " row ".category) d CROSS JOIN " GUIYI_LEVELS(row)                           \
  " WHERE " GUIYI_COUNTED(row) " ON CONFLICT DO UPDATE SET n=n+excluded.n, closed=closed+excluded.closed, "           \
  "duplicates=duplicates+excluded.duplicates, supplements=supplements+excluded.supplements, "                         \
  "repeats=repeats+excluded.repeats, joints=joints+excluded.joints, "                                                 \
  "claimed_first=claimed_first+excluded.claimed_first, claimed_repeat=claimed_repeat+excluded.claimed_repeat, "       \
  "claim_differs=claim_differs+excluded.claim_differs, satisfied=satisfied+excluded.satisfied, "                      \
  "rated=rated+excluded.rated, first_hub=first_hub+excluded.first_hub, "                                              \
  "first_source=first_source+excluded.first_source, first_channel=first_channel+excluded.first_channel; "
#define GUIYI_DAY_CELLS(row, sign)                                                                               \
  "INSERT INTO day_cells(level, division, day, source, sealed, n) SELECT l.level, l.division, " row ".day, " row \
  ".source, " row ".sealed, " sign                                                                               \
  "1 FROM " GUIYI_LEVELS(row) " WHERE " GUIYI_COUNTED(row) " ON CONFLICT DO UPDATE SET n=n+excluded.n; "
// By the local day of registration, counted from 1970.
#define GUIYI_PENDING_CELLS(row, sign)                                                           \
  "INSERT INTO pending_cells(level, division, day, sealed, n) SELECT l.level, l.division, (" row \
  ".registered+28800000)/86400000, " row ".sealed, " sign                                        \
  "1 FROM " GUIYI_LEVELS(row) " WHERE " GUIYI_PENDING(row) " ON CONFLICT DO UPDATE SET n=n+excluded.n; "
#define GUIYI_ITEM_COUNTED(row)                                                                       \
  "INSERT INTO figure_divisions(division) SELECT " row                                                \
  ".division WHERE true ON CONFLICT DO NOTHING; " GUIYI_MONTH_CELLS(row, "") GUIYI_DAY_CELLS(row, "") \
      GUIYI_PENDING_CELLS(row, "")

constexpr const char* kFigureTables[] = {
    "CREATE TABLE IF NOT EXISTS figure_cells(level INTEGER NOT NULL, division TEXT NOT NULL, dim TEXT NOT NULL, month "
    "INTEGER NOT NULL, value TEXT NOT NULL, sealed INTEGER NOT NULL, n INTEGER NOT NULL, closed INTEGER NOT NULL, "
    "duplicates INTEGER NOT NULL, supplements INTEGER NOT NULL, repeats INTEGER NOT NULL, joints INTEGER NOT NULL, "
    "claimed_first INTEGER NOT NULL, claimed_repeat INTEGER NOT NULL, claim_differs INTEGER NOT NULL, satisfied "
    "INTEGER NOT NULL, rated INTEGER NOT NULL, first_hub INTEGER NOT NULL, first_source INTEGER NOT NULL, "
    "first_channel INTEGER NOT NULL, PRIMARY KEY(level, division, dim, month, value, sealed)) WITHOUT ROWID",
    ("CREATE TABLE IF NOT EXISTS day_cells(level INTEGER NOT NULL, division TEXT NOT NULL, day INTEGER NOT NULL, "
     "source "
     "TEXT NOT NULL, sealed INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(level, division, day, source, sealed)) "
     "WITHOUT ROWID"),
    ("CREATE TABLE IF NOT EXISTS pending_cells(level INTEGER NOT NULL, division TEXT NOT NULL, day INTEGER NOT NULL, "
     "sealed INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY(level, division, day, sealed)) WITHOUT ROWID"),
    "CREATE TABLE IF NOT EXISTS figure_divisions(division TEXT PRIMARY KEY) WITHOUT ROWID",
};

constexpr const char* kFigureTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS item_counted AFTER INSERT ON items BEGIN " GUIYI_ITEM_COUNTED("NEW") "END",
    "CREATE TRIGGER IF NOT EXISTS item_moved AFTER UPDATE OF relation, sealed, closed, rating, first_hub, "
    "first_source, first_channel ON items WHEN OLD.relation<>NEW.relation OR OLD.sealed<>NEW.sealed OR "
    "OLD.closed<>NEW.closed OR OLD.rating<>NEW.rating OR OLD.first_hub<>NEW.first_hub OR "
    "OLD.first_source<>NEW.first_source OR OLD.first_channel<>NEW.first_channel BEGIN " GUIYI_MONTH_CELLS("OLD", "-")
        GUIYI_MONTH_CELLS("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS item_sealed AFTER UPDATE OF sealed ON items WHEN OLD.sealed<>NEW.sealed "
    "BEGIN " GUIYI_DAY_CELLS("OLD", "-") GUIYI_DAY_CELLS("NEW", "") "END",
    "CREATE TRIGGER IF NOT EXISTS item_pending AFTER UPDATE OF sealed, closed, first_hub ON items WHEN "
    "OLD.sealed<>NEW.sealed OR OLD.closed<>NEW.closed OR OLD.first_hub<>NEW.first_hub BEGIN " GUIYI_PENDING_CELLS(
        "OLD", "-") GUIYI_PENDING_CELLS("NEW", "") "END",
};

// What an earlier version kept, and how the cells are made of the items in its file: as if each came now.
constexpr const char* kFigureFill[] = {
    "DROP TRIGGER IF EXISTS items_added",
    "DROP TRIGGER IF EXISTS items_moved",
    "DROP TRIGGER IF EXISTS items_sealed",
    "DROP TABLE IF EXISTS figure_months",
    "DROP TABLE IF EXISTS figure_days",
    "CREATE TRIGGER item_fill AFTER UPDATE OF width ON items BEGIN " GUIYI_ITEM_COUNTED("NEW") "END",
    "UPDATE items SET width=width",
    "DROP TRIGGER item_fill",
};

/// Prefixes of the scope's divisions, none within another.
std::vector<std::string> PrefixesOf(const dedup::Scope& scope) {
  auto prefixes = Json::parse(dedup::book::DivisionPrefixes(scope.divisions)).get<std::vector<std::string>>();
  std::sort(prefixes.begin(), prefixes.end());
  std::vector<std::string> apart;
  for (auto& prefix : prefixes)
    if (apart.empty() || !prefix.starts_with(apart.back())) apart.push_back(std::move(prefix));
  return apart;
}

void AddOwn(dedup::Connection& sql, const std::string& prefix, Json& cover) {
  for (auto& [division] : sql.Ask<std::string>(
           "SELECT division FROM figure_divisions WHERE division>=$1 AND division<$2", prefix, prefix + ":"))
    cover.push_back({kOwnLevel, std::move(division)});
}

}  // namespace

void MakeItemFigures(dedup::Connection& sql) {
  const bool there = sql.Number("SELECT COUNT(*) FROM sqlite_master WHERE name='figure_cells'") > 0;
  for (const char* statement : kFigureTables) sql.Exec(statement);
  if (!there)
    for (const char* statement : kFigureFill) sql.Exec(statement);
  for (const char* statement : kFigureTriggers) sql.Exec(statement);
}

std::string CoverOf(dedup::Connection& sql, const dedup::Scope& scope) {
  if (scope.divisions.empty()) return R"([[0,""]])";
  Json cover = Json::array();
  for (const auto& prefix : PrefixesOf(scope)) {
    if (prefix.size() == 2 || prefix.size() == 4) {
      cover.push_back({prefix.size(), prefix});
    } else {
      AddOwn(sql, prefix, cover);
    }
  }
  return cover.dump();
}

std::string DivisionsWithin(dedup::Connection& sql, const dedup::Scope& scope) {
  Json cover = Json::array();
  if (scope.divisions.empty()) {
    AddOwn(sql, "", cover);
  } else {
    for (const auto& prefix : PrefixesOf(scope)) AddOwn(sql, prefix, cover);
  }
  return cover.dump();
}

std::string DumpItemFigures(dedup::Connection& sql) {
  std::string dump;
  for (const char* question :
       {"SELECT 'month '||json_array(level, division, dim, month, value, sealed, " GUIYI_MEASURE_NAMES
        ") FROM figure_cells WHERE n<>0 ORDER BY level, division, dim, month, value, sealed",
        "SELECT 'day '||json_array(level, division, day, source, sealed, n) FROM day_cells WHERE n<>0 ORDER BY level, "
        "division, day, source, sealed",
        "SELECT 'pending '||json_array(level, division, day, sealed, n) FROM pending_cells WHERE n<>0 ORDER BY level, "
        "division, day, sealed"}) {
    for (const auto& [line] : sql.Ask<std::string>(question)) dump += line + "\n";
  }
  return dump;
}

namespace {

#define GUIYI_SUMS(value, dim)                                                                                    \
  "SELECT m.month, " value                                                                                        \
  ", SUM(m.n), SUM(m.closed), SUM(m.duplicates), SUM(m.supplements), SUM(m.repeats), SUM(m.joints), "             \
  "SUM(m.claimed_first), SUM(m.claimed_repeat), SUM(m.claim_differs), SUM(m.satisfied), SUM(m.rated), "           \
  "SUM(m.first_hub), SUM(m.first_source), SUM(m.first_channel) FROM " GUIYI_COVERED(                              \
      "$1",                                                                                                       \
      "figure_cells") "AND m.dim='" dim                                                                           \
                      "' AND m.month BETWEEN $2 AND $3 WHERE m.sealed=0 OR $4=1 GROUP BY 1, 2 HAVING SUM(m.n)>0 " \
                      "ORDER BY 1, 2"

std::vector<FigureCell> AskSums(dedup::Connection& sql, const char* text, std::int64_t from, std::int64_t to,
                                bool sealed, const std::string& cover) {
  std::vector<FigureCell> cells;
  for (auto& [month, value, n, closed, duplicates, supplements, repeats, joints, first, repeat, differs, satisfied,
              rated, hub, own_source, own_channel] :
       sql.Ask<std::int64_t, std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
               std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
               std::uint64_t, std::uint64_t>(text, cover, from, to, sealed)) {
    cells.push_back({std::to_string(month), std::move(value), n, closed, duplicates, supplements, repeats, joints,
                     first, repeat, differs, satisfied, rated, hub, own_source, own_channel});
  }
  return cells;
}

}  // namespace

Result<std::vector<FigureCell>> Items::Sums(std::string_view dimension, std::string_view from, std::string_view to,
                                            const dedup::Scope& scope) const {
  const std::int64_t first = from.size() == 6 ? std::stoll(std::string(from)) : 0;
  const std::int64_t last = to.size() == 6 ? std::stoll(std::string(to)) : 999999;
  return Guarded("figures", [&]() -> Result<std::vector<FigureCell>> {
    auto sql = book_.file().Reader();
    const std::string cover = dimension == "division" ? DivisionsWithin(*sql, scope) : CoverOf(*sql, scope);
    if (dimension == "all") return AskSums(*sql, GUIYI_SUMS("''", "all"), first, last, scope.sealed, cover);
    if (dimension == "division")
      return AskSums(*sql, GUIYI_SUMS("m.division", "all"), first, last, scope.sealed, cover);
    if (dimension == "source") return AskSums(*sql, GUIYI_SUMS("m.value", "source"), first, last, scope.sealed, cover);
    if (dimension == "channel")
      return AskSums(*sql, GUIYI_SUMS("m.value", "channel"), first, last, scope.sealed, cover);
    if (dimension == "category")
      return AskSums(*sql, GUIYI_SUMS("m.value", "category"), first, last, scope.sealed, cover);
    return petition::Invalid("unknown_value", "there is no such dimension");
  });
}

Result<std::vector<Items::DayCount>> Items::Days(std::string_view from, std::string_view to, std::string_view source,
                                                 const dedup::Scope& scope) const {
  const std::int64_t first = from.size() == 8 ? std::stoll(std::string(from)) : 0;
  const std::int64_t last = to.size() == 8 ? std::stoll(std::string(to)) : 99999999;
  return Guarded("figures", [&]() -> Result<std::vector<DayCount>> {
    std::vector<DayCount> days;
    auto sql = book_.file().Reader();
    for (const auto& [day, n] : sql->Ask<std::int64_t, std::uint64_t>(
             "SELECT m.day, SUM(m.n) FROM " GUIYI_COVERED(
                 "$1", "day_cells") "AND m.day BETWEEN $2 AND $3 WHERE ($4='' OR m.source=$4) AND (m.sealed=0 OR $5=1) "
                                    "GROUP BY m.day HAVING "
                                    "SUM(m.n)>0 ORDER BY m.day",
             CoverOf(*sql, scope), first, last, source, scope.sealed))
      days.push_back({std::to_string(day), n});
    return days;
  });
}

}  // namespace gateway
