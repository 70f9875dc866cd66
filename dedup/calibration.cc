#include "dedup/calibration.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "dedup/han.h"
#include "ledger/crypto.h"

namespace dedup {
namespace {

using petition::Mode;

constexpr std::size_t kCandidates = 24;

std::size_t FoldOf(const std::string& matter, std::size_t folds) {
  return static_cast<std::size_t>(HashOf(std::string_view(matter)) % folds);
}

// A fitted model is tried as it will be used: written to a file and read back.
petition::Result<Model> AsModel(const Model::Parameters& parameters) {
  std::error_code failed;
  std::string name = (std::filesystem::temp_directory_path(failed) / "guiyi-model-XXXXXX").string();
  const int file = failed ? -1 : mkstemp(name.data());
  if (file < 0) return petition::Unavailable("no temporary file can be made");
  close(file);
  std::ofstream(name, std::ios::binary) << WriteParameters(parameters);
  auto model = Model::Load(name);
  std::filesystem::remove(name, failed);
  return model;
}

/// What one fit may look at.
using MayUse = std::function<bool(const Line&)>;

class Trainer {
 public:
  Trainer(const std::vector<Line>& lines, const std::vector<AnsweredPair>& answers, const Model::Parameters& start,
          const CalibrationOptions& options)
      : lines_(lines), answers_(answers), start_(start), options_(options) {
    for (const auto& line : lines_)
      if (!line.closure && !line.matter.empty()) {
        labelled_.push_back(&line);
        line_of_[line.id] = &line;
        texts_.push_back(Extract(line.submission, {line.source, line.at, false}).text);
      }
  }

  bool empty() const { return labelled_.empty(); }

  /// The pairs count is of the last fit.
  Model::Parameters Fit(const MayUse& may_use) {
    Model::Parameters parameters = start_;
    std::map<std::string, std::vector<std::u32string>> by_matter;
    for (std::size_t i = 0; i < labelled_.size(); ++i)
      if (may_use(*labelled_[i])) by_matter[labelled_[i]->matter].push_back(texts_[i]);
    std::vector<std::vector<std::u32string>> texts;
    for (auto& [matter, of] : by_matter) texts.push_back(std::move(of));
    LearnRarity(texts, parameters);
    auto pairs = CollectPairs(lines_, parameters, kCandidates);
    std::erase_if(pairs, [&](const LabelledPair& pair) {
      return !may_use(*line_of_.at(pair.later)) || pair.matter_of_earlier.empty() ||
             !may_use(*line_of_.at(pair.earlier));
    });
    for (const auto& answer : answers_) pairs.push_back(PairOf(answer, parameters));
    pairs_ = pairs.size();
    FitModels(pairs, options_.fit, parameters);
    return parameters;
  }
  std::size_t pairs() const { return pairs_; }

  petition::Result<std::vector<Prediction>> Decide(const Model::Parameters& parameters) const {
    GUIYI_TRY(const auto model, AsModel(parameters));
    return Replay(lines_, model);
  }

 private:
  const std::vector<Line>& lines_;
  const std::vector<AnsweredPair>& answers_;
  const Model::Parameters& start_;
  const CalibrationOptions& options_;
  std::vector<const Line*> labelled_;
  std::map<std::string, const Line*> line_of_;
  std::vector<std::u32string> texts_;
  std::size_t pairs_ = 0;
};

// Each labelled submission judged by a model that saw nothing of its matter.
petition::Result<std::vector<Prediction>> Cross(Trainer& trainer, const std::vector<Line>& lines, std::size_t folds,
                                                const Thresholds& thresholds, const std::function<void()>& step) {
  std::map<std::string, const Line*> line_of;
  for (const auto& line : lines)
    if (!line.closure) line_of[line.id] = &line;
  std::vector<Prediction> out;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    const auto held = [&](const Line& line) { return FoldOf(line.matter, folds) == fold; };
    auto parameters = trainer.Fit([&](const Line& line) { return !held(line); });
    parameters.thresholds = thresholds;
    GUIYI_TRY(auto predictions, trainer.Decide(parameters));
    for (auto& prediction : predictions) {
      const Line& line = *line_of.at(prediction.id);
      if (!line.matter.empty() && held(line)) out.push_back(std::move(prediction));
    }
    step();
  }
  std::stable_sort(out.begin(), out.end(), [](const Prediction& a, const Prediction& b) { return a.id < b.id; });
  return out;
}

// The lowest score from which on automatic ties are right often enough, out of sample.
double AutomaticFrom(const std::vector<Judged>& crossed, bool joint, double wanted) {
  std::vector<std::pair<double, bool>> ties;
  for (const auto& one : crossed)
    if (one.decided != "new" && one.decided != "resend" && one.decided != "revision" &&
        (one.decided == "joint") == joint)
      ties.emplace_back(one.score, one.right);
  std::sort(ties.rbegin(), ties.rend());
  double from = 0.97, right = 0;
  for (std::size_t i = 0; i < ties.size(); ++i) {
    right += ties[i].second ? 1 : 0;
    if (ties[i].first < 0.6) break;
    if (i + 1 < ties.size() && ties[i + 1].first == ties[i].first) continue;
    if (right >= wanted * static_cast<double>(i + 1)) from = std::min(from, ties[i].first);
  }
  return std::clamp(std::floor(from * 100) / 100, 0.6, 0.97);
}

// The lowest score that is asked about, so that questions stay within their share; what is hardly likely is no question
// however much room there is.
double AskFrom(const std::vector<Judged>& crossed, const Thresholds& thresholds, double share) {
  std::vector<double> scores;
  std::size_t flagged = 0;
  for (const auto& one : crossed) {
    if (one.decided == "resend" || one.decided == "revision") continue;
    const bool joint = one.decided == "joint";
    if (one.decided != "new" && one.score >= (joint ? thresholds.automatic_joint : thresholds.automatic)) {
      flagged += one.mode == Mode::kReview ? 1 : 0;
      continue;
    }
    scores.push_back(one.score);
  }
  std::sort(scores.rbegin(), scores.rend());
  const auto room = static_cast<std::size_t>(share * static_cast<double>(crossed.size()));
  const std::size_t more = room > flagged ? room - flagged : 0;
  if (more == 0 || scores.empty()) return 0.5;
  const double last = scores[std::min(more, scores.size()) - 1];
  return std::clamp(std::ceil(last * 100) / 100, 0.3, 0.9);
}

petition::Json TrainingJson(const std::vector<Line>& lines, const std::vector<std::string>& file_hashes,
                            const Calibration& calibration) {
  std::set<std::string> matters;
  std::uint64_t submissions = 0, closures = 0;
  for (const auto& line : lines) {
    line.closure ? ++closures : ++submissions;
    if (!line.matter.empty()) matters.insert(line.matter);
  }
  return {{"submissions", submissions}, {"closures", closures},           {"matters", matters.size()},
          {"pairs", calibration.pairs}, {"answers", calibration.answers}, {"filesSha256", file_hashes}};
}

}  // namespace

LabelledPair PairOf(const AnsweredPair& answer, const Model::Parameters& parameters) {
  const KeyRarity rarity = [](std::string_view) { return 1.0; };
  const Prepared later(answer.later, parameters.rarity), earlier(answer.earlier, parameters.rarity);
  LabelledPair pair;
  pair.matter = CompareMatter(Later(later), earlier, rarity, false);
  pair.people = DescribePeople(answer.later, answer.earlier, ComparePeople(answer.later, answer.earlier), rarity);
  pair.same_matter = answer.same_matter;
  pair.same_people = answer.same_people;
  pair.people_known = answer.same_matter;
  return pair;
}

petition::Result<Calibration> Calibrate(const std::vector<Line>& lines, const std::vector<std::string>& file_hashes,
                                        const std::vector<AnsweredPair>& answers, const Model::Parameters& start,
                                        const CalibrationOptions& options,
                                        const std::function<void(std::size_t, std::size_t)>& progress) {
  Trainer trainer(lines, answers, start, options);
  if (trainer.empty()) return petition::Invalid("nothing_labelled", "no line has a gold.matter to learn from");
  const std::size_t files = file_hashes.size();
  const std::size_t folds = std::max<std::size_t>(options.folds, 2);
  const std::size_t steps = 1 + (options.keep_thresholds ? 1 : 3) * folds + (files > 1 ? files : 0);
  std::size_t done = 0;
  const auto step = [&] {
    ++done;
    if (progress) progress(done, steps);
  };

  Calibration out;
  out.answers = answers.size();
  Thresholds thresholds = start.thresholds;
  if (!options.keep_thresholds) {
    // Asked about from low on, so that every likely tie shows its score; then cut where it pays.
    Thresholds wide = thresholds;
    wide.ask = wide.ask_joint = 0.1;
    GUIYI_TRY(const auto predictions, Cross(trainer, lines, folds, wide, step));
    const auto crossed = Judge(lines, predictions);
    thresholds.automatic = AutomaticFrom(crossed, false, options.automatic_right);
    thresholds.automatic_joint = AutomaticFrom(crossed, true, options.automatic_right);
    thresholds.ask = thresholds.ask_joint = AskFrom(crossed, thresholds, options.questions_per_submission);
    // What is tied automatically changes what is left to ask about.
    GUIYI_TRY(const auto tied, Cross(trainer, lines, folds, thresholds, step));
    thresholds.ask = thresholds.ask_joint = AskFrom(Judge(lines, tied), thresholds, options.questions_per_submission);
  }
  GUIYI_TRY(out.crossed_predictions, Cross(trainer, lines, folds, thresholds, step));
  out.crossed = Judge(lines, out.crossed_predictions);
  out.figures.push_back({"crossed", Score(out.crossed)});
  for (std::size_t file = 0; files > 1 && file < files; ++file) {
    auto parameters = trainer.Fit([&](const Line& line) { return line.file != file; });
    parameters.thresholds = thresholds;
    std::vector<Line> alone;
    for (const auto& line : lines)
      if (line.file == file || line.matter.empty()) alone.push_back(line);
    GUIYI_TRY(const auto model, AsModel(parameters));
    out.figures.push_back(
        {"file " + std::to_string(file + 1) + " by the others", Score(Judge(alone, Replay(alone, model)))});
    step();
  }
  out.model = trainer.Fit([](const Line&) { return true; });
  out.pairs = trainer.pairs();
  out.model.thresholds = thresholds;
  GUIYI_TRY(const auto predictions, trainer.Decide(out.model));
  out.figures.push_back({"in sample", Score(Judge(lines, predictions))});
  out.model.training = TrainingJson(lines, file_hashes, out);
  out.model.measured = petition::Json::object();
  for (const auto& [name, figures] : out.figures) out.model.measured[name] = FiguresToJson(figures);
  out.model.version = options.version;
  if (out.model.version.empty())
    out.model.version =
        "c-" + ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalJson(out.model.training)))).substr(0, 12);
  step();
  return out;
}

}  // namespace dedup
