#include "dedup/evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <set>

namespace dedup {
namespace {

using petition::Json;
using petition::Mode;

constexpr std::array<std::string_view, 7> kScoredRelations = {"new",        "resend", "revision", "duplicate",
                                                              "supplement", "repeat", "joint"};
constexpr std::size_t kResamples = 1000;

bool IsTie(const Judged& one) { return one.relation != "new" && !one.relation.empty(); }
bool Tied(const Judged& one) { return one.decided != "new" && !one.decided_of.empty(); }
bool WrongAutomatic(const Judged& one) { return Tied(one) && one.mode == Mode::kAuto && !one.right; }

class Union {
 public:
  explicit Union(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }
  std::size_t Find(std::size_t at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  void Join(std::size_t a, std::size_t b) { parent_[Find(a)] = Find(b); }

 private:
  std::vector<std::size_t> parent_;
};

BCubed CompareGroups(const std::vector<std::size_t>& gold, const std::vector<std::size_t>& guess) {
  std::map<std::size_t, std::uint64_t> by_gold, by_guess;
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> both;
  for (std::size_t i = 0; i < gold.size(); ++i) ++by_gold[gold[i]], ++by_guess[guess[i]], ++both[{gold[i], guess[i]}];
  BCubed out;
  for (std::size_t i = 0; i < gold.size(); ++i) {
    const double shared = static_cast<double>(both[{gold[i], guess[i]}]);
    out.precision += shared / static_cast<double>(by_guess[guess[i]]);
    out.recall += shared / static_cast<double>(by_gold[gold[i]]);
  }
  const double count = static_cast<double>(std::max<std::size_t>(gold.size(), 1));
  out.precision /= count;
  out.recall /= count;
  out.f1 = out.precision + out.recall > 0 ? 2 * out.precision * out.recall / (out.precision + out.recall) : 0;
  return out;
}

// Matters and cases as they come out when every question is answered rightly.
void ScoreGroups(const std::vector<Judged>& judged, Figures& figures) {
  std::map<std::string, std::size_t> at, matters;
  for (std::size_t i = 0; i < judged.size(); ++i)
    at[judged[i].id] = i, matters.emplace(judged[i].matter, matters.size());
  Union gold_cases(judged.size()), guess_matters(judged.size()), guess_cases(judged.size());
  std::vector<std::size_t> gold_matter(judged.size());
  for (std::size_t i = 0; i < judged.size(); ++i) {
    gold_matter[i] = matters[judged[i].matter];
    if (IsTie(judged[i]) && judged[i].relation != "joint" && at.contains(judged[i].of))
      gold_cases.Join(i, at[judged[i].of]);
    const bool kept = Tied(judged[i]) && (judged[i].mode == Mode::kAuto || judged[i].right);
    if (!kept || !at.contains(judged[i].decided_of)) continue;
    guess_matters.Join(i, at[judged[i].decided_of]);
    if (judged[i].decided != "joint") guess_cases.Join(i, at[judged[i].decided_of]);
  }
  const auto roots = [&](Union& of) {
    std::vector<std::size_t> out(judged.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = of.Find(i);
    return out;
  };
  figures.matters = CompareGroups(gold_matter, roots(guess_matters));
  figures.cases = CompareGroups(roots(gold_cases), roots(guess_cases));
}

void ScoreRelations(const std::vector<Judged>& judged, Figures& figures) {
  std::uint64_t right = 0;
  for (const auto& one : judged) {
    ++figures.confusion[one.relation][one.decided];
    right += one.relation == one.decided ? 1 : 0;
  }
  double sum = 0;
  std::size_t met = 0;
  for (const auto name : kScoredRelations) {
    std::uint64_t hit = 0, guessed = 0, real = 0;
    for (const auto& one : judged) {
      hit += one.relation == name && one.decided == name ? 1 : 0;
      guessed += one.decided == name ? 1 : 0;
      real += one.relation == name ? 1 : 0;
    }
    if (real == 0) continue;
    ++met;
    sum += 2.0 * static_cast<double>(hit) / static_cast<double>(guessed + real);
  }
  figures.relation_accuracy = judged.empty() ? 0 : static_cast<double>(right) / static_cast<double>(judged.size());
  figures.relation_macro_f1 = met == 0 ? 0 : sum / static_cast<double>(met);
}

// Submissions of one matter stand and fall together, so whole matters are drawn.
void Resample(const std::vector<Judged>& judged, Figures& figures) {
  struct Counts {
    double automatic = 0, automatic_right = 0, ties = 0, found = 0;
  };
  std::map<std::string, Counts> by_matter;
  for (const auto& one : judged) {
    auto& counts = by_matter[one.matter];
    const bool automatic = Tied(one) && one.mode == Mode::kAuto;
    counts.automatic += automatic ? 1 : 0;
    counts.automatic_right += automatic && one.right ? 1 : 0;
    counts.ties += IsTie(one) ? 1 : 0;
    counts.found += IsTie(one) && Tied(one) && one.right ? 1 : 0;
  }
  std::vector<Counts> matters;
  for (const auto& [matter, counts] : by_matter) matters.push_back(counts);
  if (matters.empty()) return;
  std::uint64_t state = 0x9e3779b97f4a7c15ull;  // fixed: the same labels give the same interval
  const auto next = [&state] {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
  };
  std::vector<double> right, found;
  for (std::size_t round = 0; round < kResamples; ++round) {
    Counts sum;
    for (std::size_t i = 0; i < matters.size(); ++i) {
      const auto& drawn = matters[next() % matters.size()];
      sum.automatic += drawn.automatic, sum.automatic_right += drawn.automatic_right;
      sum.ties += drawn.ties, sum.found += drawn.found;
    }
    right.push_back(sum.automatic > 0 ? sum.automatic_right / sum.automatic : 1);
    found.push_back(sum.ties > 0 ? sum.found / sum.ties : 1);
  }
  std::sort(right.begin(), right.end());
  std::sort(found.begin(), found.end());
  figures.automatic_low = right[kResamples / 40], figures.automatic_high = right[kResamples - 1 - kResamples / 40];
  figures.found_low = found[kResamples / 40], figures.found_high = found[kResamples - 1 - kResamples / 40];
}

Json ShareJson(const Share& share) {
  return {{"value", share.value}, {"low", share.low}, {"high", share.high}, {"part", share.part}, {"of", share.whole}};
}
Json BCubedJson(const BCubed& b) { return {{"precision", b.precision}, {"recall", b.recall}, {"f1", b.f1}}; }

}  // namespace

std::vector<Judged> Judge(const std::vector<Line>& lines, const std::vector<Prediction>& predictions) {
  std::map<std::string, const Line*> line_of;
  std::map<std::string, std::size_t> size_of;
  for (const auto& line : lines) {
    if (line.closure) continue;
    line_of[line.id] = &line;
    if (!line.matter.empty()) ++size_of[line.matter];
  }
  std::map<std::string, std::string> case_of;
  std::vector<Judged> out;
  for (const auto& prediction : predictions) {
    const auto found = line_of.find(prediction.id);
    if (found == line_of.end() || found->second->matter.empty()) continue;
    const Line& line = *found->second;
    Judged one;
    one.id = line.id, one.matter = line.matter, one.of = line.of, one.relation = line.relation;
    one.trap = line.relation == "new" && line.why.find("trap") != std::string::npos;
    one.decided = petition::RelationName(prediction.relation);
    one.decided_of = prediction.of;
    one.mode = prediction.mode, one.score = prediction.score;
    const auto other = line_of.find(prediction.of);
    one.right = one.decided != "new" && other != line_of.end() && other->second->matter == line.matter &&
                (one.decided == "joint") == (line.relation == "joint");
    one.same_account = IsTie(one) && line.relation != "joint";
    one.other_account = line.relation == "joint";
    for (const auto& reason : prediction.verdict.reasons) one.copied = one.copied || reason.feature == "text_copied";
    one.matter_size = size_of[line.matter];
    out.push_back(std::move(one));
  }
  return out;
}

Share ShareOf(std::uint64_t part, std::uint64_t whole) {
  Share share;
  share.part = part, share.whole = whole;
  if (whole == 0) return share;
  const double n = static_cast<double>(whole), p = static_cast<double>(part) / n, z = 1.96;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z * std::sqrt((p * (1 - p) + z * z / (4 * n)) / n) / (1 + z * z / n);
  share.value = p, share.low = std::max(0.0, middle - half), share.high = std::min(1.0, middle + half);
  return share;
}

double PrecisionAt(double rate, const std::vector<Judged>& judged) {
  double ties = 0, tied_right = 0, wrong = 0;
  for (const auto& one : judged) {
    ties += IsTie(one) ? 1 : 0;
    tied_right += Tied(one) && one.mode == Mode::kAuto && one.right ? 1 : 0;
    wrong += WrongAutomatic(one) ? 1 : 0;
  }
  const double others = static_cast<double>(judged.size()) - ties;
  if (ties == 0 || others == 0 || tied_right + wrong == 0) return 0;
  const double hit = tied_right / ties, miss = wrong / others;  // a wrong tie of a tied one counts as one of the others
  return rate * hit / (rate * hit + (1 - rate) * miss);
}

Figures Score(const std::vector<Judged>& judged) {
  Figures figures;
  std::uint64_t automatic = 0, automatic_right = 0, asked = 0, asked_right = 0, found = 0, traps = 0, trapped = 0;
  for (const auto& one : judged) {
    figures.ties += IsTie(one) ? 1 : 0;
    traps += one.trap ? 1 : 0;
    if (!Tied(one)) continue;
    if (one.mode == Mode::kAuto) ++automatic, automatic_right += one.right ? 1 : 0, trapped += one.trap ? 1 : 0;
    if (one.mode == Mode::kReview) ++asked, asked_right += one.right ? 1 : 0;
    found += IsTie(one) && one.right ? 1 : 0;
  }
  figures.submissions = judged.size();
  figures.automatic_right = ShareOf(automatic_right, automatic);
  figures.found = ShareOf(found, figures.ties);
  figures.traps_tied = ShareOf(trapped, traps);
  figures.questions = ShareOf(asked, judged.size());
  figures.questions_yes = ShareOf(asked_right, asked);
  figures.precision_at_5 = PrecisionAt(0.05, judged);
  figures.precision_at_22 = PrecisionAt(0.22, judged);
  ScoreGroups(judged, figures);
  ScoreRelations(judged, figures);
  Resample(judged, figures);
  return figures;
}

Json FiguresToJson(const Figures& f) {
  return {{"submissions", f.submissions},
          {"ties", f.ties},
          {"automaticRight", ShareJson(f.automatic_right)},
          {"automaticRightOverMatters", {f.automatic_low, f.automatic_high}},
          {"found", ShareJson(f.found)},
          {"foundOverMatters", {f.found_low, f.found_high}},
          {"trapsTied", ShareJson(f.traps_tied)},
          {"questions", ShareJson(f.questions)},
          {"questionsYes", ShareJson(f.questions_yes)},
          {"bcubedMatters", BCubedJson(f.matters)},
          {"bcubedCases", BCubedJson(f.cases)},
          {"relationAccuracy", f.relation_accuracy},
          {"relationMacroF1", f.relation_macro_f1},
          {"precisionAt5Percent", f.precision_at_5},
          {"precisionAt22Percent", f.precision_at_22}};
}

}  // namespace dedup
