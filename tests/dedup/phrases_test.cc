#include "dedup/phrases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace dedup {
namespace {

TEST(PhrasesTest, MeetsWhatLookingForEachWordMeets) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts each time
  const auto letters = [&](std::size_t count) {
    std::u32string text;
    for (std::size_t i = 0; i < count; ++i) text += U"一二三丁a\U00020000"[random() % 6];
    return text;
  };
  std::size_t met = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::u32string> words;
    for (std::size_t i = random() % 30; i > 0; --i) words.push_back(letters(1 + random() % 4));
    const auto text = letters(random() % 60);
    const Phrases phrases(words);
    ASSERT_EQ(phrases.size(), words.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
      std::vector<std::size_t> found, expected;
      phrases.EachAt(text, at, [&](std::size_t word) { found.push_back(word); });
      for (std::size_t i = 0; i < words.size(); ++i)
        if (text.compare(at, words[i].size(), words[i]) == 0) expected.push_back(i);
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, expected) << "round " << round << ", letter " << at;
      met += found.size();
    }
  }
  EXPECT_GT(met, 1000u);
}

TEST(PhrasesTest, OfNoWordsMeetsNone) {
  const Phrases none({});
  none.EachAt(U"反映", 0, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace dedup
