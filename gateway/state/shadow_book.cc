#include "gateway/state/shadow_book.h"

#include <algorithm>
#include <limits>

#include "dedup/case_book_impl.h"

namespace gateway {

using dedup::Guarded;
using petition::Result;
using petition::Status;

namespace {

constexpr const char* kShadowSchema[] = {
    // `live_of`, `of`: -1 for none.
    "CREATE TABLE IF NOT EXISTS shadows(idx INTEGER PRIMARY KEY, model TEXT NOT NULL, at INTEGER NOT NULL, "
    "live_relation INTEGER NOT NULL, live_mode INTEGER NOT NULL, live_score REAL NOT NULL, live_of INTEGER NOT NULL, "
    "relation INTEGER NOT NULL, mode INTEGER NOT NULL, score REAL NOT NULL, of INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS shadows_model ON shadows(model, idx)",
};

std::int64_t OrNone(const std::optional<std::uint64_t>& of) { return of ? dedup::book::Id(*of) : -1; }

}  // namespace

/// Verdicts t of the model $1 in the scope $2 to $4 with what stands now: m the intake, l and s those it was or would
/// have been tied to.
#define GUIYI_SHADOWS                                                                                                 \
  "shadows t JOIN intakes m ON m.idx=t.idx LEFT JOIN intakes l ON l.idx=t.live_of LEFT JOIN intakes s ON s.idx=t.of " \
  "WHERE t.model=$1 AND " GUIYI_SCOPE("$2", "$3", "$4")
#define GUIYI_SAME_ANSWER \
  "(t.mode=t.live_mode AND (t.mode=0 OR (t.relation=t.live_relation AND IFNULL(l.lead,-1)=IFNULL(s.lead,-1))))"

Result<std::unique_ptr<ShadowBook>> ShadowBook::Open(dedup::CaseBook& book) {
  return Guarded("shadows", [&]() -> Result<std::unique_ptr<ShadowBook>> {
    auto sql = book.file().Writer();
    for (const char* statement : kShadowSchema) sql->Exec(statement);
    return std::unique_ptr<ShadowBook>(new ShadowBook(book));
  });
}

Status ShadowBook::Take(const dedup::IntakeRow& row, const dedup::VerdictRecord& verdict) {
  if (!verdict.shadow) return petition::Ok();
  const auto& shadow = *verdict.shadow;
  return Guarded("shadows", [&]() -> Status {
    book_.file().Writer()->Run(
        "INSERT OR IGNORE INTO shadows(idx, model, at, live_relation, live_mode, live_score, live_of, relation, mode, "
        "score, of) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        row.index, shadow.model, dedup::book::Millis(verdict.at), verdict.relation, verdict.mode, verdict.score,
        OrNone(verdict.of), shadow.relation, shadow.mode, shadow.score, OrNone(shadow.of));
    return petition::Ok();
  });
}

Result<ShadowComparison> ShadowBook::Compare(std::string_view model, const dedup::Scope& scope, std::uint64_t before,
                                             std::size_t limit) const {
  return Guarded("shadows", [&]() -> Result<ShadowComparison> {
    ShadowComparison comparison;
    auto sql = book_.file().Reader();
    const std::string divisions = dedup::book::DivisionPrefixes(scope.divisions);
    for (const auto& [live, shadow, count, same, open, stands] :
         sql->Ask<int, int, std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>(
             "SELECT live_mode, mode, COUNT(*), SUM(same), SUM(open), SUM(stands) FROM (SELECT t.live_mode, "
             "t.mode, " GUIYI_SAME_ANSWER
             " AS same, m.mode=2 AS open, t.mode<>0 AND EXISTS(SELECT 1 FROM cases a JOIN cases b "
             "WHERE a.lead=m.lead AND b.lead=s.lead AND (a.lead=b.lead OR (a.grp>=0 AND a.grp=b.grp))) AS stands "
             "FROM " GUIYI_SHADOWS " ORDER BY t.idx DESC LIMIT $5) GROUP BY live_mode, mode ORDER BY live_mode, mode",
             model, scope.sealed, scope.source, divisions, kLookedAtMax)) {
      comparison.tallies.push_back(
          {static_cast<petition::Mode>(live), static_cast<petition::Mode>(shadow), count, same, open, stands});
      comparison.looked_at += count;
    }
    const auto newest = std::min<std::uint64_t>(before, std::numeric_limits<std::int64_t>::max());
    const auto shown = [&](std::string of_no, int sealed) {
      return sealed == 0 || scope.sealed ? std::move(of_no) : std::string();
    };
    for (auto& [index, no, at, live_relation, live_mode, live_score, live_no, live_sealed, relation, mode, score, of_no,
                of_sealed] :
         sql->Ask<std::uint64_t, std::string, std::int64_t, int, int, double, std::string, int, int, int, double,
                  std::string, int>("SELECT t.idx, m.no, t.at, t.live_relation, t.live_mode, t.live_score, l.no, "
                                    "l.sealed, t.relation, t.mode, "
                                    "t.score, s.no, s.sealed FROM " GUIYI_SHADOWS
                                    " AND t.idx<$5 AND NOT " GUIYI_SAME_ANSWER " ORDER BY t.idx DESC LIMIT $6",
                                    model, scope.sealed, scope.source, divisions, newest, limit)) {
      comparison.differences.push_back(
          {index,
           std::move(no),
           dedup::book::FromMillis(at),
           {static_cast<petition::Relation>(live_relation), static_cast<petition::Mode>(live_mode), live_score,
            shown(std::move(live_no), live_sealed)},
           {static_cast<petition::Relation>(relation), static_cast<petition::Mode>(mode), score,
            shown(std::move(of_no), of_sealed)}});
    }
    return comparison;
  });
}

Result<std::string> ShadowBook::Dump() const {
  return Guarded("shadows", [&]() -> Result<std::string> {
    std::string dump;
    for (const auto& [row] : book_.file().Reader()->Ask<std::string>(
             "SELECT idx||' '||model||' '||at||' '||live_relation||' '||live_mode||' '||live_score||' '||live_of||' '||"
             "relation||' '||mode||' '||score||' '||of FROM shadows ORDER BY idx"))
      dump += "shadow " + row + "\n";
    return dump;
  });
}

}  // namespace gateway
