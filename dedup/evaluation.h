// Evaluation scores what was decided about labelled submissions: which automatic ties are right, which ties were found
// or asked about, what the questions cost, how cases and matters come out (B-cubed), and how relations were confused. A
// tie is right when it joins the right matter and tells joint (nobody in common) from the other relations. Pure
// functions; the same input gives the same figures, intervals included.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dedup/memory_replay.h"

namespace dedup {

/// One labelled submission with what was decided about it.
struct Judged {
  std::string id, matter, of;  ///< of: the earlier one by the label
  std::string relation;        ///< by the label
  bool trap = false;           ///< a new matter made to look like another
  std::string decided, decided_of;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  bool right = false;                                                ///< the tie made or proposed is right
  bool same_account = false, other_account = false, copied = false;  ///< strata of the tie by the label
  std::size_t matter_size = 0;
};

/// Joins labels and predictions; unlabelled submissions are left out.
std::vector<Judged> Judge(const std::vector<Line>& lines, const std::vector<Prediction>& predictions);

struct Share {
  double value = 0, low = 0, high = 0;  ///< with its 95 % interval
  std::uint64_t part = 0, whole = 0;
};

struct BCubed {
  double precision = 0, recall = 0, f1 = 0;
};

struct Figures {
  std::uint64_t submissions = 0, ties = 0;
  Share automatic_right, found, traps_tied, questions, questions_yes;
  BCubed matters, cases;  ///< questions answered rightly
  double relation_accuracy = 0, relation_macro_f1 = 0;
  double found_low = 0, found_high = 0, automatic_low = 0, automatic_high = 0;  ///< bootstrap over matters
  std::map<std::string, std::map<std::string, std::uint64_t>> confusion;        ///< by label, by decision
  double precision_at_5 = 0, precision_at_22 = 0;  ///< of automatic ties, were 5 % or 22 % of submissions ties
};

Figures Score(const std::vector<Judged>& judged);

/// Precision of what is tied automatically, were `rate` of all submissions ties: by Bayes from the shares of ties and
/// of other submissions that are tied.
double PrecisionAt(double rate, const std::vector<Judged>& judged);

/// Wilson's interval of a share.
Share ShareOf(std::uint64_t part, std::uint64_t whole);

petition::Json FiguresToJson(const Figures& figures);

}  // namespace dedup
