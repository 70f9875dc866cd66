#include "gateway/state/clock_book.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"
#include "gateway/oversight/event_fields.h"
#include "gateway/state/item_figures.h"
#include "gateway/state/list_total.h"
#include "ledger/crypto.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Json;
using petition::Result;
using petition::Status;
using petition::Time;

namespace {

constexpr std::size_t kClockPageMax = 500;

// Acts on a case that are done for all its members; the rest (a notice, a request, a rating) is one petitioner's.
constexpr std::array<std::string_view, 14> kForTheCase{
    "accepted",        "not_accepted",  "no_longer_accepted", "assigned",       "transferred",
    "objected",        "returned",      "extended",           "replied",        "closed",
    "hearing_started", "hearing_ended", "resolved",           "review_answered"};

#define GUIYI_CLOCK_MOVE(row, sign)                                                                                  \
  "INSERT INTO clock_moves(sign, division, clock, month, due, yellow, sealed, paused, stopped) VALUES(" sign "," row \
  ".division, " row ".clock, " row ".month, " row ".due, " row ".yellow, " row ".sealed, " row ".paused, " row       \
  ".stopped); "

constexpr const char* kClockBookSchema[] = {
    "CREATE TABLE IF NOT EXISTS clock_facts(idx INTEGER PRIMARY KEY, purpose TEXT NOT NULL, channel TEXT NOT NULL, "
    "anonymous INTEGER NOT NULL, petition INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS clock_marks(idx INTEGER NOT NULL, entry INTEGER NOT NULL, event TEXT NOT NULL, at "
    "INTEGER NOT NULL, days INTEGER NOT NULL, PRIMARY KEY(idx, entry)) WITHOUT ROWID",
    // Times in milliseconds, as local time (+08:00), so that a division gives the day; 0: none. `due` 0: not known.
    "CREATE TABLE IF NOT EXISTS clocks(idx INTEGER NOT NULL, clock TEXT NOT NULL, month INTEGER NOT NULL, started "
    "INTEGER NOT NULL, due INTEGER NOT NULL, yellow INTEGER NOT NULL, paused INTEGER NOT NULL, stopped INTEGER NOT "
    "NULL, extended INTEGER NOT NULL, pauses TEXT NOT NULL, source TEXT NOT NULL, division TEXT NOT NULL, sealed "
    "INTEGER NOT NULL, PRIMARY KEY(idx, clock)) WITHOUT ROWID",
    // All that lists ask of those that run, in the order they are due.
    "CREATE INDEX IF NOT EXISTS clocks_running ON clocks(due, idx, clock, stopped, yellow, paused, source, division, "
    "sealed) WHERE stopped=0",
    "CREATE TABLE IF NOT EXISTS clock_table(fingerprint TEXT NOT NULL)",
    "CREATE TRIGGER IF NOT EXISTS clocks_follow AFTER UPDATE OF sealed ON intakes WHEN OLD.sealed<>NEW.sealed BEGIN "
    "UPDATE clocks SET sealed=NEW.sealed WHERE idx=NEW.idx; END",
};

constexpr const char* kClockSumsTable =
    "CREATE TABLE IF NOT EXISTS clock_sums(level INTEGER NOT NULL, division TEXT NOT NULL, clock TEXT NOT NULL, month "
    "INTEGER NOT NULL, due_day INTEGER NOT NULL, yellow_day INTEGER NOT NULL, sealed INTEGER NOT NULL, running INTEGER "
    "NOT NULL, paused INTEGER NOT NULL, in_time INTEGER NOT NULL, late INTEGER NOT NULL, PRIMARY KEY(level, division, "
    "clock, month, due_day, yellow_day, sealed)) WITHOUT ROWID";
// What a clock adds to the sums (sign 1) or takes away: counted when the CaseBook::Transaction ends.
constexpr const char* kClockMovesTable =
    "CREATE TABLE IF NOT EXISTS clock_moves(id INTEGER PRIMARY KEY, sign INTEGER NOT NULL, division TEXT NOT NULL, "
    "clock TEXT NOT NULL, month INTEGER NOT NULL, due INTEGER NOT NULL, yellow INTEGER NOT NULL, sealed INTEGER NOT "
    "NULL, paused INTEGER NOT NULL, stopped INTEGER NOT NULL)";
constexpr const char* kClockSumsTriggers[] = {
    "CREATE TRIGGER IF NOT EXISTS clock_counted AFTER INSERT ON clocks BEGIN " GUIYI_CLOCK_MOVE("NEW", "1") "END",
    "CREATE TRIGGER IF NOT EXISTS clock_gone AFTER DELETE ON clocks BEGIN " GUIYI_CLOCK_MOVE("OLD", "-1") "END",
    "CREATE TRIGGER IF NOT EXISTS clock_sealed AFTER UPDATE OF sealed ON clocks BEGIN " GUIYI_CLOCK_MOVE("OLD", "-1")
        GUIYI_CLOCK_MOVE("NEW", "1") "END",
};

/// Of a stopped clock no day counts any more: so the cells are as many as the days on which running ones end.
void CountClockMoves(dedup::Connection& sql) {
  if (sql.Number("SELECT EXISTS(SELECT 1 FROM clock_moves)") == 0) return;
  sql.Run(
      "INSERT INTO clock_sums(level, division, clock, month, due_day, yellow_day, sealed, running, paused, in_time, "
      "late) SELECT l.level, CASE l.level WHEN 0 THEN '' WHEN 9 THEN m.division ELSE SUBSTR(m.division, 1, l.level) "
      "END, m.clock, m.month, (m.stopped=0)*(m.due/86400000), (m.stopped=0)*(m.yellow/86400000), m.sealed, "
      "SUM(m.sign*(m.stopped=0 AND m.paused=0)), SUM(m.sign*(m.stopped=0 AND m.paused>0)), SUM(m.sign*(m.stopped>0 "
      "AND (m.due=0 OR m.stopped<m.due))), SUM(m.sign*(m.stopped>0 AND m.due>0 AND m.stopped>=m.due)) FROM "
      "clock_moves m JOIN (SELECT 0 AS level UNION ALL SELECT 2 UNION ALL SELECT 4 UNION ALL SELECT 9) l WHERE true "
      "GROUP BY 1, 2, 3, 4, 5, 6, 7 ON CONFLICT DO UPDATE SET running=running+excluded.running, "
      "paused=paused+excluded.paused, in_time=in_time+excluded.in_time, late=late+excluded.late");
  sql.Run("DELETE FROM clock_moves");
}

void MakeClockSums(dedup::Connection& sql) {
  sql.Whole([&] {
    sql.Exec(kClockSumsTable);
    sql.Exec(kClockMovesTable);
    for (const char* statement : kClockSumsTriggers) sql.Exec(statement);
    CountClockMoves(sql);
  });
}

constexpr std::int64_t kClockZone = 8 * 3'600'000;
std::int64_t LocalMillis(Time time) { return time == Time{} ? 0 : Millis(time) + kClockZone; }
Time FromLocalMillis(std::int64_t millis) { return millis == 0 ? Time{} : FromMillis(millis - kClockZone); }

std::string PausesText(const ClockState& state) {
  Json json = Json::array();
  for (const auto& [from, to] : state.pauses) json.push_back({LocalMillis(from), LocalMillis(to)});
  return json.dump();
}

/// What the clocks of one intake are worked out from, and what each row of theirs says of it.
struct Clocked {
  ClockFacts facts;
  std::string source, division;
  bool sealed = false;
};

using ClockColumns =
    std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, int, std::string, int>;

ClockColumns ColumnsOf(const ClockState& state, bool sealed) {
  return {LocalMillis(state.started_at),
          LocalMillis(state.due_at),
          LocalMillis(state.yellow_at),
          state.paused_since ? LocalMillis(*state.paused_since) : 0,
          state.stopped_at ? LocalMillis(*state.stopped_at) : 0,
          state.extended_days,
          PausesText(state),
          sealed};
}

void AddClock(dedup::Connection& sql, std::uint64_t index, const Clocked& of, const ClockState& state) {
  const auto& [started, due, yellow, paused, stopped, extended, pauses, sealed] = ColumnsOf(state, of.sealed);
  sql.Run(
      "INSERT OR FAIL INTO clocks(idx, clock, month, started, due, yellow, paused, stopped, extended, pauses, source, "
      "division, sealed) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      Id(index), state.rule->name, std::stoll(petition::LocalDay(state.started_at).substr(0, 6)), started, due, yellow,
      paused, stopped, extended, pauses, of.source, of.division, sealed);
}

/// Works the clocks of one intake out anew from what is recorded of it.
void RecountClocks(dedup::Connection& sql, std::uint64_t index, const config::ClockTable& table,
                   const config::Calendar& calendar) {
  const auto facts = sql.Ask<std::string, std::string, int, int, std::string, std::string, int, std::int64_t,
                             std::int64_t>(
      "SELECT f.purpose, f.channel, f.anonymous, f.petition, i.source, i.division, i.sealed, i.received, i.registered "
      "FROM clock_facts f JOIN intakes i ON i.idx=f.idx WHERE f.idx=$1",
      Id(index));
  if (facts.empty()) return;
  const auto& [purpose, channel, anonymous, is_petition, source, division, sealed, received, registered] = facts[0];
  std::vector<ClockMark> marks;
  for (auto& [entry, event, at, days] : sql.Ask<std::uint64_t, std::string, std::int64_t, int>(
           "SELECT entry, event, at, days FROM clock_marks WHERE idx=$1", Id(index)))
    marks.push_back({entry, std::move(event), FromMillis(at), days});
  const Clocked of{{FromMillis(received), FromMillis(registered), purpose, channel, anonymous != 0, is_petition != 0},
                   source,
                   division,
                   sealed != 0};
  // Most events change one clock of many: the others, and the sums they are in, are left alone.
  std::map<std::string, ClockColumns> kept;
  for (auto& [clock, started, due, yellow, paused, stopped, extended, pauses, side] :
       sql.Ask<std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t, int, std::string,
               int>("SELECT clock, started, due, yellow, paused, stopped, extended, pauses, sealed FROM clocks WHERE "
                    "idx=$1",
                    Id(index)))
    kept[std::move(clock)] = {started, due, yellow, paused, stopped, extended, std::move(pauses), side};
  for (const auto& state : ClocksOf(of.facts, std::move(marks), table, calendar)) {
    if (const auto before = kept.extract(state.rule->name)) {
      if (before.mapped() == ColumnsOf(state, of.sealed)) continue;
      sql.Run("DELETE FROM clocks WHERE idx=$1 AND clock=$2", Id(index), state.rule->name);
    }
    AddClock(sql, index, of, state);
  }
  for (const auto& [clock, row] : kept) sql.Run("DELETE FROM clocks WHERE idx=$1 AND clock=$2", Id(index), clock);
}

int DaysSaid(const Json& record) {
  const auto* days = EventField(record, "days");
  return days && days->is_number_integer() ? std::clamp(days->get<int>(), 0, 3660) : 0;
}

}  // namespace

Lamp LampOf(const ClockRow& row, Time now) {
  ClockState state;
  state.due_at = row.due_at;
  state.yellow_at = row.yellow_at;
  state.paused_since = row.paused_since;
  state.stopped_at = row.stopped_at;
  return state.At(now);
}

Result<std::unique_ptr<ClockBook>> ClockBook::Open(dedup::CaseBook& book, config::ClockTable table,
                                                   config::Calendar calendar) {
  auto clocks = std::unique_ptr<ClockBook>(new ClockBook(book, std::move(table), std::move(calendar)));
  const auto opened = Guarded("clocks", [&]() -> Status {
    auto sql = book.file().Writer();
    for (const char* statement : kClockBookSchema) sql->Exec(statement);
    MakeClockSums(*sql);
    book.file().BeforeCommit(CountClockMoves);
    const std::string fingerprint = ledger::Hex(
        ledger::AsBytes(ledger::Sha256({clocks->table_.fingerprint, "\n--\n", clocks->calendar_.Fingerprint()})));
    const auto known = sql->Ask<std::string>("SELECT fingerprint FROM clock_table");
    if (!known.empty() && std::get<0>(known[0]) == fingerprint) return petition::Ok();
    GUIYI_TRY(const auto transaction, book.Begin());
    if (!known.empty()) GUIYI_CHECK(clocks->RecountAll());
    sql->Run("DELETE FROM clock_table");
    sql->Run("INSERT INTO clock_table(fingerprint) VALUES($1)", fingerprint);
    return transaction->Commit();
  });
  if (!opened.ok()) return opened.error();
  return clocks;
}

Status ClockBook::RecountAll() {
  return Guarded("clocks", [&]() -> Status {
    auto sql = book_.file().Writer();
    std::int64_t after = -1;
    for (;;) {
      const auto some =
          sql->Ask<std::uint64_t>("SELECT idx FROM clock_facts WHERE idx>$1 ORDER BY idx LIMIT 1000", after);
      if (some.empty()) return petition::Ok();
      for (const auto& [index] : some) RecountClocks(*sql, index, table_, calendar_);
      CountClockMoves(*sql);
      after = Id(std::get<0>(some.back()));
    }
  });
}

Status ClockBook::TakeIntake(const dedup::IntakeRow& row, const IntakeRecord* record) {
  // A revision is the same petition told anew: its chain's clocks run on.
  if (row.historic || row.revises || !record) return petition::Ok();
  const auto& said = record->submission;
  const bool anonymous = said.anonymous || said.petitioners.empty(), is_petition = said.is_petition.value_or(true);
  return Guarded("clocks", [&]() -> Status {
    auto sql = book_.file().Writer();
    if (!sql->Ask<int>("SELECT 1 FROM clock_facts WHERE idx=$1", Id(row.index)).empty()) return petition::Ok();
    sql->Run("INSERT INTO clock_facts(idx, purpose, channel, anonymous, petition) VALUES($1, $2, $3, $4, $5)",
             Id(row.index), said.purpose, row.channel, anonymous, is_petition);
    const Clocked of{{row.received_at, row.registered_at, said.purpose, row.channel, anonymous, is_petition},
                     row.source,
                     row.division,
                     row.sealed};
    // Nothing has happened to it yet.
    for (const auto& state : ClocksOf(of.facts, {}, table_, calendar_)) AddClock(*sql, row.index, of, state);
    return petition::Ok();
  });
}

Status ClockBook::TakeEvent(std::uint64_t entry, const Json& record) {
  const std::string event = record.value("event", "");
  if (event.empty() || !record.contains("intake")) return petition::Ok();
  const auto index = record.at("intake").get<std::uint64_t>();
  GUIYI_TRY(const Time at, petition::ParseTime(record.at("at").get<std::string>()));
  return Guarded("clocks", [&]() -> Status {
    auto sql = book_.file().Writer();
    const auto place = dedup::book::FindPlace(*sql, index);
    if (!place) return petition::Ok();
    std::vector<std::uint64_t> members{index};
    if (std::find(kForTheCase.begin(), kForTheCase.end(), event) != kForTheCase.end())
      members = dedup::book::MembersOf(*sql, place->lead);
    for (const std::uint64_t member : members) {
      sql->Run("INSERT OR IGNORE INTO clock_marks(idx, entry, event, at, days) VALUES($1, $2, $3, $4, $5)", Id(member),
               Id(entry), event, Millis(at), DaysSaid(record));
      RecountClocks(*sql, member, table_, calendar_);
    }
    return petition::Ok();
  });
}

namespace {

#define GUIYI_CLOCK_COLUMNS                                                                                       \
  "m.idx, i.no, l.no, m.source, m.division, m.sealed, m.clock, m.started, m.due, m.yellow, m.paused, m.stopped, " \
  "m.extended, m.pauses "
#define GUIYI_CLOCK_FROM "FROM clocks m JOIN intakes i ON i.idx=m.idx JOIN intakes l ON l.idx=i.lead "
// Lamps: 0 green, 1 yellow, 2 red, 3 paused, 5 unknown; -1 all that run.
#define GUIYI_CLOCK_WHERE                                                                                          \
  "WHERE m.stopped=0 AND ($1='' OR m.clock=$1) AND ($2='' OR m.source=$2) AND ($3='' OR m.division LIKE $3||'%') " \
  "AND ($4<0 OR ($4=3 AND m.paused>0) OR ($4=5 AND m.paused=0 AND m.due=0) OR (m.paused=0 AND m.due>0 AND (($4=0 " \
  "AND m.yellow>$5) OR ($4=1 AND m.yellow<=$5 AND m.due>$5) OR ($4=2 AND m.due<=$5)))) AND ($6=0 OR NOT EXISTS("   \
  "SELECT 1 FROM intakes o JOIN clocks c ON c.idx=o.idx WHERE o.lead=i.lead AND c.clock=m.clock AND c.stopped=0 "  \
  "AND (c.sealed=0 OR $7=1) AND (c.due<m.due OR (c.due=m.due AND c.idx<m.idx)))) AND " GUIYI_SCOPE("$7", "$8", "$9")

// Those of a filter from a place on, out of the index that holds all that is asked.
#define GUIYI_CLOCK_PICKED \
  "FROM clocks m JOIN intakes i ON i.idx=m.idx " GUIYI_CLOCK_WHERE " AND (m.due, m.idx, m.clock)>($10, $11, $12)"

constexpr std::string_view kClockColumns[] = {"due", "started", "clock", "intake", "case", "source"};
#define GUIYI_CLOCK_KEY                                                                                          \
  "CASE $12 WHEN 1 THEN m.due WHEN 2 THEN m.started WHEN 3 THEN m.clock WHEN 4 THEN i.no WHEN 5 THEN l.no ELSE " \
  "m.source END"
#define GUIYI_CLOCK_SORTED(after, order)                                                                        \
  "SELECT " GUIYI_CLOCK_COLUMNS GUIYI_CLOCK_FROM GUIYI_CLOCK_WHERE " AND ($10<0 OR $11='' OR (" GUIYI_CLOCK_KEY \
  ", m.idx, m.clock)" after "(SELECT " GUIYI_CLOCK_KEY ", m.idx, m.clock " GUIYI_CLOCK_FROM                     \
  "WHERE m.idx=$10 AND m.clock=$11)) ORDER BY " order

const char* ClocksQuestion(const dedup::ListOrder& order) {
  if (order.falling) return GUIYI_CLOCK_SORTED("<", GUIYI_CLOCK_KEY " DESC, m.idx DESC, m.clock DESC") " LIMIT $13";
  return GUIYI_CLOCK_SORTED(">", GUIYI_CLOCK_KEY ", m.idx, m.clock") " LIMIT $13";
}

template <typename... A>
std::vector<ClockRow> AskClocks(dedup::Connection& sql, const char* text, const A&... args) {
  std::vector<ClockRow> rows;
  for (auto& [index, no, lead, source, division, sealed, clock, started, due, yellow, paused, stopped, extended,
              pauses] :
       sql.Ask<std::uint64_t, std::string, std::string, std::string, std::string, int, std::string, std::int64_t,
               std::int64_t, std::int64_t, std::int64_t, std::int64_t, int, std::string>(text, args...)) {
    ClockRow row;
    row.index = index;
    row.intake_no = std::move(no);
    row.case_no = dedup::CaseNo(lead);
    row.source = std::move(source);
    row.division = std::move(division);
    row.sealed = sealed != 0;
    row.clock = std::move(clock);
    row.started_at = FromLocalMillis(started);
    row.due_at = FromLocalMillis(due);
    row.yellow_at = FromLocalMillis(yellow);
    if (paused > 0) row.paused_since = FromLocalMillis(paused);
    if (stopped > 0) row.stopped_at = FromLocalMillis(stopped);
    row.extended_days = extended;
    for (const Json& pause : Json::parse(pauses))
      row.pauses.emplace_back(FromLocalMillis(pause.at(0).get<std::int64_t>()),
                              FromLocalMillis(pause.at(1).get<std::int64_t>()));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// "DUE:INDEX:CLOCK": the last row shown.
struct ClockCursor {
  std::int64_t due = -1, index = -1;
  std::string clock;
};
bool ReadClockCursor(const std::string& text, ClockCursor& cursor) {
  char* end = nullptr;
  cursor.due = std::strtoll(text.c_str(), &end, 10);
  if (end == text.c_str() || *end != ':') return false;
  const char* digits = end + 1;
  cursor.index = std::strtoll(digits, &end, 10);
  if (end == digits || *end != ':') return false;
  cursor.clock = end + 1;
  return true;
}

/// Before it stands none of that lamp: what is green or yellow is due later than now.
ClockCursor FloorOf(std::optional<Lamp> lamp, Time now) {
  ClockCursor floor;
  if (lamp == Lamp::kGreen || lamp == Lamp::kYellow) floor.due = LocalMillis(now);
  return floor;
}

}  // namespace

Result<ClockPage> ClockBook::List(const ClockFilter& filter, const dedup::Scope& scope, Time now,
                                  std::string_view cursor, std::size_t limit) const {
  ClockCursor after;
  if (!cursor.empty() && !ReadClockCursor(std::string(cursor), after))
    return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
  GUIYI_TRY(const auto order, dedup::ReadListOrder(filter.sort, kClockColumns));
  const ClockCursor shown_last = after;
  limit = std::clamp<std::size_t>(limit, 1, kClockPageMax);
  const int lamp = filter.lamp ? static_cast<int>(*filter.lamp) : -1;
  const ClockCursor floor = FloorOf(filter.lamp, now);
  if (after.due < floor.due) after = floor;
  const std::string divisions = dedup::book::DivisionPrefixes(scope.divisions);
  return Guarded("clocks", [&]() -> Result<ClockPage> {
    auto sql = book_.file().Reader();
    ClockPage page;
    page.total =
        std::get<0>(sql->Ask<std::uint64_t>(GUIYI_COUNTED_ROWS("SELECT 1 " GUIYI_CLOCK_PICKED), filter.clock,
                                            filter.source, filter.division, lamp, LocalMillis(now), filter.per_case,
                                            scope.sealed, scope.source, divisions, floor.due, floor.index, floor.clock)
                        .at(0));
    GUIYI_CHECK(dedup::CheckSortable(order, page.total));
    if (order.column > 0) {
      page.rows = AskClocks(*sql, ClocksQuestion(order), filter.clock, filter.source, filter.division, lamp,
                            LocalMillis(now), filter.per_case, scope.sealed, scope.source, divisions, shown_last.index,
                            shown_last.clock, order.column, limit + 1);
    } else {
      page.rows =
          AskClocks(*sql,
                    "SELECT " GUIYI_CLOCK_COLUMNS "FROM (SELECT m.idx AS idx, m.clock AS clock " GUIYI_CLOCK_PICKED
                    " ORDER BY m.due, m.idx, m.clock LIMIT $13) k JOIN clocks m ON m.idx=k.idx AND "
                    "m.clock=k.clock JOIN intakes i ON i.idx=m.idx JOIN intakes l ON l.idx=i.lead ORDER BY m.due, "
                    "m.idx, m.clock",
                    filter.clock, filter.source, filter.division, lamp, LocalMillis(now), filter.per_case, scope.sealed,
                    scope.source, divisions, after.due, after.index, after.clock, limit + 1);
    }
    if (page.rows.size() > limit) {
      page.rows.resize(limit);
      const ClockRow& shown = page.rows.back();
      page.next = std::to_string(LocalMillis(shown.due_at)) + ":" + std::to_string(shown.index) + ":" + shown.clock;
    }
    return page;
  });
}

Result<std::vector<ClockRow>> ClockBook::OfIntake(std::uint64_t index) const {
  return Guarded("clocks", [&]() -> Result<std::vector<ClockRow>> {
    auto sql = book_.file().Reader();
    return AskClocks(*sql, "SELECT " GUIYI_CLOCK_COLUMNS GUIYI_CLOCK_FROM "WHERE m.idx=$1 ORDER BY m.started, m.clock",
                     Id(index));
  });
}

Result<std::vector<ClockTotal>> ClockBook::Totals(std::string_view from, std::string_view to, const dedup::Scope& scope,
                                                  Time now) const {
  const std::int64_t first = from.size() == 6 ? std::stoll(std::string(from)) : 0;
  const std::int64_t last = to.size() == 6 ? std::stoll(std::string(to)) : 999999;
  // Limits in days end with a day, so that days tell the lamp; those in hours change it at the day's end only here.
  const std::int64_t today = LocalMillis(now) / 86'400'000;
  return Guarded("clocks", [&]() -> Result<std::vector<ClockTotal>> {
    std::vector<ClockTotal> totals;
    auto sql = book_.file().Reader();
    for (auto& [clock, green, yellow, red, paused, unknown, in_time, late] :
         sql->Ask<std::string, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t,
                  std::uint64_t>(
             "SELECT m.clock, SUM(m.running*(m.due_day>0 AND m.yellow_day>$1)), SUM(m.running*(m.yellow_day<=$1 AND "
             "m.due_day>$1)), SUM(m.running*(m.due_day>0 AND m.due_day<=$1)), SUM(m.paused), "
             "SUM(m.running*(m.due_day=0)), SUM(m.in_time), SUM(m.late) FROM " GUIYI_COVERED(
                 "$2", "clock_sums") "WHERE m.month BETWEEN $3 AND $4 AND (m.sealed=0 OR $5=1) GROUP BY m.clock ORDER "
                                     "BY m.clock",
             today, CoverOf(*sql, scope), first, last, scope.sealed))
      totals.push_back({std::move(clock), green, yellow, red, paused, unknown, in_time, late});
    return totals;
  });
}

Result<std::string> ClockBook::Dump() const {
  return Guarded("clocks", [&]() -> Result<std::string> {
    std::string dump;
    auto sql = book_.file().Reader();
    for (const auto& [line] : sql->Ask<std::string>(
             "SELECT json_array(idx, clock, month, started, due, yellow, paused, stopped, extended, pauses, source, "
             "division, sealed) FROM clocks ORDER BY idx, clock"))
      dump += "clock " + line + "\n";
    for (const auto& [line] : sql->Ask<std::string>(
             "SELECT json_array(level, division, clock, month, due_day, yellow_day, sealed, running, paused, in_time, "
             "late) FROM clock_sums WHERE running+paused+in_time+late<>0 ORDER BY level, division, clock, month, "
             "due_day, yellow_day, sealed"))
      dump += "clocks " + line + "\n";
    return dump;
  });
}

}  // namespace gateway
