// The waterfall: which evidence spoke for and against a tie, in words a clerk understands. Details name kinds and parts
// of facts, never a person's name, number or account. Pure function.
#pragma once

#include <vector>

#include "dedup/parameters.h"

namespace dedup {

/// Strongest first; those below a twentieth of log-odds left out.
std::vector<Reason> Explain(const Logistic<kPeopleFeatures>& people_model, const PeopleVector& people,
                            const Logistic<kMatterFeatures>& matter_model, const MatterVector& matter,
                            const MatterNotes& notes);

}  // namespace dedup
