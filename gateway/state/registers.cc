#include "gateway/state/registers.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "dedup/case_book_impl.h"
#include "gateway/oversight/event_fields.h"
#include "gateway/state/reached_figures.h"

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

constexpr std::size_t kLinesListed = 2'000;  // of anything without an intake, at once
constexpr std::int64_t kNearCall = 2 * 3'600'000;

constexpr const char* kRegistersSchema[] = {
    "CREATE TABLE IF NOT EXISTS register_lines(reg TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, at INTEGER "
    "NOT NULL, answered INTEGER NOT NULL, seconds INTEGER NOT NULL, caller TEXT NOT NULL, entry INTEGER NOT NULL, "
    "PRIMARY KEY(reg, id)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS register_lines_at ON register_lines(at)",
    // How long a caller waited until somebody answered, of records that tell.
    "CREATE TABLE IF NOT EXISTS call_waits(reg TEXT NOT NULL, id TEXT NOT NULL, waited INTEGER NOT NULL, PRIMARY "
    "KEY(reg, id)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS register_counts(reg TEXT NOT NULL, source TEXT NOT NULL, day INTEGER NOT NULL, count "
    "INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY(reg, source, day)) WITHOUT ROWID",
    // `dirty`: to be compared (again); `differs`: the last comparison found something. Both, and `result`, are worked
    // out again when they are lost.
    "CREATE TABLE IF NOT EXISTS manifest_days(source TEXT NOT NULL, day INTEGER NOT NULL, entry INTEGER NOT NULL, at "
    "INTEGER NOT NULL, count INTEGER NOT NULL, listed INTEGER NOT NULL, dirty INTEGER NOT NULL, differs INTEGER NOT "
    "NULL, result TEXT NOT NULL, PRIMARY KEY(source, day)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS manifest_days_dirty ON manifest_days(source, day) WHERE dirty=1",
    "CREATE INDEX IF NOT EXISTS manifest_days_differs ON manifest_days(source, day) WHERE differs=1",
    "CREATE TABLE IF NOT EXISTS refusals(entry INTEGER PRIMARY KEY, source TEXT NOT NULL, door TEXT NOT NULL, reason "
    "TEXT NOT NULL, number TEXT NOT NULL, event TEXT NOT NULL, at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS refusals_at ON refusals(at)",
    "CREATE TABLE IF NOT EXISTS transfers(entry INTEGER PRIMARY KEY, idx INTEGER NOT NULL, sender TEXT NOT NULL, "
    "receiver TEXT NOT NULL, at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS transfers_at ON transfers(at)",
    "CREATE INDEX IF NOT EXISTS transfers_idx ON transfers(idx)",
};

std::int64_t RegisterDay(std::string_view day) { return day.size() == 8 ? std::stoll(std::string(day)) : 0; }

ManifestDay ToDay(std::tuple<std::string, std::int64_t, std::uint64_t, std::int64_t, std::uint64_t, std::uint64_t,
                             std::string>&& row) {
  auto& [source, day, entry, at, count, listed, result] = row;
  return {std::move(source),
          std::to_string(day),
          entry,
          FromMillis(at),
          count,
          listed,
          result.empty() ? Json() : Json::parse(result)};
}

#define GUIYI_MANIFEST_COLUMNS "SELECT source, day, entry, at, count, listed, result FROM manifest_days "

template <typename... A>
Result<std::vector<ManifestDay>> AskDays(dedup::CaseBook& book, const char* text, const A&... args) {
  return Guarded("manifests", [&]() -> Result<std::vector<ManifestDay>> {
    std::vector<ManifestDay> days;
    auto sql = book.file().Reader();
    for (auto& row :
         sql->Ask<std::string, std::int64_t, std::uint64_t, std::int64_t, std::uint64_t, std::uint64_t, std::string>(
             text, args...))
      days.push_back(ToDay(std::move(row)));
    return days;
  });
}

}  // namespace

Result<std::unique_ptr<Registers>> Registers::Open(Items& items, const ledger::Ledger& ledger) {
  return Guarded("registers", [&]() -> Result<std::unique_ptr<Registers>> {
    auto sql = items.book().file().Writer();
    for (const char* statement : kRegistersSchema) sql->Exec(statement);
    return std::unique_ptr<Registers>(new Registers(items, ledger));
  });
}

Status Registers::TakeRegister(const ledger::Stored& stored, const Json& record) {
  // The lines stand in the raw part: there may be many.
  GUIYI_TRY(const auto whole, ledger_.Read(stored.index, ledger::Ledger::Raw::kRead));
  if (whole.dropped) return petition::Ok();
  GUIYI_TRY(const auto lines, petition::ParseJson(whole.raw));
  const std::string reg = record.at("register").get<std::string>();
  return Guarded("registers", [&]() -> Status {
    auto sql = book_.file().Writer();
    for (const auto& line : lines) {
      if (line.contains("count")) {
        sql->Run(
            "INSERT INTO register_counts(reg, source, day, count, entry) VALUES($1, $2, $3, $4, $5) ON CONFLICT DO "
            "UPDATE SET count=excluded.count, entry=excluded.entry",
            reg, line.value("source", ""), RegisterDay(line.at("day").get<std::string>()),
            line.at("count").get<std::uint64_t>(), Id(stored.index));
        continue;
      }
      GUIYI_TRY(const Time at, petition::ParseTime(line.at("time").get<std::string>()));
      sql->Run(
          "INSERT INTO register_lines(reg, id, source, at, answered, seconds, caller, entry) VALUES($1, $2, $3, $4, "
          "$5, $6, $7, $8) ON CONFLICT DO UPDATE SET answered=excluded.answered, seconds=excluded.seconds, "
          "entry=excluded.entry",
          reg, line.at("id").get<std::string>(), line.value("source", ""), Millis(at), line.value("answered", true),
          line.value("seconds", std::uint64_t{0}), items_.CallerKey(line.value("numberHash", "")), Id(stored.index));
      if (!line.contains("waitSeconds")) continue;
      sql->Run("INSERT OR REPLACE INTO call_waits(reg, id, waited) VALUES($1, $2, $3)", reg,
               line.at("id").get<std::string>(), line.at("waitSeconds").get<std::uint64_t>());
    }
    return petition::Ok();
  });
}

Status Registers::TakeManifest(std::uint64_t entry, const Json& record) {
  GUIYI_TRY(const Time at, petition::ParseTime(record.at("at").get<std::string>()));
  return Guarded("manifests", [&]() -> Status {
    book_.file().Writer()->Run(
        "INSERT INTO manifest_days(source, day, entry, at, count, listed, dirty, differs, result) VALUES($1, $2, $3, "
        "$4, $5, $6, 1, 0, '') ON CONFLICT DO UPDATE SET entry=excluded.entry, at=excluded.at, count=excluded.count, "
        "listed=excluded.listed, dirty=1",
        record.at("source").get<std::string>(), RegisterDay(record.at("day").get<std::string>()), Id(entry), Millis(at),
        record.at("count").get<std::uint64_t>(), record.at("listed").get<std::uint64_t>());
    return petition::Ok();
  });
}

Status Registers::TakeRefused(const ledger::Stored& stored, const Json& record) {
  const std::string source = record.value("source", "");
  if (source.empty() || record.value("reason", "") == "flood") return petition::Ok();
  GUIYI_TRY(const auto published, petition::ParseJson(stored.entry));
  GUIYI_TRY(const Time at, petition::ParseTime(published.at("time").get<std::string>()));
  std::string number, event;
  // What it was about, when it says so: then it is seen when it comes again.
  if (const auto whole = ledger_.Read(stored.index, ledger::Ledger::Raw::kRead); whole.ok() && !whole->raw.empty()) {
    if (const auto body = petition::ParseJson(whole->raw); body.ok() && body->is_object()) {
      const auto text = [&](const char* name) {
        const auto found = body->find(name);
        return found != body->end() && found->is_string() && found->get_ref<const std::string&>().size() <= 200
                   ? found->get<std::string>()
                   : std::string();
      };
      number = text("externalId");
      event = text("event");
    }
  }
  return Guarded("refusals", [&]() -> Status {
    book_.file().Writer()->Run(
        "INSERT OR IGNORE INTO refusals(entry, source, door, reason, number, event, at) VALUES($1, $2, $3, $4, $5, "
        "$6, $7)",
        Id(stored.index), source, record.value("door", ""), record.value("reason", ""), number, event, Millis(at));
    return petition::Ok();
  });
}

Status Registers::TakeEvent(std::uint64_t entry, const Json& record) {
  const std::string event = record.value("event", "");
  if (event != "transferred" && event != "assigned" && event != "returned") return petition::Ok();
  if (!record.contains("intake")) return petition::Ok();
  const std::string to = EventText(record, "to");
  if (to.empty()) return petition::Ok();
  GUIYI_TRY(const Time at, petition::ParseTime(record.at("at").get<std::string>()));
  return Guarded("transfers", [&]() -> Status {
    book_.file().Writer()->Run(
        "INSERT OR IGNORE INTO transfers(entry, idx, sender, receiver, at) VALUES($1, $2, $3, $4, $5)", Id(entry),
        Id(record.at("intake").get<std::uint64_t>()), record.value("by", ""), to, Millis(at));
    return petition::Ok();
  });
}

Status Registers::TakeIntake(std::string_view source, std::string_view number, Time received) {
  return Guarded("manifests", [&]() -> Status {
    auto sql = book_.file().Writer();
    const std::int64_t day = RegisterDay(petition::LocalDay(received));
    sql->Run("UPDATE manifest_days SET dirty=1 WHERE source=$1 AND day=$2 AND dirty=0", source, day);
    if (!number.empty()) sql->Run("UPDATE manifest_days SET dirty=1 WHERE source=$1 AND differs=1 AND dirty=0", source);
    return petition::Ok();
  });
}

Result<std::vector<ManifestDay>> Registers::ToCompare(std::size_t limit) const {
  return AskDays(book_, GUIYI_MANIFEST_COLUMNS "WHERE dirty=1 ORDER BY source, day LIMIT $1", limit);
}

Status Registers::SetResult(const ManifestDay& day, const Json& result) {
  const bool differs = result.value("missingHere", 0) + result.value("missingThere", 0) +
                           result.value("missingThereSealed", 0) + result.value("differs", 0) +
                           result.value("differsSealed", 0) + result.value("twice", 0) + result.value("cut", 0) >
                       0;
  return Guarded("manifests", [&]() -> Status {
    book_.file().Writer()->Run(
        "UPDATE manifest_days SET result=$1, differs=$2, dirty=0 WHERE source=$3 AND day=$4 AND entry=$5",
        result.dump(), differs, day.source, RegisterDay(day.day), Id(day.entry));
    return petition::Ok();
  });
}

Result<std::vector<ManifestDay>> Registers::Differing() const {
  return AskDays(book_, GUIYI_MANIFEST_COLUMNS "WHERE differs=1 ORDER BY source, day");
}

Result<std::vector<ManifestDay>> Registers::ManifestsOf(std::string_view source, std::string_view from,
                                                        std::string_view to) const {
  return AskDays(
      book_, GUIYI_MANIFEST_COLUMNS "WHERE ($1='' OR source=$1) AND day BETWEEN $2 AND $3 ORDER BY day DESC, source",
      source, RegisterDay(from), to.empty() ? std::int64_t{99999999} : RegisterDay(to));
}

Result<std::vector<LedgerDay>> Registers::DaysOf(std::string_view source, std::string_view from, std::string_view to,
                                                 const dedup::Scope& scope) const {
  return Guarded("days", [&]() -> Result<std::vector<LedgerDay>> {
    return ReachedDays(*book_.file().Reader(), source, from, to, scope);
  });
}

namespace {

std::vector<RegisterLine> ToLines(
    std::vector<std::tuple<std::string, std::string, std::string, std::int64_t, int, std::uint64_t, std::uint64_t>>&&
        rows) {
  std::vector<RegisterLine> lines;
  for (auto& [reg, id, source, at, answered, seconds, entry] : rows)
    lines.push_back({std::move(reg), std::move(id), std::move(source), FromMillis(at), answered != 0, seconds, entry});
  return lines;
}

}  // namespace

Result<std::vector<RegisterLine>> Registers::CallsWithoutCase(Time from, Time to, std::uint64_t seconds_min) const {
  return Guarded("calls", [&]() -> Result<std::vector<RegisterLine>> {
    auto sql = book_.file().Reader();
    return ToLines(sql->Ask<std::string, std::string, std::string, std::int64_t, int, std::uint64_t, std::uint64_t>(
        "SELECT c.reg, c.id, c.source, c.at, c.answered, c.seconds, c.entry FROM register_lines c WHERE "
        "c.reg='calls' AND c.at BETWEEN $1 AND $2 AND c.answered=1 AND c.seconds>=$3 AND NOT EXISTS(SELECT 1 FROM "
        "items i WHERE i.call_id=c.id AND i.call_id<>'') AND (c.caller='' OR NOT EXISTS(SELECT 1 FROM items i "
        "WHERE i.caller=c.caller AND i.caller<>'' AND i.received BETWEEN c.at-$4 AND c.at+$4)) ORDER BY c.at LIMIT "
        "$5",
        Millis(from), Millis(to), seconds_min, kNearCall, kLinesListed));
  });
}

Result<std::vector<RegisterLine>> Registers::LinesWithoutCase(Time from, Time to) const {
  return Guarded("lines", [&]() -> Result<std::vector<RegisterLine>> {
    auto sql = book_.file().Reader();
    return ToLines(sql->Ask<std::string, std::string, std::string, std::int64_t, int, std::uint64_t, std::uint64_t>(
        "SELECT c.reg, c.id, c.source, c.at, c.answered, c.seconds, c.entry FROM register_lines c WHERE "
        "c.reg<>'calls' AND c.at BETWEEN $1 AND $2 AND NOT EXISTS(SELECT 1 FROM items i WHERE i.barcode=c.id AND "
        "i.barcode<>'') AND NOT EXISTS(SELECT 1 FROM items i WHERE i.source=c.source AND i.number=c.id AND "
        "i.number<>'') ORDER BY c.at LIMIT $3",
        Millis(from), Millis(to), kLinesListed));
  });
}

Result<std::vector<Registers::Shortage>> Registers::Shortages(std::string_view day_from,
                                                              std::string_view day_to) const {
  return Guarded("counts", [&]() -> Result<std::vector<Shortage>> {
    std::vector<Shortage> shortages;
    auto sql = book_.file().Reader();
    for (auto& [reg, source, day, count, here] :
         sql->Ask<std::string, std::string, std::int64_t, std::uint64_t, std::uint64_t>(
             "SELECT c.reg, c.source, c.day, c.count, (SELECT COUNT(*) FROM items i WHERE i.revises<0 AND i.day=c.day "
             "AND (i.source=c.source OR (c.source='' AND i.channel IN ('letter', 'email')))) AS here FROM "
             "register_counts c WHERE c.day BETWEEN $1 AND $2 AND c.count>here ORDER BY c.day",
             RegisterDay(day_from), RegisterDay(day_to)))
      shortages.push_back({{std::move(reg), std::move(source), std::to_string(day), count}, here});
    return shortages;
  });
}

namespace {

Result<std::vector<Registers::RefusedGroup>> AskRefused(dedup::CaseBook& book, const char* text, Time from, Time to) {
  return Guarded("refusals", [&]() -> Result<std::vector<Registers::RefusedGroup>> {
    std::vector<Registers::RefusedGroup> groups;
    auto sql = book.file().Reader();
    for (auto& [source, reason, count, first, last, numbers] :
         sql->Ask<std::string, std::string, std::uint64_t, std::int64_t, std::int64_t, std::string>(text, Millis(from),
                                                                                                    Millis(to))) {
      Registers::RefusedGroup group{std::move(source), std::move(reason), count,
                                    FromMillis(first), FromMillis(last),  {}};
      for (const auto& number : Json::parse(numbers)) {
        const auto name = number.get<std::string>();
        if (group.numbers.size() < 20 && !name.empty() &&
            std::find(group.numbers.begin(), group.numbers.end(), name) == group.numbers.end())
          group.numbers.push_back(name);
      }
      groups.push_back(std::move(group));
    }
    return groups;
  });
}

}  // namespace

Result<std::vector<Registers::RefusedGroup>> Registers::Refused(Time from, Time to) const {
  return AskRefused(
      book_,
      "SELECT r.source, r.reason, COUNT(*), MIN(r.at), MAX(r.at), json_group_array(r.number) FROM refusals "
      "r WHERE r.at BETWEEN $1 AND $2 AND r.event='' AND (r.number='' OR NOT EXISTS(SELECT 1 FROM items i "
      "WHERE i.source=r.source AND i.number=r.number AND i.number<>'')) GROUP BY r.source, r.reason "
      "ORDER BY 1, 2",
      from, to);
}

Result<std::vector<Registers::RefusedGroup>> Registers::EventsOfUnknown(Time from) const {
  return AskRefused(
      book_,
      "SELECT r.source, r.event, COUNT(*), MIN(r.at), MAX(r.at), json_group_array(r.number) FROM refusals "
      "r WHERE r.at BETWEEN $1 AND $2 AND r.event<>'' AND r.number<>'' AND r.reason='not_found' AND NOT "
      "EXISTS(SELECT 1 FROM items i WHERE i.source=r.source AND i.number=r.number AND i.number<>'') "
      "GROUP BY r.source, r.event ORDER BY 1, 2",
      from, FromMillis(std::numeric_limits<std::int64_t>::max()));
}

Result<std::vector<Registers::Loop>> Registers::Loops(Time since) const {
  return Guarded("loops", [&]() -> Result<std::vector<Loop>> {
    std::vector<Loop> loops;
    auto sql = book_.file().Reader();
    // Handings-on of one case, pairwise: to the same unit twice, or back to the one that had handed it on.
    for (auto& [lead, no, source, division, sealed, unit, back, transfers, last] :
         sql->Ask<std::uint64_t, std::string, std::string, std::string, int, std::string, int, std::uint64_t,
                  std::int64_t>(
             "SELECT l.idx, l.no, l.source, l.division, l.sealed, b.receiver, MIN(b.receiver<>a.receiver), COUNT(*), "
             "MAX(b.at) FROM transfers b JOIN intakes ib ON ib.idx=b.idx JOIN intakes ia ON ia.lead=ib.lead JOIN "
             "transfers a ON a.idx=ia.idx AND (a.at<b.at OR (a.at=b.at AND a.entry<b.entry)) JOIN intakes l ON "
             "l.idx=ib.lead WHERE b.at>=$1 AND (b.receiver=a.receiver OR (b.receiver=a.sender AND a.sender<>'')) GROUP "
             "BY l.idx, b.receiver ORDER BY l.idx, b.receiver LIMIT $2",
             Millis(since), kLinesListed))
      loops.push_back({lead, dedup::CaseNo(no), std::move(source), std::move(division), std::move(unit), sealed != 0,
                       back != 0, transfers, FromMillis(last)});
    return loops;
  });
}

Result<Registers::Answering> Registers::AnsweringOf(Time from, Time to, std::uint64_t wait_max) const {
  return Guarded("calls", [&]() -> Result<Answering> {
    auto sql = book_.file().Reader();
    const auto [calls, answered, waits, in_time] =
        sql->Ask<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
               "SELECT COUNT(*), IFNULL(SUM(c.answered), 0), IFNULL(SUM(c.answered AND w.waited IS NOT NULL), 0), "
               "IFNULL(SUM(c.answered AND w.waited<=$1), 0) FROM register_lines c LEFT JOIN call_waits w ON "
               "w.reg=c.reg "
               "AND w.id=c.id WHERE c.reg='calls' AND c.at>=$2 AND c.at<$3",
               wait_max, Millis(from), Millis(to))
            .at(0);
    return Answering{calls, answered, waits, in_time};
  });
}

Result<std::string> Registers::Dump() const {
  return Guarded("registers", [&]() -> Result<std::string> {
    std::string dump;
    auto sql = book_.file().Reader();
    const auto add = [&](const char* name, const char* text) {
      for (const auto& [line] : sql->Ask<std::string>(text)) dump += name + line + "\n";
    };
    add("line ",
        "SELECT json_array(reg, id, source, at, answered, seconds, caller, entry) FROM register_lines ORDER BY "
        "reg, id");
    add("wait ", "SELECT json_array(reg, id, waited) FROM call_waits ORDER BY reg, id");
    add("count ", "SELECT json_array(reg, source, day, count, entry) FROM register_counts ORDER BY reg, source, day");
    add("manifest ",
        "SELECT json_array(source, day, entry, at, count, listed) FROM manifest_days ORDER BY source, day");
    add("refusal ", "SELECT json_array(entry, source, door, reason, number, event, at) FROM refusals ORDER BY entry");
    add("transfer ", "SELECT json_array(entry, idx, sender, receiver, at) FROM transfers ORDER BY entry");
    return dump + DumpReachedFigures(*sql);
  });
}

}  // namespace gateway
