// Folding the sealing of a chain of revisions: by a revision that is an accusation, or by a person, who may also open
// it again. Sealed and open never share a case, a group or a standing link, so the chain leaves whatever it stood in;
// what is left behind tells nothing of it to those without the right.
#include "dedup/case_book_impl.h"
#include "dedup/profile.h"

namespace dedup {

using book::Id;
using book::Millis;
using petition::Json;
using petition::Mode;
using petition::Relation;
using petition::Result;

namespace book {

std::vector<std::uint64_t> ChainOf(Connection& sql, std::uint64_t index) {
  const auto rows = sql.Ask<std::int64_t>("SELECT chain FROM intakes WHERE idx=$1", Id(index));
  if (rows.empty()) return {};
  const std::int64_t first = std::get<0>(rows[0]) < 0 ? Id(index) : std::get<0>(rows[0]);
  std::vector<std::uint64_t> chain;
  for (const auto& [member] : sql.Ask<std::uint64_t>(
           "SELECT idx FROM intakes WHERE idx=$1 UNION SELECT idx FROM intakes WHERE chain=$2 AND chain>=0 ORDER BY 1",
           first, first))
    chain.push_back(member);
  return chain;
}

}  // namespace book

namespace {

void SetSealed(const CaseBook::Impl& impl, Connection& sql, std::uint64_t index, bool sealed) {
  sql.Run("UPDATE intakes SET sealed=$1 WHERE idx=$2", sealed, Id(index));
  auto profile = book::FindProfile(impl, sql, index);
  if (!profile.ok()) return;  // it ended with the retention of its intake
  profile->sealed = sealed;
  sql.Run("UPDATE profiles SET profile=$1 WHERE idx=$2", Bytes{impl.Seal(Serialize(*profile), "profile")}, Id(index));
}

/// Ends the standing links between the intake and those of the other side; answers which intakes had them.
std::set<std::uint64_t> CutLinks(Connection& sql, std::uint64_t index, std::uint64_t entry) {
  std::set<std::uint64_t> ends;
  for (const auto& [id, from] : sql.Ask<std::uint64_t, std::uint64_t>(
           "SELECT k.id, k.src FROM links k JOIN intakes a ON a.idx=k.src JOIN intakes b ON b.idx=k.tied WHERE "
           "(k.src=$1 OR k.tied=$2) AND k.undone=-1 AND a.sealed<>b.sealed",
           Id(index), Id(index))) {
    sql.Run("UPDATE links SET undone=$1 WHERE id=$2", Id(entry), Id(id));
    ends.insert(from);
  }
  return ends;
}

/// Questions about the intake are for whom its sealing says now. An open one whose question is a sealed reader's from
/// now on shows nobody else that it was asked about.
void TurnQuestions(Connection& sql, std::uint64_t index) {
  sql.Run(
      "UPDATE reviews SET (sealed, across)=(SELECT MAX(a.sealed, b.sealed), a.sealed<>b.sealed FROM intakes a, intakes "
      "b WHERE a.idx=reviews.idx AND b.idx=reviews.tied) WHERE id IN ($1, $2) OR tied=$3",
      Id(index * 2), Id(index * 2 + 1), Id(index));
  sql.Run(
      "UPDATE intakes SET mode=$1 WHERE sealed=0 AND mode=$2 AND relation=$3 AND idx IN (SELECT r.idx FROM reviews r "
      "WHERE r.tied=$4 AND r.sealed=1) AND NOT EXISTS(SELECT 1 FROM reviews r WHERE r.idx=intakes.idx AND r.sealed=0)",
      Mode::kNew, Mode::kReview, Relation::kNew, Id(index));
}

void TellMoved(Connection& sql, const std::vector<std::uint64_t>& moved, std::uint64_t lead, petition::Time at) {
  const auto first = *book::FindPlace(sql, lead);
  for (const std::uint64_t index : moved) {
    const auto place = *book::FindPlace(sql, index);
    if (place.historic) continue;
    Json detail = Json::object();
    if (place.source == first.source) detail["caseNo"] = CaseNo(first.no);
    book::AddChange(sql, place, at, "split", detail);
  }
}

}  // namespace

Result<Effect> CaseBook::Transaction::ApplySealing(const SealingRecord& sealing) {
  return Guarded("sealing", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    Effect effect;
    const auto chain = book::ChainOf(sql, sealing.index);
    if (chain.empty()) {
      effect.refused = true;
      effect.why = "unknown";
      return effect;
    }
    for (const std::uint64_t index : chain) {
      if (book::FindPlace(sql, index)->sealed != sealing.sealed) effect.resealed.push_back(index);
    }
    effect.refused = effect.resealed.empty();
    if (effect.refused) effect.why = "same_seal";
    for (const std::uint64_t index : effect.resealed) SetSealed(impl_->book, sql, index, sealing.sealed);

    std::set<std::uint64_t> loose;  // those whose ties may have ended
    std::map<std::uint64_t, std::vector<std::uint64_t>> by_case;
    for (const std::uint64_t index : effect.resealed) {
      loose.merge(CutLinks(sql, index, sealing.entry));
      by_case[book::FindPlace(sql, index)->lead].push_back(index);
    }
    for (const auto& [lead, leaving] : by_case) {
      const auto left = book::LeaveOverSeal(sql, lead, leaving, sealing.by, sealing.at, sealing.entry);
      if (left.moved.empty()) continue;
      TellMoved(sql, left.moved, left.lead, sealing.at);
      effect.changed.insert(effect.changed.end(), left.moved.begin(), left.moved.end());
      loose.insert(left.staying.begin(), left.staying.end());
    }
    std::sort(effect.changed.begin(), effect.changed.end());
    for (const std::uint64_t index : loose) {
      book::Recount(sql, index);
      // Nothing may show that there was something to be tied to.
      sql.Run("UPDATE intakes SET mode=$1 WHERE idx=$2 AND relation=$3 AND mode=$4", Mode::kNew, Id(index),
              Relation::kNew, Mode::kAuto);
    }
    for (const std::uint64_t index : effect.resealed) TurnQuestions(sql, index);

    effect.case_no = CaseNo(book::FindPlace(sql, book::FindPlace(sql, sealing.index)->lead)->no);
    sql.Run(
        "INSERT OR IGNORE INTO acts(entry, kind, by, reason, at, outcome, case_no, other_no, intakes) VALUES($1, $2, "
        "$3, $4, $5, $6, $7, '', '[]')",
        Id(sealing.entry), sealing.sealed ? "seal" : "unseal", sealing.by,
        Bytes{impl_->book.Seal(sealing.reason, "reason")}, Millis(sealing.at),
        effect.refused ? effect.why : std::string("done"), effect.case_no);
    sql.Run("INSERT OR IGNORE INTO acts_about(idx, entry) VALUES($1, $2)", Id(chain.front()), Id(sealing.entry));
    return effect;
  });
}

Result<std::vector<std::uint64_t>> CaseBook::Chain(std::uint64_t index) const {
  return Guarded("chain", [&]() -> Result<std::vector<std::uint64_t>> {
    auto sql = impl_->file.Reader();
    return book::ChainOf(*sql, index);
  });
}

Result<std::vector<std::uint64_t>> CaseBook::TurnedSince(std::uint64_t entry) const {
  return Guarded("turned", [&]() -> Result<std::vector<std::uint64_t>> {
    auto sql = impl_->file.Reader();
    std::set<std::uint64_t> turned;
    // Few acts are about sealing, and few are looked through: acts_about holds what people did.
    for (const auto& [first] : sql->Ask<std::uint64_t>(
             "SELECT DISTINCT s.idx FROM acts_about s CROSS JOIN acts a ON a.entry=s.entry WHERE s.entry>=$1 AND "
             "a.kind IN ('seal', 'unseal')",
             Id(entry))) {
      const auto chain = book::ChainOf(*sql, first);
      turned.insert(chain.begin(), chain.end());
    }
    return std::vector<std::uint64_t>(turned.begin(), turned.lower_bound(entry));
  });
}

}  // namespace dedup
