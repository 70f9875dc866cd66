#include "gateway/follower_judge.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <exception>

namespace gateway {

using dedup::VerdictRecord;
using petition::Mode;
using petition::Relation;
using petition::Result;
using petition::Status;

namespace {

/// Below this, a revision's text looks like another matter's: it stays a revision (the source says so by its number)
/// and is flagged.
constexpr double kRevisionAlike = 0.2;

bool MayPass(const petition::Error& error) {
  return error.code == petition::Code::kUnavailable || error.code == petition::Code::kPushback;
}

double Finite(double value) { return std::isfinite(value) ? value : 0; }

std::vector<dedup::Reason> Finite(std::vector<dedup::Reason> reasons) {
  for (auto& reason : reasons) reason.weight = Finite(reason.weight);
  return reasons;
}

bool SharesMoreThanAName(const std::vector<dedup::Reason>& reasons) {
  constexpr std::array<std::string_view, 6> kSure = {"id_same",    "id_damaged_same", "phone_same",
                                                     "phone_near", "account_same",    "address_same"};
  return std::any_of(reasons.begin(), reasons.end(), [&](const dedup::Reason& reason) {
    return reason.weight > 0 && std::find(kSure.begin(), kSure.end(), reason.feature) != kSure.end();
  });
}

/// A person looked and found none of them the same: the machine may ask again, not overrule.
bool Overruled(const IntakeRecord& intake, Mode mode) {
  return intake.submission.tie.verdict == "none" && mode == Mode::kAuto;
}

void Take(const dedup::Verdict& from, VerdictRecord& verdict) {
  verdict.relation = from.relation;
  verdict.mode = from.mode;
  verdict.score = Finite(from.score);
  verdict.of = from.of;
  verdict.reasons = Finite(from.reasons);
  verdict.bounded = from.bounded;
  verdict.flags.insert(verdict.flags.end(), from.flags.begin(), from.flags.end());
  for (const auto& candidate : from.candidates)
    verdict.candidates.push_back({candidate.index, Finite(candidate.score), candidate.relation});
}

}  // namespace

struct Judge::Asked {
  const IntakeRecord& intake;
  const dedup::Prepared& prepared;
  const dedup::Profile& profile;
  const dedup::CaseBook::Transaction& transaction;
  const std::vector<std::string>& keys;
  const std::string text;
  const IndexSource candidates;
  const FoldingHistory history;
};

VerdictRecord Judge::Begin(std::uint64_t index, std::string_view intake_no) const {
  VerdictRecord verdict;
  verdict.index = index;
  verdict.intake_no = intake_no;
  verdict.seen = index;  // everything before it, and nothing after, had been folded
  verdict.model = model_.hash();
  verdict.frequencies = ledger::Hex(ledger::AsBytes(index_.frequency_table_hash()));
  verdict.at = clock_.Now();
  return verdict;
}

VerdictRecord Judge::Undecidable(std::uint64_t index, std::string_view intake_no) const {
  VerdictRecord verdict = Begin(index, intake_no);
  verdict.mode = Mode::kReview;
  verdict.flags = {"undecidable"};
  verdict.case_no = dedup::CaseNo(intake_no);
  return verdict;
}

Result<VerdictRecord> Judge::Reach(const PreparedIntake& ready, const dedup::CaseBook::Transaction& transaction,
                                   bool any_across) {
  const auto started = std::chrono::steady_clock::now();
  const IntakeRecord& intake = *ready.record;
  VerdictRecord verdict = Begin(intake.index, intake.intake_no);
  const std::string text = IndexedText(intake.submission);
  const Asked asked{intake,
                    *ready.prepared,
                    ready.prepared->profile,
                    transaction,
                    ready.keys,
                    text,
                    IndexSource(index_, text, intake.sealed, candidates_max_, {}, {&ready.keys, ready.look.get()}),
                    FoldingHistory(transaction)};
  bool by_machine = false;
  const auto reach = [&]() -> Status {
    bool found = false;
    if (intake.revision_of != ledger::kNoIndex && intake.revision_of < intake.index) {
      GUIYI_TRY(found, Revise(asked, verdict));
    }
    if (!found) {
      GUIYI_TRY(const bool tied, TieByOperator(asked, verdict));
      by_machine = !tied;
      if (by_machine) GUIYI_CHECK(Decide(asked, verdict));
      if (any_across && !verdict.across) GUIYI_CHECK(LookAcross(asked, verdict));
    }
    return Number(asked, verdict);
  };
  try {
    const Status reached = reach();
    if (!reached.ok()) {
      if (MayPass(reached.error())) return reached.error();
      verdict = Undecidable(intake.index, intake.intake_no);
    }
  } catch (const std::exception&) {
    verdict = Undecidable(intake.index, intake.intake_no);
  }
  verdict.micros =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started).count();
  if (shadow_ != nullptr && by_machine) verdict.shadow = InShadow(asked);
  return verdict;
}

/// Nothing when it can't say: what is only tried must hold up nothing.
std::optional<dedup::ShadowNote> Judge::InShadow(const Asked& asked) const {
  try {
    const auto prepared = shadow_->Prepare(asked.profile);
    const dedup::Decider decider(*shadow_, asked.candidates, asked.history, &shadow_cache_);
    const auto decided = decider.Decide(asked.intake.index, *prepared);
    if (!decided.ok()) return std::nullopt;
    dedup::ShadowNote note{shadow_->hash(), decided->relation, decided->mode, Finite(decided->score), decided->of};
    if (Overruled(asked.intake, note.mode)) note.mode = Mode::kReview;
    return note;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Status Judge::Decide(const Asked& asked, VerdictRecord& verdict) const {
  const dedup::Decider decider(model_, asked.candidates, asked.history, &cache_);
  GUIYI_TRY(const auto decided, decider.Decide(asked.intake.index, asked.prepared));
  Take(decided, verdict);
  if (Overruled(asked.intake, verdict.mode)) {
    verdict.mode = Mode::kReview;
    verdict.flags.push_back("operator_none");
  }
  return petition::Ok();
}

/// False: the first one is on the other side of the seal, so this one is decided among its own.
Result<bool> Judge::Revise(const Asked& asked, VerdictRecord& verdict) const {
  GUIYI_TRY(const auto first, asked.transaction.Member(asked.intake.revision_of));
  if (first.sealed != asked.intake.sealed) {
    verdict.across = dedup::CandidateNote{first.index, 1, Relation::kRevision};
    return false;
  }
  verdict.relation = Relation::kRevision;
  verdict.mode = Mode::kAuto;
  verdict.score = 1;
  verdict.of = first.index;
  verdict.reasons = {{"source_number", 12, "同一来源、同一编号、有同一当事人，内容有改动"}};
  verdict.candidates = {{first.index, 1, Relation::kRevision}};
  const dedup::Decider decider(model_, asked.candidates, asked.history, &cache_);
  GUIYI_TRY(const auto compared, decider.Explain(asked.profile, first.index));
  if (Finite(compared.matter) < kRevisionAlike) {
    verdict.flags.push_back("revision_unlike");
    if (!SharesMoreThanAName(compared.reasons)) {
      // A number used again under a name that many have: they may be strangers.
      verdict.mode = Mode::kReview;
      verdict.score = Finite(compared.score);
    }
  }
  return true;
}

Result<bool> Judge::TieByOperator(const Asked& asked, VerdictRecord& verdict) const {
  const auto& tie = asked.intake.submission.tie;
  if (tie.verdict != "same" || tie.case_no.empty()) return false;
  GUIYI_TRY(const auto lead, asked.transaction.IndexOfIntakeNo(dedup::IntakeNoOfCase(tie.case_no)));
  if (!lead || *lead >= asked.intake.index) {
    verdict.flags.push_back("tie_unknown");
    return false;
  }
  GUIYI_TRY(const auto member, asked.transaction.Member(*lead));
  if (member.sealed != asked.intake.sealed)
    return false;  // LookAcross puts it before sealed readers, if it looks like one
  const dedup::Decider decider(model_, asked.candidates, asked.history, &cache_);
  GUIYI_TRY(const auto compared, decider.Explain(asked.profile, *lead));
  GUIYI_TRY(const auto facts, asked.transaction.FactsOf(*lead));
  const bool repeat =
      facts.closed_at && *facts.closed_at < asked.intake.submission.received_at.value_or(asked.intake.registered_at);
  verdict.relation = compared.relation != Relation::kNew ? compared.relation
                     : repeat                            ? Relation::kRepeat
                                                         : Relation::kDuplicate;
  // Our operators speak with the caller; what another system claims is asked about.
  const bool spoken = !asked.intake.operator_name.empty();
  verdict.mode = spoken ? Mode::kAuto : Mode::kReview;
  verdict.score = spoken ? 1 : Finite(compared.score);
  verdict.of = *lead;
  verdict.by = asked.intake.operator_name;
  verdict.reasons = Finite(compared.reasons);
  verdict.reasons.insert(
      verdict.reasons.begin(),
      {"operator", spoken ? 12.0 : 1.0, spoken ? "话务员与来电人当场确认为同一事项" : "来源声明与该案件为同一事项"});
  verdict.candidates = {{*lead, verdict.score, verdict.relation}};
  if (!spoken) verdict.flags.push_back("tie_claimed");
  return true;
}

Status Judge::LookAcross(const Asked& asked, VerdictRecord& verdict) const {
  const IndexSource candidates(index_, asked.text, !asked.intake.sealed, candidates_max_, {}, {&asked.keys});
  const dedup::Decider decider(model_, candidates, asked.history, &cache_);
  GUIYI_TRY(const auto decided, decider.Decide(asked.intake.index, asked.prepared, true));
  if (decided.mode == Mode::kNew || !decided.of) return petition::Ok();
  verdict.across = dedup::CandidateNote{*decided.of, Finite(decided.score), decided.relation};
  return petition::Ok();
}

Status Judge::Number(const Asked& asked, VerdictRecord& verdict) const {
  verdict.case_no = dedup::CaseNo(asked.intake.intake_no);
  if (!verdict.of) return petition::Ok();
  GUIYI_TRY(const auto of, asked.transaction.Member(*verdict.of));
  verdict.of_intake_no = of.intake_no;
  if (verdict.mode != Mode::kAuto) return petition::Ok();
  if (petition::SharesCase(verdict.relation)) {
    verdict.case_no = of.case_no;
    verdict.group_no = of.group_no;
  } else if (verdict.relation == Relation::kJoint) {
    verdict.group_no = of.group_no.empty() ? dedup::GroupNo(dedup::IntakeNoOfCase(of.case_no)) : of.group_no;
  }
  return petition::Ok();
}

}  // namespace gateway
