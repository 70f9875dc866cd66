// An answer is for those, too, who join the case after it was given.
#include "dedup/acts.h"
#include "dedup/case_book_impl.h"

namespace dedup::book {
namespace {

constexpr std::size_t kEventsLookedAt = 64;

}  // namespace

// Each petitioner is answered: one whose submission came to a case after its answer is told what was answered, without
// the words, which are for whom they were written to. A repeat was told again because the answer did not do.
void TellLateJoiner(Connection& sql, const Place& self, std::uint64_t lead, Relation relation) {
  if (self.historic || relation == Relation::kRepeat || !petition::SharesCase(relation)) return;
  const auto rows = sql.Ask<std::string, std::int64_t>(
      "SELECT e.event, e.at FROM intakes m JOIN events e ON e.idx=m.idx WHERE m.lead=$1 AND m.idx<>$2 AND "
      "e.event IN ('replied', 'closed', 'resolved') ORDER BY e.entry DESC LIMIT $3",
      Id(lead), Id(self.index), kEventsLookedAt);
  if (rows.empty()) return;
  struct Answered {
    std::string event;
    Time at;
  };
  std::vector<Answered> newest;
  for (const auto& [event, at] : rows) {
    const bool known =
        std::any_of(newest.begin(), newest.end(), [&name = event](const auto& one) { return one.event == name; });
    if (!known) newest.push_back({event, FromMillis(at)});
  }
  std::reverse(newest.begin(), newest.end());
  const auto first = FindPlace(sql, lead);
  for (const auto& answered : newest) {
    petition::Json detail = {
        {"event", answered.event}, {"at", petition::FormatTime(answered.at)}, {"via", "case"}, {"late", true}};
    if (first && first->source == self.source) detail["caseNo"] = CaseNo(first->no);
    AddChange(sql, self, answered.at, "event", detail);
  }
}

}  // namespace dedup::book
