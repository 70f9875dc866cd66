// Folding intakes, verdicts, events and what destinations said into the case book.
#include <cmath>

#include "dedup/case_book_impl.h"

namespace dedup {

using book::Id;
using book::Millis;
using petition::Json;
using petition::Mode;
using petition::Relation;
using petition::Result;
using petition::SharesCase;
using petition::Status;

namespace {

/// What a wrong answer would cost: the more uncertain, the more people would be thrown together, the dearer.
double CostOf(double score, Relation relation, std::uint64_t size, bool historic) {
  const double uncertain = 4 * score * (1 - score);
  const double strangers = SharesCase(relation) ? 2 : 1;
  return (0.05 + uncertain) * strangers * (1 + std::log2(static_cast<double>(size))) * (historic ? 0.1 : 1);
}

Json FlagsToJson(const std::vector<std::string>& flags) { return Json(flags); }

struct Question {
  std::uint64_t id, index, of;
  Relation relation;
  double score;
  std::vector<std::string> flags;
  bool sealed, across, historic;
  petition::Time at;
};

void Ask(Connection& sql, const Question& question, std::uint64_t size) {
  sql.Run(
      "INSERT OR IGNORE INTO reviews(id, idx, tied, relation, score, cost, flags, sealed, across, asked, answered, "
      "answer, by, reason, answered_at)"
      " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, '', '', x'', 0)",
      Id(question.id), Id(question.index), Id(question.of), question.relation, question.score,
      CostOf(question.score, question.relation, size, question.historic), FlagsToJson(question.flags).dump(),
      question.sealed, question.across, Millis(question.at));
}

/// A state that an event leaves the intake in; "" when it leaves it where it was.
std::string_view StateAfter(std::string_view event) {
  for (const std::string_view passing : {"noticed", "hearing_started", "hearing_ended", "urged", "rated"}) {
    if (event == passing) return "";
  }
  return event;
}

}  // namespace

void CaseBook::Transaction::Impl::Insert(const IntakeRow& intake, std::string_view serialized_profile,
                                         std::optional<Mode> mode) {
  const auto id = Id(intake.index);
  sql().Run(
      "INSERT OR FAIL INTO intakes(idx, no, source, division, channel, sealed, historic, dropped, received, "
      "registered, decided, relation, mode, score, tied, lead, closed, state, national_no, national_state, chain) "
      "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0.0, -1, $14, 0, 'registered', '', '', $15)",
      id, intake.intake_no, intake.source, intake.division, intake.channel, intake.sealed, intake.historic,
      intake.dropped, Millis(intake.received_at), Millis(intake.registered_at), mode.has_value(), Relation::kNew,
      mode.value_or(Mode::kNew), id, intake.revises ? Id(*intake.revises) : std::int64_t{-1});
  sql().Run(
      "INSERT OR FAIL INTO cases(lead, grp, size, sealed, last_closed, first_received, last_received) VALUES($1, -1, "
      "1, $2, 0, $3, $4)",
      id, intake.sealed, Millis(intake.received_at), Millis(intake.received_at));
  book.known.KeepAlone(intake.index);
  if (!serialized_profile.empty()) {
    sql().Run("INSERT OR REPLACE INTO profiles(idx, profile) VALUES($1, $2)", id,
              Bytes{book.Seal(serialized_profile, "profile")});
  }
}

Status CaseBook::Transaction::AddIntake(const IntakeRow& intake, std::string_view serialized_profile) {
  return Guarded("add", [&]() -> Status {
    if (!book::FindPlace(impl_->sql(), intake.index)) impl_->Insert(intake, serialized_profile, std::nullopt);
    return petition::Ok();
  });
}

Result<Effect> CaseBook::Transaction::AddDecided(const IntakeRow& intake, std::string_view serialized_profile,
                                                 const VerdictRecord& verdict, std::string_view record) {
  return Guarded("add", [&]() -> Result<Effect> {
    if (verdict.index != intake.index) return petition::Internal("a verdict on another intake");
    if (book::FindPlace(impl_->sql(), intake.index)) return ApplyVerdict(verdict, record);
    impl_->Insert(intake, serialized_profile, verdict.mode);
    const book::Place self{intake.index,  intake.index,   intake.intake_no,
                           intake.source, intake.sealed,  intake.historic,
                           true,          Relation::kNew, Millis(intake.received_at)};
    return impl_->Decide(self, verdict, record);
  });
}

Result<Effect> CaseBook::Transaction::ApplyVerdict(const VerdictRecord& verdict, std::string_view record) {
  return Guarded("verdict", [&]() -> Result<Effect> {
    const auto self = book::FindPlace(impl_->sql(), verdict.index);
    if (!self) return petition::Internal("a verdict on an intake that was not added");
    if (self->decided) return Effect{};
    impl_->sql().Run("UPDATE OR FAIL intakes SET decided=1, mode=$1 WHERE idx=$2", verdict.mode, Id(verdict.index));
    return impl_->Decide(*self, verdict, record);
  });
}

/// What follows from a verdict on an intake whose row says already that it is decided.
Effect CaseBook::Transaction::Impl::Decide(const book::Place& self, const VerdictRecord& verdict,
                                           std::string_view record) {
  Effect effect;
  Connection& sql = this->sql();
  const auto id = Id(verdict.index);
  sql.Run("INSERT OR REPLACE INTO verdicts(idx, verdict) VALUES($1, $2)", id,
          Bytes{book.Seal(record.empty() ? petition::CanonicalJson(VerdictToJson(verdict)) : std::string(record),
                          "verdict")});

  const auto of = verdict.of ? book::FindPlace(sql, *verdict.of) : std::nullopt;
  const bool tied = verdict.relation != Relation::kNew && of && of->index != self.index;
  std::uint64_t lead = self.lead;
  if (tied) {
    const std::vector<std::uint64_t> mine{self.lead}, theirs{of->lead};
    const bool apart =
        book.any_apart &&
        book::StandApart(sql, mine, theirs, SharesCase(verdict.relation) ? book::Apart::kCase : book::Apart::kMatter);
    const bool across = self.sealed != of->sealed;
    const auto target = book::FindCase(sql, of->lead).value();
    if (verdict.mode == Mode::kAuto && !apart && !across) {
      book::AddLink(sql, {self.index, of->index, verdict.relation, verdict.score, verdict.by,
                          verdict.by.empty() ? "verdict" : "operator", verdict.at, self.index});
      if (SharesCase(verdict.relation)) {
        effect.changed = {self.index};
        // The common case: one that stood alone until now joins; no need to sum the whole case up.
        sql.Run("UPDATE OR FAIL intakes SET lead=$1 WHERE idx=$2", Id(of->lead), id);
        sql.Run("DELETE FROM cases WHERE lead=$1", id);
        sql.Run(
            "UPDATE OR FAIL cases SET size=size+1, first_received=MIN(first_received, $1), "
            "last_received=MAX(last_received, "
            "$2) WHERE lead=$3",
            self.received, self.received, Id(of->lead));
        lead = of->lead;
      } else {
        book::JoinGroups(sql, self.lead, of->lead);
      }
      sql.Run("UPDATE OR FAIL intakes SET relation=$1, score=$2, tied=$3 WHERE idx=$4", verdict.relation, verdict.score,
              Id(of->index), id);
    } else {
      auto flags = verdict.flags;
      if (apart) flags.push_back("told_apart");
      Ask(sql,
          {self.index * 2, self.index, of->index, verdict.relation, verdict.score, std::move(flags),
           self.sealed || of->sealed, across, self.historic, verdict.at},
          target.size);
    }
  } else if (verdict.mode == Mode::kReview) {
    // Nothing to be tied to, and still a question (an undecidable intake): it is asked about itself.
    Ask(sql,
        {self.index * 2, self.index, self.index, Relation::kNew, verdict.score, verdict.flags, self.sealed, false,
         self.historic, verdict.at},
        1);
  }
  if (verdict.across && book::FindPlace(sql, verdict.across->index)) {
    Ask(sql,
        {self.index * 2 + 1,
         self.index,
         verdict.across->index,
         verdict.across->relation,
         verdict.across->score,
         {"across"},
         true,
         true,
         self.historic,
         verdict.at},
        1);
  }
  const book::Place leading = lead == self.index ? self : book::FindPlace(sql, lead).value();
  effect.case_no = CaseNo(leading.no);
  if (!self.historic) {
    // Towards its source, the number of the earlier one and of the case appear only where they are its own.
    Json detail = {{"relation", petition::RelationName(verdict.relation)}, {"mode", petition::ModeName(verdict.mode)}};
    if (tied && of->source == self.source && of->sealed == self.sealed) detail["of"] = of->no;
    if (leading.source == self.source) detail["caseNo"] = effect.case_no;
    book::AddChange(sql, self, verdict.at, "decided", detail);
  }
  if (lead != self.lead) book::TellLateJoiner(sql, self, lead, verdict.relation);
  return effect;
}

Result<Effect> CaseBook::Transaction::ApplyEvent(const EventRecord& event) {
  return Guarded("event", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    Effect effect;
    const auto self = book::FindPlace(sql, event.index);
    if (!self) {
      effect.refused = true;
      effect.why = "unknown";
      return effect;
    }
    const auto id = Id(event.index);
    sql.Run(
        "INSERT OR IGNORE INTO events(entry, idx, event, by, at, has_text, document) VALUES($1, $2, $3, $4, $5, $6, "
        "$7)",
        Id(event.entry), id, event.event, event.by, Millis(event.at), event.has_text, event.document_sha256);
    if (const auto state = StateAfter(event.event); !state.empty())
      sql.Run("UPDATE intakes SET state=$1 WHERE idx=$2", state, id);
    if (event.event == "closed" || event.event == "resolved") {
      sql.Run("UPDATE intakes SET closed=MAX(closed, $1) WHERE idx=$2", Millis(event.at), id);
      sql.Run("UPDATE cases SET last_closed=MAX(last_closed, $1) WHERE lead=$2", Millis(event.at), Id(self->lead));
    }
    const auto lead = book::FindPlace(sql, self->lead);
    effect.case_no = CaseNo(lead->no);
    // Every petitioner of the case is answered, so every source of it hears of it; without words: they are for whom
    // they were written to.
    for (const std::uint64_t member : book::MembersOf(sql, self->lead)) {
      const auto place = member == self->index ? self : book::FindPlace(sql, member);
      if (!place || place->historic) continue;
      Json detail = {{"event", event.event}, {"at", petition::FormatTime(event.at)}};
      if (place->source == lead->source) detail["caseNo"] = effect.case_no;
      if (member != self->index) detail["via"] = "case";
      book::AddChange(sql, *place, event.at, "event", detail);
    }
    return effect;
  });
}

Result<Effect> CaseBook::Transaction::ApplyNational(const NationalRecord& national) {
  return Guarded("national", [&]() -> Result<Effect> {
    Connection& sql = impl_->sql();
    Effect effect;
    const auto self = book::FindPlace(sql, national.index);
    if (!self) {
      effect.refused = true;
      effect.why = "unknown";
      return effect;
    }
    if (national.national_no.empty() && national.state.empty()) return effect;
    sql.Run(
        "UPDATE intakes SET national_no=CASE WHEN $1='' THEN national_no ELSE $2 END, national_state=CASE WHEN $3='' "
        "THEN national_state ELSE $4 END WHERE idx=$5",
        national.national_no, national.national_no, national.state, national.state, Id(national.index));
    Json detail = {{"destination", national.destination}, {"outcome", national.outcome}};
    if (!national.national_no.empty()) detail["nationalNo"] = national.national_no;
    if (!national.state.empty()) detail["state"] = national.state;
    if (!national.reason.empty()) detail["reason"] = national.reason;
    book::AddChange(sql, *self, national.at, "national", detail);
    return effect;
  });
}

Result<Profile> CaseBook::Transaction::ProfileOf(std::uint64_t index) const {
  return Guarded("profile", [&]() -> Result<Profile> { return book::FindProfile(impl_->book, impl_->sql(), index); });
}

Result<CaseFacts> CaseBook::Transaction::FactsOf(std::uint64_t index) const {
  return Guarded("facts", [&]() -> Result<CaseFacts> {
    KnownCases& cases = impl_->book.known;
    if (auto known = cases.Find(index)) return std::move(*known);
    auto facts = book::FindFacts(impl_->sql(), index);
    if (!facts) return petition::NotFound("no such intake");
    cases.Keep(index, *facts);
    return std::move(*facts);
  });
}

Result<MemberRow> CaseBook::Transaction::Member(std::uint64_t index) const {
  return Guarded("member", [&]() -> Result<MemberRow> {
    auto member = book::FindMember(impl_->sql(), index);
    if (!member) return petition::NotFound("no such intake");
    return std::move(*member);
  });
}

Result<std::optional<std::uint64_t>> CaseBook::Transaction::IndexOfIntakeNo(std::string_view intake_no) const {
  return Guarded("number",
                 [&]() -> Result<std::optional<std::uint64_t>> { return book::FindNo(impl_->sql(), intake_no); });
}

bool CaseBook::Transaction::AnyToldApart(std::uint64_t index) const {
  if (!impl_->book.any_apart) return false;
  try {
    const auto mine = book::FindPlace(impl_->sql(), index);
    return mine && book::AnyApart(impl_->sql(), mine->lead);
  } catch (const std::exception&) {
    return true;
  }
}

bool CaseBook::Transaction::ToldApart(std::uint64_t one, std::uint64_t other) const {
  if (!impl_->book.any_apart) return false;
  try {
    return book::CasesStandApart(impl_->sql(), one, other);
  } catch (const std::exception&) {
    return true;  // not knowing is a reason to ask a person
  }
}

}  // namespace dedup
