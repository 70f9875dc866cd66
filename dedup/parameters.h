// Model::Parameters is what a model file says: four logistic models over named features, the rarity of character pairs,
// thresholds and limits. Plain data, read once.
#pragma once

#include <array>
#include <string>

#include "dedup/decide.h"
#include "dedup/features.h"
#include "petition/json.h"

namespace dedup {

/// Weights in log-odds.
template <std::size_t kCount>
struct Logistic {
  double bias = 0;
  std::array<double, kCount> weights{};
  double LogOdds(const std::array<double, kCount>& values) const {
    double sum = bias;
    for (std::size_t i = 0; i < kCount; ++i) sum += weights[i] * values[i];
    return sum;
  }
  double Probability(const std::array<double, kCount>& values) const;
};
double Sigmoid(double log_odds);

#define DEDUP_SUPPLEMENT_FEATURES(X) \
  X(title_adds)                      \
  X(adds_evidence)                   \
  X(asks_progress)                   \
  X(refers_back)                     \
  X(refers_to_day)                   \
  X(brief)                           \
  X(very_brief)                      \
  X(long_story)                      \
  X(demands)                         \
  X(short_channel)                   \
  X(email)                           \
  X(agent)                           \
  X(earlier_brief)                   \
  X(new_share)                       \
  X(again)
#define DEDUP_ENUM(name) ks_##name,
enum SupplementFeature : std::size_t { DEDUP_SUPPLEMENT_FEATURES(DEDUP_ENUM) kSupplementFeatures };
#undef DEDUP_ENUM
using SupplementVector = std::array<double, kSupplementFeatures>;
std::string_view SupplementFeatureName(std::size_t feature);
/// Whether a follow-up of the same people adds or urges (supplement) or tells the matter again (duplicate). `matter`:
/// its comparison with the best member of the case.
SupplementVector DescribeFollowUp(const Profile& later, const Profile& earlier, const MatterVector& matter);

struct Thresholds {
  double automatic = 0.9;        ///< a tie of the same people at least this sure is made without asking
  double automatic_joint = 0.9;  ///< a tie to other people's case
  double ask = 0.5, ask_joint = 0.5;
  double margin = 0.1;       ///< first minus second (of another matter) below which a person is asked
  double sure = 0.985;       ///< at least this sure: the margin is not asked for
  double people = 0.5;       ///< from here on somebody is taken to be in common
  double whole_case = 0.05;  ///< a member of the case below this makes a tie to its best member a bridge
};

struct Limits {
  std::size_t candidates = 24;
  std::size_t members_compared = 6;  ///< further members of a case, besides the candidates
  std::size_t cases_completed = 4;   ///< cases whose further members are compared
  std::size_t case_size = 200;       ///< a case or group beyond this only grows by a person's word
};

struct Model::Parameters {
  std::string version, hash;
  Logistic<kPeopleFeatures> people;
  Logistic<kMatterFeatures> matter_same, matter_other;
  Logistic<kSupplementFeatures> supplement;
  RarityTable rarity;
  petition::Json rarity_json;
  petition::Json training, measured;  ///< where it came from and what it was found to be worth; for readers only
  Thresholds thresholds;
  Limits limits;
};

petition::Result<Model::Parameters> ReadParameters(std::string_view text);
/// The model file again, as calibrate writes it: keys in order, one feature a line.
std::string WriteParameters(const Model::Parameters& parameters);

}  // namespace dedup
