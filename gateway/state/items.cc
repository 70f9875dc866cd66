#include "gateway/state/items.h"

#include <algorithm>

#include "dedup/case_book_impl.h"
#include "gateway/oversight/serial.h"
#include "gateway/state/item_figures.h"
#include "petition/identifiers.h"
#include "petition/relation.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Result;
using petition::Status;

namespace {

constexpr std::int64_t kItemHour = 3'600'000, kItemZone = 8 * kItemHour;
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

#define GUIYI_LEAD_OF "FROM intakes me JOIN intakes f ON f.idx=me.lead WHERE me.idx=items.idx AND f.idx<>me.idx)"
#define GUIYI_TOLD "told_channel=(SELECT f.channel " GUIYI_LEAD_OF ", told_division=(SELECT f.division " GUIYI_LEAD_OF

// `told_*`: of the intake that leads its case, through which its matter was told first; NULL of that one itself.
// `revises`: -1 for the first of a chain. `claimed_*`: -1 when not said. `rating`: 0 none, 1 satisfied, 2 not.
constexpr const char* kItemsTable =
    "CREATE TABLE IF NOT EXISTS items(idx INTEGER PRIMARY KEY, source TEXT NOT NULL, channel TEXT NOT NULL, division "
    "TEXT NOT NULL, category TEXT NOT NULL, day INTEGER NOT NULL, number TEXT NOT NULL, series TEXT NOT NULL, shape "
    "TEXT NOT NULL, serial INTEGER NOT NULL, width INTEGER NOT NULL, revises INTEGER NOT NULL, historic INTEGER NOT "
    "NULL, sealed INTEGER NOT NULL, relation INTEGER NOT NULL, closed INTEGER NOT NULL, urgent INTEGER NOT NULL, "
    "call_id TEXT NOT NULL, caller TEXT NOT NULL, barcode TEXT NOT NULL, claimed_first INTEGER NOT NULL, "
    "claimed_repeat INTEGER NOT NULL, rating INTEGER NOT NULL, received INTEGER NOT NULL, registered INTEGER NOT NULL, "
    "first_hub INTEGER NOT NULL, first_source INTEGER NOT NULL, first_channel INTEGER NOT NULL, told_channel TEXT, "
    "told_division TEXT)";
constexpr const char* kItemsSchema[] = {
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
    "CREATE INDEX IF NOT EXISTS items_channel ON items(channel, day)",
    "CREATE INDEX IF NOT EXISTS items_category ON items(category, day)",
    "CREATE INDEX IF NOT EXISTS items_division ON items(division)",
    "CREATE INDEX IF NOT EXISTS items_relation ON items(relation, idx) WHERE relation>0 AND historic=0 AND revises<0",
    "CREATE INDEX IF NOT EXISTS items_claimed ON items(idx) WHERE claimed_repeat=1",
    "CREATE INDEX IF NOT EXISTS items_differing ON items(idx) WHERE claimed_repeat>=0 AND claimed_repeat<>(relation IN "
    "(3,4,5))",
    "CREATE INDEX IF NOT EXISTS items_rated ON items(idx) WHERE rating>0",
    "CREATE INDEX IF NOT EXISTS items_urgent_all ON items(idx) WHERE urgent=1",
    "CREATE INDEX IF NOT EXISTS items_future ON items(idx) WHERE received>registered+300000",
    // All that the flows between channels are summed from.
    "CREATE INDEX IF NOT EXISTS items_flows ON items(day, channel, told_channel, told_division, sealed, source, "
    "division) WHERE relation>=3 AND relation<6 AND historic=0 AND revises<0 AND told_channel IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS items_told ON items(told_channel, channel, idx) WHERE relation>=3 AND relation<6 AND "
    "historic=0 AND revises<0 AND told_channel IS NOT NULL",
    // Those tied to an earlier one.
    "CREATE INDEX IF NOT EXISTS items_tied ON items(registered, idx) WHERE relation>=3 AND historic=0 AND revises<0",
    // By the hour of registration, for silence: how much comes, not what, so both sides of the seal together.
    "CREATE TABLE IF NOT EXISTS figure_hours(source TEXT NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY "
    "KEY(source, hour)) WITHOUT ROWID",
    "CREATE TRIGGER IF NOT EXISTS items_follow AFTER UPDATE OF relation, sealed, closed ON intakes WHEN "
    "OLD.relation<>NEW.relation OR OLD.sealed<>NEW.sealed OR OLD.closed<>NEW.closed BEGIN UPDATE items SET "
    "relation=NEW.relation, sealed=NEW.sealed, closed=MAX(closed, NEW.closed) WHERE idx=NEW.idx; END",
    "CREATE TRIGGER IF NOT EXISTS items_led AFTER UPDATE OF lead ON intakes WHEN OLD.lead<>NEW.lead BEGIN UPDATE "
    "items "
    "SET " GUIYI_TOLD " WHERE idx=NEW.idx; END",
    // Who is first in its case, of all, of its source, of its form: it and those after it, in the case it comes to and
    // in the one it leaves.
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

}  // namespace

Result<std::unique_ptr<Items>> Items::Open(dedup::CaseBook& book, const ledger::Key& caller_key) {
  return Guarded("items", [&]() -> Result<std::unique_ptr<Items>> {
    auto sql = book.file().Writer();
    sql->Exec(kItemsTable);
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
        "INSERT OR FAIL INTO items(idx, source, channel, division, category, day, number, series, shape, serial, "
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
    if (place->lead != row.index) sql->Run("UPDATE items SET " GUIYI_TOLD " WHERE idx=$1", Id(row.index));
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
             "historic, sealed, relation, closed, urgent, caller, rating, received, registered, told_channel, "
             "told_division) FROM "
             "items ORDER BY idx"))
      dump += "item " + line + "\n";
    dump += DumpItemFigures(*sql);
    for (const auto& [line] : sql->Ask<std::string>("SELECT json_array(source, hour, n) FROM figure_hours ORDER BY 1"))
      dump += "hour " + line + "\n";
    return dump;
  });
}

}  // namespace gateway
