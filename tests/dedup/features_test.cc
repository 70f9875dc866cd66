// What is quick about comparing texts against slow ways that say the same.
#include "dedup/features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "dedup/han.h"

namespace dedup {
namespace {

/// Of few different letters, so that runs, repeats and names are met by chance.
std::u32string RandomText(std::mt19937& random, std::size_t letters, char32_t kinds) {
  std::u32string text;
  while (text.size() < letters) text += static_cast<char32_t>(0x4e00 + random() % kinds * 37);
  return text;
}

Prepared Ready(const std::u32string& text) {
  Profile profile;
  profile.text = text.substr(0, kTextLettersMax);
  profile.full_letters = static_cast<std::uint32_t>(text.size());
  profile.content_hash = HashOf(text);
  return Prepared(std::move(profile), RarityTable());
}

/// Share of the shorter one's letters that stand in runs of seven which the longer one has, too.
double CopiedSlowly(std::u32string_view small, std::u32string_view large) {
  if (small.size() < 7 || large.size() < 7) return small == large && !small.empty() ? 1 : 0;
  std::vector<bool> covered(small.size());
  for (std::size_t i = 0; i + 7 <= small.size(); ++i) {
    if (large.find(small.substr(i, 7)) != std::u32string_view::npos)
      std::fill_n(covered.begin() + static_cast<std::ptrdiff_t>(i), 7, true);
  }
  return static_cast<double>(std::count(covered.begin(), covered.end(), true)) / static_cast<double>(small.size());
}

TEST(FeaturesTest, CopiedShareIsThatOfASlowCount) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    std::u32string a = RandomText(random, random() % 400, 900), b = RandomText(random, random() % 700, 900);
    for (int piece = static_cast<int>(random() % 5); piece > 0 && a.size() > 20; --piece) {
      const std::size_t from = random() % (a.size() - 10);
      b.insert(random() % (b.size() + 1), a.substr(from, random() % 40));
    }
    if (random() % 9 == 0) b = a;
    a.resize(std::min(a.size(), kTextLettersMax));
    b.resize(std::min(b.size(), kTextLettersMax));
    const Prepared later = Ready(a);
    const auto compared = CompareMatter(
        Later(later), Ready(b), [](std::string_view) { return 1.0; }, false);
    // A text said again whole counts as equal, not as copied.
    const double expected = compared[k_text_equal] > 0 ? 0
                            : a.size() <= b.size()     ? CopiedSlowly(a, b)
                                                       : CopiedSlowly(b, a);
    ASSERT_DOUBLE_EQ(compared[k_text_copied], expected) << "round " << round;
  }
}

TEST(FeaturesTest, PairsAreThoseOfTheTextInOrder) {
  std::mt19937 random(8);
  for (int round = 0; round < 100; ++round) {
    auto text = RandomText(random, random() % 500, round % 2 == 0 ? 30 : 900);
    if (round % 10 == 9 && !text.empty())
      text[random() % text.size()] = 0x20000 + random() % 50;  // beyond the basic plane
    std::map<std::uint32_t, int> pairs;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) ++pairs[Prepared::KeyOf(text[i], text[i + 1])];
    const Prepared ready = Ready(text);
    ASSERT_EQ(ready.grams.size(), pairs.size());
    auto gram = ready.grams.begin();
    for (const auto& [pair, times] : pairs) {
      ASSERT_EQ(gram->key, pair);
      ASSERT_NEAR(gram->weight, 1 + 0.4 * std::log(times), 1e-5);
      ++gram;
    }
  }
}

// A letter beyond the basic plane takes no place that one within it has.
TEST(FeaturesTest, PairsOfRareLettersAreNobodyElses) {
  for (char32_t letter = 0x20000; letter < 0x20400; ++letter) {
    const std::uint32_t key = Prepared::KeyOf(letter, letter);
    ASSERT_GE(key >> 16, 0xd800u);
    ASSERT_LE(key >> 16, 0xdfffu);
    ASSERT_EQ(key >> 16, key & 0xffff);
  }
  EXPECT_EQ(Prepared::KeyOf(U'县', U'路'), static_cast<std::uint32_t>(U'县') << 16 | U'路');
}

TEST(FeaturesTest, TextsAreAlikeAsFarAsASlowSumSays) {
  std::mt19937 random(9);
  RarityTable rarity;
  for (int i = 0; i < 3'000; ++i) {
    const auto pair = RandomText(random, 2, 300);
    rarity.Set(pair[0], pair[1], static_cast<double>(random() % 9) / 8);  // some weigh nothing
  }
  for (int round = 0; round < 200; ++round) {
    const auto a = RandomText(random, random() % 400, 300);
    auto b = RandomText(random, random() % 400, 300);
    if (!a.empty()) b.insert(random() % (b.size() + 1), a.substr(random() % a.size(), random() % 60));
    if (round % 10 == 9) b += 0x20000 + random() % 50;
    Profile of_a, of_b;
    of_a.text = a, of_b.text = b.substr(0, kTextLettersMax);
    const Prepared later(of_a, rarity), earlier(of_b, rarity);
    double dot = 0, least = 0;
    for (const auto& gram : later.grams) {
      const auto same = std::find_if(earlier.grams.begin(), earlier.grams.end(),
                                     [&](const Prepared::Gram& other) { return other.key == gram.key; });
      if (same == earlier.grams.end()) continue;
      dot += static_cast<double>(gram.weight) * same->weight;
      least += std::min(gram.weight, same->weight);
    }
    const auto compared = CompareMatter(
        Later(later), earlier, [](std::string_view) { return 1.0; }, false);
    const bool both = later.grams_norm > 0 && earlier.grams_norm > 0;
    ASSERT_EQ(compared[k_text_alike], both ? dot / (later.grams_norm * earlier.grams_norm) : 0) << "round " << round;
    ASSERT_EQ(compared[k_text_within], both ? least / std::max(8.0, std::min(later.grams_sum, earlier.grams_sum)) : 0)
        << "round " << round;
  }
}

TEST(FeaturesTest, NothingThatStandsInATextIsRuledOut) {
  std::mt19937 random(6);
  std::size_t ruled_out = 0;
  for (int round = 0; round < 200; ++round) {
    const Prepared ready = Ready(RandomText(random, 20 + random() % 500, 600));
    for (int i = 0; i < 50; ++i) {
      const std::u32string part =
          random() % 2 == 0 ? RandomText(random, 1 + random() % 5, 600)
                            : ready.profile.text.substr(random() % ready.profile.text.size(), 1 + random() % 5);
      const auto sounds = Sounds(part);
      ASSERT_TRUE(!Contains(ready.profile.text, part) || ready.MayHold(part));
      ASSERT_TRUE(ready.sounds.find(sounds) == std::u16string::npos || ready.MaySound(sounds));
      ruled_out += ready.MayHold(part) && ready.MaySound(sounds) ? 0 : 1;
    }
  }
  EXPECT_GT(ruled_out, 2'000u) << "else it spares nothing";
}

TEST(FeaturesTest, RarityTableKeepsWhatItWasTold) {
  std::mt19937 random(7);
  RarityTable table;
  EXPECT_EQ(table.Of(U'a', U'b'), 1.0);
  std::map<std::pair<char32_t, char32_t>, double> told;
  for (int i = 0; i < 20'000; ++i) {
    const auto pair = std::pair(static_cast<char32_t>(0x4e00 + random() % 200), static_cast<char32_t>(random() % 200));
    told[pair] = static_cast<double>(random() % 8) / 8;
    table.Set(pair.first, pair.second, told[pair]);
  }
  EXPECT_EQ(table.size(), told.size());
  for (const auto& [pair, weight] : told) ASSERT_EQ(table.Of(pair.first, pair.second), weight);
  EXPECT_EQ(table.Of(U'x', U'y'), 1.0);
}

}  // namespace
}  // namespace dedup
