#include "search/overlay.h"

#include <gtest/gtest.h>

namespace search {
namespace {

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
