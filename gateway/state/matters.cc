#include "gateway/state/matters.h"

#include "dedup/case_book_impl.h"
#include "gateway/state/item_figures.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::Millis;
using petition::Result;

namespace {

constexpr std::int64_t kPendingDay = 86'400'000, kPendingZone = 8 * 3'600'000;

}  // namespace

Result<std::vector<GrowingMatter>> GrowingMatters(const dedup::CaseBook& book, petition::Time since,
                                                  std::uint64_t least, const dedup::Scope& scope, std::size_t limit) {
  return Guarded("growing", [&]() -> Result<std::vector<GrowingMatter>> {
    std::vector<GrowingMatter> growing;
    auto sql = book.file().Reader();
    // All but one of those that came lately to one matter are tied to an earlier one: these few are looked at first,
    // and the matters with enough of them counted whole.
    for (auto& [no, grouped, lately, all] : sql->Ask<std::string, int, std::uint64_t, std::uint64_t>(
             "WITH heads AS (SELECT CASE WHEN c.grp>=0 THEN c.grp ELSE c.lead END AS head, MAX(c.grp) AS grp FROM "
             "items "
             "r JOIN intakes m ON m.idx=r.idx JOIN cases c ON c.lead=m.lead WHERE r.relation>=3 AND r.historic=0 AND "
             "r.revises<0 AND " GUIYI_SCOPE(
                 "$1", "$2", "$3") " AND r.registered>=$4"
                                   " GROUP BY 1 HAVING COUNT(*)>=$5), counted AS (SELECT t.head, t.grp, m.idx, "
                                   "EXISTS(SELECT 1 FROM items r "
                                   "WHERE r.idx=m.idx AND r.registered>=$4 AND r.historic=0 AND r.revises<0) AS late "
                                   "FROM heads t JOIN "
                                   "intakes m ON m.lead IN (SELECT lead FROM cases WHERE t.grp>=0 AND grp=t.grp UNION "
                                   "SELECT t.head) "
                                   "WHERE " GUIYI_SCOPE(
                                       "$1", "$2",
                                       "$3") ") SELECT g.no, t.grp>=0, SUM(t.late), COUNT(*) FROM counted t JOIN "
                                             "intakes g ON g.idx=t.head GROUP BY "
                                             "t.head HAVING SUM(t.late)>=$6 ORDER BY SUM(t.late) DESC, t.head LIMIT $7",
             scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions), Millis(since),
             least > 1 ? least - 1 : std::uint64_t{1}, least, limit)) {
      const auto number = grouped != 0 ? dedup::GroupNo(no) : dedup::CaseNo(no);
      growing.push_back({number, lately, all > lately ? all - lately : 0});
    }
    return growing;
  });
}

Result<PendingCases> LongPending(const dedup::CaseBook& book, petition::Time before, const dedup::Scope& scope,
                                 std::size_t limit) {
  const std::int64_t first_day = (Millis(before) + kPendingZone) / kPendingDay;  // no longer pending for long
  return Guarded("pending", [&]() -> Result<PendingCases> {
    PendingCases pending;
    auto sql = book.file().Reader();
    // So many days from the oldest on hold as many as are shown.
    std::int64_t end_day = 0;
    for (const auto& [day, n] :
         sql->Ask<std::int64_t, std::uint64_t>("SELECT m.day, SUM(m.n) FROM " GUIYI_COVERED(
                                                   "$1", "pending_cells") "AND m.day<$2 WHERE m.sealed=0 OR $3=1 GROUP "
                                                                          "BY m.day HAVING SUM(m.n)>0 ORDER BY m.day",
                                               CoverOf(*sql, scope), first_day, scope.sealed)) {
      if (pending.total < limit) end_day = day + 1;
      pending.total += n;
    }
    for (auto& [no, source, division, size, received] :
         sql->Ask<std::string, std::string, std::string, std::uint64_t, std::int64_t>(
             "SELECT i.no, m.source, m.division, c.size, m.received FROM json_each($1) d CROSS JOIN items m ON "
             "m.division=json_extract(d.value, '$[1]') AND m.registered<$2 JOIN intakes i ON i.idx=m.idx JOIN cases c "
             "ON c.lead=m.idx WHERE m.first_hub=1 AND m.closed=0 AND m.historic=0 AND m.revises<0 AND (m.sealed=0 OR "
             "$3=1) ORDER BY m.registered, m.idx LIMIT $4",
             DivisionsWithin(*sql, scope), end_day * kPendingDay - kPendingZone, scope.sealed, limit))
      pending.oldest.push_back(
          {dedup::CaseNo(no), std::move(source), std::move(division), size, dedup::book::FromMillis(received)});
    return pending;
  });
}

Result<std::vector<ChannelFlow>> ChannelFlows(const dedup::CaseBook& book, const std::string& from,
                                              const std::string& to, const dedup::Scope& scope) {
  const std::int64_t first = from.empty() ? 0 : std::stoll(from), last = to.empty() ? 99999999 : std::stoll(to);
  return Guarded("flows", [&]() -> Result<std::vector<ChannelFlow>> {
    std::vector<ChannelFlow> flows;
    // A lead is on the same side of the seal as its case; whose it is, is not kept: a source is told no first channel.
    for (auto& [told_first, told_again, intakes] : book.file().Reader()->Ask<std::string, std::string, std::uint64_t>(
             "SELECT CASE WHEN $1='' AND ($2='' OR EXISTS(SELECT 1 FROM json_each($2) p WHERE m.told_division LIKE "
             "p.value||'%')) THEN m.told_channel ELSE '' END, m.channel, COUNT(*) FROM items m INDEXED BY items_flows "
             "WHERE m.relation>=3 AND m.relation<6 AND m.historic=0 AND m.revises<0 AND m.told_channel IS NOT NULL AND "
             "m.day BETWEEN $3 AND $4 AND " GUIYI_SCOPE("$5", "$1", "$2") " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
             scope.source, dedup::book::DivisionPrefixes(scope.divisions), first, last, scope.sealed)) {
      flows.push_back({std::move(told_first), std::move(told_again), intakes});
    }
    return flows;
  });
}

}  // namespace gateway
