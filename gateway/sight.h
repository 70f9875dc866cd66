// Sight: whether somebody may see an intake as it stands now. What decides is what the case book has folded (a person
// or a later revision may have sealed it since it came in); of an intake not folded yet, its record and the first of
// its chain of revisions. Safe from any thread.
#pragma once

#include "dedup/case_book.h"
#include "gateway/access.h"
#include "gateway/intake.h"

namespace gateway {

bool SealedNow(const dedup::CaseBook& book, const IntakeRecord& intake);
bool SeesIntake(const dedup::CaseBook& book, const Principal& who, const IntakeRecord& intake);
bool SeesMember(const Principal& who, const dedup::MemberRow& member);

}  // namespace gateway
