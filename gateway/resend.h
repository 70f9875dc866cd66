// What a resend says otherwise than its first registration. A resend is answered with the first receipt whatever its
// times, numbers, claims and unnamed fields say; what of them is new is kept as an `event` entry about the first, so
// that nothing that was handed in is nowhere. Pure but for reading the ledger; safe from any thread.
#pragma once

#include <optional>

#include "gateway/intake.h"
#include "ledger/ledger.h"

namespace gateway {

/// {"upstreamNo", "linkNo", "claims", "tie", "unknown"}: those that `again` has and `first` has not or otherwise. Times
/// and what the transport adds (call id, operator) are left out, and so is what is missing: silence takes nothing back.
petition::Json ResendDifference(const petition::Submission& first, const petition::Submission& again);

/// The entry {"kind":"event","v":1,"what":"resend","intake","intakeNo","by","at","fields"}; none when there is no
/// difference, or the last one kept is the same (a sender that tries again adds nothing).
petition::Result<std::optional<ledger::Draft>> ResendEntry(const ledger::Ledger& ledger, const IntakeRecord& first,
                                                           const Arrival& again, petition::Time now);

/// One that was kept, read back: the fields as members of a submission.
struct KeptResend {
  std::uint64_t entry = 0;
  petition::Time at{};
  petition::Submission fields;  ///< those of ResendDifference only
};
/// In ledger order, at most `limit` of the newest.
petition::Result<std::vector<KeptResend>> KeptResends(const ledger::Ledger& ledger, std::uint64_t intake,
                                                      std::size_t limit);

}  // namespace gateway
