#include "gateway/state/source_figures.h"

#include "dedup/case_book_file.h"

namespace gateway {

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

petition::Result<std::vector<std::uint64_t>> LastOfSource(const dedup::CaseBook& book, const std::string& source,
                                                          std::size_t limit, std::optional<std::uint64_t> before) {
  return dedup::Guarded("sources", [&]() -> petition::Result<std::vector<std::uint64_t>> {
    std::vector<std::uint64_t> last;
    for (const auto& [index] : book.file().Reader()->Ask<std::uint64_t>(
             "SELECT idx FROM intakes WHERE source=$1 AND sealed=0 AND ($2<0 OR (registered<=(SELECT registered FROM "
             "intakes WHERE idx=$2) AND (registered, idx)<(SELECT registered, idx FROM intakes WHERE idx=$2))) ORDER "
             "BY "
             "registered DESC, idx DESC LIMIT $3",
             source, before ? static_cast<std::int64_t>(*before) : std::int64_t{-1}, limit)) {
      last.push_back(index);
    }
    return last;
  });
}

}  // namespace gateway
