#include "gateway/state/source_figures.h"

#include "dedup/case_book_file.h"

namespace gateway {

petition::Result<std::map<std::string, SourceFigures>> FiguresOfSources(const dedup::CaseBook& book) {
  return dedup::Guarded("sources", [&]() -> petition::Result<std::map<std::string, SourceFigures>> {
    std::map<std::string, SourceFigures> figures;
    for (const auto& [source, registered, last] : book.file().Reader()->Ask<std::string, std::uint64_t, std::int64_t>(
             "SELECT source, COUNT(*)-SUM(sealed), MAX(registered) FROM intakes GROUP BY source")) {
      figures[source] = {registered, petition::Time(std::chrono::milliseconds(last))};
    }
    return figures;
  });
}

}  // namespace gateway
