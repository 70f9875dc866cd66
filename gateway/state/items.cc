#include "gateway/state/items.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "dedup/case_book_impl.h"
#include "gateway/oversight/serial.h"
#include "gateway/state/item_figures.h"
#include "gateway/state/list_order.h"
#include "gateway/state/list_total.h"
#include "petition/identifiers.h"
#include "petition/relation.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Result;
using petition::Status;

namespace {

constexpr std::int64_t kItemHour = 3'600'000, kItemZone = 8 * kItemHour, kItemDay = 24 * kItemHour;
constexpr std::size_t kItemsPageMax = 500;
static_assert(static_cast<int>(petition::Relation::kRevision) == 2 &&
              static_cast<int>(petition::Relation::kDuplicate) == 3 &&
              static_cast<int>(petition::Relation::kSupplement) == 4 &&
              static_cast<int>(petition::Relation::kRepeat) == 5 && static_cast<int>(petition::Relation::kJoint) == 6);

// Firstness of the rows of `items` being updated. A first one's own revisions come after it.
#define GUIYI_EARLIER \
  "SELECT 1 FROM intakes me JOIN intakes o ON o.lead=me.lead AND o.idx<me.idx WHERE me.idx=items.idx"
#define GUIYI_FIRSTS                                                                \
  "first_hub=NOT EXISTS(" GUIYI_EARLIER "), first_source=NOT EXISTS(" GUIYI_EARLIER \
  " AND o.source=me.source), first_channel=NOT EXISTS(" GUIYI_EARLIER " AND o.channel=me.channel)"

constexpr const char* kItemsSchema[] = {
    // `revises`: -1 for the first of a chain. `claimed_*`: -1 when not said. `rating`: 0 none, 1 satisfied, 2 not.
    "CREATE TABLE IF NOT EXISTS items(idx INTEGER PRIMARY KEY, source TEXT NOT NULL, channel TEXT NOT NULL, division "
    "TEXT NOT NULL, category TEXT NOT NULL, day INTEGER NOT NULL, number TEXT NOT NULL, series TEXT NOT NULL, shape "
    "TEXT NOT NULL, serial INTEGER NOT NULL, width INTEGER NOT NULL, revises INTEGER NOT NULL, historic INTEGER NOT "
    "NULL, sealed INTEGER NOT NULL, relation INTEGER NOT NULL, closed INTEGER NOT NULL, urgent INTEGER NOT NULL, "
    "call_id TEXT NOT NULL, caller TEXT NOT NULL, barcode TEXT NOT NULL, claimed_first INTEGER NOT NULL, "
    "claimed_repeat INTEGER NOT NULL, rating INTEGER NOT NULL, received INTEGER NOT NULL, registered INTEGER NOT NULL, "
    "first_hub INTEGER NOT NULL, first_source INTEGER NOT NULL, first_channel INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS items_day ON items(source, day)",
    "CREATE INDEX IF NOT EXISTS items_number ON items(number, source) WHERE number<>''",
    "CREATE INDEX IF NOT EXISTS items_call ON items(call_id) WHERE call_id<>''",
    "CREATE INDEX IF NOT EXISTS items_caller ON items(caller, received) WHERE caller<>''",
    "CREATE INDEX IF NOT EXISTS items_barcode ON items(barcode) WHERE barcode<>''",
    "CREATE INDEX IF NOT EXISTS items_urgent ON items(idx) WHERE urgent=1 AND closed=0",
    "CREATE INDEX IF NOT EXISTS items_pending ON items(registered, sealed, source, division) WHERE first_hub=1 AND "
    "closed=0 AND historic=0",
    "CREATE INDEX IF NOT EXISTS items_pending_in ON items(division, registered, sealed, source) WHERE first_hub=1 AND "
    "closed=0 AND historic=0",
    "CREATE INDEX IF NOT EXISTS events_closed ON events(at, idx) WHERE event='closed'",
    "CREATE INDEX IF NOT EXISTS items_registered ON items(registered)",
    // Those tied to an earlier one.
    "CREATE INDEX IF NOT EXISTS items_tied ON items(registered, idx) WHERE relation>=3 AND historic=0 AND revises<0",
    // By the hour of registration, for silence: how much comes, not what, so both sides of the seal together.
    "CREATE TABLE IF NOT EXISTS figure_hours(source TEXT NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY "
    "KEY(source, hour)) WITHOUT ROWID",
    "CREATE TRIGGER IF NOT EXISTS items_follow AFTER UPDATE OF relation, sealed, closed ON intakes WHEN "
    "OLD.relation<>NEW.relation OR OLD.sealed<>NEW.sealed OR OLD.closed<>NEW.closed BEGIN UPDATE items SET "
    "relation=NEW.relation, sealed=NEW.sealed, closed=MAX(closed, NEW.closed) WHERE idx=NEW.idx; END",
    // Who is first in its case, of all, of its source, of its form: it and those after it, in the case it comes to and
    // in
    // the one it leaves.
    "CREATE TRIGGER IF NOT EXISTS items_first AFTER UPDATE OF lead ON intakes WHEN OLD.lead<>NEW.lead BEGIN "
    "UPDATE items SET " GUIYI_FIRSTS
    " WHERE idx IN (SELECT idx FROM intakes WHERE lead IN (NEW.lead, OLD.lead) AND "
    "idx>=NEW.idx); END",
};

std::int64_t DayKey(petition::Time time) { return std::stoll(petition::LocalDay(time)); }
int ClaimOf(const std::optional<bool>& claim) { return claim ? (*claim ? 1 : 0) : -1; }
std::int64_t DayOrElse(std::string_view day, std::int64_t otherwise) {
  return day.size() == 8 ? std::stoll(std::string(day)) : otherwise;
}

constexpr std::string_view kWhich[] = {
    "",        "closed", "open",      "claimed_first", "claimed_repeat", "claims_differ", "urgent",      "future",
    "repeats", "rated",  "satisfied", "first_hub",     "first_source",   "first_form",    "long_pending"};

}  // namespace

Result<std::unique_ptr<Items>> Items::Open(dedup::CaseBook& book, const ledger::Key& caller_key) {
  return Guarded("items", [&]() -> Result<std::unique_ptr<Items>> {
    auto sql = book.file().Writer();
    for (const char* statement : kItemsSchema) sql->Exec(statement);
    MakeItemFigures(*sql);
    book.file().BeforeCommit([](dedup::Connection& writer) { CountItemMoves(writer); });
    return std::unique_ptr<Items>(new Items(book, caller_key));
  });
}

std::string Items::CallerKey(std::string_view number_sha256) const {
  return number_sha256.empty() ? std::string() : ledger::Hex(ledger::KeyedHash(caller_key_, number_sha256, 8));
}

Status Items::Add(const dedup::IntakeRow& row, const IntakeRecord* record) {
  return Guarded("items", [&]() -> Status {
    auto sql = book_.file().Writer();
    const auto place = dedup::book::FindPlace(*sql, row.index);
    if (!place) return petition::Internal("an item without its intake");
    if (!sql->Ask<int>("SELECT 1 FROM items WHERE idx=$1", Id(row.index)).empty()) return petition::Ok();
    static const petition::Submission kNothing;
    const petition::Submission& said = record ? record->submission : kNothing;
    const std::string day = petition::LocalDay(row.received_at);
    const auto serial = ReadSerial(said.external_id, day);
    std::string caller;
    for (const auto& person : said.petitioners) {
      const auto phone =
          petition::NormalisePhone(person.calling_number.empty() ? person.phone : person.calling_number).normal;
      if (phone.empty()) continue;
      caller = CallerKey(ledger::Hex(ledger::AsBytes(ledger::Sha256(phone))));
      break;
    }
    bool first = true, first_source = true, first_channel = true;
    if (place->lead != row.index) {
      const auto [any, own_source, own_channel] = sql->Ask<std::uint64_t, std::uint64_t, std::uint64_t>(
                                                         "SELECT COUNT(*), IFNULL(SUM(source=$1), 0), "
                                                         "IFNULL(SUM(channel=$2), 0) FROM intakes WHERE lead=$3 AND "
                                                         "idx<$4",
                                                         row.source, row.channel, Id(place->lead), Id(row.index))
                                                      .at(0);
      first = any == 0;
      first_source = own_source == 0;
      first_channel = own_channel == 0;
    }
    sql->Run(
        "INSERT INTO items(idx, source, channel, division, category, day, number, series, shape, serial, "
        "width, revises, historic, sealed, relation, closed, urgent, call_id, caller, barcode, claimed_first, "
        "claimed_repeat, rating, received, registered, first_hub, first_source, first_channel) VALUES($1, $2, $3, $4, "
        "$5, $6, $7, $8, $9, $10, $11, $12, $13, "
        "$14, $15, 0, $16, $17, $18, $19, $20, $21, 0, $22, $23, $24, $25, $26)",
        Id(row.index), row.source, row.channel, row.division, said.category, DayKey(row.received_at), said.external_id,
        serial ? serial->series : std::string(), serial ? serial->shape : std::string(),
        serial ? Id(serial->number) : std::int64_t{-1}, serial ? serial->width : 0u,
        row.revises ? Id(*row.revises) : std::int64_t{-1}, row.historic, place->sealed, place->relation,
        said.urgent || !said.threat.empty(), said.call.id, caller, said.barcode, ClaimOf(said.claims.first),
        ClaimOf(said.claims.repeat), Millis(row.received_at), Millis(row.registered_at), first, first_source,
        first_channel);
    if (!row.historic) {
      sql->Run("INSERT INTO figure_hours(source, hour, n) VALUES($1, $2, 1) ON CONFLICT DO UPDATE SET n=n+1",
               row.source, (Millis(row.registered_at) + kItemZone) / kItemHour);
    }
    return petition::Ok();
  });
}

Status Items::Rate(std::uint64_t index, bool satisfied) {
  return Guarded("items", [&]() -> Status {
    book_.file().Writer()->Run("UPDATE items SET rating=$1 WHERE idx=$2", satisfied ? 1 : 2, Id(index));
    return petition::Ok();
  });
}

Status Items::CloseCase(std::uint64_t index, petition::Time at) {
  return Guarded("items", [&]() -> Status {
    book_.file().Writer()->Run(
        "UPDATE items SET closed=$1 WHERE closed=0 AND received<=$1 AND idx IN (SELECT o.idx FROM intakes i JOIN "
        "intakes "
        "o ON o.lead=i.lead WHERE i.idx=$2)",
        Millis(at), Id(index));
    return petition::Ok();
  });
}

// Read in their order, newest first, until the page is full: by an index over source and day they would all have to be
// read and sorted.
#define GUIYI_ITEMS_FROM \
  " FROM items m NOT INDEXED CROSS JOIN intakes i ON i.idx=m.idx CROSS JOIN intakes l ON l.idx=i.lead "
// Each condition is empty or holds; `which` is one of kWhich by number.
#define GUIYI_ITEMS_WHERE \
  "WHERE m.historic=0 AND m.revises<0 AND ($1='' OR m.source=$1) AND ($2='' OR m.channel=$2 OR ($2='-' AND "         \
  "m.channel='')) AND ($3='' OR m.division LIKE $3||'%' OR ($3='-' AND m.division='')) AND ($4='' OR m.category=$4 " \
  "OR ($4='-' AND m.category='')) AND ($5<0 OR "                                                                     \
  "m.relation=$5) AND m.day BETWEEN $6 AND $7 AND ($8=0 OR ($8=1 AND m.closed>0) OR ($8=2 AND m.closed=0) OR "       \
  "($8=3 AND m.claimed_first=1) OR ($8=4 AND m.claimed_repeat=1) OR ($8=5 AND m.claimed_repeat>=0 AND "              \
  "m.claimed_repeat<>(m.relation IN (3,4,5))) OR ($8=6 AND m.urgent=1) OR ($8=7 AND m.received>m.registered+300000"  \
  ") OR ($8=8 AND m.relation IN (3,4,5)) OR ($8=9 AND m.rating>0) OR ($8=10 AND m.rating=1) OR ($8=11 AND "          \
  "m.first_hub=1) OR ($8=12 AND m.first_source=1) OR ($8=13 AND m.first_channel=1) OR ($8=14 AND m.first_hub=1 AND " \
  "m.closed=0 AND m.registered<$9)) AND ($10=-2 OR m.idx IN (SELECT o.idx FROM intakes o WHERE o.lead IN (SELECT "   \
  "lead FROM cases WHERE grp=$10 AND $11=1 UNION SELECT $10))) AND " GUIYI_SCOPE("$12", "$13", "$14") " AND ($15='' OR EXISTS(SELECT 1 FROM intakes o JOIN intakes f " \
  "ON f.idx=o.lead WHERE o.idx=m.idx AND f.idx<>m.idx AND f.channel=$15))"

constexpr std::string_view kItemColumns[] = {"source", "category", "relation", "state", "received", "case"};
#define GUIYI_ITEM_KEY                                                                                           \
  "CASE $17 WHEN 1 THEN m.source WHEN 2 THEN m.category WHEN 3 THEN m.relation WHEN 4 THEN i.state WHEN 5 THEN " \
  "m.received ELSE l.no END"
#define GUIYI_ITEM_COLUMNS                                                                                   \
  "SELECT m.idx, i.no, m.source, m.division, m.channel, m.category, m.number, m.day, m.sealed, m.relation, " \
  "i.state, l.no, m.received, m.registered" GUIYI_ITEMS_FROM GUIYI_ITEMS_WHERE

/// What a page is asked for with, by the order of the list. A sorted one is known to be short.
const char* ItemsQuestion(const ListOrder& order) {
  if (order.column == 0) return GUIYI_ITEM_COLUMNS " AND m.idx<$16 AND $17=0 ORDER BY m.idx DESC LIMIT $18";
  if (order.falling)
    return GUIYI_ITEM_COLUMNS GUIYI_FALLING(GUIYI_ITEM_KEY, "m.idx", GUIYI_ITEMS_FROM, "$16") "LIMIT $18";
  return GUIYI_ITEM_COLUMNS GUIYI_RISING(GUIYI_ITEM_KEY, "m.idx", GUIYI_ITEMS_FROM, "$16") "LIMIT $18";
}

/// The lead of a case or group by its number; -1: there is none.
std::int64_t LeadOf(dedup::Connection& sql, const std::string& matter) {
  const auto rows = sql.Ask<std::int64_t>("SELECT lead FROM intakes WHERE no=$1", matter.substr(1));
  return rows.empty() ? -1 : std::get<0>(rows[0]);
}

Result<ItemPage> Items::List(const ItemFilter& filter, const dedup::Scope& scope, std::string_view cursor,
                             std::size_t limit) const {
  const auto* which = std::find(std::begin(kWhich), std::end(kWhich), filter.which);
  if (which == std::end(kWhich)) return petition::Invalid("unknown_value", "there is no such selection");
  int relation = -1;
  if (!filter.relation.empty()) {
    const auto named = petition::RelationFromName(filter.relation);
    if (!named) return petition::Invalid("unknown_value", "there is no such relation");
    relation = static_cast<int>(*named);
  }
  GUIYI_TRY(const auto order, ReadListOrder(filter.sort, kItemColumns));
  GUIYI_TRY(auto from_row, ReadSortedCursor(cursor));
  if (order.column == 0 && from_row < 0) from_row = std::numeric_limits<std::int64_t>::max();
  limit = std::clamp<std::size_t>(limit, 1, kItemsPageMax);
  const int nth = static_cast<int>(which - std::begin(kWhich));
  const bool group = filter.matter.starts_with('G');
  if (!filter.matter.empty() && !group && !filter.matter.starts_with('C'))
    return petition::Invalid("unknown_value", "a matter is a case number or a group number");
  const std::int64_t pending = (Millis(filter.pending_before) + kItemZone) / kItemDay * kItemDay - kItemZone;
  const std::string divisions = dedup::book::DivisionPrefixes(scope.divisions);
  const std::int64_t from = DayOrElse(filter.day_from, 0), to = DayOrElse(filter.day_to, 99999999);
  return Guarded("items", [&]() -> Result<ItemPage> {
    auto sql = book_.file().Reader();
    ItemPage page;
    const std::int64_t matter = filter.matter.empty() ? -2 : LeadOf(*sql, filter.matter);
    page.total =
        std::get<0>(sql->Ask<std::uint64_t>(GUIYI_COUNTED_ROWS("SELECT 1 FROM items m NOT INDEXED " GUIYI_ITEMS_WHERE),
                                            filter.source, filter.channel, filter.division, filter.category, relation,
                                            from, to, nth, pending, matter, group, scope.sealed, scope.source,
                                            divisions, filter.first_channel)
                        .at(0));
    GUIYI_CHECK(CheckSortable(order, page.total));
    for (auto& [index, no, source, division, channel, category, number, day, sealed, as, state, lead, received,
                registered] :
         sql->Ask<std::uint64_t, std::string, std::string, std::string, std::string, std::string, std::string,
                  std::int64_t, int, int, std::string, std::string, std::int64_t, std::int64_t>(
             ItemsQuestion(order), filter.source, filter.channel, filter.division, filter.category, relation, from, to,
             nth, pending, matter, group, scope.sealed, scope.source, divisions, filter.first_channel, from_row,
             order.column, limit + 1)) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().index);
        break;
      }
      ItemRow row;
      row.index = index;
      row.intake_no = std::move(no);
      row.source = std::move(source);
      row.division = std::move(division);
      row.channel = std::move(channel);
      row.category = std::move(category);
      row.number = std::move(number);
      row.day = std::to_string(day);
      row.sealed = sealed != 0;
      row.relation = petition::RelationName(static_cast<petition::Relation>(as));
      row.state = std::move(state);
      row.case_no = dedup::CaseNo(lead);
      row.received_at = FromMillis(received);
      row.registered_at = FromMillis(registered);
      page.rows.push_back(std::move(row));
    }
    return page;
  });
}

Result<std::vector<std::uint64_t>> Items::Find(std::string_view number, std::size_t limit) const {
  return Guarded("lookup", [&]() -> Result<std::vector<std::uint64_t>> {
    std::vector<std::uint64_t> found;
    auto sql = book_.file().Reader();
    for (const auto& [index] : sql->Ask<std::uint64_t>(
             "SELECT idx FROM items WHERE number=$1 AND number<>'' UNION SELECT idx FROM items WHERE barcode=$1 AND "
             "barcode<>'' UNION SELECT idx FROM items WHERE call_id=$1 AND call_id<>'' ORDER BY 1 LIMIT $2",
             number, limit))
      found.push_back(index);
    return found;
  });
}

Result<std::vector<ItemRow>> Items::OfDay(std::string_view source, std::string_view day) const {
  return Guarded("day", [&]() -> Result<std::vector<ItemRow>> {
    std::vector<ItemRow> rows;
    auto sql = book_.file().Reader();
    for (auto& [index, number, division, sealed] : sql->Ask<std::uint64_t, std::string, std::string, int>(
             "SELECT idx, number, division, sealed FROM items WHERE source=$1 AND day=$2 AND revises<0 AND historic=0 "
             "ORDER BY idx",
             source, DayOrElse(day, 0))) {
      ItemRow row;
      row.index = index;
      row.source = source;
      row.number = std::move(number);
      row.division = std::move(division);
      row.day = day;
      row.sealed = sealed != 0;
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Result<std::optional<ItemRow>> Items::Get(std::uint64_t index) const {
  return Guarded("item", [&]() -> Result<std::optional<ItemRow>> {
    auto sql = book_.file().Reader();
    const auto rows = sql->Ask<std::string, std::string, std::string, std::string>(
        "SELECT number, category, barcode, call_id FROM items WHERE idx=$1", Id(index));
    if (rows.empty()) return std::optional<ItemRow>();
    ItemRow row;
    row.index = index;
    std::tie(row.number, row.category, row.barcode, row.call_id) = rows[0];
    return std::optional<ItemRow>(std::move(row));
  });
}

Result<std::string> Items::Dump() const {
  return Guarded("items", [&]() -> Result<std::string> {
    std::string dump;
    auto sql = book_.file().Reader();
    for (const auto& [line] : sql->Ask<std::string>(
             "SELECT json_array(idx, source, channel, division, category, day, number, series, serial, revises, "
             "historic, sealed, relation, closed, urgent, caller, rating, received, registered) FROM items ORDER BY "
             "idx"))
      dump += "item " + line + "\n";
    dump += DumpItemFigures(*sql);
    for (const auto& [line] : sql->Ask<std::string>("SELECT json_array(source, hour, n) FROM figure_hours ORDER BY 1"))
      dump += "hour " + line + "\n";
    return dump;
  });
}

}  // namespace gateway
