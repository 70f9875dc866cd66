#include "search/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace search {
namespace {

TEST(TermPostingsTest, HoldsWhatAPlainMapHolds) {
  TermPostings postings;
  std::map<std::uint64_t, std::set<std::uint32_t>> plain;
  std::mt19937_64 random(8);
  // Terms as they are, hashes with their last sixteen bits zero: few, so that many have several documents.
  std::vector<std::uint64_t> terms;
  for (int i = 0; i < 3000; ++i) terms.push_back(random() & ~std::uint64_t{0xffff});
  for (int round = 0; round < 20'000; ++round) {
    const std::uint64_t term = terms[random() % terms.size()];
    const auto document = static_cast<std::uint32_t>(random() % 40);
    auto& documents = plain[term];
    if (documents.insert(document).second) {
      postings.Add(term, document);
    } else {
      documents.erase(document);
      postings.Remove(term, document);
    }
    const std::uint64_t other = terms[random() % terms.size()];
    for (const std::uint64_t asked : {term, other}) {
      const auto held = postings.Of(asked);
      const auto& expected = plain[asked];
      ASSERT_TRUE(std::equal(held.begin(), held.end(), expected.begin(), expected.end())) << round;
    }
  }
  postings.Remove(1, 1);
  EXPECT_TRUE(postings.Of(1).empty());
}

TEST(OverlayTest, TellsWhatHasComeSinceAMoment) {
  Overlay overlay;
  overlay.Put(4, {1, 2});
  const auto then = overlay.Now();
  EXPECT_TRUE(overlay.HasNothingSince(then, 1));
  overlay.Put(6, {2, 3});
  EXPECT_TRUE(overlay.StandsAs(then));
  EXPECT_TRUE(overlay.HasNothingSince(then, 1));
  EXPECT_FALSE(overlay.HasNothingSince(then, 2));
  EXPECT_FALSE(overlay.HasNothingSince(then, 3));
  EXPECT_TRUE(overlay.HasNothingSince(then, 9));
  EXPECT_TRUE(overlay.HasNothingSince(overlay.Now(), 2));
}

TEST(OverlayTest, NothingStandsAsBeforeWhenOneIsReplacedHiddenOrSetAside) {
  const std::uint64_t committed[] = {1};
  const auto disturbed = [&](const auto& change) {
    Overlay overlay;
    overlay.Put(4, {1});
    overlay.Put(6, {2});
    const auto then = overlay.Now();
    change(overlay);
    return !overlay.StandsAs(then);
  };
  EXPECT_FALSE(disturbed([](Overlay&) {}));
  EXPECT_FALSE(disturbed([](Overlay& overlay) { overlay.Put(7, {1}); }));
  EXPECT_TRUE(disturbed([](Overlay& overlay) { overlay.Put(6, {1}); }));
  EXPECT_TRUE(disturbed([](Overlay& overlay) { overlay.Put(5, {1}); }));  // a committed one, added again
  EXPECT_TRUE(disturbed([&](Overlay& overlay) { overlay.Hide(3, committed); }));
  EXPECT_TRUE(disturbed([](Overlay& overlay) { overlay.Freeze(); }));
  EXPECT_TRUE(disturbed([](Overlay& overlay) { overlay.Clear(); }));
}

}  // namespace
}  // namespace search
