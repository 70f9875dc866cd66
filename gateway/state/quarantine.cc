#include "gateway/state/quarantine.h"

#include <array>

#include "dedup/case_book_impl.h"
#include "dedup/list_order.h"
#include "gateway/state/list_total.h"

namespace gateway {

using dedup::Connection;
using dedup::Guarded;
using dedup::book::FromMillis;
using dedup::book::Millis;
using petition::Result;
using petition::Status;

namespace {

constexpr const char* kQuarantineSchema[] = {
    "CREATE TABLE IF NOT EXISTS quarantine(idx INTEGER PRIMARY KEY, source TEXT NOT NULL, door TEXT NOT NULL, reason "
    "TEXT NOT NULL, place TEXT NOT NULL, at INTEGER NOT NULL, size INTEGER NOT NULL, shadow INTEGER NOT NULL, "
    "would_fail "
    "INTEGER NOT NULL, external_id TEXT NOT NULL, state INTEGER NOT NULL, closed_by INTEGER NOT NULL, intake INTEGER "
    "NOT "
    "NULL)",
    "CREATE INDEX IF NOT EXISTS quarantine_open ON quarantine(source, reason, idx) WHERE state=0",
    "CREATE INDEX IF NOT EXISTS quarantine_place ON quarantine(source, place) WHERE place<>''",
};

#define GUIYI_QUARANTINE_COLUMNS                                                                                       \
  "SELECT idx, source, door, reason, place, at, size, shadow, would_fail, external_id, state, closed_by, intake FROM " \
  "quarantine "

#define GUIYI_QUARANTINE_WHERE \
  "WHERE ($1='' OR source=$1) AND ($2='' OR reason=$2) AND ($3<0 OR state=$3) AND ($4<0 OR shadow=$4) "
constexpr std::string_view kQuarantineColumns[] = {"source", "reason", "size", "at"};
#define GUIYI_QUARANTINE_KEY "CASE $6 WHEN 1 THEN source WHEN 2 THEN reason WHEN 3 THEN size ELSE at END"
#define GUIYI_QUARANTINE_SORTED(order) \
  GUIYI_QUARANTINE_COLUMNS GUIYI_QUARANTINE_WHERE order(GUIYI_QUARANTINE_KEY, "idx", "FROM quarantine", "$5") "LIMIT " \
                                                                                                              "$7"

constexpr std::int64_t kNoEntry = -1;
std::int64_t StoredIndex(std::uint64_t index) {
  return index == ledger::kNoIndex ? kNoEntry : static_cast<std::int64_t>(index);
}
std::uint64_t ReadIndex(std::int64_t stored) {
  return stored == kNoEntry ? ledger::kNoIndex : static_cast<std::uint64_t>(stored);
}

template <typename... A>
std::vector<QuarantineRow> AskQuarantine(Connection& sql, const char* text, const A&... args) {
  std::vector<QuarantineRow> rows;
  for (auto& [idx, source, door, reason, place, at, size, shadow, would_fail, external_id, state, closed_by, intake] :
       sql.Ask<std::uint64_t, std::string, std::string, std::string, std::string, std::int64_t, std::uint64_t, int, int,
               std::string, int, std::int64_t, std::int64_t>(text, args...)) {
    QuarantineRow row;
    row.index = idx;
    row.source = std::move(source);
    row.door = std::move(door);
    row.reason = std::move(reason);
    row.place = std::move(place);
    row.at = FromMillis(at);
    row.size = size;
    row.shadow = shadow != 0;
    row.would_fail = would_fail != 0;
    row.external_id = std::move(external_id);
    row.state = static_cast<QuarantineRow::State>(state);
    row.closed_by = ReadIndex(closed_by);
    row.intake = ReadIndex(intake);
    rows.push_back(std::move(row));
  }
  return rows;
}

constexpr std::array<std::string_view, 3> kQuarantineStates = {"open", "replayed", "set_aside"};

}  // namespace

std::string_view QuarantineStateName(QuarantineRow::State state) {
  return kQuarantineStates[static_cast<std::size_t>(state)];
}

std::optional<QuarantineRow::State> QuarantineStateFromName(std::string_view name) {
  for (std::size_t i = 0; i < kQuarantineStates.size(); ++i) {
    if (kQuarantineStates[i] == name) return static_cast<QuarantineRow::State>(i);
  }
  return std::nullopt;
}

Result<Quarantine> Quarantine::Open(dedup::CaseBook& book) {
  return Guarded("quarantine", [&]() -> Result<Quarantine> {
    auto sql = book.file().Writer();
    for (const char* statement : kQuarantineSchema) sql->Exec(statement);
    return Quarantine(book);
  });
}

Status Quarantine::Add(const QuarantineRow& row) {
  return Guarded("quarantine", [&]() -> Status {
    book_->file().Writer()->Run(
        "INSERT INTO quarantine(idx, source, door, reason, place, at, size, shadow, would_fail, external_id, state, "
        "closed_by, intake) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, -1, -1) ON CONFLICT(idx) DO NOTHING",
        row.index, row.source, row.door, row.reason, row.place, Millis(row.at), row.size, row.shadow ? 1 : 0,
        row.would_fail ? 1 : 0, row.external_id);
    return petition::Ok();
  });
}

Status Quarantine::Close(std::uint64_t index, std::uint64_t by, std::uint64_t intake) {
  const auto state = intake == ledger::kNoIndex ? QuarantineRow::State::kSetAside : QuarantineRow::State::kReplayed;
  return Guarded("quarantine", [&]() -> Status {
    // The first end counts: one that came after a replay changes nothing.
    book_->file().Writer()->Run("UPDATE quarantine SET state=$1, closed_by=$2, intake=$3 WHERE idx=$4 AND state=0",
                                static_cast<int>(state), StoredIndex(by), StoredIndex(intake), index);
    return petition::Ok();
  });
}

Result<std::optional<QuarantineRow>> Quarantine::Get(std::uint64_t index) const {
  return Guarded("quarantine", [&]() -> Result<std::optional<QuarantineRow>> {
    auto rows = AskQuarantine(*book_->file().Reader(), GUIYI_QUARANTINE_COLUMNS "WHERE idx=$1", index);
    if (rows.empty()) return std::optional<QuarantineRow>();
    return std::optional<QuarantineRow>(std::move(rows.front()));
  });
}

Result<std::vector<QuarantineRow>> Quarantine::List(const QuarantineFilter& filter, std::optional<std::uint64_t> after,
                                                    std::size_t limit) const {
  return Guarded("quarantine", [&]() -> Result<std::vector<QuarantineRow>> {
    const int state = filter.state ? static_cast<int>(*filter.state) : -1;
    const int shadow = filter.shadow ? (*filter.shadow ? 1 : 0) : -1;
    GUIYI_TRY(const auto order, dedup::ReadListOrder(filter.sort, kQuarantineColumns));
    const std::int64_t from_row = after ? static_cast<std::int64_t>(*after) : kNoEntry;
    auto sql = book_->file().Reader();
    if (order.column == 0) {
      return AskQuarantine(*sql, GUIYI_QUARANTINE_COLUMNS GUIYI_QUARANTINE_WHERE "AND idx>$5 ORDER BY idx LIMIT $6",
                           filter.source, filter.reason, state, shadow, from_row, limit);
    }
    const auto [counted] =
        sql->Ask<std::uint64_t>(GUIYI_COUNTED_ROWS("SELECT 1 FROM quarantine " GUIYI_QUARANTINE_WHERE), filter.source,
                                filter.reason, state, shadow)
            .at(0);
    GUIYI_CHECK(dedup::CheckSortable(order, counted));
    return AskQuarantine(*sql,
                         order.falling ? GUIYI_QUARANTINE_SORTED(GUIYI_FALLING) : GUIYI_QUARANTINE_SORTED(GUIYI_RISING),
                         filter.source, filter.reason, state, shadow, from_row, order.column, limit);
  });
}

Result<std::optional<std::uint64_t>> Quarantine::FindPlace(std::string_view source, std::string_view place) const {
  return Guarded("quarantine", [&]() -> Result<std::optional<std::uint64_t>> {
    if (place.empty()) return std::optional<std::uint64_t>();
    const auto rows = book_->file().Reader()->Ask<std::uint64_t>(
        "SELECT idx FROM quarantine WHERE source=$1 AND place=$2 AND place<>'' AND state=0 ORDER BY idx LIMIT 1",
        source, place);
    if (rows.empty()) return std::optional<std::uint64_t>();
    return std::optional<std::uint64_t>(std::get<0>(rows.front()));
  });
}

Result<std::vector<Quarantine::Count>> Quarantine::Counts(std::string_view source) const {
  return Guarded("quarantine", [&]() -> Result<std::vector<Count>> {
    std::vector<Count> counts;
    for (auto& [name, reason, shadow, open, oldest] :
         book_->file().Reader()->Ask<std::string, std::string, int, std::uint64_t, std::int64_t>(
             "SELECT source, reason, shadow, COUNT(*), MIN(at) FROM quarantine WHERE state=0 AND ($1='' OR source=$2) "
             "GROUP BY source, reason, shadow ORDER BY source, reason",
             source, source)) {
      counts.push_back({std::move(name), std::move(reason), shadow != 0, open, FromMillis(oldest)});
    }
    return counts;
  });
}

}  // namespace gateway
