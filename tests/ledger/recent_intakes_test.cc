#include "ledger/recent_intakes.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

IntakeKey KeyOf(const std::string& number, const std::string& source = "portal") {
  return {source, number, "content", "people", "20250304", 1};
}

std::vector<std::uint64_t> Indices(const std::vector<const KnownIntake*>& found) {
  std::vector<std::uint64_t> indices;
  for (const auto* one : found) indices.push_back(one->index);
  return indices;
}

using List = std::vector<std::uint64_t>;

TEST(RecentIntakesTest, FindsWhatCameUnderANumberSinceAPlace) {
  RecentIntakes recent(10);
  recent.Add(10, KeyOf("a"));
  recent.Add(11, KeyOf("b"));
  recent.Add(13, KeyOf("a", "hotline"));
  recent.Add(14, KeyOf(""));
  recent.Add(15, KeyOf("a"));
  EXPECT_EQ(Indices(recent.Find("portal", "a", 0)), (List{10, 15}));
  EXPECT_EQ(Indices(recent.Find("portal", "a", 11)), (List{15}));
  EXPECT_EQ(Indices(recent.Find("portal", "a", 16)), List());
  EXPECT_EQ(Indices(recent.Find("hotline", "a", 0)), (List{13}));
  EXPECT_EQ(Indices(recent.Find("portal", "", 0)), List());
  EXPECT_EQ(recent.first(), 10u);
}

TEST(RecentIntakesTest, WhatWasNotStoredIsForgotten) {
  RecentIntakes recent(0);
  recent.Add(0, KeyOf("a"));
  recent.Add(1, KeyOf("a"));
  recent.Add(2, KeyOf("b"));
  recent.ForgetFrom(1);
  EXPECT_EQ(Indices(recent.Find("portal", "a", 0)), (List{0}));
  EXPECT_EQ(Indices(recent.Find("portal", "b", 0)), List());
  recent.Add(1, KeyOf("b"));
  EXPECT_EQ(Indices(recent.Find("portal", "b", 0)), (List{1}));
}

TEST(RecentIntakesTest, BeyondItsBoundsItSaysHowFarBackItRemembers) {
  RecentIntakes recent(0, {3, 1 << 20});
  for (std::uint64_t i = 0; i < 6; ++i) recent.Add(i * 2, KeyOf(i % 2 ? "odd" : "even"));
  EXPECT_EQ(recent.first(), 0u) << "nothing goes while a batch is composed";
  EXPECT_EQ(Indices(recent.Find("portal", "even", 0)), (List{0, 4, 8}));
  recent.Trim();
  EXPECT_EQ(recent.first(), 5u);
  EXPECT_EQ(Indices(recent.Find("portal", "even", 0)), (List{8}));
  EXPECT_EQ(Indices(recent.Find("portal", "odd", 0)), (List{6, 10}));
  RecentIntakes small(0, {100, 1000});
  for (std::uint64_t i = 0; i < 20; ++i) small.Add(i, KeyOf(std::string(200, 'n')));
  small.Trim();
  EXPECT_GT(small.first(), 15u);
}

TEST(RecentIntakesTest, AfterSomebodyElseAppendedItBeginsAnew) {
  RecentIntakes recent(0);
  recent.Add(0, KeyOf("a"));
  recent.Restart(7);
  EXPECT_EQ(recent.first(), 7u);
  EXPECT_TRUE(recent.Find("portal", "a", 0).empty());
}

}  // namespace
}  // namespace ledger
