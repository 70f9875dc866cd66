#include "gateway/state/upstream_book.h"

#include "dedup/case_book_impl.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Json;
using petition::Result;
using petition::Status;

namespace {

constexpr std::int64_t kUpstreamDayMillis = 86'400'000;
// What is acknowledged just before midnight may be booked after it: it belongs to the next day's register.
constexpr std::int64_t kMidnightSlack = 30 * 60'000;

constexpr const char* kUpstreamSchema[] = {
    // `dirty`: to be compared (again); `differs`: the last comparison found something. Both are worked out again when
    // they are lost.
    "CREATE TABLE IF NOT EXISTS upstream_days(destination TEXT NOT NULL, day INTEGER NOT NULL, entry INTEGER NOT NULL, "
    "at INTEGER NOT NULL, count INTEGER NOT NULL, listed INTEGER NOT NULL, dirty INTEGER NOT NULL, differs INTEGER NOT "
    "NULL, PRIMARY KEY(destination, day)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS upstream_days_open ON upstream_days(destination, day) WHERE dirty=1 OR differs=1",
    "CREATE TABLE IF NOT EXISTS upstream_lines(destination TEXT NOT NULL, reference TEXT NOT NULL, number TEXT NOT "
    "NULL, day INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY(destination, reference, number, day)) WITHOUT "
    "ROWID",
    "CREATE INDEX IF NOT EXISTS upstream_lines_day ON upstream_lines(destination, day)",
    "CREATE INDEX IF NOT EXISTS deliveries_acknowledged ON deliveries(destination, updated) WHERE state=4 AND entry<0",
};

std::int64_t UpstreamDayKey(std::string_view day) { return day.size() == 8 ? std::stoll(std::string(day)) : 0; }

/// The first moment of a day "20250304" in local time.
Result<petition::Time> UpstreamDayStart(const std::string& day) {
  return petition::ParseTime(day.substr(0, 4) + "-" + day.substr(4, 2) + "-" + day.substr(6, 2) + "T00:00:00+08:00");
}

}  // namespace

Result<std::unique_ptr<UpstreamBook>> UpstreamBook::Open(dedup::CaseBook& book, const ledger::Ledger& ledger) {
  return Guarded("upstream", [&]() -> Result<std::unique_ptr<UpstreamBook>> {
    auto sql = book.file().Writer();
    for (const char* statement : kUpstreamSchema) sql->Exec(statement);
    return std::unique_ptr<UpstreamBook>(new UpstreamBook(book, ledger));
  });
}

Status UpstreamBook::TakeRegister(const ledger::Stored& stored, const Json& record) {
  // The lines stand in the raw part: there may be many.
  GUIYI_TRY(const auto whole, ledger_.Read(stored.index, ledger::Ledger::Raw::kRead));
  if (whole.dropped) return petition::Ok();
  GUIYI_TRY(const auto lines, petition::ParseJson(whole.raw));
  GUIYI_TRY(const auto at, petition::ParseTime(record.at("at").get<std::string>()));
  const auto destination = record.at("destination").get<std::string>();
  const auto day = UpstreamDayKey(record.at("day").get<std::string>());
  return Guarded("upstream", [&]() -> Status {
    auto sql = book_.file().Writer();
    // A register of the same day takes the place of the one before.
    sql->Run("DELETE FROM upstream_lines WHERE destination=$1 AND day=$2", destination, day);
    for (const auto& line : lines) {
      sql->Run(
          "INSERT INTO upstream_lines(destination, reference, number, day, times) VALUES($1, $2, $3, $4, 1) ON "
          "CONFLICT DO UPDATE SET times=times+1",
          destination, line.at("reference").get<std::string>(), line.value("nationalNo", ""), day);
    }
    sql->Run(
        "INSERT INTO upstream_days(destination, day, entry, at, count, listed, dirty, differs) VALUES($1, $2, $3, $4, "
        "$5, $6, 1, 0) ON CONFLICT DO UPDATE SET entry=excluded.entry, at=excluded.at, count=excluded.count, "
        "listed=excluded.listed, dirty=1",
        destination, day, Id(stored.index), Millis(at), record.at("count").get<std::uint64_t>(), lines.size());
    return petition::Ok();
  });
}

Status UpstreamBook::TakeDelivered(const Json& record) {
  if (record.contains("update") || record.value("outcome", "") != "done") return petition::Ok();
  GUIYI_TRY(const auto at, petition::ParseTime(record.at("at").get<std::string>()));
  const auto slack = std::chrono::milliseconds(kMidnightSlack);
  return Guarded("upstream", [&]() -> Status {
    book_.file().Writer()->Run("UPDATE upstream_days SET dirty=1 WHERE destination=$1 AND day=$2 AND dirty=0",
                               record.at("destination").get<std::string>(),
                               UpstreamDayKey(petition::LocalDay(at + slack)));
    return petition::Ok();
  });
}

Result<std::vector<UpstreamDay>> UpstreamBook::ToCompare(std::size_t limit) const {
  return Guarded("upstream", [&]() -> Result<std::vector<UpstreamDay>> {
    std::vector<UpstreamDay> days;
    auto sql = book_.file().Reader();
    for (auto& [destination, day, entry, at, count, listed] :
         sql->Ask<std::string, std::int64_t, std::uint64_t, std::int64_t, std::uint64_t, std::uint64_t>(
             "SELECT destination, day, entry, at, count, listed FROM upstream_days WHERE dirty=1 OR differs=1 ORDER BY "
             "destination, day LIMIT $1",
             limit))
      days.push_back({std::move(destination), std::to_string(day), entry, FromMillis(at), count, listed});
    return days;
  });
}

Result<std::vector<UpstreamDifference>> UpstreamBook::Compare(const UpstreamDay& day, std::size_t limit) const {
  GUIYI_TRY(const auto start, UpstreamDayStart(day.day));
  const std::int64_t from = Millis(start) - kMidnightSlack;
  return Guarded("upstream", [&]() -> Result<std::vector<UpstreamDifference>> {
    std::vector<UpstreamDifference> differences;
    auto sql = book_.file().Reader();
    using Kind = UpstreamDifference::Kind;
    for (auto& [reference, acknowledged, other, times, sealed] : sql->Ask<std::string, int, int, std::uint64_t, int>(
             "SELECT u.reference, IFNULL(MAX(d.state=4), 0), IFNULL(MIN(d.state=4 AND u.number<>'' AND "
             "d.national_no<>'' AND u.number<>d.national_no), 0), SUM(u.times), IFNULL(MAX(i.sealed), 0) FROM "
             "upstream_lines u LEFT JOIN intakes i ON i.no=u.reference LEFT JOIN deliveries d ON d.idx=i.idx AND "
             "d.destination=u.destination AND d.entry<0 WHERE u.destination=$1 AND u.day=$2 GROUP BY u.reference "
             "HAVING IFNULL(MAX(d.state=4), 0)=0 OR SUM(u.times)>1 OR MIN(u.number<>'' AND d.national_no<>'' AND "
             "u.number<>d.national_no)=1 ORDER BY u.reference LIMIT $3",
             day.destination, UpstreamDayKey(day.day), limit)) {
      if (acknowledged == 0) differences.push_back({Kind::kUnknown, reference, sealed != 0});
      if (times > 1) differences.push_back({Kind::kTwice, reference, sealed != 0});
      if (other != 0) differences.push_back({Kind::kDiffers, reference, sealed != 0});
    }
    if (day.listed == 0 && day.count > 0) return differences;  // a register of counts alone lists no numbers
    for (auto& [reference, sealed] : sql->Ask<std::string, int>(
             "SELECT i.no, i.sealed FROM deliveries d JOIN intakes i ON i.idx=d.idx WHERE d.destination=$1 AND "
             "d.state=4 AND d.entry<0 AND d.updated>=$2 AND d.updated<$3 AND NOT EXISTS(SELECT 1 FROM upstream_lines u "
             "WHERE u.destination=d.destination AND u.reference=i.no) ORDER BY d.id LIMIT $4",
             day.destination, from, from + kUpstreamDayMillis, limit))
      differences.push_back({Kind::kMissing, std::move(reference), sealed != 0});
    return differences;
  });
}

Result<std::optional<petition::Time>> UpstreamBook::CameAt(std::string_view destination, std::string_view day) const {
  return Guarded("upstream", [&]() -> Result<std::optional<petition::Time>> {
    const auto rows = book_.file().Reader()->Ask<std::int64_t>(
        "SELECT at FROM upstream_days WHERE destination=$1 AND day=$2", std::string(destination), UpstreamDayKey(day));
    if (rows.empty()) return std::optional<petition::Time>();
    return std::optional(FromMillis(std::get<0>(rows[0])));
  });
}

Status UpstreamBook::SetCompared(const UpstreamDay& day, bool differs) {
  return Guarded("upstream", [&]() -> Status {
    book_.file().Writer()->Run(
        "UPDATE upstream_days SET dirty=0, differs=$1 WHERE destination=$2 AND day=$3 AND entry=$4 AND (dirty<>0 OR "
        "differs<>$1)",
        differs, day.destination, UpstreamDayKey(day.day), Id(day.entry));
    return petition::Ok();
  });
}

Result<std::string> UpstreamBook::Dump() const {
  return Guarded("upstream", [&]() -> Result<std::string> {
    std::string dump;
    auto sql = book_.file().Reader();
    for (const char* question :
         {"SELECT 'upstream day '||json_array(destination, day, entry, at, count, listed) FROM upstream_days ORDER BY "
          "destination, day",
          "SELECT 'upstream line '||json_array(destination, reference, number, day, times) FROM upstream_lines ORDER "
          "BY destination, reference, number, day"}) {
      for (const auto& [line] : sql->Ask<std::string>(question)) dump += line + "\n";
    }
    return dump;
  });
}

}  // namespace gateway
