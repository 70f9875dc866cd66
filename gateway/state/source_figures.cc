#include "gateway/state/source_figures.h"

#include "dedup/case_book_file.h"
#include "dedup/list_order.h"
#include "gateway/state/list_total.h"

namespace gateway {

namespace {

#define GUIYI_OF_SOURCE "FROM intakes m WHERE m.source=$1 AND m.sealed=0 "
#define GUIYI_NEWEST_OF_SOURCE                                                                                   \
  "SELECT m.idx " GUIYI_OF_SOURCE                                                                                \
  "AND ($2<0 OR (m.registered<=(SELECT registered FROM intakes WHERE idx=$2) AND (m.registered, m.idx)<(SELECT " \
  "registered, idx FROM intakes WHERE idx=$2))) ORDER BY m.registered DESC, m.idx DESC LIMIT $3"

constexpr std::string_view kRegistrationColumns[] = {"externalId", "intake",   "registered",
                                                     "channel",    "division", "category"};
#define GUIYI_REGISTRATION_KEY                                                                                \
  "CASE $3 WHEN 1 THEN t.number WHEN 2 THEN m.no WHEN 3 THEN m.registered WHEN 4 THEN m.channel WHEN 5 THEN " \
  "m.division ELSE t.category END"
#define GUIYI_REGISTRATIONS "FROM intakes m CROSS JOIN items t ON t.idx=m.idx"
#define GUIYI_REGISTRATIONS_SORTED(order) \
  "SELECT m.idx " GUIYI_REGISTRATIONS     \
  " WHERE m.source=$1 AND m.sealed=0" order(GUIYI_REGISTRATION_KEY, "m.idx", GUIYI_REGISTRATIONS, "$2") "LIMIT $4"

}  // namespace

petition::Result<std::map<std::string, SourceFigures>> FiguresOfSources(const dedup::CaseBook& book) {
  return dedup::Guarded("sources", [&]() -> petition::Result<std::map<std::string, SourceFigures>> {
    std::map<std::string, SourceFigures> figures;
    for (const auto& [source, registered, last] : book.file().Reader()->Ask<std::string, std::uint64_t, std::int64_t>(
             "SELECT f.source, SUM((f.sealed=0)*f.n), MAX(IFNULL((SELECT registered FROM intakes WHERE "
             "source=f.source AND sealed=0 ORDER BY registered DESC LIMIT 1), 0), IFNULL((SELECT registered FROM "
             "intakes WHERE source=f.source AND sealed=1 ORDER BY registered DESC LIMIT 1), 0)) FROM figures_intakes f "
             "GROUP BY f.source HAVING SUM(f.n)>0")) {
      figures[source] = {registered, petition::Time(std::chrono::milliseconds(last))};
    }
    return figures;
  });
}

petition::Result<SourceRegistrations> LastOfSource(const dedup::CaseBook& book, const std::string& source,
                                                   std::size_t limit, std::optional<std::uint64_t> after,
                                                   std::string_view sort) {
  GUIYI_TRY(const auto order, dedup::ReadListOrder(sort, kRegistrationColumns));
  const std::int64_t from_row = after ? static_cast<std::int64_t>(*after) : -1;
  return dedup::Guarded("sources", [&]() -> petition::Result<SourceRegistrations> {
    SourceRegistrations last;
    auto sql = book.file().Reader();
    last.total = std::get<0>(sql->Ask<std::uint64_t>(GUIYI_COUNTED_ROWS("SELECT 1 " GUIYI_OF_SOURCE), source).at(0));
    GUIYI_CHECK(dedup::CheckSortable(order, last.total));
    const auto rows = order.column == 0
                          ? sql->Ask<std::uint64_t>(GUIYI_NEWEST_OF_SOURCE, source, from_row, limit)
                          : sql->Ask<std::uint64_t>(order.falling ? GUIYI_REGISTRATIONS_SORTED(GUIYI_FALLING)
                                                                  : GUIYI_REGISTRATIONS_SORTED(GUIYI_RISING),
                                                    source, from_row, order.column, limit);
    for (const auto& [index] : rows) last.rows.push_back(index);
    return last;
  });
}

}  // namespace gateway
