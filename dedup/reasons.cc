#include "dedup/reasons.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "dedup/topics.h"

namespace dedup {
namespace {

constexpr double kLeast = 0.05;
constexpr std::size_t kReasonsMax = 14;  // of the evidence itself; what is smaller is told as one

struct FeatureWords {
  std::string_view feature, chinese, english;
};
constexpr FeatureWords kWords[] = {
#include "dedup/reason_words.inc"
};

const FeatureWords* WordsOf(std::string_view feature) {
  static const auto* const by_feature = [] {
    auto* out = new std::unordered_map<std::string_view, const FeatureWords*>;
    for (const auto& words : kWords) out->emplace(words.feature, &words);
    return out;
  }();
  const auto found = by_feature->find(feature);
  return found == by_feature->end() ? nullptr : found->second;
}

std::string DetailOf(std::string_view feature, const MatterNotes& notes) {
  const auto* words = WordsOf(feature);
  std::string detail(words == nullptr ? feature : words->chinese);
  if ((feature == "topic_alike" || feature == "topic_main") && !notes.topics.empty()) {
    detail += "：";
    for (std::size_t i = 0; i < std::min<std::size_t>(2, notes.topics.size()); ++i)
      detail += std::string(i == 0 ? "" : "、") + std::string(TopicName(notes.topics[i]));
  }
  return detail;
}

struct Part {
  std::string_view base, rest, of_case;
};
constexpr Part kMatter = {"matter_base", "matter_rest", "matter_case"};
constexpr Part kPeople = {"people_base", "people_rest", "people_case"};

// Evidence as it is weighed, before words are found for what is shown of it.
struct Weighed {
  std::string_view feature;
  double weight = 0;
};

bool StrongerFirst(const Reason& a, const Reason& b) {
  if (IsSum(a.feature) != IsSum(b.feature)) return IsSum(b.feature);  // what is no evidence of its own comes last
  return std::abs(a.weight) > std::abs(b.weight);
}

template <std::size_t kCount, typename NameOf>
std::vector<Weighed> WeighedBy(const Logistic<kCount>& model, const std::array<double, kCount>& values,
                               NameOf name_of) {
  std::vector<Weighed> evidence;
  for (std::size_t i = 0; i < kCount; ++i)
    if (const double weight = model.weights[i] * values[i]; weight != 0) evidence.push_back({name_of(i), weight});
  return evidence;
}

// What is too small to be shown by itself, and what the case adds, so that a part's reasons sum to its log-odds.
void Close(const Part& part, double bias, double odds, std::vector<Weighed> evidence, std::size_t shown,
           const MatterNotes& notes, std::vector<Reason>& reasons) {
  std::stable_sort(evidence.begin(), evidence.end(),
                   [](const Weighed& a, const Weighed& b) { return std::abs(a.weight) > std::abs(b.weight); });
  double sum = bias, rest = 0;
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    const auto& [feature, weight] = evidence[i];
    sum += weight;
    if (i < shown && std::abs(weight) >= kLeast)
      reasons.push_back({std::string(feature), weight, DetailOf(feature, notes)});
    else
      rest += weight;
  }
  const auto add = [&](std::string_view feature, double weight) {
    if (weight != 0) reasons.push_back({std::string(feature), weight, DetailOf(feature, {})});
  };
  add(part.base, bias);
  add(part.rest, rest);
  if (const double of_case = odds - sum; std::abs(of_case) >= 1e-6) add(part.of_case, of_case);
}

}  // namespace

bool IsSum(std::string_view feature) {
  for (const auto& part : {kMatter, kPeople})
    if (feature == part.base || feature == part.rest || feature == part.of_case) return true;
  return false;
}

std::string_view ReasonInEnglish(std::string_view feature) {
  const auto* words = WordsOf(feature);
  return words == nullptr ? std::string_view() : words->english;
}

ReasonPart PartOf(std::string_view feature) {
  if (feature.starts_with("people_")) return ReasonPart::kPeople;
  for (std::size_t i = 0; i < kPeopleFeatures; ++i)
    if (PeopleFeatureName(i) == feature) return ReasonPart::kPeople;
  return feature == "operator" || feature == "source_number" ? ReasonPart::kSaid : ReasonPart::kMatter;
}

double SumOf(const std::vector<Reason>& reasons, ReasonPart part) {
  double sum = 0;
  for (const auto& reason : reasons)
    if (PartOf(reason.feature) == part) sum += reason.weight;
  return sum;
}

std::vector<Reason> Explain(const Logistic<kPeopleFeatures>& people_model, const PeopleVector& people,
                            double people_odds, const Logistic<kMatterFeatures>& matter_model,
                            const MatterVector& matter, double matter_odds, const MatterNotes& notes) {
  std::vector<Reason> reasons;
  reasons.reserve(kReasonsMax * 2);
  Close(kPeople, people_model.bias, people_odds, WeighedBy(people_model, people, PeopleFeatureName), kReasonsMax / 2,
        notes, reasons);
  Close(kMatter, matter_model.bias, matter_odds, WeighedBy(matter_model, matter, MatterFeatureName), kReasonsMax, notes,
        reasons);
  std::stable_sort(reasons.begin(), reasons.end(), StrongerFirst);
  return reasons;
}

}  // namespace dedup
