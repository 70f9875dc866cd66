// Reasons turn a comparison into the waterfall people read: what speaks for and against, strongest first, in log-odds
// (sums last). The reasons of a part sum to that part's log-odds: what is too small to be shown stands together as one,
// beside where the part starts (its bias) and what the rest of the case adds; so probability(matter) x
// probability(people, or nobody) is the score. Pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "dedup/decide.h"
#include "dedup/parameters.h"

namespace dedup {

enum class ReasonPart { kMatter, kPeople, kSaid };  ///< kSaid: by a person or a source, not weighed
ReasonPart PartOf(std::string_view feature);
/// Whether it stands for where a part starts, for small evidence together, or for the rest of the case.
bool IsSum(std::string_view feature);
double SumOf(const std::vector<Reason>& reasons, ReasonPart part);
/// The feature in English, "" for one not known; Reason::detail has the Chinese.
std::string_view ReasonInEnglish(std::string_view feature);

/// `people_odds`, `matter_odds`: what the two parts came to in the end.
std::vector<Reason> Explain(const Logistic<kPeopleFeatures>& people_model, const PeopleVector& people,
                            double people_odds, const Logistic<kMatterFeatures>& matter_model,
                            const MatterVector& matter, double matter_odds, const MatterNotes& notes);

}  // namespace dedup
