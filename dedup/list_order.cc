#include "dedup/list_order.h"

#include <algorithm>
#include <charconv>

namespace dedup {

using petition::Result;
using petition::Status;

Result<ListOrder> ReadListOrder(std::string_view sort, std::span<const std::string_view> columns) {
  ListOrder order;
  if (sort.empty()) return order;
  order.falling = sort.starts_with('-');
  if (order.falling) sort.remove_prefix(1);
  const auto found = std::find(columns.begin(), columns.end(), sort);
  if (found != columns.end()) {
    order.column = static_cast<int>(found - columns.begin()) + 1;
    return order;
  }
  std::string names;
  for (const auto name : columns) names.append(names.empty() ? "" : ", ").append(name);
  auto error = petition::Invalid("sort_unknown", "this list is sorted by " + names + ", falling with - in front");
  error.fields.push_back({"/sort", "sort_unknown", error.message});
  return error;
}

Status CheckSortable(const ListOrder& order, std::uint64_t counted) {
  if (order.column == 0 || counted <= kSortedRowsMax) return petition::Ok();
  auto error = petition::Invalid(
      "sort_too_many", "more than 1,000 rows: narrow the list by its filters first, or leave it in its own order");
  error.fields.push_back({"/sort", "sort_too_many", error.message});
  return error;
}

Result<std::int64_t> ReadSortedCursor(std::string_view cursor) {
  std::int64_t at = -1;
  if (cursor.empty()) return at;
  const auto [end, failure] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
  if (failure != std::errc{} || end != cursor.data() + cursor.size() || at < 0)
    return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
  return at;
}

}  // namespace dedup
