// What the state knows of each source, whatever door its submissions came through and however often the hub was
// restarted. Threads: safe from any thread. Failure: kUnavailable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dedup/case_book.h"
#include "petition/time.h"

namespace gateway {

struct SourceFigures {
  std::uint64_t registered = 0;  ///< open ones: the figure is for readers without the right to sealed ones, too
  petition::Time last_registered{};
};
petition::Result<std::map<std::string, SourceFigures>> FiguresOfSources(const dedup::CaseBook& book);

/// The newest registrations of a source, newest first, without the sealed ones; those older than `before`.
petition::Result<std::vector<std::uint64_t>> LastOfSource(const dedup::CaseBook& book, const std::string& source,
                                                          std::size_t limit, std::optional<std::uint64_t> before = {});

}  // namespace gateway
