#include "gateway/state/matters.h"

#include "dedup/case_book_impl.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::Millis;
using petition::Result;

Result<std::vector<GrowingMatter>> GrowingMatters(const dedup::CaseBook& book, petition::Time since,
                                                  std::uint64_t least, const dedup::Scope& scope, std::size_t limit) {
  return Guarded("growing", [&]() -> Result<std::vector<GrowingMatter>> {
    std::vector<GrowingMatter> growing;
    auto sql = book.file().Reader();
    // Lately is little: those are looked up by time, and their groups counted whole.
    for (auto& [no, grouped, lately, all] : sql->Ask<std::string, int, std::uint64_t, std::uint64_t>(
             "SELECT g.no, t.grp>=0, t.lately, (SELECT COUNT(*) FROM intakes m WHERE (m.lead=t.head OR (t.grp>=0 AND "
             "m.lead IN (SELECT lead FROM cases WHERE grp=t.grp))) AND " GUIYI_SCOPE(
                 "$1", "$2", "$3") ") FROM (SELECT CASE WHEN c.grp>=0 THEN c.grp ELSE c.lead END AS head, MAX(c.grp) "
                                   "AS grp, COUNT(*) AS "
                                   "lately FROM items r JOIN intakes m ON m.idx=r.idx JOIN cases c ON c.lead=m.lead "
                                   "WHERE r.registered>=$4 AND "
                                   "m.historic=0 AND r.revises<0 AND " GUIYI_SCOPE(
                                       "$1", "$2", "$3") " GROUP BY 1 HAVING COUNT(*)>=$5 ORDER BY COUNT(*) DESC, 1 "
                                                         "LIMIT $6) t JOIN intakes g ON g.idx=t.head",
             scope.sealed, scope.source, dedup::book::DivisionPrefixes(scope.divisions), Millis(since), least, limit)) {
      const auto number = grouped != 0 ? dedup::GroupNo(no) : dedup::CaseNo(no);
      growing.push_back({number, lately, all > lately ? all - lately : 0});
    }
    return growing;
  });
}

Result<PendingCases> LongPending(const dedup::CaseBook& book, petition::Time before, const dedup::Scope& scope,
                                 std::size_t limit) {
  const auto divisions = dedup::book::DivisionPrefixes(scope.divisions);
  return Guarded("pending", [&]() -> Result<PendingCases> {
    PendingCases pending;
    auto sql = book.file().Reader();
    pending.total = std::get<0>(
        sql->Ask<std::uint64_t>("SELECT COUNT(*) FROM items m WHERE m.first_hub=1 AND m.closed=0 AND m.historic=0 AND "
                                "m.registered<$1 AND " GUIYI_SCOPE("$2", "$3", "$4"),
                                Millis(before), scope.sealed, scope.source, divisions)
            .at(0));
    for (auto& [no, source, division, size, received] :
         sql->Ask<std::string, std::string, std::string, std::uint64_t, std::int64_t>(
             "SELECT i.no, m.source, m.division, c.size, m.received FROM items m JOIN intakes i ON i.idx=m.idx JOIN "
             "cases c ON c.lead=m.idx WHERE m.first_hub=1 AND m.closed=0 AND m.historic=0 AND m.registered<$1 "
             "AND " GUIYI_SCOPE("$2", "$3", "$4") " ORDER BY m.registered, m.idx LIMIT $5",
             Millis(before), scope.sealed, scope.source, divisions, limit))
      pending.oldest.push_back(
          {dedup::CaseNo(no), std::move(source), std::move(division), size, dedup::book::FromMillis(received)});
    return pending;
  });
}

}  // namespace gateway
