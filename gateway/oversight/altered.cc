#include "gateway/oversight/altered.h"

#include <map>
#include <tuple>

#include "dedup/case_book_file.h"

namespace gateway {
namespace {

using dedup::Connection;
using dedup::Guarded;

constexpr std::chrono::hours kReplyGrace{12};  // for a reply that is reported behind the closing
constexpr std::size_t kAlteredListed = 2'000;

/// Source, day, side of the seal: numbers.
using AlteredGroups = std::map<std::tuple<std::string, std::string, bool>, std::vector<std::string>>;

std::int64_t AlteredMillis(petition::Time time) { return time.time_since_epoch().count(); }
std::string AlteredDay(std::int64_t millis) {
  return petition::LocalDay(petition::Time(std::chrono::milliseconds(millis)));
}

void AddAlteredGroups(const Watch& watch, const char* kind, const AlteredGroups& groups,
                      std::vector<Condition>& found) {
  for (const auto& [key, numbers] : groups) {
    const auto& [source, day, sealed] = key;
    found.push_back(
        {kind, source, day, day, watch.DivisionOf(source), sealed, numbers.size(), NumbersEvidence(numbers)});
  }
}

/// A withdrawal, and not being accepted, are told to the petitioner by acts of their own.
AlteredGroups ClosedWithoutReply(Connection& sql, const Watch& watch) {
  AlteredGroups groups;
  for (auto& [no, source, sealed, at] : sql.Ask<std::string, std::string, int, std::int64_t>(
           "SELECT i.no, m.source, m.sealed, e.at FROM events e JOIN items m ON m.idx=e.idx JOIN intakes i ON "
           "i.idx=m.idx JOIN clock_facts f ON f.idx=m.idx WHERE e.event='closed' AND e.at>=$1 AND e.at<$2 AND "
           "m.historic=0 AND f.petition=1 AND NOT EXISTS(SELECT 1 FROM clock_marks k WHERE k.idx=m.idx AND k.event IN "
           "('replied', 'not_accepted', 'no_longer_accepted', 'review_answered', 'recheck_answered', 'withdrawn')) "
           "ORDER BY e.at LIMIT $3",
           AlteredMillis(watch.now - watch.options.look_back), AlteredMillis(watch.now - kReplyGrace), kAlteredListed))
    groups[{std::move(source), AlteredDay(at), sealed != 0}].push_back(std::move(no));
  return groups;
}

/// Only where both versions say when it was received: one that says nothing has the time of its registration.
AlteredGroups ChangedDates(Connection& sql, const Watch& watch) {
  AlteredGroups groups;
  for (auto& [no, source, sealed, at] : sql.Ask<std::string, std::string, int, std::int64_t>(
           "SELECT i.no, r.source, r.sealed, r.registered FROM items r JOIN items f ON f.idx=r.revises JOIN intakes i "
           "ON "
           "i.idx=r.idx WHERE r.registered>=$1 AND r.revises>=0 AND r.historic=0 AND r.day<>f.day AND "
           "r.received<>r.registered AND f.received<>f.registered ORDER BY r.idx LIMIT $2",
           AlteredMillis(watch.now - watch.options.look_back), kAlteredListed))
    groups[{std::move(source), AlteredDay(at), sealed != 0}].push_back(std::move(no));
  return groups;
}

}  // namespace

Conditions FindAltered(const Watch& watch) {
  return Guarded("altered", [&]() -> Conditions {
    std::vector<Condition> found;
    auto sql = watch.book.file().Reader();
    AddAlteredGroups(watch, "closed_without_reply", ClosedWithoutReply(*sql, watch), found);
    AddAlteredGroups(watch, "date_changed", ChangedDates(*sql, watch), found);
    return found;
  });
}

}  // namespace gateway
