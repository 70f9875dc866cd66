#include "gateway/oversight/clocks.h"

#include <gtest/gtest.h>

namespace gateway {
namespace {

using petition::Time;

Time At(const char* text) { return petition::ParseTime(text).value(); }

class ClocksTest : public testing::Test {
 protected:
  const config::ClockTable table_ = config::ClockTable::BuiltIn();
  const config::Calendar calendar_ = config::Calendar::BuiltIn();
  ClockFacts facts_{At("2025-03-04T10:00:00+08:00"), At("2025-03-04T10:05:00+08:00"), "求决", "portal", false, true};

  std::vector<ClockState> Clocks(std::vector<ClockMark> marks) const {
    return ClocksOf(facts_, std::move(marks), table_, calendar_);
  }
  static const ClockState* Find(const std::vector<ClockState>& clocks, std::string_view name) {
    for (const auto& clock : clocks)
      if (clock.rule->name == name) return &clock;
    return nullptr;
  }
};

TEST_F(ClocksTest, TheTableThatComesWithTheProgramIsRead) {
  ASSERT_GE(table_.rules.size(), 12u);
  for (const auto& rule : table_.rules) EXPECT_FALSE(rule.title.empty()) << rule.name;
}

TEST_F(ClocksTest, CountingStartsTheDayAfterTheEarlierOfReceivedAndRegistered) {
  facts_.received_at = At("2025-03-03T23:50:00+08:00");
  const auto clocks = Clocks({});
  const auto* disposal = Find(clocks, "disposal");
  ASSERT_NE(disposal, nullptr);
  EXPECT_EQ(disposal->started_at, facts_.received_at);
  EXPECT_EQ(disposal->due_at, At("2025-03-19T00:00:00+08:00"));  // the 18th is the last day
  EXPECT_EQ(disposal->At(At("2025-03-14T00:00:00+08:00")), Lamp::kGreen);
  EXPECT_EQ(disposal->At(At("2025-03-16T00:00:00+08:00")), Lamp::kYellow);
  EXPECT_EQ(disposal->At(At("2025-03-18T23:59:59+08:00")), Lamp::kYellow);
  EXPECT_EQ(disposal->At(At("2025-03-19T00:00:00+08:00")), Lamp::kRed);
}

TEST_F(ClocksTest, AHotlinesMinutesRunFromTheMomentItself) {
  const auto table = config::ClockTable::Parse(
      "clocks:\n  - {name: text_reply, start: [arrived], stop: [noticed], limit: 3, unit: minutes, channels: "
      "[wechat]}\n",
      "clocks.yaml");
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_TRUE(ClocksOf(facts_, {}, *table, calendar_).empty());
  facts_.channel = "wechat";
  const auto clocks = ClocksOf(facts_, {}, *table, calendar_);
  ASSERT_EQ(clocks.size(), 1u);
  EXPECT_EQ(clocks[0].due_at, At("2025-03-04T10:03:00+08:00"));
  EXPECT_EQ(clocks[0].At(At("2025-03-04T10:02:00+08:00")), Lamp::kGreen);
  EXPECT_EQ(clocks[0].At(At("2025-03-04T10:02:30+08:00")), Lamp::kYellow);
  EXPECT_EQ(clocks[0].At(At("2025-03-04T10:03:00+08:00")), Lamp::kRed);
  const auto wrong = config::ClockTable::Parse(
      "clocks:\n  - {name: x, start: [arrived], stop: [noticed], limit: 3, unit: weeks}\n", "clocks.yaml");
  EXPECT_NE(wrong.error().message.find("line 2"), std::string::npos) << wrong.error().message;
}

TEST_F(ClocksTest, OnlyARecordedActStops) {
  EXPECT_EQ(Find(Clocks({{1, "urged", At("2025-03-05T09:00:00+08:00"), 0}}), "disposal")->stopped_at, std::nullopt);
  const auto clocks = Clocks({{1, "transferred", At("2025-03-06T09:00:00+08:00"), 0}});
  EXPECT_EQ(Find(clocks, "disposal")->At(At("2026-01-01T00:00:00+08:00")), Lamp::kStopped);
  // The receiving unit has clocks of its own from there: five working days for an objection.
  EXPECT_EQ(Find(clocks, "objection")->due_at, At("2025-03-14T00:00:00+08:00"));
  EXPECT_NE(Find(clocks, "notice_after_transfer"), nullptr);
}

TEST_F(ClocksTest, SixtyDaysRunFromAcceptanceAndForDemandsOnly) {
  EXPECT_EQ(Find(Clocks({}), "handling"), nullptr);
  const ClockMark accepted{1, "accepted", At("2025-03-10T09:00:00+08:00"), 0};
  EXPECT_EQ(Find(Clocks({accepted}), "handling")->due_at, At("2025-05-10T00:00:00+08:00"));
  facts_.purpose = "建议";
  const auto clocks = Clocks({accepted});
  EXPECT_EQ(Find(clocks, "handling"), nullptr);  // no lamp rather than a wrong one
  EXPECT_EQ(Find(clocks, "notice"), nullptr);
}

TEST_F(ClocksTest, AnExtensionIsAtMostThirtyDays) {
  const ClockMark accepted{1, "accepted", At("2025-03-10T09:00:00+08:00"), 0};
  const ClockMark by_ten{2, "extended", At("2025-05-01T09:00:00+08:00"), 10};
  EXPECT_EQ(Find(Clocks({accepted, by_ten}), "handling")->due_at, At("2025-05-20T00:00:00+08:00"));
  const ClockMark by_ninety{3, "extended", At("2025-05-02T09:00:00+08:00"), 90};
  EXPECT_EQ(Find(Clocks({accepted, by_ten, by_ninety}), "handling")->due_at, At("2025-06-09T00:00:00+08:00"));
}

TEST_F(ClocksTest, HearingTimeDoesNotCountAndItsLogIsKept) {
  const ClockMark asked{1, "recheck_asked", At("2025-04-01T09:00:00+08:00"), 0};
  const ClockMark begun{2, "hearing_started", At("2025-04-10T09:00:00+08:00"), 0};
  const ClockMark over{3, "hearing_ended", At("2025-04-15T08:00:00+08:00"), 0};
  const auto paused = Clocks({asked, begun});
  EXPECT_EQ(Find(paused, "recheck")->At(At("2025-06-30T00:00:00+08:00")), Lamp::kPaused);
  const auto clocks = Clocks({over, asked, begun});  // in any order
  const auto* recheck = Find(clocks, "recheck");
  EXPECT_EQ(recheck->pauses.size(), 1u);
  EXPECT_EQ(recheck->due_at, At("2025-05-07T00:00:00+08:00"));  // 30 days and 5 of hearing
}

TEST_F(ClocksTest, WorkingDaysWithoutACalendarAreUnknownAndSayWhichYear) {
  facts_.received_at = facts_.registered_at = At("2027-01-05T10:00:00+08:00");
  facts_.purpose = "检举控告";
  const auto clocks = Clocks({});
  const auto* notice = Find(clocks, "accusation_notice");
  ASSERT_NE(notice, nullptr);
  EXPECT_EQ(notice->At(At("2027-06-01T00:00:00+08:00")), Lamp::kUnknown);
  EXPECT_NE(notice->missing_year.find("2027"), std::string::npos);
  EXPECT_EQ(Find(clocks, "disposal")->At(At("2027-06-01T00:00:00+08:00")), Lamp::kRed);  // plain days need none
}

TEST_F(ClocksTest, AnonymousAccusationsAndMereConsultationsHaveNoNotice) {
  facts_.purpose = "检举控告";
  facts_.anonymous = true;
  EXPECT_EQ(Find(Clocks({}), "accusation_notice"), nullptr);
  facts_.is_petition = false;
  EXPECT_TRUE(Clocks({}).empty());
}

TEST_F(ClocksTest, WrongTablesNameTheirLine) {
  const auto wrong =
      config::ClockTable::Parse("clocks:\n  - {name: a, start: [arrived], stop: [closed], limit: 0}\n", "f");
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("line 2"), std::string::npos);
  EXPECT_FALSE(config::ClockTable::Parse("clocks:\n  - {name: a, strat: [arrived]}\n", "f").ok());
}

}  // namespace
}  // namespace gateway
