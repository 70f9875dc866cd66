// Whether a submission is an accusation (检举控告) against a public official or party member and must be sealed. By
// rule and by the operator's flag, not by the word 举报 alone, which 12345 uses for any report (Regulation on Petition
// Work Art. 30; see petition/README.md). Unsure means sealed until a person decides.
#pragma once

#include <string>

#include "petition/submission.h"

namespace petition {

enum class Sealing { kOpen, kUnsure, kSealed };

struct SealingOpinion {
  Sealing sealing = Sealing::kOpen;
  std::string rule;  ///< name of the rule that decided, without words of the petition: "purpose", "confidential",
                     ///< "official-and-misconduct" ...
};

SealingOpinion JudgeSealing(const Submission& submission);

}  // namespace petition
