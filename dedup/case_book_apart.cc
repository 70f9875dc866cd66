// "Not the same": kept for ever as two sides of intakes, so that it binds wherever merges bring them, and across
// whatever stands between.
#include "dedup/case_book_impl.h"

namespace dedup::book {

namespace {

constexpr std::int64_t kKeptMax = 1'000;  // acts that one overruling merge can cut in two

struct Side {
  std::int64_t act;
  int side;
  int level;
  auto operator<=>(const Side&) const = default;
};

std::set<Side> SidesOf(Connection& sql, const std::vector<std::uint64_t>& leads) {
  std::set<Side> sides;
  for (const std::uint64_t lead : leads) {
    for (const auto& [act, side, level] :
         sql.Ask<std::int64_t, int, int>("SELECT DISTINCT a.act, a.side, a.level FROM intakes m JOIN apart a ON "
                                         "a.idx=m.idx WHERE m.lead=$1 AND a.taken_back=-1",
                                         Id(lead))) {
      sides.insert({act, side, level});
    }
  }
  return sides;
}

}  // namespace

bool AnyApart(Connection& sql, std::uint64_t lead) {
  return !sql.Ask<int>(
                 "SELECT 1 FROM intakes m JOIN apart a ON a.idx=m.idx WHERE m.lead=$1 AND a.taken_back=-1 LIMIT 1",
                 Id(lead))
              .empty();
}

bool CasesStandApart(Connection& sql, std::uint64_t one, std::uint64_t other) {
  const auto a = FindPlace(sql, one), b = FindPlace(sql, other);
  return a && b && StandApart(sql, {a->lead}, {b->lead}, Apart::kCase);
}

bool StandApart(Connection& sql, const std::vector<std::uint64_t>& leads_a, const std::vector<std::uint64_t>& leads_b,
                Apart level) {
  const std::set<Side> a = SidesOf(sql, leads_a);
  if (a.empty()) return false;
  for (const Side& side : SidesOf(sql, leads_b)) {
    if (side.level >= static_cast<int>(level) && a.contains({side.act, 1 - side.side, side.level})) return true;
  }
  return false;
}

void TellApart(CaseBook::Impl& impl, Connection& sql, std::uint64_t entry, Apart level,
               const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  int number = 0;
  for (const auto* side : {&a, &b}) {
    for (const std::uint64_t index : *side) {
      sql.Run("INSERT OR IGNORE INTO apart(act, side, idx, level, taken_back) VALUES($1, $2, $3, $4, -1)", Id(entry),
              number, Id(index), level);
    }
    ++number;
  }
  impl.any_apart = true;
}

// Only what stands between the two is taken back: what the same act says of the ones that stay elsewhere is kept, in an
// act of its own. Order plays no part.
void TakeBack(Connection& sql, const std::vector<std::uint64_t>& leads_a, const std::vector<std::uint64_t>& leads_b,
              std::uint64_t entry) {
  const std::set<Side> a = SidesOf(sql, leads_a);
  std::int64_t kept = 0;
  for (const Side& side : SidesOf(sql, leads_b)) {
    if (!a.contains({side.act, 1 - side.side, side.level})) continue;
    const auto standing = [&](int which, const std::vector<std::uint64_t>& leads) {
      std::set<std::uint64_t> found;
      for (const std::uint64_t lead : leads)
        for (const auto& [index] :
             sql.Ask<std::uint64_t>("SELECT p.idx FROM apart p JOIN intakes m ON m.idx=p.idx WHERE p.act=$1 AND "
                                    "p.side=$2 AND p.taken_back=-1 AND m.lead=$3",
                                    side.act, which, Id(lead)))
          found.insert(index);
      return found;
    };
    const auto joining = standing(1 - side.side, leads_a), joined = standing(side.side, leads_b);
    std::vector<std::uint64_t> staying;
    for (const auto& [index] : sql.Ask<std::uint64_t>(
             "SELECT idx FROM apart WHERE act=$1 AND side=$2 AND taken_back=-1 ORDER BY idx", side.act, 1 - side.side))
      if (!joining.contains(index)) staying.push_back(index);
    for (const std::uint64_t index : joined)
      sql.Run("UPDATE apart SET taken_back=$1 WHERE act=$2 AND side=$3 AND idx=$4", Id(entry), side.act, side.side,
              Id(index));
    if (staying.empty() || joined.empty()) continue;
    // Acts are numbered by their ledger entry; what is kept of one has a number below zero.
    const std::int64_t rest = -(Id(entry) * kKeptMax + ++kept);
    const auto keep = [&](std::uint64_t index, int which) {
      sql.Run("INSERT OR IGNORE INTO apart(act, side, idx, level, taken_back) VALUES($1, $2, $3, $4, -1)", rest, which,
              Id(index), side.level);
    };
    for (const std::uint64_t index : staying) keep(index, 0);
    for (const std::uint64_t index : joined) keep(index, 1);
  }
}

}  // namespace dedup::book
