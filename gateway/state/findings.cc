#include "gateway/state/findings.h"

#include <algorithm>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kFindingPageMax = 500;

constexpr const char* kFindingsSchema[] = {
    "CREATE TABLE IF NOT EXISTS findings(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, division "
    "TEXT NOT NULL, key TEXT NOT NULL, day TEXT NOT NULL, sealed INTEGER NOT NULL, count INTEGER NOT NULL, evidence "
    "TEXT NOT NULL, owner TEXT NOT NULL, deadline INTEGER NOT NULL, started INTEGER NOT NULL, updated INTEGER NOT "
    "NULL, "
    "ended INTEGER NOT NULL, end_reason TEXT NOT NULL, ended_by TEXT NOT NULL, notes TEXT NOT NULL)",
    // One thing is found once at a time.
    "CREATE UNIQUE INDEX IF NOT EXISTS findings_standing ON findings(kind, source, key, sealed) WHERE ended=0",
    // `began`: else it ended.
    ("CREATE TABLE IF NOT EXISTS finding_moves(entry INTEGER PRIMARY KEY, finding INTEGER NOT NULL, began INTEGER NOT "
     "NULL)"),
    "CREATE INDEX IF NOT EXISTS findings_ended ON findings(kind, source, key, sealed, id) WHERE ended_by<>''",
};

#define GUIYI_FINDING_COLUMNS                                                                                     \
  "SELECT m.id, m.kind, m.source, m.division, m.key, m.day, m.sealed, m.count, m.evidence, m.owner, m.deadline, " \
  "m.started, m.updated, m.ended, m.end_reason, m.ended_by, m.notes FROM findings m "
#define GUIYI_FINDING_WHERE                                                                                \
  "WHERE (m.ended>0) BETWEEN $1 AND $2 AND ($3='' OR m.kind=$3) AND ($4='' OR m.source=$4) AND ($5='' OR " \
  "m.owner=$5) AND ($6=0 OR m.deadline<$6) AND " GUIYI_SCOPE("$7", "$8", "$9")

constexpr std::string_view kFindingColumns[] = {"kind", "source", "count", "owner", "deadline", "started"};
#define GUIYI_FINDING_KEY                                                                                            \
  "CASE $11 WHEN 1 THEN m.kind WHEN 2 THEN m.source WHEN 3 THEN m.count WHEN 4 THEN m.owner WHEN 5 THEN m.deadline " \
  "ELSE m.started END"

/// Findings are some thousand at most: they are sorted however many there are.
const char* FindingsQuestion(const dedup::ListOrder& order) {
  if (order.column == 0)
    return GUIYI_FINDING_COLUMNS GUIYI_FINDING_WHERE " AND ($10<0 OR m.id<$10) AND $11=0 ORDER BY m.id DESC LIMIT $12";
  if (order.falling)
    return GUIYI_FINDING_COLUMNS GUIYI_FINDING_WHERE GUIYI_FALLING(GUIYI_FINDING_KEY, "m.id", "FROM findings m",
                                                                   "$10") "LIMIT $12";
  return GUIYI_FINDING_COLUMNS GUIYI_FINDING_WHERE GUIYI_RISING(GUIYI_FINDING_KEY, "m.id", "FROM findings m",
                                                                "$10") "LIMIT $12";
}

template <typename... A>
std::vector<FindingRow> AskFindings(dedup::Connection& sql, const char* text, const A&... args) {
  std::vector<FindingRow> rows;
  for (auto& tuple : sql.Ask<std::uint64_t, std::string, std::string, std::string, std::string, std::string, int,
                             std::uint64_t, std::string, std::string, std::int64_t, std::int64_t, std::int64_t,
                             std::int64_t, std::string, std::string, std::string>(text, args...)) {
    FindingRow row;
    int sealed = 0;
    std::string evidence, notes;
    std::int64_t deadline = 0, started = 0, updated = 0, ended = 0;
    std::tie(row.id, row.kind, row.source, row.division, row.key, row.day, sealed, row.count, evidence, row.owner,
             deadline, started, updated, ended, row.end_reason, row.ended_by, notes) = std::move(tuple);
    row.sealed = sealed != 0;
    row.evidence = Json::parse(evidence);
    row.deadline = FromMillis(deadline);
    row.started_at = FromMillis(started);
    row.updated_at = FromMillis(updated);
    if (ended > 0) row.ended_at = FromMillis(ended);
    for (const auto& note : Json::parse(notes))
      row.notes.push_back({FromMillis(note.at("at").get<std::int64_t>()), note.at("by").get<std::string>(),
                           note.at("text").get<std::string>()});
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string NotesText(const std::vector<FindingNote>& notes) {
  Json json = Json::array();
  for (const auto& note : notes) json.push_back({{"at", Millis(note.at)}, {"by", note.by}, {"text", note.text}});
  return json.dump();
}

void AddMove(dedup::Connection& sql, std::uint64_t entry, std::uint64_t finding, bool began) {
  sql.Run("INSERT OR IGNORE INTO finding_moves(entry, finding, began) VALUES($1, $2, $3)", Id(entry), Id(finding),
          began);
}

void BeginFinding(dedup::Connection& sql, std::uint64_t entry, const Json& record, petition::Time at) {
  const auto deadline = petition::ParseTime(record.at("deadline").get<std::string>());
  sql.Run(
      "INSERT OR IGNORE INTO findings(id, kind, source, division, key, day, sealed, count, evidence, owner, deadline, "
      "started, updated, ended, end_reason, ended_by, notes) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
      "$13, 0, '', '', '[]')",
      Id(entry), record.at("type").get<std::string>(), record.at("source").get<std::string>(),
      record.value("division", ""), record.at("key").get<std::string>(), record.value("day", ""),
      record.value("sealed", false), record.at("count").get<std::uint64_t>(), record.at("evidence").dump(),
      record.value("owner", ""), deadline.ok() ? Millis(*deadline) : Millis(at), Millis(at), Millis(at));
}

}  // namespace

Result<std::unique_ptr<Findings>> Findings::Open(dedup::CaseBook& book) {
  return Guarded("findings", [&]() -> Result<std::unique_ptr<Findings>> {
    auto sql = book.file().Writer();
    for (const char* statement : kFindingsSchema) sql->Exec(statement);
    return std::unique_ptr<Findings>(new Findings(book));
  });
}

Status Findings::Take(std::uint64_t entry, const Json& record) {
  const std::string what = record.at("what").get<std::string>(), by = record.value("by", "");
  GUIYI_TRY(const auto at, petition::ParseTime(record.at("at").get<std::string>()));
  return Guarded("findings", [&]() -> Status {
    auto sql = book_.file().Writer();
    if (what == "start") {
      BeginFinding(*sql, entry, record, at);
      AddMove(*sql, entry, entry, true);
      return petition::Ok();
    }
    const auto id = record.at("finding").get<std::uint64_t>();
    auto rows = AskFindings(*sql, GUIYI_FINDING_COLUMNS "WHERE m.id=$1", Id(id));
    if (rows.empty()) return petition::Corrupt("an entry about a finding that never began");
    FindingRow& row = rows.front();
    if (const auto text = record.value("note", ""); !text.empty()) row.notes.push_back({at, by, text});
    if (record.contains("owner")) row.owner = record.at("owner").get<std::string>();
    if (record.contains("deadline")) {
      GUIYI_TRY(row.deadline, petition::ParseTime(record.at("deadline").get<std::string>()));
    }
    if (record.contains("count")) row.count = record.at("count").get<std::uint64_t>();
    if (record.contains("evidence")) row.evidence = record.at("evidence");
    if (what == "end" && !row.ended_at) {
      row.ended_at = at;
      row.end_reason = record.value("reason", "");
      row.ended_by = by;
      AddMove(*sql, entry, id, false);
    }
    sql->Run(
        "UPDATE findings SET count=$1, evidence=$2, owner=$3, deadline=$4, updated=$5, ended=$6, end_reason=$7, "
        "ended_by=$8, notes=$9 WHERE id=$10",
        row.count, row.evidence.dump(), row.owner, Millis(row.deadline), Millis(at),
        row.ended_at ? Millis(*row.ended_at) : std::int64_t{0}, row.end_reason, row.ended_by, NotesText(row.notes),
        Id(id));
    return petition::Ok();
  });
}

Result<FindingPage> Findings::List(const FindingFilter& filter, const dedup::Scope& scope, std::string_view cursor,
                                   std::size_t limit) const {
  GUIYI_TRY(const auto order, dedup::ReadListOrder(filter.sort, kFindingColumns));
  GUIYI_TRY(const auto from_row, dedup::ReadSortedCursor(cursor));
  limit = std::clamp<std::size_t>(limit, 1, kFindingPageMax);
  const int low = filter.state == FindingFilter::State::kEnded ? 1 : 0;
  const int high = filter.state == FindingFilter::State::kOpen ? 0 : 1;
  const std::int64_t before = filter.overdue ? Millis(filter.now) : 0;
  const std::string divisions = dedup::book::DivisionPrefixes(scope.divisions);
  return Guarded("findings", [&]() -> Result<FindingPage> {
    auto sql = book_.file().Reader();
    FindingPage page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>("SELECT COUNT(*) FROM findings m " GUIYI_FINDING_WHERE, low, high,
                                                     filter.kind, filter.source, filter.owner, before, scope.sealed,
                                                     scope.source, divisions)
                                 .at(0));
    page.rows = AskFindings(*sql, FindingsQuestion(order), low, high, filter.kind, filter.source, filter.owner, before,
                            scope.sealed, scope.source, divisions, from_row, order.column, limit + 1);
    if (page.rows.size() > limit) {
      page.rows.resize(limit);
      page.next = std::to_string(page.rows.back().id);
    }
    return page;
  });
}

Result<FindingRow> Findings::Get(std::uint64_t id, const dedup::Scope& scope) const {
  return Guarded("finding", [&]() -> Result<FindingRow> {
    auto sql = book_.file().Reader();
    auto rows = AskFindings(*sql, GUIYI_FINDING_COLUMNS "WHERE m.id=$1 AND " GUIYI_SCOPE("$2", "$3", "$4"), Id(id),
                            scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions));
    if (rows.empty()) return petition::NotFound("there is no such exception");
    return std::move(rows.front());
  });
}

Result<std::vector<FindingTotal>> Findings::Totals(const dedup::Scope& scope, petition::Time now) const {
  return Guarded("findings", [&]() -> Result<std::vector<FindingTotal>> {
    std::vector<FindingTotal> totals;
    auto sql = book_.file().Reader();
    for (auto& [kind, open, overdue] : sql->Ask<std::string, std::uint64_t, std::uint64_t>(
             "SELECT m.kind, COUNT(*), SUM(m.deadline<$1) FROM findings m WHERE m.ended=0 AND " GUIYI_SCOPE(
                 "$2", "$3", "$4") " GROUP BY m.kind ORDER BY m.kind",
             Millis(now), scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions)))
      totals.push_back({std::move(kind), open, overdue});
    return totals;
  });
}

Result<std::vector<FindingRow>> Findings::Standing() const {
  return Guarded("findings", [&]() -> Result<std::vector<FindingRow>> {
    auto sql = book_.file().Reader();
    return AskFindings(*sql, GUIYI_FINDING_COLUMNS "WHERE m.ended=0 ORDER BY m.id");
  });
}

Result<std::optional<FindingRow>> Findings::EndedByPerson(std::string_view kind, std::string_view source,
                                                          std::string_view key, bool sealed) const {
  return Guarded("findings", [&]() -> Result<std::optional<FindingRow>> {
    auto sql = book_.file().Reader();
    auto rows =
        AskFindings(*sql,
                    GUIYI_FINDING_COLUMNS
                    "WHERE m.ended_by<>'' AND m.kind=$1 AND m.source=$2 AND m.key=$3 AND m.sealed=$4 ORDER BY m.id "
                    "DESC LIMIT 1",
                    kind, source, key, sealed);
    if (rows.empty()) return std::optional<FindingRow>();
    return std::optional<FindingRow>(std::move(rows.front()));
  });
}

Result<std::vector<FindingMove>> Findings::Moves(std::uint64_t first, std::size_t limit) const {
  return Guarded("findings", [&]() -> Result<std::vector<FindingMove>> {
    std::vector<FindingMove> moves;
    auto sql = book_.file().Reader();
    for (const auto& [entry, finding, began] : sql->Ask<std::uint64_t, std::uint64_t, int>(
             "SELECT entry, finding, began FROM finding_moves WHERE entry>=$1 ORDER BY entry LIMIT $2", Id(first),
             limit)) {
      auto rows = AskFindings(*sql, GUIYI_FINDING_COLUMNS "WHERE m.id=$1", Id(finding));
      if (!rows.empty()) moves.push_back({entry, began != 0, std::move(rows.front())});
    }
    return moves;
  });
}

Result<std::string> Findings::Dump() const {
  return Guarded("findings", [&]() -> Result<std::string> {
    std::string dump;
    auto sql = book_.file().Reader();
    for (const auto& [line] : sql->Ask<std::string>(
             "SELECT json_array(id, kind, source, division, key, day, sealed, count, evidence, owner, deadline, "
             "started, updated, ended, end_reason, ended_by, notes) FROM findings ORDER BY id"))
      dump += "finding " + line + "\n";
    for (const auto& [line] :
         sql->Ask<std::string>("SELECT json_array(entry, finding, began) FROM finding_moves ORDER BY entry"))
      dump += "finding move " + line + "\n";
    return dump;
  });
}

}  // namespace gateway
