#include "gateway/decisions.h"

#include "tests/gateway/followed_house.h"

namespace gateway {
namespace {

using petition::Code;
using petition::Json;

class DecisionsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    lift_ = house_.Submit("portal", kLift);
    heating_ = house_.Submit("hotline", kHeating);
    house_.follower().Start();
  }
  void TearDown() override { house_.follower().Stop(); }
  std::string CaseNo(std::uint64_t index) { return house_.Member(index).case_no; }

  FollowedHouse house_;
  std::uint64_t lift_ = 0, heating_ = 0;
  const Principal reviewer_ = Staff(Role::kReviewer);
};

TEST_F(DecisionsTest, MergeTakesEffectBeforeTheCallReturnsAndStandsOnTheLedger) {
  const auto merged = house_.decisions().Merge(reviewer_, CaseNo(heating_), CaseNo(lift_), "同一住户");
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  EXPECT_TRUE(merged->folded);
  EXPECT_EQ(merged->case_no, CaseNo(lift_));
  EXPECT_EQ(CaseNo(heating_), CaseNo(lift_));
  const auto stored = house_.ledger().Read(merged->entry).value();
  EXPECT_EQ(stored.kind, ledger::Kind::kMerge);
  EXPECT_EQ(petition::ParseJson(stored.record)->at("by"), "wang");
}

TEST_F(DecisionsTest, SplitUndoesAndTheUndoingBinds) {
  ASSERT_TRUE(house_.decisions().Merge(reviewer_, CaseNo(lift_), CaseNo(heating_), "x").ok());
  const std::vector<std::string> leaving{house_.Member(heating_).intake_no};
  const auto split = house_.decisions().Split(reviewer_, CaseNo(lift_), leaving, "不是一回事");
  ASSERT_TRUE(split.ok()) << split.error().message;
  EXPECT_EQ(split->other_no, dedup::CaseNo(leaving[0]));
  const auto again = house_.decisions().Merge(reviewer_, CaseNo(lift_), CaseNo(heating_), "x");
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().reason, "told_apart");
  EXPECT_TRUE(house_.decisions().Merge(reviewer_, CaseNo(lift_), CaseNo(heating_), "前次看错了", true).ok());
}

TEST_F(DecisionsTest, WrongRequestsSayWhatIsWrong) {
  auto& decisions = house_.decisions();
  EXPECT_EQ(decisions.Merge(reviewer_, CaseNo(lift_), CaseNo(heating_), " ").error().reason, "reason_missing");
  EXPECT_EQ(decisions.Merge(reviewer_, CaseNo(lift_), CaseNo(lift_), "x").error().reason, "same_case");
  EXPECT_EQ(decisions.Merge(reviewer_, CaseNo(lift_), "C439900-20200101-000001-X", "x").error().code, Code::kNotFound);
  const std::vector<std::string> other{house_.Member(heating_).intake_no}, all{house_.Member(lift_).intake_no};
  EXPECT_EQ(decisions.Split(reviewer_, CaseNo(lift_), other, "x").error().reason, "not_member");
  EXPECT_EQ(decisions.Split(reviewer_, CaseNo(lift_), all, "x").error().reason, "whole_case");
  EXPECT_EQ(decisions.Split(reviewer_, CaseNo(lift_), {}, "x").error().code, Code::kInvalid);
  EXPECT_EQ(decisions.Answer(reviewer_, 9999, {}).error().code, Code::kNotFound);
}

TEST_F(DecisionsTest, WhatAPersonMayNotSeeDoesNotExist) {
  const auto sealed = house_.Register("letters", kAccusation);
  ASSERT_TRUE(house_.follower().WaitFolded(sealed, std::chrono::seconds(30)));
  EXPECT_EQ(house_.decisions().Merge(reviewer_, CaseNo(lift_), CaseNo(sealed), "x").error().code, Code::kNotFound);
  EXPECT_EQ(house_.decisions().Merge(Staff(Role::kReviewer, true), CaseNo(lift_), CaseNo(sealed), "x").error().reason,
            "sealed_mix");
  Principal elsewhere = reviewer_;
  elsewhere.divisions = {"439903"};
  EXPECT_EQ(house_.decisions().Merge(elsewhere, CaseNo(lift_), CaseNo(heating_), "x").error().code, Code::kNotFound);
}

TEST_F(DecisionsTest, EventOfASourceChangesStateAndReachesItsFeed) {
  EventReport report =
      EventReportFromJson(
          Json::parse(R"({"event":"accepted","by":"区住建局","at":"2025-03-04T12:00:00+08:00","room":"302"})"))
          .value();
  const auto reported = house_.decisions().Report(SourceOf("portal"), lift_, report);
  ASSERT_TRUE(reported.ok()) << reported.error().message;
  EXPECT_EQ(house_.Member(lift_).state, "accepted");
  EXPECT_EQ(house_.book().Changes("portal", 0, 10)->rows.back().detail.at("event"), "accepted");
  EXPECT_EQ(petition::ParseJson(house_.ledger().Read(reported->entry)->record)->at("unknown").at("room"), "302");
  EXPECT_EQ(house_.decisions().Report(SourceOf("hotline"), lift_, report).error().code, Code::kNotFound)
      << "another source's";
  report.at = house_.clock().Now() + std::chrono::hours(48);
  EXPECT_EQ(house_.decisions().Report(SourceOf("portal"), lift_, report).error().code, Code::kInvalid);
}

TEST_F(DecisionsTest, EventCanBeReportedBeforeItsIntakeIsFolded) {
  house_.follower().Stop();
  const auto index = house_.Register("portal", R"({"title":"路灯不亮","content":"解放路路灯不亮","externalId":"A9"})");
  EventReport report;
  report.event = "noticed";
  const auto reported = house_.decisions().Report(SourceOf("portal"), index, report);
  ASSERT_TRUE(reported.ok());
  EXPECT_FALSE(reported->folded);
  house_.CatchUp();
  EXPECT_EQ(house_.book().Events(index)->size(), 1u);
}

TEST(EventReportTest, RepliesAndClosingsNeedAnAnswer) {
  for (const char* event : {"replied", "closed"}) {
    const auto missing = EventReportFromJson(petition::Json::object({{"event", event}}));
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().reason, "answer_missing");
    EXPECT_TRUE(EventReportFromJson({{"event", event}, {"text", "已修复"}}).ok());
    EXPECT_TRUE(EventReportFromJson({{"event", event}, {"documentSha256", std::string(64, 'a')}}).ok());
  }
}

TEST(EventReportTest, AllWrongFieldsAreNamedAtOnce) {
  const auto wrong =
      EventReportFromJson(Json::parse(R"({"event":"exploded","at":"yesterday","documentSha256":"x","by":7})"));
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().fields.size(), 4u);
  EXPECT_FALSE(EventReportFromJson(Json::array()).ok());
}

TEST(ReviewAnswerTest, RelationMustShareTheCase) {
  EXPECT_TRUE(ReviewAnswerFromJson(Json::parse(R"({"verdict":"same","relation":"supplement"})")).ok());
  EXPECT_FALSE(ReviewAnswerFromJson(Json::parse(R"({"verdict":"same","relation":"joint"})")).ok());
  EXPECT_FALSE(ReviewAnswerFromJson(Json::parse(R"({"verdict":"maybe"})")).ok());
  EXPECT_FALSE(ReviewAnswerFromJson(Json::parse(R"({"verdict":"same","overrule":"yes"})")).ok());
}

}  // namespace
}  // namespace gateway
