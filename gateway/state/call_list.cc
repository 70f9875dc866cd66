// The exchange's call records one by one.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"
#include "gateway/state/list_total.h"
#include "gateway/state/registers.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Millis;
using petition::Result;

namespace {

constexpr std::size_t kCallsPageMax = 500;
static_assert(static_cast<int>(CallFilter::Which::kLate) == 5);

// By time, newest first; of one time by id, since an exchange may write seconds only.
#define GUIYI_CALLS_FROM " FROM register_lines c LEFT JOIN call_waits w ON w.reg=c.reg AND w.id=c.id "
#define GUIYI_CALLS_WHERE                                                                                            \
  "WHERE c.reg='calls' AND c.at>=$1 AND c.at<$2 AND ($3=0 OR ($3=1 AND c.answered=1) OR ($3=2 AND c.answered=0) OR " \
  "($3>=3 AND c.answered=1 AND w.waited IS NOT NULL AND ($3=3 OR ($3=4 AND w.waited<=$4) OR ($3=5 AND w.waited>$4))))"

#define GUIYI_CALLS_LISTED "SELECT c.id, c.at, c.answered, c.seconds, IFNULL(w.waited, -1), c.entry" GUIYI_CALLS_FROM
#define GUIYI_CALLS_NEWEST                                                           \
  GUIYI_CALLS_LISTED GUIYI_CALLS_WHERE                                               \
      " AND (c.at<$5 OR (c.at=$5 AND c.id<$6)) ORDER BY c.at DESC, c.id DESC LIMIT " \
      "$7"

constexpr std::string_view kCallColumns[] = {"id", "at", "answered", "waitSeconds", "seconds", "ledgerIndex"};
// Those that do not tell the wait are before all others.
#define GUIYI_CALL_KEY                                                                                        \
  "CASE $6 WHEN 1 THEN c.id WHEN 2 THEN c.at WHEN 3 THEN c.answered WHEN 4 THEN IFNULL(w.waited, -1) WHEN 5 " \
  "THEN c.seconds ELSE c.entry END"
#define GUIYI_CALLS_SORTED(after, order)                                                                             \
  GUIYI_CALLS_LISTED GUIYI_CALLS_WHERE " AND ($5='' OR (" GUIYI_CALL_KEY ", c.id)" after "(SELECT " GUIYI_CALL_KEY   \
                                       ", c.id" GUIYI_CALLS_FROM "WHERE c.reg='calls' AND c.id=$5)) ORDER BY " order \
                                       " LIMIT $7"

const char* SortedCalls(const dedup::ListOrder& order) {
  if (order.falling) return GUIYI_CALLS_SORTED("<", GUIYI_CALL_KEY " DESC, c.id DESC");
  return GUIYI_CALLS_SORTED(">", GUIYI_CALL_KEY ", c.id");
}

using CallTuple = std::tuple<std::string, std::int64_t, int, std::uint64_t, std::int64_t, std::uint64_t>;

template <typename... A>
std::vector<CallTuple> AskCalls(dedup::Connection& sql, const char* text, const A&... args) {
  return sql.Ask<std::string, std::int64_t, int, std::uint64_t, std::int64_t, std::uint64_t>(text, args...);
}

struct CallPlace {
  std::int64_t at = 0;
  std::string id;
};

/// "MILLIS.ID" of the last row of a page.
Result<CallPlace> ReadCallCursor(std::string_view cursor, std::int64_t end) {
  if (cursor.empty()) return CallPlace{end, ""};
  CallPlace place;
  const auto dot = cursor.find('.');
  const auto digits = cursor.substr(0, dot);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), place.at);
  if (dot == std::string_view::npos || digits.empty() || read.ec != std::errc() ||
      read.ptr != digits.data() + digits.size())
    return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
  place.id = cursor.substr(dot + 1);
  return place;
}

}  // namespace

Result<CallPage> Registers::Calls(const CallFilter& filter, std::string_view cursor, std::size_t limit) const {
  const std::int64_t from = Millis(filter.from), to = Millis(filter.to);
  GUIYI_TRY(const auto order, dedup::ReadListOrder(filter.sort, kCallColumns));
  GUIYI_TRY(const auto after, ReadCallCursor(cursor, to));
  limit = std::clamp<std::size_t>(limit, 1, kCallsPageMax);
  const int which = static_cast<int>(filter.which);
  return Guarded("calls", [&]() -> Result<CallPage> {
    CallPage page;
    auto sql = book_.file().Reader();
    page.total = std::get<0>(sql->Ask<std::uint64_t>(GUIYI_COUNTED_ROWS("SELECT 1" GUIYI_CALLS_FROM GUIYI_CALLS_WHERE),
                                                     from, to, which, filter.wait_max)
                                 .at(0));
    GUIYI_CHECK(dedup::CheckSortable(order, page.total));
    auto rows =
        order.column == 0
            ? AskCalls(*sql, GUIYI_CALLS_NEWEST, from, to, which, filter.wait_max, after.at, after.id, limit + 1)
            : AskCalls(*sql, SortedCalls(order), from, to, which, filter.wait_max, after.id, order.column, limit + 1);
    for (auto& [id, at, answered, talked, waited, entry] : rows) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(Millis(page.rows.back().at)) + "." + page.rows.back().id;
        break;
      }
      CallRow row{std::move(id), FromMillis(at), answered != 0, talked, {}, entry};
      if (waited >= 0) row.waited = static_cast<std::uint64_t>(waited);
      page.rows.push_back(std::move(row));
    }
    return page;
  });
}

}  // namespace gateway
