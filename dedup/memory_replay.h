// A memory replay runs labelled submissions through the Decider over an exact in-memory index and an in-memory history:
// what `guiyi dedup replay` does through the real pipeline, quick enough to calibrate with, and the slow oracle of the
// tests. Single threaded; nothing is durable. A file that can't be read or a line that is none is kInvalid and names
// the line.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "dedup/calibrate.h"
#include "dedup/decide.h"
#include "petition/json.h"

namespace dedup {

/// One line of a labelled file.
struct Line {
  bool closure = false;
  std::size_t file = 0;  ///< which of the files it stood in
  std::string id;
  petition::Time at{};
  petition::Submission submission;
  std::string source, canonical;
  std::string matter, of, relation, why;  ///< gold, empty when unlabelled
};
/// Reads files of JSON lines and merges them in time order.
petition::Result<std::vector<Line>> ReadLabelled(const std::vector<std::string>& files);

/// Exact candidates: every three letters and every key in posting lists; rarity-weighted overlap.
class MemorySource : public CandidateSource {
 public:
  void Add(std::uint64_t index, const Profile& profile);
  petition::Result<Found> Find(std::uint64_t self, const Profile& asking, std::size_t limit) const override;
  std::uint64_t Frequency(std::string_view key) const override;
  std::uint64_t Documents() const override { return documents_; }

 private:
  std::unordered_map<std::string, std::vector<std::uint64_t>> keys_;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> shingles_;
  std::uint64_t documents_ = 0;
};

/// Cases and groups by the verdicts so far.
class MemoryHistory : public History {
 public:
  petition::Result<Profile> ProfileOf(std::uint64_t index) const override;
  petition::Result<CaseFacts> CaseOf(std::uint64_t index) const override;
  bool ToldApart(std::uint64_t one, std::uint64_t other) const override {
    return apart_.contains({one, other}) || apart_.contains({other, one});
  }

  void Add(std::uint64_t index, Profile profile);
  void Tie(std::uint64_t index, std::uint64_t of, petition::Relation relation);
  void Close(std::uint64_t index, petition::Time at);
  void TellApart(std::uint64_t one_lead, std::uint64_t other_lead) { apart_.insert({one_lead, other_lead}); }

 private:
  std::map<std::uint64_t, Profile> profiles_;
  std::map<std::uint64_t, std::uint64_t> case_of_,
      group_of_;  ///< intake -> first of its case; first of a case -> first of its group
  std::map<std::uint64_t, std::vector<std::uint64_t>> members_;
  std::map<std::uint64_t, petition::Time> closed_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> apart_;
};

struct Prediction {
  std::string id, of;
  petition::Relation relation = petition::Relation::kNew;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::vector<std::string> candidates;
  std::int64_t micros = 0;
  Verdict verdict;
};

std::vector<Prediction> Replay(const std::vector<Line>& lines, const Model& model);
std::string PredictionJson(const Prediction& prediction);

/// Pairs to learn from: each labelled submission with the earlier ones of its matter and with the candidates of other
/// matters.
std::vector<LabelledPair> CollectPairs(const std::vector<Line>& lines, const Model::Parameters& parameters,
                                       std::size_t candidates);

}  // namespace dedup
