// How many rows a list has, counted so far only: who looks at one of a million wants to be told that there are many,
// not to wait until all are counted. Figures have their own sums.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dedup/list_order.h"
#include "petition/json.h"

namespace gateway {

/// Whatever can be sorted is counted to its end.
inline constexpr std::uint64_t kListTotalMax = dedup::kSortedRowsMax;

/// The rows of a statement ("SELECT 1 FROM ..."), at most one more than kListTotalMax.
#define GUIYI_COUNTED_ROWS(statement) "SELECT COUNT(*) FROM (" statement " LIMIT 1001)"

/// Adds "total", and "totalAtLeast": there are more than that.
inline void AddListTotal(petition::Json& answer, std::uint64_t counted) {
  answer["total"] = std::min(counted, kListTotalMax);
  answer["totalAtLeast"] = counted > kListTotalMax;
}

}  // namespace gateway
