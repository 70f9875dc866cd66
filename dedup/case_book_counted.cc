// What the figures count (case_book_figures.cc), a page at a time: every registered intake, and the cases. Newest
// first, each read out of the index that holds its kind; how many there are is said by the figures themselves, so that
// a list and its figure can't differ.
#include <charconv>
#include <limits>

#include "dedup/case_book_impl.h"

namespace dedup {

using book::Id;
using petition::Result;

namespace {

constexpr std::size_t kCountedPageMax = 500;

/// The row that a page goes on below. kInvalid "cursor_invalid".
Result<std::int64_t> BelowOf(std::string_view cursor) {
  std::int64_t below = std::numeric_limits<std::int64_t>::max();
  if (cursor.empty()) return below;
  const auto [end, failure] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), below);
  if (failure != std::errc{} || end != cursor.data() + cursor.size() || below < 0)
    return petition::Invalid("cursor_invalid", "the cursor is not one of ours");
  return below;
}

// The same for the figure and for its list; -1 asks for nothing.
#define GUIYI_REGISTERED_WHERE                                                                                     \
  "WHERE ($1<0 OR m.decided=$1) AND ($2<0 OR m.historic=$2) AND ($3<0 OR m.sealed=$3) AND ($4<0 OR m.relation=$4) " \
  "AND ($5<0 OR m.mode=$5) AND " GUIYI_SCOPE("$6", "$7", "$8")
#define GUIYI_REGISTERED(way, also) \
  "SELECT m.idx FROM intakes m " way " " GUIYI_REGISTERED_WHERE also " AND m.idx<$9 ORDER BY m.idx DESC LIMIT $10"

struct RegisteredAsked {
  int decided = -1, historic = -1, sealed = -1, relation = -1, mode = -1;
};

RegisteredAsked AskedOf(const RegisteredFilter& filter) {
  RegisteredAsked asked;
  if (filter.relation || filter.mode) asked.decided = 1;
  if (filter.relation) asked.relation = static_cast<int>(*filter.relation);
  if (filter.mode) asked.mode = static_cast<int>(*filter.mode);
  switch (filter.which) {
    case RegisteredFilter::Which::kAll:
      break;
    case RegisteredFilter::Which::kUndecided:
      asked.decided = asked.decided == 1 ? 2 : 0;  // with a relation or a mode: none is both
      break;
    case RegisteredFilter::Which::kHistoric:
      asked.historic = 1;
      break;
    case RegisteredFilter::Which::kSealed:
      asked.sealed = 1;
      break;
  }
  return asked;
}

/// The conditions of a partial index are said once more, or SQLite does not know that they hold.
const char* QuestionOf(const RegisteredAsked& asked) {
  if (asked.decided == 0) return GUIYI_REGISTERED("INDEXED BY intakes_undecided", " AND m.decided=0");
  if (asked.relation > 0) return GUIYI_REGISTERED("INDEXED BY intakes_related", " AND m.relation>0 AND m.relation=$4");
  if (asked.mode > 0) return GUIYI_REGISTERED("INDEXED BY intakes_mode", " AND m.mode>0 AND m.mode=$5");
  if (asked.sealed == 1) return GUIYI_REGISTERED("INDEXED BY intakes_sealed", " AND m.sealed=1");
  if (asked.historic == 1) return GUIYI_REGISTERED("INDEXED BY intakes_historic", " AND m.historic=1");
  return GUIYI_REGISTERED("NOT INDEXED", "");
}

#define GUIYI_CASES_LISTED(way, also, key)                                                                        \
  "SELECT c.lead, m.source, m.division FROM cases c " way " CROSS JOIN intakes m ON m.idx=c.lead WHERE " key      \
  "<$1 AND (c.sealed=0 OR $2=1) AND " GUIYI_SCOPE("$2", "$3", "$4") also " ORDER BY " key " DESC LIMIT $5"

const char* QuestionOf(CaseKind kind) {
  switch (kind) {
    case CaseKind::kAll:
      break;
    case CaseKind::kClosed:
      return GUIYI_CASES_LISTED("INDEXED BY cases_closed", " AND c.last_closed>0 AND c.last_received<=c.last_closed",
                                "c.lead");
    case CaseKind::kLeadsGroup:
      return GUIYI_CASES_LISTED("INDEXED BY cases_grp", " AND c.grp>=0 AND c.grp=c.lead", "c.grp");
  }
  return GUIYI_CASES_LISTED("NOT INDEXED", "", "c.lead");
}

}  // namespace

Result<RegisteredPage> CaseBook::Registered(const RegisteredFilter& filter, const Scope& scope, std::string_view cursor,
                                            std::size_t limit) const {
  GUIYI_TRY(const auto below, BelowOf(cursor));
  const RegisteredAsked asked = AskedOf(filter);
  limit = std::clamp<std::size_t>(limit, 1, kCountedPageMax);
  return Guarded("registered", [&]() -> Result<RegisteredPage> {
    auto sql = impl_->file.Reader();
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    RegisteredPage page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>(
        "SELECT IFNULL(SUM(m.n), 0) FROM figures_intakes m " GUIYI_REGISTERED_WHERE, asked.decided, asked.historic,
        asked.sealed, asked.relation, asked.mode, scope.sealed, scope.source, prefixes)[0]);
    const auto rows = sql->Ask<std::uint64_t>(QuestionOf(asked), asked.decided, asked.historic, asked.sealed,
                                              asked.relation, asked.mode, scope.sealed, scope.source, prefixes, below,
                                              limit + 1);
    for (const auto& [index] : rows) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().index);
        break;
      }
      page.rows.push_back(*book::FindMember(*sql, index));
    }
    return page;
  });
}

Result<CasePage> CaseBook::Cases(CaseKind kind, const Scope& scope, std::string_view cursor, std::size_t limit) const {
  GUIYI_TRY(const auto below, BelowOf(cursor));
  limit = std::clamp<std::size_t>(limit, 1, kCountedPageMax);
  return Guarded("cases", [&]() -> Result<CasePage> {
    auto sql = impl_->file.Reader();
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    CasePage page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>(
        "SELECT IFNULL(SUM(m.n), 0) FROM figures_cases m WHERE ($1=0 OR ($1=1 AND m.closed=1) OR ($1=2 AND "
        "m.leads=1)) AND " GUIYI_SCOPE("$2", "$3", "$4"),
        static_cast<int>(kind), scope.sealed, scope.source, prefixes)[0]);
    auto rows = sql->Ask<std::uint64_t, std::string, std::string>(QuestionOf(kind), below, scope.sealed, scope.source,
                                                                  prefixes, limit + 1);
    for (auto& [lead, source, division] : rows) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().row.first);
        break;
      }
      auto row = book::CaseRowOf(*sql, *book::FindCase(*sql, lead));
      // What a case looks like is told by what the reader sees of it.
      const auto [size, oldest, newest] = sql->Ask<std::uint64_t, std::int64_t, std::int64_t>(
          "SELECT COUNT(*), IFNULL(MIN(m.received), 0), IFNULL(MAX(m.received), 0) FROM intakes m WHERE m.lead=$1 "
          "AND " GUIYI_SCOPE("$2", "$3", "$4"),
          Id(lead), scope.sealed, scope.source, prefixes)[0];
      row.size = size;
      row.first_received = book::FromMillis(oldest);
      row.last_received = book::FromMillis(newest);
      page.rows.push_back({std::move(row), std::move(source), std::move(division)});
    }
    return page;
  });
}

}  // namespace dedup
