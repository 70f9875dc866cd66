#include "gateway/sight.h"

namespace gateway {

bool SealedNow(const dedup::CaseBook& book, const IntakeRecord& intake) {
  if (const auto member = book.Member(intake.index); member.ok()) return member->sealed;
  if (intake.sealed || intake.revision_of == ledger::kNoIndex) return intake.sealed;
  const auto first = book.Member(intake.revision_of);
  return first.ok() && first->sealed;
}

bool SeesIntake(const dedup::CaseBook& book, const Principal& who, const IntakeRecord& intake) {
  const auto& division = intake.submission.division;
  // Whoever would not see it open, either, is answered without a look into the book.
  return Sees(who, intake.source, division, false) && Sees(who, intake.source, division, SealedNow(book, intake));
}

bool SeesMember(const Principal& who, const dedup::MemberRow& member) {
  return Sees(who, member.source, member.division, member.sealed);
}

}  // namespace gateway
