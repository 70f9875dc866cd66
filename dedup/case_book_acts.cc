// Folding what people decided: merges, splits and answers. An act that contradicts the book when its turn comes has no
// effect and says why; the ledger keeps it all the same.
#include "dedup/case_book_impl.h"

namespace dedup {

using book::Id;
using book::Millis;
using petition::Json;
using petition::Relation;
using petition::Result;

namespace {

struct Told {
  std::string kind, by, reason;
  petition::Time at;
  std::uint64_t entry;
};

Effect Refuse(std::string why) {
  Effect effect;
  effect.refused = true;
  effect.why = std::move(why);
  return effect;
}

/// Writes the act down for the history of the cases that hold `about`.
void Remember(const CaseBook::Impl& impl, Connection& sql, const Told& told, const Effect& effect,
              const std::string& other_no, const std::vector<std::uint64_t>& about,
              const std::vector<std::uint64_t>& intakes = {}) {
  constexpr std::size_t kIntakesKept = 100;
  Json numbers = Json::array();
  for (std::size_t i = 0; i < intakes.size() && i < kIntakesKept; ++i)
    numbers.push_back(book::FindPlace(sql, intakes[i])->no);
  sql.Run(
      "INSERT OR IGNORE INTO acts(entry, kind, by, reason, at, outcome, case_no, other_no, intakes) VALUES($1, $2, $3, "
      "$4, $5, $6, $7, $8, $9)",
      Id(told.entry), told.kind, told.by, Bytes{impl.Seal(told.reason, "reason")}, Millis(told.at),
      effect.refused ? effect.why : std::string("done"), effect.case_no, other_no, numbers.dump());
  for (const std::uint64_t index : about)
    sql.Run("INSERT OR IGNORE INTO acts_about(idx, entry) VALUES($1, $2)", Id(index), Id(told.entry));
}

/// Whether a person's act may bring two cases (and their groups) together; "" when it may.
std::string Objection(const CaseBook::Impl& impl, Connection& sql, const book::CaseState& a, const book::CaseState& b,
                      book::Apart level, bool overrule, std::uint64_t entry) {
  if (a.sealed != b.sealed) return "sealed_mix";
  if (!impl.any_apart) return "";
  const auto group_a = book::GroupOf(sql, a), group_b = book::GroupOf(sql, b);
  const std::vector<std::uint64_t> case_a{a.lead}, case_b{b.lead};
  const bool same_group = group_a == group_b;
  const bool in_case = level == book::Apart::kCase && book::StandApart(sql, case_a, case_b, book::Apart::kCase);
  const bool in_group = !same_group && book::StandApart(sql, group_a, group_b, book::Apart::kMatter);
  if (!in_case && !in_group) return "";
  if (!overrule) return "told_apart";
  if (in_case) book::TakeBack(sql, case_a, case_b, entry);
  if (in_group) book::TakeBack(sql, group_a, group_b, entry);
  return "";
}

/// What the later of two cases is towards the earlier when a person says that they are one.
Relation RelationOf(const book::CaseState& low, std::int64_t received) {
  return low.last_closed > 0 && received > low.last_closed ? Relation::kRepeat : Relation::kDuplicate;
}

void TellSources(Connection& sql, const std::vector<std::uint64_t>& intakes, petition::Time at, std::string_view kind,
                 const std::string& case_no) {
  const auto lead = book::FindNo(sql, IntakeNoOfCase(case_no));
  const std::string lead_source = lead ? book::FindPlace(sql, *lead)->source : "";
  for (const std::uint64_t index : intakes) {
    const auto place = book::FindPlace(sql, index);
    if (!place || place->historic) continue;
    Json detail = Json::object();
    if (place->source == lead_source) detail["caseNo"] = case_no;
    book::AddChange(sql, *place, at, kind, detail);
  }
}

struct Joined {
  Effect effect;
  std::string other_no;  ///< the number that was merged away
};

Joined JoinCases(Connection& sql, const book::CaseState& a, const book::CaseState& b, std::optional<book::NewLink> link,
                 const Told& told) {
  Joined joined;
  const auto& low = a.lead < b.lead ? a : b;
  const auto& high = a.lead < b.lead ? b : a;
  const auto high_place = *book::FindPlace(sql, high.lead);
  joined.other_no = CaseNo(high_place.no);
  if (!link)
    link = book::NewLink{high.lead, low.lead,  RelationOf(low, high_place.received), 1, told.by, told.kind,
                         told.at,   told.entry};
  joined.effect.changed = book::Join(sql, low.lead, high.lead);
  book::AddLink(sql, *link);
  if (link->from != high.lead) {
    // The answer was about a later member: the first of the merged-away case is no longer the first of anything.
    book::AddLink(
        sql, {high.lead, low.lead, RelationOf(low, high_place.received), 1, told.by, told.kind, told.at, told.entry});
    book::Recount(sql, high.lead);
  }
  book::Recount(sql, link->from);
  joined.effect.case_no = CaseNo(book::FindPlace(sql, low.lead)->no);
  TellSources(sql, joined.effect.changed, told.at, "merged", joined.effect.case_no);
  for (const std::uint64_t index : joined.effect.changed) {
    // What was a case of its own and has its answer waits for none.
    const auto own = sql.Ask<std::uint64_t>(
        "SELECT entry FROM events WHERE idx=$1 AND event IN ('replied', 'closed', 'resolved') LIMIT 1", Id(index));
    const auto place = book::FindPlace(sql, index);
    if (place && own.empty()) book::TellLateJoiner(sql, *place, low.lead, place->relation);
  }
  return joined;
}

}  // namespace

Result<Effect> CaseBook::Transaction::ApplyMerge(const MergeRecord& merge) {
  return Guarded("merge", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    const Told told{"merge", merge.by, merge.reason, merge.at, merge.entry};
    const auto first = book::FindPlace(sql, merge.first), with = book::FindPlace(sql, merge.with);
    if (!first || !with) return Refuse("unknown");
    Joined joined;
    if (first->lead == with->lead) {
      joined.effect = Refuse("same_case");
    } else {
      const auto a = *book::FindCase(sql, first->lead), b = *book::FindCase(sql, with->lead);
      if (auto why = Objection(impl_->book, sql, a, b, book::Apart::kCase, merge.overrule, merge.entry); !why.empty()) {
        joined.effect = Refuse(std::move(why));
      } else {
        joined = JoinCases(sql, a, b, std::nullopt, told);
      }
    }
    Remember(impl_->book, sql, told, joined.effect, joined.other_no, {first->lead, with->lead});
    return std::move(joined.effect);
  });
}

Result<Effect> CaseBook::Transaction::ApplySplit(const SplitRecord& split) {
  return Guarded("split", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    const Told told{"split", split.by, split.reason, split.at, split.entry};
    const auto of = book::FindPlace(sql, split.of);
    if (!of) return Refuse("unknown");
    std::set<std::uint64_t> leaving(split.intakes.begin(), split.intakes.end());
    std::vector<std::uint64_t> staying;
    std::size_t known = 0;
    for (const std::uint64_t member : book::MembersOf(sql, of->lead)) {
      if (leaving.contains(member)) {
        ++known;
      } else {
        staying.push_back(member);
      }
    }
    Effect effect;
    std::string other_no;
    std::vector<std::uint64_t> about{of->lead};
    const std::vector<std::uint64_t> list(leaving.begin(), leaving.end());
    if (known != leaving.size() || leaving.empty()) {
      effect = Refuse("not_member");
    } else if (staying.empty()) {
      effect = Refuse("whole_case");
    } else {
      book::Part(sql, of->lead, list, split.by, split.at, split.entry);
      book::TellApart(impl_->book, sql, split.entry, book::Apart::kCase, list, staying);
      effect.changed = of->lead == staying.front() ? list : staying;
      effect.case_no = CaseNo(book::FindPlace(sql, staying.front())->no);
      other_no = CaseNo(book::FindPlace(sql, list.front())->no);
      about = {staying.front(), list.front()};
      TellSources(sql, list, split.at, "split", other_no);
      if (effect.changed == staying) TellSources(sql, staying, split.at, "split", effect.case_no);
    }
    Remember(impl_->book, sql, told, effect, other_no, about, effect.refused ? std::vector<std::uint64_t>{} : list);
    return effect;
  });
}

Result<Effect> CaseBook::Transaction::ApplyAnswer(const AnswerRecord& answer) {
  return Guarded("answer", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    const Told told{"answer", answer.by, answer.reason, answer.at, answer.entry};
    const auto rows = sql.Ask<std::uint64_t, std::uint64_t, int, double, int>(
        "SELECT idx, tied, relation, score, answered FROM reviews WHERE id=$1", Id(answer.review));
    if (rows.empty()) return Refuse("unknown");
    const auto [index, tied, relation, score, answered] = rows[0];
    const auto self = *book::FindPlace(sql, index), of = *book::FindPlace(sql, tied);
    Effect effect;
    std::string other_no;
    const auto a = *book::FindCase(sql, self.lead), b = *book::FindCase(sql, of.lead);
    if (answered != 0) {
      effect = Refuse("answered");
    } else if (answer.answer == Answer::kDifferent || self.index == of.index) {
      if (self.index != of.index && self.lead == of.lead) {
        effect = Refuse("same_case");  // somebody merged them meanwhile: that is undone by a split
      } else if (self.index != of.index) {
        book::TellApart(impl_->book, sql, answer.entry, book::Apart::kMatter, {self.index},
                        book::MembersOf(sql, of.lead));
      }
    } else if (answer.answer == Answer::kSame && self.lead == of.lead) {
      // Already together.
    } else if (auto why = Objection(impl_->book, sql, a, b,
                                    answer.answer == Answer::kSame ? book::Apart::kCase : book::Apart::kMatter,
                                    answer.overrule, answer.entry);
               !why.empty()) {
      effect = Refuse(std::move(why));
    } else if (answer.answer == Answer::kSame) {
      Relation as = answer.relation == Relation::kNew ? static_cast<Relation>(relation) : answer.relation;
      if (!petition::SharesCase(as)) as = RelationOf(b, self.received);
      auto joined =
          JoinCases(sql, a, b,
                    book::NewLink{self.index, of.index, as, score, answer.by, "answer", answer.at, answer.entry}, told);
      effect = std::move(joined.effect);
      other_no = std::move(joined.other_no);
    } else if (self.lead == of.lead) {
      effect = Refuse("same_case");
    } else {
      book::AddLink(sql, {self.index, of.index, Relation::kJoint, score, answer.by, "answer", answer.at, answer.entry});
      book::JoinGroups(sql, a.lead, b.lead);
      book::Recount(sql, self.index);
      book::TellApart(impl_->book, sql, answer.entry, book::Apart::kCase, {self.index}, book::MembersOf(sql, of.lead));
    }
    if (!effect.refused) {
      sql.Run("UPDATE reviews SET answered=1, answer=$1, by=$2, reason=$3, answered_at=$4 WHERE id=$5",
              AnswerName(answer.answer), answer.by, Bytes{impl_->book.Seal(answer.reason, "reason")}, Millis(answer.at),
              Id(answer.review));
      const bool own = self.source == of.source && self.sealed == of.sealed;
      if (!self.historic && own)
        book::AddChange(sql, self, answer.at, "answered", {{"verdict", AnswerName(answer.answer)}, {"of", of.no}});
    }
    effect.case_no = CaseNo(book::FindPlace(sql, book::FindPlace(sql, self.index)->lead)->no);
    Remember(impl_->book, sql, told, effect, other_no, {self.index, of.index});
    return effect;
  });
}

}  // namespace dedup
