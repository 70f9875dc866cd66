#include "dedup/calibrate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "dedup/han.h"

namespace dedup {
namespace {

// What a bias is drawn to: how often one matter is met says more of how a set was made than of the world.
struct Pull {
  double towards = 0, strength = 0;
};

template <std::size_t kCount>
struct Row {
  const std::array<double, kCount>* values;
  double wanted, weight;
};

// Projected gradient ascent with momentum (Nesterov) on the penalised likelihood. Features are within 0..1.5, so that
// one step size fits all.
template <std::size_t kCount, typename SignOf, typename PriorOf>
Logistic<kCount> Fit(const std::vector<Row<kCount>>& rows, double l2, int rounds, SignOf sign_of, PriorOf prior_of,
                     Pull bias = {}) {
  Logistic<kCount> now, ahead;
  now.bias = bias.strength > 0 ? bias.towards : 0;
  for (std::size_t i = 0; i < kCount; ++i) now.weights[i] = prior_of(i);
  double total = 0;
  for (const auto& row : rows) total += row.weight;
  if (total == 0) return now;
  const double step = 4.0 / (total * 6);
  Logistic<kCount> before = now;
  for (int round = 0; round < rounds; ++round) {
    const double momentum = static_cast<double>(round) / (round + 3);
    ahead.bias = now.bias + momentum * (now.bias - before.bias);
    for (std::size_t i = 0; i < kCount; ++i)
      ahead.weights[i] = now.weights[i] + momentum * (now.weights[i] - before.weights[i]);
    double bias_slope = 0;
    std::array<double, kCount> slope{};
    for (const auto& row : rows) {
      const double miss = row.weight * (row.wanted - ahead.Probability(*row.values));
      bias_slope += miss;
      for (std::size_t i = 0; i < kCount; ++i) slope[i] += miss * (*row.values)[i];
    }
    before = now;
    now.bias = ahead.bias + step * (bias_slope - bias.strength * (ahead.bias - bias.towards));
    for (std::size_t i = 0; i < kCount; ++i) {
      now.weights[i] = ahead.weights[i] + step * (slope[i] - l2 * (ahead.weights[i] - prior_of(i)));
      const int sign = sign_of(i);
      if ((sign > 0 && now.weights[i] < 0) || (sign < 0 && now.weights[i] > 0)) now.weights[i] = 0;
    }
  }
  return now;
}

constexpr double kSamePeopleBias = -1.5;

}  // namespace

void FitModels(const std::vector<LabelledPair>& pairs, const FitOptions& options, Model::Parameters& parameters) {
  std::vector<Row<kPeopleFeatures>> people;
  for (const auto& pair : pairs)
    if (pair.people_known) people.push_back({&pair.people, pair.same_people ? 1.0 : 0.0, pair.weight});
  parameters.people = Fit(people, options.l2_people, options.rounds, PeopleFeatureSign, PeopleFeaturePrior);

  std::vector<Row<kMatterFeatures>> same, other;
  for (const auto& pair : pairs) {
    const double shared = pair.people_known ? (pair.same_people ? 1 : 0) : parameters.people.Probability(pair.people);
    if (shared > 0.02) same.push_back({&pair.matter, pair.same_matter ? 1.0 : 0.0, pair.weight * shared});
    if (shared < 0.98) other.push_back({&pair.matter, pair.same_matter ? 1.0 : 0.0, pair.weight * (1 - shared)});
  }
  parameters.matter_same =
      Fit(same, options.l2_matter, options.rounds, MatterFeatureSign,
          [](std::size_t i) { return MatterFeaturePrior(i, true); }, {kSamePeopleBias, options.l2_bias});
  parameters.matter_other = Fit(other, options.l2_matter, options.rounds, MatterFeatureSign,
                                [](std::size_t i) { return MatterFeaturePrior(i, false); });

  std::vector<Row<kSupplementFeatures>> follow_ups;
  for (const auto& pair : pairs)
    if (pair.is_follow_up) follow_ups.push_back({&pair.follow_up, pair.supplement ? 1.0 : 0.0, pair.weight});
  parameters.supplement = Fit(
      follow_ups, options.l2_supplement, options.rounds, [](std::size_t) { return 0; },
      [](std::size_t) { return 0.0; });
}

void LearnRarity(const std::vector<std::vector<std::u32string>>& texts_by_matter, Model::Parameters& parameters) {
  std::map<std::u32string, std::size_t> matters_with;
  for (const auto& texts : texts_by_matter) {
    std::set<std::u32string> pairs;
    for (const auto& text : texts)
      for (std::size_t i = 0; i + 1 < text.size(); ++i) pairs.insert(text.substr(i, 2));
    for (const auto& pair : pairs) ++matters_with[pair];
  }
  const double matters = static_cast<double>(texts_by_matter.size());
  // In twentieths; what stands in two matters or fewer is not listed.
  std::map<int, std::u32string> by_weight;
  for (const auto& [pair, count] : matters_with) {
    if (count < 3) continue;
    const double weight = std::log((matters + 1) / static_cast<double>(count)) / std::log((matters + 1) / 2);
    by_weight[std::clamp(static_cast<int>(weight * 20), 1, 20)] += pair;
  }
  parameters.rarity_json = petition::Json::object();
  parameters.rarity = RarityTable();
  for (const auto& [twentieths, all] : by_weight) {
    char key[8];
    std::snprintf(key, sizeof key, "%.2f", twentieths / 20.0);
    parameters.rarity_json[key] = ToUtf8(all);
    for (std::size_t i = 0; i + 1 < all.size(); i += 2) parameters.rarity.Set(all[i], all[i + 1], twentieths / 20.0);
  }
}

}  // namespace dedup
