// What the figures count (case_book_figures.cc), a page at a time: every registered intake, and the cases. Newest
// first, each read out of the index that holds the fewest by the figures, which also say how many there are, at the
// same moment: a list and its figure can't differ. Sorted otherwise (list_order.h) all of them, which are few then, are
// read in that way and put in order.
#include <algorithm>
#include <limits>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"

namespace dedup {

using book::Id;
using petition::Result;

namespace {

constexpr std::size_t kCountedPageMax = 500;

/// The row that a page of a list in its own order goes on below.
std::int64_t BelowOf(std::int64_t from_row) {
  return from_row < 0 ? std::numeric_limits<std::int64_t>::max() : from_row;
}

/// The first column of some rows, for json_each.
template <typename... C>
std::string PickedText(const std::vector<std::tuple<std::uint64_t, C...>>& rows) {
  petition::Json picked = petition::Json::array();
  for (const auto& row : rows) picked.push_back(std::get<0>(row));
  return picked.dump();
}

// The same for the figure and for its list; -1 asks for nothing.
#define GUIYI_OF_KIND                                                                                             \
  "($1<0 OR m.decided=$1) AND ($2<0 OR m.historic=$2) AND ($3<0 OR m.sealed=$3) AND ($4<0 OR m.relation=$4) AND " \
  "($5<0 OR m.mode=$5)"
#define GUIYI_REGISTERED_WHERE "WHERE " GUIYI_OF_KIND " AND " GUIYI_SCOPE("$6", "$7", "$8")
// Parameters are bound in the order in which a statement first names them: here all are, whatever it names after that.
#define GUIYI_REGISTERED(from, also)                                                          \
  "WITH numbered AS (SELECT $1, $2, $3, $4, $5, $6, $7, $8) SELECT DISTINCT m.idx FROM " from \
  " " GUIYI_REGISTERED_WHERE also " AND m.idx<$9 ORDER BY m.idx DESC LIMIT $10"
// Of the divisions asked for, each row as often as they overlap.
#define GUIYI_BY_DIVISION(divisions)                                                            \
  "json_each(" divisions                                                                        \
  ") p CROSS JOIN intakes m INDEXED BY intakes_division ON m.division>=p.value AND m.division<" \
  "p.value||':'"

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
const char* QuestionOf(const RegisteredAsked& asked, bool by_division) {
  if (by_division) return GUIYI_REGISTERED(GUIYI_BY_DIVISION("$8"), "");
  if (asked.relation > 0)
    return GUIYI_REGISTERED("intakes m INDEXED BY intakes_related", " AND m.relation>0 AND m.relation=$4");
  if (asked.mode > 0) return GUIYI_REGISTERED("intakes m INDEXED BY intakes_mode", " AND m.mode>0 AND m.mode=$5");
  if (asked.sealed == 1) return GUIYI_REGISTERED("intakes m INDEXED BY intakes_sealed", " AND m.sealed=1");
  if (asked.historic == 1) return GUIYI_REGISTERED("intakes m INDEXED BY intakes_historic", " AND m.historic=1");
  return GUIYI_REGISTERED("intakes m NOT INDEXED", "");
}

constexpr std::string_view kRegisteredColumns[] = {"intake", "case",  "source",   "division",  "relation",
                                                   "mode",   "state", "received", "registered"};
#define GUIYI_REGISTERED_KEY                                                                                     \
  "CASE $2 WHEN 1 THEN m.no WHEN 2 THEN l.no WHEN 3 THEN m.source WHEN 4 THEN m.division WHEN 5 THEN CASE WHEN " \
  "m.decided=1 THEN m.relation ELSE -1 END WHEN 6 THEN CASE WHEN m.decided=1 THEN m.mode ELSE -1 END WHEN 7 "    \
  "THEN m.state WHEN 8 THEN m.received ELSE m.registered END"
#define GUIYI_REGISTERED_SORTED(order)                                                                  \
  "WITH numbered AS (SELECT $1, $2, $3, $4) SELECT m.idx FROM json_each($3) k CROSS JOIN intakes m ON " \
  "m.idx=k.value CROSS JOIN intakes l ON l.idx=m.lead WHERE true" order(                                \
      GUIYI_REGISTERED_KEY, "m.idx", "FROM intakes m CROSS JOIN intakes l ON l.idx=m.lead", "$1") "LIMIT $4"

#define GUIYI_CASES_OF_KIND "($1=0 OR ($1=1 AND m.closed=1) OR ($1=2 AND m.leads=1))"
#define GUIYI_CASES_LISTED(from, also, key)                                                                \
  "WITH numbered AS (SELECT $1, $2, $3, $4) SELECT DISTINCT c.lead, m.source, m.division FROM " from       \
  " WHERE (c.sealed=0 OR $2=1) AND " GUIYI_SCOPE("$2", "$3", "$4") " AND " key "<$1" also " ORDER BY " key \
                                                                   " DESC LIMIT $5"
#define GUIYI_LED " CROSS JOIN intakes m ON m.idx=c.lead"
#define GUIYI_CLOSED " AND c.last_closed>0 AND c.last_received<=c.last_closed"

const char* QuestionOf(CaseKind kind, bool by_division) {
  constexpr const char* kOfDivision[] = {
      GUIYI_CASES_LISTED(GUIYI_BY_DIVISION("$4") " CROSS JOIN cases c ON c.lead=m.idx", "", "c.lead"),
      GUIYI_CASES_LISTED(GUIYI_BY_DIVISION("$4") " CROSS JOIN cases c ON c.lead=m.idx", GUIYI_CLOSED, "c.lead"),
      GUIYI_CASES_LISTED(GUIYI_BY_DIVISION("$4") " CROSS JOIN cases c ON c.lead=m.idx", " AND c.grp=c.lead", "c.lead"),
  };
  if (by_division) return kOfDivision[static_cast<int>(kind)];
  switch (kind) {
    case CaseKind::kAll:
      break;
    case CaseKind::kClosed:
      return GUIYI_CASES_LISTED("cases c INDEXED BY cases_closed" GUIYI_LED, GUIYI_CLOSED, "c.lead");
    case CaseKind::kLeadsGroup:
      return GUIYI_CASES_LISTED("cases c INDEXED BY cases_grp" GUIYI_LED, " AND c.grp>=0 AND c.grp=c.lead", "c.grp");
  }
  return GUIYI_CASES_LISTED("cases c NOT INDEXED" GUIYI_LED, "", "c.lead");
}

constexpr std::string_view kCaseColumns[] = {"case", "group", "source",        "division",
                                             "size", "state", "firstReceived", "lastReceived"};
// By what the reader sees of it, as it is shown.
#define GUIYI_SEEN(what) "(SELECT " what " FROM intakes m WHERE m.lead=c.lead AND " GUIYI_SCOPE("$3", "$4", "$5") ")"
#define GUIYI_CASE_SORT_KEY \
  "CASE $2 WHEN 1 THEN m.no WHEN 2 THEN IFNULL(g.no, '') WHEN 3 THEN m.source WHEN 4 THEN m.division WHEN 5 " \
  "THEN " \
  GUIYI_SEEN("COUNT(*)") \
  " WHEN 6 THEN (c.last_closed>0 AND c.last_received<=c.last_closed) WHEN 7 THEN " \
  GUIYI_SEEN("IFNULL(MIN(m.received), 0)") " ELSE " GUIYI_SEEN("IFNULL(MAX(m.received), 0)") " END"
#define GUIYI_CASES_JOINED " CROSS JOIN intakes m ON m.idx=c.lead LEFT JOIN intakes g ON g.idx=c.grp"
#define GUIYI_CASES_SORTED(order)                                                                                  \
  "WITH numbered AS (SELECT $1, $2, $3, $4, $5, $6, $7) SELECT c.lead, m.source, m.division FROM json_each($6) k " \
  "CROSS JOIN cases c ON c.lead=k.value" GUIYI_CASES_JOINED                                                        \
  " WHERE true" order(GUIYI_CASE_SORT_KEY, "c.lead", "FROM cases c" GUIYI_CASES_JOINED, "$1") "LIMIT $7"

/// So many rows are asked for: one more than a page has, but no more than there are on a first page, or the last one
/// would be looked for to the end of the table. The undecided ones, which are the newest, are found at once.
std::uint64_t RowsOf(std::size_t limit, std::string_view cursor, std::uint64_t total) {
  return cursor.empty() ? std::min<std::uint64_t>(limit + 1, total) : limit + 1;
}

/// Whether the reader's divisions leave fewer rows to look at than what is asked for.
bool IsByDivision(const Scope& scope, std::uint64_t in_scope, std::uint64_t of_kind) {
  return !scope.divisions.empty() && in_scope < of_kind;
}

}  // namespace

Result<RegisteredPage> CaseBook::Registered(const RegisteredFilter& filter, const Scope& scope, std::string_view cursor,
                                            std::size_t limit) const {
  GUIYI_TRY(const auto order, ReadListOrder(filter.sort, kRegisteredColumns));
  GUIYI_TRY(const auto from_row, ReadSortedCursor(cursor));
  const RegisteredAsked asked = AskedOf(filter);
  limit = std::clamp<std::size_t>(limit, 1, kCountedPageMax);
  return Guarded("registered", [&]() -> Result<RegisteredPage> {
    auto sql = impl_->file.Reader();
    const StateFile::Snapshot moment(*sql);
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    RegisteredPage page;
    page.total = std::get<0>(sql->Ask<std::uint64_t>(
        "SELECT IFNULL(SUM(m.n), 0) FROM figures_intakes m " GUIYI_REGISTERED_WHERE, asked.decided, asked.historic,
        asked.sealed, asked.relation, asked.mode, scope.sealed, scope.source, prefixes)[0]);
    GUIYI_CHECK(CheckSortable(order, page.total));
    if (page.total == 0) return page;
    const auto [in_scope, of_kind] = sql->Ask<std::uint64_t, std::uint64_t>(
        "SELECT IFNULL(SUM(CASE WHEN " GUIYI_SCOPE("$6", "$7", "$8") " THEN m.n END), 0), IFNULL(SUM(CASE "
        "WHEN " GUIYI_OF_KIND " THEN m.n END), 0) FROM (SELECT $1, $2, $3, $4, $5, $6, $7, $8) CROSS JOIN "
        "figures_intakes m",
        asked.decided, asked.historic, asked.sealed, asked.relation, asked.mode, scope.sealed, scope.source,
        prefixes)[0];
    const auto by_age = [&, in_own_scope = in_scope, in_all = of_kind](std::int64_t below, std::uint64_t count) {
      return sql->Ask<std::uint64_t>(QuestionOf(asked, IsByDivision(scope, in_own_scope, in_all)), asked.decided,
                                     asked.historic, asked.sealed, asked.relation, asked.mode, scope.sealed,
                                     scope.source, prefixes, below, count);
    };
    const auto rows =
        order.column == 0
            ? by_age(BelowOf(from_row), RowsOf(limit, cursor, page.total))
            : sql->Ask<std::uint64_t>(
                  order.falling ? GUIYI_REGISTERED_SORTED(GUIYI_FALLING) : GUIYI_REGISTERED_SORTED(GUIYI_RISING),
                  from_row, order.column, PickedText(by_age(BelowOf(-1), page.total)), limit + 1);
    for (const auto& [index] : rows) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().index);
        break;
      }
      if (auto member = book::FindMember(*sql, index)) page.rows.push_back(std::move(*member));
    }
    return page;
  });
}

Result<CasePage> CaseBook::Cases(CaseKind kind, const Scope& scope, std::string_view cursor, std::size_t limit,
                                 std::string_view sort) const {
  GUIYI_TRY(const auto order, ReadListOrder(sort, kCaseColumns));
  GUIYI_TRY(const auto from_row, ReadSortedCursor(cursor));
  limit = std::clamp<std::size_t>(limit, 1, kCountedPageMax);
  return Guarded("cases", [&]() -> Result<CasePage> {
    auto sql = impl_->file.Reader();
    const StateFile::Snapshot moment(*sql);
    const std::string prefixes = book::DivisionPrefixes(scope.divisions);
    CasePage page;
    page.total =
        std::get<0>(sql->Ask<std::uint64_t>("SELECT IFNULL(SUM(m.n), 0) FROM figures_cases m WHERE " GUIYI_CASES_OF_KIND
                                            " AND " GUIYI_SCOPE("$2", "$3", "$4"),
                                            static_cast<int>(kind), scope.sealed, scope.source, prefixes)[0]);
    GUIYI_CHECK(CheckSortable(order, page.total));
    if (page.total == 0) return page;
    const auto [in_scope, of_kind] = sql->Ask<std::uint64_t, std::uint64_t>(
        "SELECT IFNULL(SUM(CASE WHEN " GUIYI_SCOPE("$2", "$3", "$4") " THEN m.n END), 0), IFNULL(SUM(CASE "
        "WHEN " GUIYI_CASES_OF_KIND " THEN m.n END), 0) FROM (SELECT $1, $2, $3, $4) CROSS JOIN figures_cases m",
        static_cast<int>(kind), scope.sealed, scope.source, prefixes)[0];
    const auto by_age = [&, in_own_scope = in_scope, in_all = of_kind](std::int64_t below, std::uint64_t count) {
      return sql->Ask<std::uint64_t, std::string, std::string>(
          QuestionOf(kind, IsByDivision(scope, in_own_scope, in_all)), below, scope.sealed, scope.source, prefixes,
          count);
    };
    auto rows = order.column == 0
                    ? by_age(BelowOf(from_row), RowsOf(limit, cursor, page.total))
                    : sql->Ask<std::uint64_t, std::string, std::string>(
                          order.falling ? GUIYI_CASES_SORTED(GUIYI_FALLING) : GUIYI_CASES_SORTED(GUIYI_RISING),
                          from_row, order.column, scope.sealed, scope.source, prefixes,
                          PickedText(by_age(BelowOf(-1), page.total)), limit + 1);
    for (auto& [lead, source, division] : rows) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().row.first);
        break;
      }
      const auto state = book::FindCase(*sql, lead);
      if (!state) continue;
      auto row = book::CaseRowOf(*sql, *state);
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
