// A Profile is what dedup keeps of a submission to compare it with others: its people as evidence, the facts of its matter as fields of their own, and its text
// reduced to what comparison needs. It is drawn once, at intake, and stored (sealed by the store) so that a decision never reads the ledger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"
#include "petition/submission.h"
#include "petition/time.h"

namespace dedup {

/// What is known about an intake besides its submission.
struct Circumstances {
  std::string source;
  petition::Time registered_at{};
  bool sealed = false;
};

// The fields of Profile are dedup's own business; others pass it on. (dedup/ fills in the members.)
struct Profile;

Profile Extract(const petition::Submission& submission, const Circumstances& circumstances);

/// Compact bytes with a version in front; Deserialize refuses what it does not know (kCorrupt).
std::string Serialize(const Profile& profile);
petition::Result<Profile> Deserialize(std::string_view bytes);

/// Keys to look candidates up by: identity and rare facts, in plain, each with its kind in front ("phone:...").
std::vector<std::string> CandidateKeys(const Profile& profile);

}  // namespace dedup
