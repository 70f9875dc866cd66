#include "gateway/state/item_figures.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

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
#define GUIYI_MEASURES(row)                                                                                       \
  "1," row ".closed>0," row ".relation=3," row ".relation=4," row ".relation=5," row ".relation=6," row           \
  ".claimed_first=1," row ".claimed_repeat=1," GUIYI_CLAIM_DIFFERS(row) "," row ".rating=1," row ".rating>0," row \
                                                                        ".first_hub," row ".first_source," row    \
                                                                        ".first_channel"
#define GUIYI_MEASURE_NAMES                                                                                        \
  "n, closed, duplicates, supplements, repeats, joints, claimed_first, claimed_repeat, claim_differs, satisfied, " \
  "rated, first_hub, first_source, first_channel"
constexpr std::size_t kMeasures = 14;

// What an item adds to the figures (sign 1) or takes away: counted up when the transaction ends.
#define GUIYI_ITEM_MOVES(row, sign)                                                                        \
  "INSERT INTO item_moves(sign, division, source, channel, category, day, pending_day, sealed, "           \
  "pending, " GUIYI_MEASURE_NAMES ") SELECT " sign "," row ".division," row ".source," row ".channel," row \
  ".category," row ".day,(" row ".registered+28800000)/86400000," row                                      \
  ".sealed," GUIYI_PENDING(row) "," GUIYI_MEASURES(row) " WHERE " GUIYI_COUNTED(row) "; "
#define GUIYI_ITEM_COUNTED(row)                        \
  "INSERT INTO figure_divisions(division) SELECT " row \
  ".division WHERE true ON CONFLICT DO NOTHING; " GUIYI_ITEM_MOVES(row, "1")

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
    // Empty after each CaseBook::Transaction. `pending_day`: the local day of registration, counted from 1970.
    "CREATE TABLE IF NOT EXISTS item_moves(id INTEGER PRIMARY KEY, sign INTEGER NOT NULL, division TEXT NOT NULL, "
    "source TEXT NOT NULL, channel TEXT NOT NULL, category TEXT NOT NULL, day INTEGER NOT NULL, pending_day INTEGER "
    "NOT NULL, sealed INTEGER NOT NULL, pending INTEGER NOT NULL, n INTEGER NOT NULL, closed INTEGER NOT NULL, "
    "duplicates INTEGER NOT NULL, supplements INTEGER NOT NULL, repeats INTEGER NOT NULL, joints INTEGER NOT NULL, "
    "claimed_first INTEGER NOT NULL, claimed_repeat INTEGER NOT NULL, claim_differs INTEGER NOT NULL, satisfied "
    "INTEGER NOT NULL, rated INTEGER NOT NULL, first_hub INTEGER NOT NULL, first_source INTEGER NOT NULL, "
    "first_channel INTEGER NOT NULL)",
};

constexpr const char* kFigureTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS item_counted AFTER INSERT ON items BEGIN " GUIYI_ITEM_COUNTED("NEW") "END",
    "CREATE TRIGGER IF NOT EXISTS item_moved AFTER UPDATE OF relation, sealed, closed, rating, first_hub, "
    "first_source, first_channel ON items WHEN OLD.relation<>NEW.relation OR OLD.sealed<>NEW.sealed OR "
    "OLD.closed<>NEW.closed OR OLD.rating<>NEW.rating OR OLD.first_hub<>NEW.first_hub OR "
    "OLD.first_source<>NEW.first_source OR OLD.first_channel<>NEW.first_channel BEGIN " GUIYI_ITEM_MOVES("OLD", "-1")
        GUIYI_ITEM_MOVES("NEW", "1") "END",
};

/// Sums by cell of what has moved.
class Sums {
 public:
  using Measures = std::array<std::int64_t, kMeasures>;

  void Add(std::int64_t sign, const std::string& division, const std::string& source, const std::string& channel,
           const std::string& category, std::int64_t day, std::int64_t pending_day, bool sealed, bool pending,
           const Measures& measures) {
    for (const auto& [level, within] :
         {Level{0, ""}, Level{2, division.substr(0, 2)}, Level{4, division.substr(0, 4)}, Level{kOwnLevel, division}}) {
      for (const auto& [dimension, value] : {Value{"all", nullptr}, Value{"source", &source},
                                             Value{"channel", &channel}, Value{"category", &category}}) {
        Measures& sums = months_[{level, within, dimension, day / 100, value ? *value : std::string(), sealed}];
        for (std::size_t i = 0; i < kMeasures; ++i) sums[i] += sign * measures[i];
      }
      days_[{level, within, day, source, sealed}] += sign;
      if (pending) pending_[{level, within, pending_day, sealed}] += sign;
    }
  }

  void WriteTo(dedup::Connection& sql) const {
    for (const auto& [cell, m] : months_) {
      if (std::all_of(m.begin(), m.end(), [](std::int64_t n) { return n == 0; })) continue;
      const auto& [level, division, dimension, month, value, sealed] = cell;
      sql.Run(
          "INSERT INTO figure_cells(level, division, dim, month, value, sealed, " GUIYI_MEASURE_NAMES
          ") VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) ON "
          "CONFLICT DO UPDATE SET n=n+excluded.n, closed=closed+excluded.closed, "
          "duplicates=duplicates+excluded.duplicates, supplements=supplements+excluded.supplements, "
          "repeats=repeats+excluded.repeats, joints=joints+excluded.joints, "
          "claimed_first=claimed_first+excluded.claimed_first, claimed_repeat=claimed_repeat+excluded.claimed_repeat, "
          "claim_differs=claim_differs+excluded.claim_differs, satisfied=satisfied+excluded.satisfied, "
          "rated=rated+excluded.rated, first_hub=first_hub+excluded.first_hub, "
          "first_source=first_source+excluded.first_source, first_channel=first_channel+excluded.first_channel",
          level, division, dimension, month, value, sealed, m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9],
          m[10], m[11], m[12], m[13]);
    }
    for (const auto& [cell, n] : days_) {
      if (n == 0) continue;
      const auto& [level, division, day, source, sealed] = cell;
      sql.Run(
          "INSERT INTO day_cells(level, division, day, source, sealed, n) VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT "
          "DO UPDATE SET n=n+excluded.n",
          level, division, day, source, sealed, n);
    }
    for (const auto& [cell, n] : pending_) {
      if (n == 0) continue;
      const auto& [level, division, day, sealed] = cell;
      sql.Run(
          "INSERT INTO pending_cells(level, division, day, sealed, n) VALUES($1, $2, $3, $4, $5) ON CONFLICT DO UPDATE "
          "SET n=n+excluded.n",
          level, division, day, sealed, n);
    }
  }

 private:
  using Level = std::pair<int, std::string>;
  using Value = std::pair<const char*, const std::string*>;
  std::map<std::tuple<int, std::string, std::string_view, std::int64_t, std::string, bool>, Measures> months_;
  std::map<std::tuple<int, std::string, std::int64_t, std::string, bool>, std::int64_t> days_;
  std::map<std::tuple<int, std::string, std::int64_t, bool>, std::int64_t> pending_;
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
  sql.Whole([&] {
    for (const char* statement : kFigureTables) sql.Exec(statement);
    for (const char* statement : kFigureTriggers) sql.Exec(statement);
    CountItemMoves(sql);
  });
}

void CountItemMoves(dedup::Connection& sql) {
  Sums sums;
  std::int64_t counted = 0;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [id, sign, division, source, channel, category, day, pending_day, sealed, pending, n, closed,
                      duplicates, supplements, repeats, joints, first, repeat, differs, satisfied, rated, hub,
                      own_source, own_channel] :
         sql.Ask<std::int64_t, std::int64_t, std::string, std::string, std::string, std::string, std::int64_t,
                 std::int64_t, int, int, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                 std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t,
                 std::int64_t, std::int64_t>(
             "SELECT id, sign, division, source, channel, category, day, pending_day, sealed, "
             "pending, " GUIYI_MEASURE_NAMES " FROM item_moves WHERE id>$1 ORDER BY id LIMIT 4096",
             counted)) {
      sums.Add(sign, division, source, channel, category, day, pending_day, sealed != 0, pending != 0,
               {n, closed, duplicates, supplements, repeats, joints, first, repeat, differs, satisfied, rated, hub,
                own_source, own_channel});
      counted = id;
      more = true;
    }
  }
  if (counted == 0) return;
  sums.WriteTo(sql);
  sql.Run("DELETE FROM item_moves");
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
