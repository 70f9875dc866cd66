// "Not the same": kept for ever as two sides of intakes, so that it binds wherever merges bring them, and across
// whatever stands between.
#include "dedup/case_book_impl.h"

namespace dedup::book {

namespace {

struct Side {
  std::uint64_t act;
  int side;
  int level;
  auto operator<=>(const Side&) const = default;
};

std::set<Side> SidesOf(Connection& sql, const std::vector<std::uint64_t>& leads) {
  std::set<Side> sides;
  for (const std::uint64_t lead : leads) {
    for (const auto& [act, side, level] :
         sql.Ask<std::uint64_t, int, int>("SELECT DISTINCT a.act, a.side, a.level FROM intakes m JOIN apart a ON "
                                          "a.idx=m.idx WHERE m.lead=$1 AND a.taken_back=-1",
                                          Id(lead))) {
      sides.insert({act, side, level});
    }
  }
  return sides;
}

}  // namespace

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

void TakeBack(Connection& sql, const std::vector<std::uint64_t>& leads_a, const std::vector<std::uint64_t>& leads_b,
              std::uint64_t entry) {
  const std::set<Side> a = SidesOf(sql, leads_a);
  for (const Side& side : SidesOf(sql, leads_b)) {
    if (!a.contains({side.act, 1 - side.side, side.level})) continue;
    for (const std::uint64_t lead : leads_b) {
      sql.Run(
          "UPDATE apart SET taken_back=$1 WHERE act=$2 AND side=$3 AND idx IN (SELECT idx FROM intakes WHERE lead=$4)",
          Id(entry), Id(side.act), side.side, Id(lead));
    }
  }
}

}  // namespace dedup::book
