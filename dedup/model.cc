#include <cmath>
#include <fstream>
#include <iterator>

#include "dedup/han.h"
#include "dedup/parameters.h"
#include "ledger/crypto.h"

namespace dedup {
namespace {

using petition::Json;

constexpr unsigned char kBuiltIn[] = {
#include "dedup/tables/model.inc"
};
constexpr std::uintmax_t kFileBytesMax = 8u << 20;

#define DEDUP_NAME(name) #name,
constexpr std::string_view kSupplementNames[] = {DEDUP_SUPPLEMENT_FEATURES(DEDUP_NAME)};
#undef DEDUP_NAME

petition::Error Wrong(std::string what) {
  return petition::Invalid("model_invalid", "the dedup model file is wrong: " + std::move(what));
}

template <std::size_t kCount, typename NameOf>
petition::Status ReadLogistic(const Json& models, const char* key, NameOf name_of, Logistic<kCount>& logistic) {
  const auto found = models.find(key);
  if (found == models.end() || !found->is_object()) return Wrong(std::string("models.") + key + " is missing");
  logistic.bias = found->value("bias", 0.0);
  const auto weights = found->find("weights");
  if (weights == found->end() || !weights->is_object())
    return Wrong(std::string("models.") + key + ".weights is missing");
  for (const auto& [name, value] : weights->items()) {
    std::size_t i = 0;
    while (i < kCount && name_of(i) != name) ++i;
    if (i == kCount || !value.is_number())
      return Wrong(std::string("models.") + key + " has an unknown feature or a weight that is no number");
    logistic.weights[i] = value.template get<double>();
  }
  return petition::Ok();
}

template <std::size_t kCount, typename NameOf>
Json LogisticJson(const Logistic<kCount>& logistic, NameOf name_of) {
  Json weights = Json::object();
  for (std::size_t i = 0; i < kCount; ++i)
    weights[std::string(name_of(i))] = std::round(logistic.weights[i] * 1000) / 1000;
  return {{"bias", std::round(logistic.bias * 1000) / 1000}, {"weights", weights}};
}

void ReadRarity(const Json& json, RarityTable& table) {
  // {"0.05": "的是在了...", ...}: pairs of characters run together, by weight.
  for (const auto& [weight, pairs] : json.items()) {
    if (!pairs.is_string()) continue;
    const auto wide = ToWide(pairs.get_ref<const std::string&>());
    const double value = std::strtod(weight.c_str(), nullptr);
    for (std::size_t i = 0; i + 1 < wide.size(); i += 2) table.Set(wide[i], wide[i + 1], value);
  }
}

void ReadThresholds(const Json& json, Thresholds& t) {
  t.automatic = json.value("automatic", t.automatic);
  t.automatic_joint = json.value("automatic_joint", t.automatic_joint);
  t.ask = json.value("ask", t.ask);
  t.ask_joint = json.value("ask_joint", t.ask_joint);
  t.margin = json.value("margin", t.margin);
  t.sure = json.value("sure", t.sure);
  t.people = json.value("people", t.people);
  t.whole_case = json.value("whole_case", t.whole_case);
}

void ReadLimits(const Json& json, Limits& l) {
  l.candidates = std::min<std::size_t>(json.value("candidates", l.candidates), 200);
  l.members_compared = std::min<std::size_t>(json.value("members_compared", l.members_compared), 50);
  l.cases_completed = std::min<std::size_t>(json.value("cases_completed", l.cases_completed), 50);
  l.case_size = json.value("case_size", l.case_size);
}

}  // namespace

double Sigmoid(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

template <std::size_t kCount>
double Logistic<kCount>::Probability(const std::array<double, kCount>& values) const {
  return Sigmoid(LogOdds(values));
}
template struct Logistic<kPeopleFeatures>;
template struct Logistic<kMatterFeatures>;
template struct Logistic<kSupplementFeatures>;

std::string_view SupplementFeatureName(std::size_t feature) {
  return feature < kSupplementFeatures ? kSupplementNames[feature] : std::string_view();
}

petition::Result<Model::Parameters> ReadParameters(std::string_view text) {
  const auto parsed = petition::ParseJson(text);
  if (!parsed.ok() || !parsed->is_object()) return Wrong("it is no JSON object");
  const Json& json = *parsed;
  Model::Parameters parameters;
  try {
    parameters.version = json.value("version", "");
    const auto models = json.find("models");
    if (models == json.end()) return Wrong("models is missing");
    GUIYI_CHECK(ReadLogistic(*models, "people", PeopleFeatureName, parameters.people));
    GUIYI_CHECK(ReadLogistic(*models, "matter_of_the_same_people", MatterFeatureName, parameters.matter_same));
    GUIYI_CHECK(ReadLogistic(*models, "matter_of_other_people", MatterFeatureName, parameters.matter_other));
    GUIYI_CHECK(ReadLogistic(*models, "supplement", SupplementFeatureName, parameters.supplement));
    if (const auto found = json.find("thresholds"); found != json.end()) ReadThresholds(*found, parameters.thresholds);
    parameters.training = json.value("training", Json());
    parameters.measured = json.value("measured", Json());
    if (const auto found = json.find("limits"); found != json.end()) ReadLimits(*found, parameters.limits);
    if (const auto found = json.find("rarity_of_character_pairs"); found != json.end()) {
      parameters.rarity_json = *found;
      ReadRarity(*found, parameters.rarity);
    }
  } catch (const Json::exception&) {
    return Wrong("a value has the wrong type");
  }
  parameters.hash = ledger::Hex(ledger::AsBytes(ledger::Sha256(text)));
  return parameters;
}

std::string WriteParameters(const Model::Parameters& p) {
  Json json;
  json["version"] = p.version;
  json["about"] = "Weights are log-odds. Fitted by guiyi dedup calibrate; dedup/README.md explains each part.";
  json["models"]["people"] = LogisticJson(p.people, PeopleFeatureName);
  json["models"]["matter_of_the_same_people"] = LogisticJson(p.matter_same, MatterFeatureName);
  json["models"]["matter_of_other_people"] = LogisticJson(p.matter_other, MatterFeatureName);
  json["models"]["supplement"] = LogisticJson(p.supplement, SupplementFeatureName);
  const auto& t = p.thresholds;
  json["thresholds"] = {{"automatic", t.automatic},
                        {"automatic_joint", t.automatic_joint},
                        {"ask", t.ask},
                        {"ask_joint", t.ask_joint},
                        {"margin", t.margin},
                        {"sure", t.sure},
                        {"people", t.people},
                        {"whole_case", t.whole_case}};
  const auto& l = p.limits;
  json["limits"] = {{"candidates", l.candidates},
                    {"members_compared", l.members_compared},
                    {"cases_completed", l.cases_completed},
                    {"case_size", l.case_size}};
  if (!p.training.is_null()) json["training"] = p.training;
  if (!p.measured.is_null()) json["measured"] = p.measured;
  json["rarity_of_character_pairs"] = p.rarity_json;
  return json.dump(1) + "\n";
}

Model::Model() : parameters_(std::make_unique<Parameters>()) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

const std::string& Model::hash() const { return parameters_->hash; }

petition::Result<Model> Model::Load(const std::filesystem::path& file) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) return petition::NotFound("the dedup model file can't be read");
  if (size > kFileBytesMax) return Wrong("it is too large");
  std::ifstream in(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  GUIYI_TRY(auto parameters, ReadParameters(text));
  Model model;
  *model.parameters_ = std::move(parameters);
  return model;
}

Model Model::BuiltIn() {
  auto parameters = ReadParameters(std::string_view(reinterpret_cast<const char*>(kBuiltIn), sizeof kBuiltIn));
  assert(parameters.ok());  // a test reads it
  Model model;
  *model.parameters_ = std::move(parameters).value();
  return model;
}

}  // namespace dedup
