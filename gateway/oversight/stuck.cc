// What came and does not move: refused and not sent again, parked, not acknowledged, going in circles, urgent and not
// begun; and what can't be true: received after it was registered, a clock without a calendar.
#include "dedup/case_book_file.h"
#include "gateway/oversight/clocks.h"
#include "gateway/oversight/watch.h"

namespace gateway {

using dedup::Guarded;
using petition::Status;

namespace {

std::int64_t StuckMillis(petition::Time time) { return time.time_since_epoch().count(); }

Status AddRefused(const Watch& watch, std::vector<Condition>& found) {
  GUIYI_TRY(const auto groups, watch.tables.registers().Refused(watch.now - watch.options.look_back,
                                                                watch.now - watch.options.refused_age));
  for (const auto& group : groups) {
    auto evidence = NumbersEvidence(group.numbers, 20);
    evidence["reason"] = group.reason;
    evidence["first"] = petition::FormatTime(group.first);
    evidence["last"] = petition::FormatTime(group.last);
    found.push_back({"refused", group.source, group.reason, petition::LocalDay(group.first),
                     watch.DivisionOf(group.source), false, group.count, std::move(evidence)});
  }
  return petition::Ok();
}

Status AddDeliveries(const Watch& watch, std::vector<Condition>& found) {
  return Guarded("deliveries", [&]() -> Status {
    auto sql = watch.book.file().Reader();
    for (auto& [destination, source, parked, sealed, count, oldest, numbers] :
         sql->Ask<std::string, std::string, int, int, std::uint64_t, std::int64_t, std::string>(
             "SELECT d.destination, m.source, d.state=5, m.sealed, COUNT(*), MIN(d.created), (SELECT "
             "json_group_array(no) FROM (SELECT i.no FROM deliveries e JOIN intakes i ON i.idx=e.idx WHERE "
             "e.destination=d.destination AND i.source=m.source AND i.sealed=m.sealed AND (e.state=5)=(d.state=5) AND "
             "e.state IN (0, 1, 2, 3, 5) AND e.created<$1 ORDER BY e.id LIMIT 20)) FROM deliveries d JOIN intakes m ON "
             "m.idx=d.idx WHERE d.state IN (0, 1, 2, 3, 5) AND d.created<$1 GROUP BY d.destination, m.source, "
             "d.state=5, m.sealed",
             StuckMillis(watch.now - watch.options.delivery_age))) {
      petition::Json evidence{{"destination", destination},
                              {"oldest", petition::FormatTime(petition::Time(std::chrono::milliseconds(oldest)))},
                              {"intakes", petition::Json::parse(numbers)}};
      found.push_back({parked != 0 ? "parked" : "unacknowledged", source, destination, "", watch.DivisionOf(source),
                       sealed != 0, count, std::move(evidence)});
    }
    return petition::Ok();
  });
}

Status AddLoops(const Watch& watch, std::vector<Condition>& found) {
  GUIYI_TRY(const auto loops, watch.tables.registers().Loops(watch.now - watch.options.look_back));
  for (const auto& loop : loops) {
    found.push_back({"transfer_loop",
                     loop.source,
                     loop.case_no + "|" + loop.unit,
                     petition::LocalDay(loop.last),
                     loop.division,
                     loop.sealed,
                     loop.transfers,
                     {{"caseNo", loop.case_no}, {"unit", loop.unit}, {"back", loop.back}}});
  }
  return petition::Ok();
}

Status AddUrgent(const Watch& watch, std::vector<Condition>& found) {
  return Guarded("urgent", [&]() -> Status {
    auto sql = watch.book.file().Reader();
    for (auto& [no, source, division, sealed, registered] :
         sql->Ask<std::string, std::string, std::string, int, std::int64_t>(
             "SELECT i.no, m.source, m.division, m.sealed, m.registered FROM items m JOIN intakes i ON i.idx=m.idx "
             "WHERE m.urgent=1 AND m.closed=0 AND m.historic=0 AND m.registered>=$1 AND NOT EXISTS(SELECT 1 FROM "
             "clock_marks k WHERE k.idx=m.idx AND k.event IN ('accepted', 'assigned', 'transferred', 'noticed', "
             "'replied', 'not_accepted')) ORDER BY m.idx LIMIT 1000",
             StuckMillis(watch.now - watch.options.look_back))) {
      found.push_back({"urgent",
                       source,
                       no,
                       petition::LocalDay(petition::Time(std::chrono::milliseconds(registered))),
                       division,
                       sealed != 0,
                       1,
                       {{"intakeNo", no}}});
    }
    return petition::Ok();
  });
}

Status AddFuture(const Watch& watch, std::vector<Condition>& found) {
  return Guarded("future", [&]() -> Status {
    auto sql = watch.book.file().Reader();
    for (auto& [source, day, sealed, count] : sql->Ask<std::string, std::int64_t, int, std::uint64_t>(
             "SELECT source, day, sealed, COUNT(*) FROM items WHERE registered>=$1 AND received>registered+300000 AND "
             "historic=0 GROUP BY source, day, sealed",
             StuckMillis(watch.now - std::chrono::hours(48)))) {
      const auto text = std::to_string(day);
      found.push_back(
          {"future_time", source, text, text, watch.DivisionOf(source), sealed != 0, count, petition::Json::object()});
    }
    return petition::Ok();
  });
}

}  // namespace

Conditions FindStuck(const Watch& watch) {
  std::vector<Condition> found;
  GUIYI_CHECK(AddRefused(watch, found));
  GUIYI_CHECK(AddDeliveries(watch, found));
  GUIYI_CHECK(AddLoops(watch, found));
  GUIYI_CHECK(AddUrgent(watch, found));
  GUIYI_CHECK(AddFuture(watch, found));
  // Clocks in working days reach a month ahead.
  for (const auto day : {DayOf(watch.now), DayOf(watch.now) + std::chrono::days(31)}) {
    const int year = static_cast<int>(std::chrono::year_month_day(day).year());
    if (watch.calendar().Has(year)) continue;
    found.push_back({"calendar_missing", "", std::to_string(year), "", "", false, 1, {{"year", year}}});
    break;
  }
  return found;
}

}  // namespace gateway
