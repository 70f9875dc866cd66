// The intakes behind a figure. Newest first in the order of the table, as long as what is asked for is common: then a
// page is full soon. What is rare is looked for by the index that leaves the fewest, by the figures' own counts. Sorted
// otherwise (list_order.h) it is looked for in the same way, and is known to be short.
#include <algorithm>
#include <limits>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"
#include "gateway/state/items.h"
#include "gateway/state/list_total.h"
#include "petition/relation.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Millis;
using petition::Result;

namespace {

constexpr std::int64_t kListedHour = 3'600'000, kListedZone = 8 * kListedHour, kListedDay = 24 * kListedHour;
constexpr std::size_t kItemsPageMax = 500;
constexpr std::int64_t kLastDay = 99'999'999;
constexpr std::uint64_t kRare = 10'000;  // reading as many one by one takes about as long as filling a page does

enum class Selection {
  kAnyItem,
  kClosed,
  kOpen,
  kClaimedFirst,
  kClaimedRepeat,
  kClaimsDiffer,
  kUrgent,
  kFuture,
  kRepeats,
  kRated,
  kSatisfied,
  kFirstHub,
  kFirstSource,
  kFirstForm,
  kLongPending,
};
constexpr std::string_view kWhich[] = {
    "",        "closed", "open",      "claimed_first", "claimed_repeat", "claims_differ", "urgent",      "future",
    "repeats", "rated",  "satisfied", "first_hub",     "first_source",   "first_form",    "long_pending"};
static_assert(std::size(kWhich) == static_cast<std::size_t>(Selection::kLongPending) + 1);

// Parameters are bound in the order in which a statement first names them: here all are, whatever it names after that.
#define GUIYI_ITEMS_NUMBERED \
  "WITH numbered AS (SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) "
// Each condition is empty or holds; `which` ($8) is a Selection.
#define GUIYI_ITEMS_WHERE                                                                                             \
  "WHERE m.historic=0 AND m.revises<0 AND ($1='' OR m.source=$1) AND ($2='' OR m.channel=$2 OR ($2='-' AND "          \
  "m.channel='')) AND ($3='' OR m.division LIKE $3||'%' OR ($3='-' AND m.division='')) AND ($4='' OR m.category=$4 "  \
  "OR ($4='-' AND m.category='')) AND ($5<0 OR "                                                                      \
  "m.relation=$5) AND m.day BETWEEN $6 AND $7 AND ($15='' OR m.told_channel=$15) AND ($8=0 OR ($8=1 AND m.closed>0) " \
  "OR ($8=2 AND m.closed=0) OR "                                                                                      \
  "($8=3 AND m.claimed_first=1) OR ($8=4 AND m.claimed_repeat=1) OR ($8=5 AND m.claimed_repeat>=0 AND "               \
  "m.claimed_repeat<>(m.relation IN (3,4,5))) OR ($8=6 AND m.urgent=1) OR ($8=7 AND m.received>m.registered+300000"   \
  ") OR ($8=8 AND m.relation IN (3,4,5)) OR ($8=9 AND m.rating>0) OR ($8=10 AND m.rating=1) OR ($8=11 AND "           \
  "m.first_hub=1) OR ($8=12 AND m.first_source=1) OR ($8=13 AND m.first_channel=1) OR ($8=14 AND m.first_hub=1 AND "  \
  "m.closed=0 AND m.registered<$9)) AND ($10=-2 OR m.idx IN (SELECT o.idx FROM intakes o WHERE o.lead IN (SELECT "    \
  "lead FROM cases WHERE grp=$10 AND $11=1 UNION SELECT $10))) AND " GUIYI_SCOPE("$12", "$13", "$14")

constexpr std::string_view kItemColumns[] = {"source", "category", "relation", "state", "received", "case"};
#define GUIYI_ITEM_KEY                                                                                           \
  "CASE $17 WHEN 1 THEN m.source WHEN 2 THEN m.category WHEN 3 THEN m.relation WHEN 4 THEN i.state WHEN 5 THEN " \
  "m.received ELSE l.no END"
#define GUIYI_ITEM_COLUMNS                                                                                   \
  "SELECT m.idx, i.no, m.source, m.division, m.channel, m.category, m.number, m.day, m.sealed, m.relation, " \
  "i.state, l.no, m.received, m.registered FROM "
#define GUIYI_ITEM_JOINED " CROSS JOIN intakes i ON i.idx=m.idx CROSS JOIN intakes l ON l.idx=i.lead "

/// Where the rows are looked for: in the order of the table, or by an index. All statements take the same parameters up
/// to $15; then `page` the place ($16) and how many ($17), the sorted ones the place ($16), the column ($17), how many
/// ($18), first named in that order, too.
struct WayIn {
  const char *count, *page, *rising, *falling;
};
#define GUIYI_ITEMS_SORTED(from, also, order)                                                  \
  GUIYI_ITEMS_NUMBERED GUIYI_ITEM_COLUMNS from GUIYI_ITEM_JOINED GUIYI_ITEMS_WHERE also order( \
      GUIYI_ITEM_KEY, "m.idx", "FROM items m" GUIYI_ITEM_JOINED, "$16") "LIMIT $18"
#define GUIYI_WAY_IN(from, also)                                                                              \
  WayIn {                                                                                                     \
    GUIYI_ITEMS_NUMBERED GUIYI_COUNTED_ROWS("SELECT 1 FROM " from " " GUIYI_ITEMS_WHERE also),                \
        GUIYI_ITEMS_NUMBERED GUIYI_ITEM_COLUMNS                                                               \
        "(SELECT m.idx FROM " from " " GUIYI_ITEMS_WHERE also                                                 \
        " AND m.idx<$16 ORDER BY m.idx DESC LIMIT $17) t CROSS JOIN items m ON m.idx=t.idx" GUIYI_ITEM_JOINED \
        "ORDER BY m.idx DESC",                                                                                \
        GUIYI_ITEMS_SORTED(from, also, GUIYI_RISING), GUIYI_ITEMS_SORTED(from, also, GUIYI_FALLING)           \
  }

constexpr WayIn kInOrder = GUIYI_WAY_IN("items m NOT INDEXED", "");
constexpr WayIn kByDay = GUIYI_WAY_IN(
    "(SELECT DISTINCT source FROM day_cells WHERE level=0 AND division='' AND ($1='' OR source=$1) AND day BETWEEN $6 "
    "AND $7) s CROSS JOIN items m INDEXED BY items_day ON m.source=s.source",
    "");
constexpr WayIn kByChannel =
    GUIYI_WAY_IN("items m INDEXED BY items_channel", " AND m.channel=CASE WHEN $2='-' THEN '' ELSE $2 END");
constexpr WayIn kByCategory =
    GUIYI_WAY_IN("items m INDEXED BY items_category", " AND m.category=CASE WHEN $4='-' THEN '' ELSE $4 END");
constexpr WayIn kByDivision = GUIYI_WAY_IN("items m INDEXED BY items_division",
                                           " AND m.division>=CASE WHEN $3='-' THEN '' ELSE $3 END AND "
                                           "m.division<=CASE WHEN $3='-' THEN '' ELSE $3||':' END");
constexpr WayIn kByMatter = GUIYI_WAY_IN(
    "(SELECT o.idx FROM intakes o WHERE o.lead IN (SELECT lead FROM cases WHERE grp=$10 AND $11=1 UNION SELECT $10)) o "
    "CROSS JOIN items m ON m.idx=o.idx",
    "");
// The conditions of a partial index are said once more, or SQLite does not know that they hold.
constexpr WayIn kOfRelation = GUIYI_WAY_IN("items m INDEXED BY items_relation", " AND m.relation=$5 AND m.relation>0");
constexpr WayIn kOfFlow = GUIYI_WAY_IN(
    "items m INDEXED BY items_told",
    " AND m.relation>=3 AND m.relation<6 AND m.told_channel IS NOT NULL AND m.told_channel=$15 AND m.channel=$2");
constexpr WayIn kOfClaimed = GUIYI_WAY_IN("items m INDEXED BY items_claimed", " AND m.claimed_repeat=1");
constexpr WayIn kOfDiffering = GUIYI_WAY_IN("items m INDEXED BY items_differing",
                                            " AND m.claimed_repeat>=0 AND m.claimed_repeat<>(m.relation IN (3,4,5))");
constexpr WayIn kOfRated = GUIYI_WAY_IN("items m INDEXED BY items_rated", " AND m.rating>0");
constexpr WayIn kOfUrgent = GUIYI_WAY_IN("items m INDEXED BY items_urgent_all", " AND m.urgent=1");
constexpr WayIn kOfFuture = GUIYI_WAY_IN("items m INDEXED BY items_future", " AND m.received>m.registered+300000");

std::int64_t ListedDayOr(std::string_view day, std::int64_t otherwise) {
  return day.size() == 8 ? std::stoll(std::string(day)) : otherwise;
}

/// What is asked for, as the statements take it.
struct ListAsked {
  const ItemFilter& filter;
  int which = 0, relation = -1;
  std::int64_t from = 0, to = kLastDay;
};

/// How many items one value of a dimension has in the months asked for.
std::uint64_t CountOf(dedup::Connection& sql, const ListAsked& asked, const std::string& dimension,
                      const std::string& value) {
  return std::get<0>(
      sql.Ask<std::uint64_t>("SELECT IFNULL(SUM(n), 0) FROM figure_cells WHERE level=0 AND division='' AND dim=$1 AND "
                             "month BETWEEN $2 AND $3 AND value=$4",
                             dimension, asked.from / 100, asked.to / 100, value == "-" ? std::string() : value)
          .at(0));
}

std::uint64_t CountOfDivision(dedup::Connection& sql, const ListAsked& asked) {
  const std::string& division = asked.filter.division;
  const int level = division.size() == 2 || division.size() == 4 ? static_cast<int>(division.size()) : 9;
  return std::get<0>(sql.Ask<std::uint64_t>("SELECT IFNULL(SUM(n), 0) FROM figure_cells WHERE level=$1 AND "
                                            "division=$2 AND dim='all'",
                                            level, division == "-" ? std::string() : division)
                         .at(0));
}

std::uint64_t CountOfDays(dedup::Connection& sql, const ListAsked& asked) {
  return std::get<0>(sql.Ask<std::uint64_t>("SELECT IFNULL(SUM(n), 0) FROM day_cells WHERE level=0 AND division='' AND "
                                            "day BETWEEN $1 AND $2 AND ($3='' OR source=$3)",
                                            asked.from, asked.to, asked.filter.source)
                         .at(0));
}

/// The way that leaves the fewest rows to look at; in the order of the table where all leave many.
const WayIn& ChooseWay(dedup::Connection& sql, const ListAsked& asked) {
  const ItemFilter& filter = asked.filter;
  // Few by their nature, or in the order of the table themselves.
  if (!filter.matter.empty()) return kByMatter;
  switch (static_cast<Selection>(asked.which)) {
    case Selection::kUrgent:
      return kOfUrgent;
    case Selection::kFuture:
      return kOfFuture;
    case Selection::kRated:
    case Selection::kSatisfied:
      return kOfRated;
    case Selection::kClaimedRepeat:
      return kOfClaimed;
    case Selection::kClaimsDiffer:
      return kOfDiffering;
    case Selection::kRepeats:
      if (!filter.first_channel.empty() && !filter.channel.empty() && filter.channel != "-") return kOfFlow;
      break;
    default:
      break;
  }
  if (asked.relation > 0) return kOfRelation;
  const WayIn* best = &kInOrder;
  std::uint64_t least = kRare + 1;
  const auto offer = [&](const WayIn& way, std::uint64_t count) {
    if (count < least) best = &way, least = count;
  };
  const bool some_days = asked.from > 0 || asked.to < kLastDay;
  if (some_days && asked.to - asked.from < 20'000) {  // within two years
    offer(kByDay, CountOfDays(sql, asked));
  } else if (!filter.source.empty()) {
    offer(kByDay, CountOf(sql, asked, "source", filter.source));
  } else if (some_days) {
    offer(kByDay, CountOf(sql, asked, "all", ""));
  }
  if (!filter.channel.empty()) offer(kByChannel, CountOf(sql, asked, "channel", filter.channel));
  if (!filter.category.empty()) offer(kByCategory, CountOf(sql, asked, "category", filter.category));
  if (!filter.division.empty()) offer(kByDivision, CountOfDivision(sql, asked));
  return *best;
}

/// The lead of a case or group by its number; -1: there is none.
std::int64_t LeadOf(dedup::Connection& sql, const std::string& matter) {
  const auto rows = sql.Ask<std::int64_t>("SELECT lead FROM intakes WHERE no=$1", matter.substr(1));
  return rows.empty() ? -1 : std::get<0>(rows[0]);
}

}  // namespace

Result<ItemPage> Items::List(const ItemFilter& filter, const dedup::Scope& scope, std::string_view cursor,
                             std::size_t limit) const {
  const auto* which = std::find(std::begin(kWhich), std::end(kWhich), filter.which);
  if (which == std::end(kWhich)) return petition::Invalid("unknown_value", "there is no such selection");
  ListAsked asked{filter, static_cast<int>(which - std::begin(kWhich)), -1, ListedDayOr(filter.day_from, 0),
                  ListedDayOr(filter.day_to, kLastDay)};
  if (!filter.relation.empty()) {
    const auto named = petition::RelationFromName(filter.relation);
    if (!named) return petition::Invalid("unknown_value", "there is no such relation");
    asked.relation = static_cast<int>(*named);
  }
  GUIYI_TRY(const auto order, dedup::ReadListOrder(filter.sort, kItemColumns));
  GUIYI_TRY(const auto from_row, dedup::ReadSortedCursor(cursor));
  const std::int64_t below = from_row < 0 ? std::numeric_limits<std::int64_t>::max() : from_row;
  limit = std::clamp<std::size_t>(limit, 1, kItemsPageMax);
  const bool group = filter.matter.starts_with('G');
  if (!filter.matter.empty() && !group && !filter.matter.starts_with('C'))
    return petition::Invalid("unknown_value", "a matter is a case number or a group number");
  const std::int64_t pending = (Millis(filter.pending_before) + kListedZone) / kListedDay * kListedDay - kListedZone;
  const std::string divisions = dedup::book::DivisionPrefixes(scope.divisions);
  return Guarded("items", [&]() -> Result<ItemPage> {
    auto sql = book_.file().Reader();
    ItemPage page;
    const std::int64_t matter = filter.matter.empty() ? -2 : LeadOf(*sql, filter.matter);
    const WayIn& way = ChooseWay(*sql, asked);
    page.total =
        std::get<0>(sql->Ask<std::uint64_t>(way.count, filter.source, filter.channel, filter.division, filter.category,
                                            asked.relation, asked.from, asked.to, asked.which, pending, matter, group,
                                            scope.sealed, scope.source, divisions, filter.first_channel)
                        .at(0));
    GUIYI_CHECK(dedup::CheckSortable(order, page.total));
    const auto rows = [&](const char* question, const auto&... listed) {
      return sql->Ask<std::uint64_t, std::string, std::string, std::string, std::string, std::string, std::string,
                      std::int64_t, int, int, std::string, std::string, std::int64_t, std::int64_t>(
          question, filter.source, filter.channel, filter.division, filter.category, asked.relation, asked.from,
          asked.to, asked.which, pending, matter, group, scope.sealed, scope.source, divisions, filter.first_channel,
          listed...);
    };
    auto found = order.column == 0 ? rows(way.page, below, limit + 1)
                                   : rows(order.falling ? way.falling : way.rising, from_row, order.column, limit + 1);
    for (auto& [index, no, source, division, channel, category, number, day, sealed, as, state, lead, received,
                registered] : found) {
      if (page.rows.size() == limit) {
        page.next = std::to_string(page.rows.back().index);
        break;
      }
      ItemRow row;
      row.index = index;
      row.intake_no = std::move(no);
      row.source = std::move(source);
      row.division = std::move(division);
      row.channel = std::move(channel);
      row.category = std::move(category);
      row.number = std::move(number);
      row.day = std::to_string(day);
      row.sealed = sealed != 0;
      row.relation = petition::RelationName(static_cast<petition::Relation>(as));
      row.state = std::move(state);
      row.case_no = dedup::CaseNo(lead);
      row.received_at = FromMillis(received);
      row.registered_at = FromMillis(registered);
      page.rows.push_back(std::move(row));
    }
    return page;
  });
}

}  // namespace gateway
