// What the state knows of each source, whatever door its submissions came through and however often the hub was
// restarted. Threads: safe from any thread. Failure: kUnavailable.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "petition/time.h"

namespace gateway {

struct SourceFigures {
  std::uint64_t registered = 0;  ///< open ones: the figure is for readers without the right to sealed ones, too
  petition::Time last_registered{};
};
petition::Result<std::map<std::string, SourceFigures>> FiguresOfSources(const dedup::CaseBook& book);

/// A page of a source's registrations, without the sealed ones.
struct SourceRegistrations {
  std::vector<std::uint64_t> rows;
  std::uint64_t total = 0;  ///< counted up to kListTotalMax and one more
};
/// Those after `after`, the one that was shown last. `sort`: "externalId", "intake", "registered", "channel",
/// "division", "category" (list_order.h); "": newest first.
petition::Result<SourceRegistrations> LastOfSource(const dedup::CaseBook& book, const std::string& source,
                                                   std::size_t limit, std::optional<std::uint64_t> after,
                                                   std::string_view sort);

}  // namespace gateway
