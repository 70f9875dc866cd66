#include "gateway/state/deliveries.h"

#include <algorithm>
#include <limits>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"
#include "gateway/state/delivery_figures.h"
#include "gateway/state/list_total.h"

namespace gateway {

using dedup::Connection;
using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Result;
using petition::Status;
using petition::Time;

namespace {

// The order of DeliveryState is stored, and the partial indexes below count on it: up to kSettling a row is open.
static_assert(static_cast<int>(DeliveryState::kSettling) == 3 && static_cast<int>(DeliveryState::kDone) == 4);

// Rows that wait for something else than time have their next_at here, so that the questions for what is due pass them
// by.
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

#define GUIYI_EARLIER_REGISTRATION "SELECT 1 FROM deliveries o WHERE o.idx=NEW.idx AND o.entry<0 AND o.id<NEW.id"

constexpr const char* kDeliveriesSchema[] = {
    // `entry`: ledger index of what an update tells, -1 for the registration. `order_key`: rows of one key are sent one
    // after the other.
    "CREATE TABLE IF NOT EXISTS deliveries(id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT NOT NULL, kind TEXT "
    "NOT NULL, idx INTEGER NOT NULL, entry INTEGER NOT NULL,"
    " event TEXT NOT NULL, order_key INTEGER NOT NULL, case_no TEXT NOT NULL, state INTEGER NOT NULL, attempts INTEGER "
    "NOT NULL, next_at INTEGER NOT NULL,"
    " ask_first INTEGER NOT NULL, reason TEXT NOT NULL, national_no TEXT NOT NULL, national_state TEXT NOT NULL, "
    "created INTEGER NOT NULL, updated INTEGER NOT NULL, owner TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries(destination, id) WHERE state<=3",
    "CREATE INDEX IF NOT EXISTS deliveries_time ON deliveries(destination, next_at) WHERE state<=3",
    "CREATE INDEX IF NOT EXISTS deliveries_order ON deliveries(order_key, id) WHERE state<=3",
    "CREATE INDEX IF NOT EXISTS deliveries_idx ON deliveries(idx)",
    "CREATE INDEX IF NOT EXISTS deliveries_state ON deliveries(state, id)",
    // What an intake is called and how it stands at the national system is what its first destination says: the
    // registration owed there keeps that one's newest word, and what others say is put right again.
    "CREATE TRIGGER IF NOT EXISTS deliveries_word AFTER UPDATE OF national_no, national_state ON deliveries WHEN "
    "NEW.entry<0 AND NOT EXISTS(" GUIYI_EARLIER_REGISTRATION
    ") BEGIN UPDATE intakes SET national_no=NEW.national_no, national_state=NEW.national_state WHERE idx=NEW.idx AND "
    "(national_no<>NEW.national_no OR national_state<>NEW.national_state); END",
    "CREATE TRIGGER IF NOT EXISTS intakes_word AFTER UPDATE OF national_no, national_state ON intakes BEGIN UPDATE "
    "intakes SET (national_no, national_state)=(SELECT d.national_no, d.national_state FROM deliveries d WHERE "
    "d.idx=NEW.idx AND d.entry<0 ORDER BY d.id LIMIT 1) WHERE idx=NEW.idx AND EXISTS(SELECT 1 FROM deliveries d WHERE "
    "d.idx=NEW.idx AND d.entry<0); END",
};

#define GUIYI_DELIVERY_COLUMNS                                                                               \
  "SELECT d.id, d.destination, d.kind, d.idx, d.entry, d.event, d.case_no, d.state, d.attempts, d.next_at, " \
  "d.ask_first, d.reason, d.national_no, d.national_state, d.created, d.updated,"                            \
  " m.no, m.source, m.division, m.sealed, d.owner FROM deliveries d JOIN intakes m ON m.idx=d.idx "

// What a list asks besides the state: scope, place, destination.
#define GUIYI_DELIVERY_LISTED GUIYI_SCOPE("$2", "$3", "$4") " AND d.id<$5 AND ($6='' OR d.destination=$6)"

constexpr std::string_view kDeliveryColumns[] = {"intake", "kind", "state", "attempts", "updated"};
#define GUIYI_DELIVERY_KEY \
  "CASE $7 WHEN 1 THEN m.no WHEN 2 THEN d.kind WHEN 3 THEN d.state WHEN 4 THEN d.attempts ELSE d.updated END"
#define GUIYI_DELIVERY_ROW "FROM deliveries d JOIN intakes m ON m.idx=d.idx"

// The beginning of statements that owe an answer: destination, kind and intake; entry and event follow.
#define GUIYI_OWE_ANSWER                                                                                        \
  "INSERT INTO deliveries(destination, kind, idx, entry, event, order_key, case_no, state, attempts, next_at, " \
  "ask_first, reason, national_no, national_state, created, updated) SELECT d.destination, 'event', d.idx,"

template <typename... A>
std::vector<Delivery> AskRows(Connection& sql, const char* text, const A&... args) {
  std::vector<Delivery> rows;
  for (auto& tuple :
       sql.Ask<std::uint64_t, std::string, std::string, std::uint64_t, std::int64_t, std::string, std::string, int,
               std::uint32_t, std::int64_t, int, std::string, std::string, std::string, std::int64_t, std::int64_t,
               std::string, std::string, std::string, int, std::string>(text, args...)) {
    Delivery row;
    std::int64_t entry = 0, next_at = 0, created = 0, updated = 0;
    int state = 0, ask_first = 0, sealed = 0;
    std::tie(row.id, row.destination, row.kind, row.index, entry, row.event, row.case_no, state, row.attempts, next_at,
             ask_first, row.reason, row.national_no, row.national_state, created, updated, row.intake_no, row.source,
             row.division, sealed, row.owner) = std::move(tuple);
    row.update = entry >= 0;
    row.entry = entry >= 0 ? static_cast<std::uint64_t>(entry) : 0;
    row.state = static_cast<DeliveryState>(state);
    row.next_at = FromMillis(next_at == kNever ? 0 : next_at);
    row.ask_first = ask_first != 0;
    row.created_at = FromMillis(created);
    row.updated_at = FromMillis(updated);
    row.sealed = sealed != 0;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// One short transaction of its own: a single statement. kNotFound when it changed nothing.
template <typename... A>
Status Mark(dedup::CaseBook& book, const char* text, const A&... args) {
  return Guarded("delivery", [&]() -> Status {
    auto sql = book.file().Writer();
    sql->Run(text, args...);
    if (sql->Number("SELECT changes()") == 0) return petition::NotFound("no such delivery in that state");
    return petition::Ok();
  });
}

/// After an entry was put on the ledger: the follower may have folded it already, then there is nothing to mark.
template <typename... A>
Status MarkUnlessFolded(dedup::CaseBook& book, const char* text, const A&... args) {
  const Status marked = Mark(book, text, args...);
  return !marked.ok() && marked.error().code == petition::Code::kNotFound ? petition::Ok() : marked;
}

constexpr std::size_t kPageMax = 500;

// Of one state by its index; of all in the order of the table.
#define GUIYI_DELIVERIES_SORTED(state, order)                                                            \
  GUIYI_DELIVERY_COLUMNS "WHERE " state                                                                  \
                         " AND " GUIYI_SCOPE("$2", "$3", "$4") " AND ($5='' OR d.destination=$5)" order( \
                             GUIYI_DELIVERY_KEY, "d.id", GUIYI_DELIVERY_ROW, "$6") "LIMIT $8"

const char* SortedDeliveries(bool one_state, bool falling) {
  if (one_state)
    return falling ? GUIYI_DELIVERIES_SORTED("d.state=$1", GUIYI_FALLING)
                   : GUIYI_DELIVERIES_SORTED("d.state=$1", GUIYI_RISING);
  return falling ? GUIYI_DELIVERIES_SORTED("+d.state>=$1", GUIYI_FALLING)
                 : GUIYI_DELIVERIES_SORTED("+d.state>=$1", GUIYI_RISING);
}

/// A destination's newest word about an item, kept with its registration there; what it does not say stays.
void GiveWord(Connection& sql, std::uint64_t index, std::string_view destination, std::string_view national_no,
              std::string_view national_state) {
  sql.Run(
      "UPDATE deliveries SET national_no=CASE WHEN $1='' THEN national_no ELSE $1 END, national_state=CASE WHEN "
      "$2='' THEN national_state ELSE $2 END WHERE idx=$3 AND destination=$4 AND entry<0",
      national_no, national_state, Id(index), destination);
}

std::int64_t EntryOf(const DeliveryKey& key) { return key.update ? Id(*key.update) : std::int64_t{-1}; }

}  // namespace

std::string_view DeliveryStateName(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return "pending";
    case DeliveryState::kSending:
      return "sending";
    case DeliveryState::kUnknown:
      return "unknown";
    case DeliveryState::kSettling:
      return "settling";
    case DeliveryState::kDone:
      return "done";
    case DeliveryState::kParked:
      return "parked";
    case DeliveryState::kSkipped:
      return "skipped";
  }
  return "pending";
}

std::optional<DeliveryState> DeliveryStateFromName(std::string_view name) {
  for (int value = 0; value <= static_cast<int>(DeliveryState::kSkipped); ++value) {
    if (DeliveryStateName(static_cast<DeliveryState>(value)) == name) return static_cast<DeliveryState>(value);
  }
  return std::nullopt;
}

Result<std::unique_ptr<Deliveries>> Deliveries::Open(dedup::CaseBook& book) {
  return Guarded("deliveries", [&]() -> Result<std::unique_ptr<Deliveries>> {
    auto sql = book.file().Writer();
    for (const char* statement : kDeliveriesSchema) sql->Exec(statement);
    MakeDeliveryFigures(*sql);
    GUIYI_TRY(auto instructions, InstructionBook::Open(book));
    GUIYI_TRY(auto quarantine, Quarantine::Open(book));
    return std::unique_ptr<Deliveries>(new Deliveries(book, instructions, quarantine));
  });
}

Deliveries::~Deliveries() = default;

Result<std::vector<Delivery>> Deliveries::NextDue(std::string_view destination, Time now, std::size_t limit) const {
  return Guarded("due", [&]() -> Result<std::vector<Delivery>> {
    auto sql = book_.file().Reader();
    return AskRows(
        *sql,
        GUIYI_DELIVERY_COLUMNS
        "WHERE d.destination=$1 AND d.state<=3 AND d.next_at<=$2"
        // An update of what was never registered there waits for a person, not the others of the case for it.
        " AND NOT EXISTS(SELECT 1 FROM deliveries e WHERE e.order_key=d.order_key AND "
        "e.destination=d.destination AND e.state<=3 AND e.id<d.id"
        " AND (e.entry<0 OR NOT EXISTS(SELECT 1 FROM deliveries q WHERE q.idx=e.idx AND "
        "q.destination=e.destination AND q.entry<0 AND q.state>=5)))"
        " AND (d.entry<0 OR EXISTS(SELECT 1 FROM deliveries r WHERE r.idx=d.idx AND "
        "r.destination=d.destination AND r.entry<0 AND r.state=4))"
        " ORDER BY d.id LIMIT $3",
        destination, Millis(now), std::clamp<std::size_t>(limit, 1, kPageMax));
  });
}

Result<std::optional<Time>> Deliveries::NextTime(std::string_view destination) const {
  return Guarded("due", [&]() -> Result<std::optional<Time>> {
    auto sql = book_.file().Reader();
    const auto rows = sql->Ask<std::int64_t>(
        "SELECT next_at FROM deliveries WHERE destination=$1 AND state<=3 AND next_at<$2 ORDER BY next_at LIMIT 1",
        destination, kNever);
    if (rows.empty()) return std::optional<Time>();
    return std::optional<Time>(FromMillis(std::get<0>(rows[0])));
  });
}

Status Deliveries::MarkSending(std::uint64_t id, Time now) {
  return Mark(
      book_,
      "UPDATE deliveries SET state=1, attempts=attempts+1, next_at=$1, updated=$2 WHERE id=$3 AND state IN (0, 2)",
      kNever, Millis(now), Id(id));
}

Status Deliveries::MarkRetry(std::uint64_t id, Time next_at, std::string_view reason) {
  return Mark(book_, "UPDATE deliveries SET state=0, next_at=$1, reason=$2, ask_first=0 WHERE id=$3 AND state<=3",
              Millis(next_at), reason, Id(id));
}

Status Deliveries::MarkUnknown(std::uint64_t id, Time next_at, std::string_view reason) {
  return Mark(book_, "UPDATE deliveries SET state=2, next_at=$1, reason=$2 WHERE id=$3 AND state<=3", Millis(next_at),
              reason, Id(id));
}

Status Deliveries::MarkAsked(std::uint64_t id) {
  return Mark(book_, "UPDATE deliveries SET state=0, next_at=0, ask_first=0 WHERE id=$1 AND state<=3", Id(id));
}

Status Deliveries::MarkSettling(std::uint64_t id) {
  return MarkUnlessFolded(book_, "UPDATE deliveries SET state=3, next_at=$1 WHERE id=$2 AND state<=3", kNever, Id(id));
}

Status Deliveries::MarkSkipping(std::uint64_t id) {
  return MarkUnlessFolded(book_, "UPDATE deliveries SET state=3, next_at=$1 WHERE id=$2 AND state IN (0, 2, 5)", kNever,
                          Id(id));
}

Status Deliveries::MarkDeferred(std::uint64_t id, Time next_at, std::string_view reason) {
  return Mark(book_,
              "UPDATE deliveries SET state=0, next_at=$1, reason=$2, ask_first=0, attempts=MAX(attempts-1, 0) WHERE "
              "id=$3 AND state<=3",
              Millis(next_at), reason, Id(id));
}

Status Deliveries::MarkUnanswered(std::uint64_t id, Time next_at, std::string_view reason) {
  return Mark(book_,
              "UPDATE deliveries SET state=2, next_at=$1, reason=$2, attempts=attempts+1 WHERE id=$3 AND state<=3",
              Millis(next_at), reason, Id(id));
}

Status Deliveries::Recover(std::string_view destination) {
  return Guarded("recover", [&]() -> Status {
    book_.file().Writer()->Run(
        "UPDATE deliveries SET ask_first=1, state=CASE WHEN state IN (1, 3) THEN 2 ELSE state END, next_at=CASE WHEN "
        "state IN (1, 3) THEN 0 ELSE next_at END WHERE destination=$1 AND state<=3",
        destination);
    return petition::Ok();
  });
}

Result<Deliveries::Page> Deliveries::List(std::optional<DeliveryState> state, const dedup::Scope& scope,
                                          std::string_view cursor, std::size_t limit, std::string_view destination,
                                          std::string_view sort) const {
  GUIYI_TRY(const auto order, dedup::ReadListOrder(sort, kDeliveryColumns));
  GUIYI_TRY(const auto from_row, dedup::ReadSortedCursor(cursor));
  return Guarded("deliveries", [&]() -> Result<Page> {
    auto sql = book_.file().Reader();
    const int wanted = state ? static_cast<int>(*state) : 0;
    const std::string prefixes = dedup::book::DivisionPrefixes(scope.divisions);
    const std::size_t count = std::clamp<std::size_t>(limit, 1, kPageMax);
    Page page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>(
        state ? GUIYI_COUNTED_ROWS("SELECT 1 FROM deliveries d CROSS JOIN intakes m ON m.idx=d.idx WHERE "
                                   "d.state=$1 AND " GUIYI_DELIVERY_LISTED)
              : GUIYI_COUNTED_ROWS("SELECT 1 FROM deliveries d NOT INDEXED CROSS JOIN intakes m ON m.idx=d.idx WHERE "
                                   "d.state>=$1 AND " GUIYI_DELIVERY_LISTED),
        wanted, scope.sealed, scope.source, prefixes, kNever, destination)[0]);
    GUIYI_CHECK(dedup::CheckSortable(order, page.total));
    if (order.column > 0) {
      page.rows = AskRows(*sql, SortedDeliveries(state.has_value(), order.falling), wanted, scope.sealed, scope.source,
                          prefixes, destination, from_row, order.column, count + 1);
    } else {
      page.rows = AskRows(
          *sql,
          state ? GUIYI_DELIVERY_COLUMNS "WHERE d.state=$1 AND " GUIYI_DELIVERY_LISTED " ORDER BY d.id DESC LIMIT $7"
                : GUIYI_DELIVERY_COLUMNS "WHERE +d.state>=$1 AND " GUIYI_DELIVERY_LISTED " ORDER BY d.id DESC LIMIT $7",
          wanted, scope.sealed, scope.source, prefixes, from_row < 0 ? kNever : from_row, destination, count + 1);
    }
    if (page.rows.size() > count) {
      page.rows.resize(count);
      page.next = std::to_string(page.rows.back().id);
    }
    return page;
  });
}

Result<Delivery> Deliveries::Get(std::uint64_t id, const dedup::Scope& scope) const {
  return Guarded("delivery", [&]() -> Result<Delivery> {
    auto sql = book_.file().Reader();
    auto rows = AskRows(*sql, GUIYI_DELIVERY_COLUMNS "WHERE d.id=$1 AND " GUIYI_SCOPE("$2", "$3", "$4"), Id(id),
                        scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions));
    if (rows.empty()) return petition::NotFound("no such delivery");
    return std::move(rows[0]);
  });
}

Result<std::vector<Delivery>> Deliveries::OfIntake(std::uint64_t index) const {
  return Guarded("deliveries", [&]() -> Result<std::vector<Delivery>> {
    auto sql = book_.file().Reader();
    return AskRows(*sql, GUIYI_DELIVERY_COLUMNS "WHERE d.idx=$1 ORDER BY d.id", Id(index));
  });
}

Result<std::vector<Deliveries::Total>> Deliveries::Totals(const dedup::Scope& scope) const {
  return Guarded("totals", [&]() -> Result<std::vector<Total>> {
    auto sql = book_.file().Reader();
    return DeliveryTotals(*sql, scope);
  });
}

Result<std::string> Deliveries::Dump() const {
  return Guarded("dump", [&]() -> Result<std::string> {
    auto sql = book_.file().Reader();
    std::string text;
    for (const auto& [line] : sql->Ask<std::string>(
             "SELECT 'delivery '||json_array(id,destination,kind,idx,entry,event,order_key,case_no,CASE WHEN state<=3 "
             "THEN 0 ELSE state END,CASE WHEN state<=3 THEN '' ELSE reason END,"
             "national_no,national_state,created,owner) FROM deliveries ORDER BY id")) {
      text += line + '\n';
    }
    return text;
  });
}

Status Deliveries::AddRegistration(std::string_view destination, const dedup::IntakeRow& intake,
                                   std::uint64_t order_key, std::string_view case_no, Time at, bool ask_first) {
  return Guarded("owe", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run(
        "INSERT INTO deliveries(destination, kind, idx, entry, event, order_key, case_no, state, attempts, next_at, "
        "ask_first, reason, national_no, national_state, created, updated)"
        " VALUES($1, 'register', $2, -1, '', $3, $4, $5, 0, 0, $6, '', '', '', $7, $8)",
        destination, Id(intake.index), Id(order_key), case_no,
        ask_first ? DeliveryState::kUnknown : DeliveryState::kPending, ask_first, Millis(at), Millis(at));
    return petition::Ok();
  });
}

Status Deliveries::AddUpdate(std::uint64_t index, std::uint64_t entry, std::string_view kind, std::string_view event,
                             Time at, bool ask_first, std::string_view except) {
  return Guarded("owe", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run(
        "INSERT INTO deliveries(destination, kind, idx, entry, event, order_key, case_no, state, attempts, next_at, "
        "ask_first, reason, national_no, national_state, created, updated)"
        " SELECT d.destination, $1, d.idx, $2, $3, d.order_key, 'C'||l.no, $4, 0, 0, $5, '', '', '', $6, $7 FROM "
        "deliveries d JOIN intakes m ON m.idx=d.idx JOIN intakes l ON l.idx=m.lead"
        " WHERE d.idx=$8 AND d.entry<0 AND d.state<>6 AND d.destination<>$9 ORDER BY d.id",
        kind, Id(entry), event, ask_first ? DeliveryState::kUnknown : DeliveryState::kPending, ask_first, Millis(at),
        Millis(at), Id(index), except);
    return petition::Ok();
  });
}

Status Deliveries::AddSharedAnswer(std::uint64_t index, std::uint64_t entry, std::string_view event, Time at,
                                   bool ask_first) {
  return Guarded("owe", [&]() -> Status {
    book_.file().Writer()->Run(
        GUIYI_OWE_ANSWER
        " $1, $2, d.order_key, 'C'||l.no, $3, 0, 0, $4, '', '', '', $5, $6 FROM intakes s JOIN "
        "intakes m ON m.lead=s.lead AND m.idx<>s.idx JOIN intakes l ON l.idx=m.lead JOIN deliveries d ON d.idx=m.idx "
        "WHERE s.idx=$7 AND m.historic=0 AND d.entry<0 AND d.state<>6 ORDER BY d.id",
        Id(entry), event, ask_first ? DeliveryState::kUnknown : DeliveryState::kPending, ask_first, Millis(at),
        Millis(at), Id(index));
    return petition::Ok();
  });
}

Status Deliveries::AddLateAnswers(std::uint64_t index, Time at, bool ask_first) {
  return Guarded("owe", [&]() -> Status {
    using petition::Relation;
    book_.file().Writer()->Run(
        GUIYI_OWE_ANSWER
        " e.entry, e.event, d.order_key, 'C'||l.no, $1, 0, 0, $2, '', '', '', $3, $4 FROM intakes m "
        "JOIN intakes o ON o.lead=m.lead AND o.idx<>m.idx JOIN events e ON e.idx=o.idx JOIN intakes l ON l.idx=m.lead "
        "JOIN deliveries d ON d.idx=m.idx WHERE m.idx=$5 AND m.historic=0 AND m.relation NOT IN ($6, $7, $8) AND "
        "d.entry<0 AND d.state<>6"
        // Of each kind of answer the newest.
        " AND e.entry IN (SELECT MAX(w.entry) FROM intakes v JOIN events w ON w.idx=v.idx WHERE v.lead=m.lead AND "
        "v.idx<>m.idx AND w.event IN ('replied', 'closed', 'resolved') GROUP BY w.event)"
        " AND NOT EXISTS(SELECT 1 FROM events own WHERE own.idx=m.idx AND own.event IN ('replied', 'closed', "
        "'resolved'))"
        " AND NOT EXISTS(SELECT 1 FROM deliveries q WHERE q.idx=m.idx AND q.destination=d.destination AND "
        "q.entry=e.entry) ORDER BY e.entry, d.id",
        ask_first ? DeliveryState::kUnknown : DeliveryState::kPending, ask_first, Millis(at), Millis(at), Id(index),
        Relation::kNew, Relation::kJoint, Relation::kRepeat);
    return petition::Ok();
  });
}

Status Deliveries::Reorder(std::uint64_t index) {
  return Guarded("reorder", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run("UPDATE deliveries SET order_key=(SELECT m.lead FROM intakes m WHERE m.idx=$1) WHERE idx=$2", Id(index),
             Id(index));
    return petition::Ok();
  });
}

Status Deliveries::Settle(const DeliveryKey& key, DeliveryState end, std::string_view national_no,
                          std::string_view national_state, std::string_view reason, Time at, std::string_view owner) {
  return Guarded("settle", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run(
        "UPDATE deliveries SET state=$1, next_at=$2, ask_first=0, national_no=$3, national_state=$4, reason=$5, "
        "updated=$6, owner=$7 WHERE idx=$8 AND destination=$9 AND entry=$10",
        end, kNever, national_no, national_state, reason, Millis(at), owner, Id(key.index), key.destination,
        EntryOf(key));
    // What it says about an update it says about the item.
    if (key.update) GiveWord(*sql, key.index, key.destination, national_no, national_state);
    return petition::Ok();
  });
}

Status Deliveries::TakeState(std::uint64_t index, std::string_view destination, std::string_view national_no,
                             std::string_view national_state) {
  return Guarded("state", [&]() -> Status {
    GiveWord(*book_.file().Writer(), index, destination, national_no, national_state);
    return petition::Ok();
  });
}

Status Deliveries::Assign(const DeliveryKey& key, std::string_view owner) {
  return Guarded("assign", [&]() -> Status {
    book_.file().Writer()->Run(
        "UPDATE deliveries SET owner=$1 WHERE idx=$2 AND destination=$3 AND entry=$4 AND state NOT IN (4, 6)", owner,
        Id(key.index), key.destination, EntryOf(key));
    return petition::Ok();
  });
}

Status Deliveries::Unpark(const DeliveryKey& key, Time at) {
  return Guarded("unpark", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run(
        "UPDATE deliveries SET state=2, next_at=0, attempts=0, ask_first=1, updated=$1 WHERE idx=$2 AND "
        "destination=$3 AND entry=$4 AND state IN (0, 2, 5)",
        Millis(at), Id(key.index), key.destination, EntryOf(key));
    return petition::Ok();
  });
}

Status Deliveries::Skip(const DeliveryKey& key, std::string_view reason, Time at) {
  return Guarded("skip", [&]() -> Status {
    auto sql = book_.file().Writer();
    sql->Run(
        "UPDATE deliveries SET state=6, next_at=$1, reason=$2, updated=$3 WHERE idx=$4 AND destination=$5 AND "
        "entry=$6 AND state NOT IN (4, 6)",
        kNever, reason, Millis(at), Id(key.index), key.destination, EntryOf(key));
    if (key.update) return petition::Ok();
    sql->Run(
        "UPDATE deliveries SET state=6, next_at=$1, reason='registration_skipped', updated=$2 WHERE idx=$3 AND "
        "destination=$4 AND entry>=0 AND state<>6 AND EXISTS(SELECT 1 FROM deliveries r WHERE r.idx=$5 AND "
        "r.destination=$6 AND r.entry<0 AND r.state=6)",
        kNever, Millis(at), Id(key.index), key.destination, Id(key.index), key.destination);
    return petition::Ok();
  });
}

}  // namespace gateway
