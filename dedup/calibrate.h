// Calibrating: fits the weights of a model to labelled pairs by logistic regression (L2, weights held to the sign their
// evidence must have), learns the rarity of character pairs from the same texts, and gives the parameters back as a
// model file's content. Deterministic: same pairs in the same order, same weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dedup/parameters.h"

namespace dedup {

/// One later and one earlier submission with the right answer.
struct LabelledPair {
  std::string later, earlier;  ///< ids, for reports
  std::string matter_of_later, matter_of_earlier;
  PeopleVector people{};
  MatterVector matter{};
  SupplementVector follow_up{};
  bool same_matter = false;
  bool same_people = false;  ///< known only when people_known
  bool people_known = false;
  bool is_follow_up = false;  ///< duplicate or supplement of the same people, and which:
  bool supplement = false;
  double weight = 1;
};

struct FitOptions {
  double l2_people = 1.0, l2_matter = 0.7, l2_supplement = 1.0;
  double l2_bias = 8;  ///< of the matter among the same people
  int rounds = 3000;
};

/// Fits all four models into `parameters`; thresholds, limits and rarity stay as they are.
void FitModels(const std::vector<LabelledPair>& pairs, const FitOptions& options, Model::Parameters& parameters);

/// The rarity of character pairs from texts (letters), one entry a matter: in how many matters each stands. Goes into
/// `parameters` in the file's form.
void LearnRarity(const std::vector<std::vector<std::u32string>>& texts_by_matter, Model::Parameters& parameters);

}  // namespace dedup
