// A BenchCorpus makes up petition-like Chinese texts to measure with: words of a Zipfian vocabulary, set phrases,
// topics, standing openers and closings, places, amounts and telephone numbers; and edited copies of them. Text number
// n is the same whenever it is asked for, so nothing need be kept. Immutable after construction; safe from any thread.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "petition/submission.h"

namespace gateway {

/// How a copy differs. Light: 2.5 % of the words; medium: 12 % and one sentence replaced; heavy: 28 %, a third of the
/// sentences gone, new ones, the order shuffled; traditional: light, in traditional characters.
enum class Edit { kLight, kMedium, kHeavy, kTraditional };
inline constexpr Edit kEdits[] = {Edit::kLight, Edit::kMedium, Edit::kHeavy, Edit::kTraditional};
std::string_view EditName(Edit edit);

struct BenchText {
  std::string text;
  std::vector<std::string> keys;
};

class BenchCorpus {
 public:
  explicit BenchCorpus(std::uint64_t seed);

  /// 100 to 600 characters.
  BenchText Text(std::uint64_t number) const;
  /// An edited copy of text `number`, without keys; another one for each `variant`.
  std::string Edited(std::uint64_t number, Edit edit, std::uint64_t variant) const;

  /// Text `number` as somebody would hand it in: with a title, a place and a person with a telephone.
  petition::Submission Filed(std::uint64_t number) const;
  /// The edited copy, handed in by the same person (without the place's field) or by another one.
  petition::Submission FiledAgain(std::uint64_t number, Edit edit, std::uint64_t variant, bool same_person) const;

 private:
  using Random = std::mt19937_64;
  using Sentence = std::vector<std::string>;
  struct Draft {
    std::vector<Sentence> sentences;
    std::vector<std::string> keys;
    std::string place;
  };
  /// Draws 0, 1, 2 ... with Zipf's frequencies.
  class Zipf {
   public:
    Zipf(std::size_t size, double exponent);
    std::size_t operator()(Random& random) const;

   private:
    std::vector<double> cumulated_;
  };

  Draft Write(std::uint64_t number) const;
  petition::Petitioner PersonOf(std::uint64_t number) const;
  Sentence WriteSentence(std::size_t topic, Random& random) const;
  const std::string& Word(std::size_t topic, Random& random) const;
  void EditWords(Sentence& sentence, double share, std::size_t topic, Random& random) const;

  const std::uint64_t seed_;
  std::vector<std::string> letters_, words_, places_;
  std::vector<Sentence> phrases_;
  Zipf word_rank_, topic_rank_, phrase_rank_, place_rank_;
};

}  // namespace gateway
