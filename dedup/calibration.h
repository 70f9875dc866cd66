// A Calibration is a model fitted to labelled submissions and to reviewers' answers, with what is known of its quality:
// figures of submissions whose matter no fitted pair had seen (folds of whole matters; each file by the others), the
// thresholds these led to, and where the training came from in counts and hashes. Deterministic: the same files and
// answers give the same bytes. One thread; nothing is read or written here.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dedup/evaluation.h"
#include "dedup/parameters.h"

namespace dedup {

/// A reviewer's answer to a question, with what was known when it was asked.
struct AnsweredPair {
  std::uint64_t entry = 0;  ///< ledger index of the answer, or of the question
  Profile later, earlier;
  bool same_matter = false, same_people = false;
};

struct CalibrationOptions {
  std::size_t folds = 5;
  double automatic_right = 0.992;  ///< what automatic ties must reach out of sample; more than is promised, since
                                   ///< the next set is another one
  double questions_per_submission = 0.148;
  bool keep_thresholds = false;
  std::string version;  ///< "" : told from the training's hash
  FitOptions fit;
};

struct NamedFigures {
  std::string name;
  Figures figures;
};

struct Calibration {
  Model::Parameters model;      ///< with `training` and `measured` filled
  std::vector<Judged> crossed;  ///< every labelled submission, judged by a model that had not seen its matter
  std::vector<Prediction> crossed_predictions;
  std::vector<NamedFigures> figures;  ///< crossed first, then each file by the others, then in sample
  std::size_t pairs = 0, answers = 0;
};

/// kInvalid when nothing is labelled. `progress`: steps done and steps in all.
petition::Result<Calibration> Calibrate(const std::vector<Line>& lines, const std::vector<std::string>& file_hashes,
                                        const std::vector<AnsweredPair>& answers, const Model::Parameters& start,
                                        const CalibrationOptions& options,
                                        const std::function<void(std::size_t, std::size_t)>& progress);

/// The pair as calibration sees it: keys count as rare.
LabelledPair PairOf(const AnsweredPair& answer, const Model::Parameters& parameters);

}  // namespace dedup
