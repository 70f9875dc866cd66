// The order in which a person wants a list: "source" rising, "-source" falling, "" the list's own. A list's own order
// is read out of an index however long the list is; any other sorts what a filter left, so it is taken up to a
// thousand rows and refused beyond: who sorts a million rows wants a narrower list. Pages go on from the row shown
// last, by its value as it is now.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace dedup {

/// A list of more rows keeps its own order.
inline constexpr std::uint64_t kSortedRowsMax = 1000;

struct ListOrder {
  int column = 0;  ///< place among the names, from 1; 0: the list's own order
  bool falling = false;
};

/// kInvalid "sort_unknown" names what there is.
petition::Result<ListOrder> ReadListOrder(std::string_view sort, std::span<const std::string_view> columns);
/// kInvalid "sort_too_many" when more rows than are sorted were counted.
petition::Status CheckSortable(const ListOrder& order, std::uint64_t counted);
/// The row that a page of a sorted list goes on from; -1: the first page. kInvalid "cursor_invalid".
petition::Result<std::int64_t> ReadSortedCursor(std::string_view cursor);

// The end of a question for a page of a sorted list: rows after the one numbered `at`, by `key` and then by `id`. `row`
// are the tables of the list from FROM on, with the aliases that `key` uses; `at` comes first among the parameters
// here, then those of `key`.
#define GUIYI_RISING(key, id, row, at) \
  " AND (" at "<0 OR (" key ", " id ")>(SELECT " key ", " id " " row " WHERE " id "=" at ")) ORDER BY " key ", " id " "
#define GUIYI_FALLING(key, id, row, at)                                                                     \
  " AND (" at "<0 OR (" key ", " id ")<(SELECT " key ", " id " " row " WHERE " id "=" at ")) ORDER BY " key \
  " DESC, " id " DESC "

}  // namespace dedup
