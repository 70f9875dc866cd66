#include "gateway/follower.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "gateway/follower_indexes.h"
#include "gateway/follower_judge.h"
#include "support/full_run.h"
#include "tests/gateway/followed_house.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Mode;
using petition::Relation;

FollowerOptions ToNational() {
  FollowerOptions options;
  options.destinations = {"national"};
  return options;
}

/// A person's decision that an intake is sealed, or opened.
Json Sealing(std::uint64_t intake, const char* what = "seal") {
  return {{"kind", "decision"},
          {"v", 1},
          {"what", what},
          {"intake", intake},
          {"by", "wang"},
          {"reason", "涉及公职人员"},
          {"at", "2025-03-05T10:00:00+08:00"}};
}

std::string Changed(const std::string& json, const std::string& from, const std::string& to) {
  std::string changed = json;
  changed.replace(changed.find(from), from.size(), to);
  return changed;
}

TEST(FollowerTest, SubmissionSeesThoseRegisteredAMomentBeforeIt) {
  FollowedHouse house;
  const auto first = house.Register("portal", kLift), again = house.Register("hotline", kLiftAgain),
             other = house.Register("hotline", kHeating);
  house.CatchUp();
  EXPECT_EQ(house.Member(first).relation, Relation::kNew);
  EXPECT_TRUE(house.Member(first).decided);
  EXPECT_EQ(house.Verdict(again).of, first);
  EXPECT_TRUE(petition::SharesCase(house.Verdict(again).relation));
  EXPECT_EQ(house.Member(other).relation, Relation::kNew);
  for (const auto index : {first, again, other}) EXPECT_EQ(house.Verdicts(index), 1u);
  EXPECT_EQ(house.follower().backlog(), 0u);
  EXPECT_TRUE(house.follower().healthy());
}

TEST(FollowerTest, VerdictOnTheLedgerSaysWhatItSawAndByWhichModel) {
  FollowedHouse house;
  house.Submit("portal", kLift);
  const auto again = house.Submit("hotline", kLiftAgain);
  const auto entry = house.ledger().History(again, ledger::Kind::kVerdict).value().at(0);
  const Json record = petition::ParseJson(house.ledger().Read(entry)->record).value();
  EXPECT_EQ(record.at("kind"), "verdict");
  EXPECT_EQ(record.at("intake"), again);
  EXPECT_EQ(record.at("seen"), again);
  EXPECT_EQ(record.at("model"), dedup::Model::BuiltIn().hash());
  EXPECT_EQ(record.at("frequencies").get<std::string>().size(), 64u);
  EXPECT_FALSE(record.at("reasons").empty());
  EXPECT_EQ(record.dump().find("何家明"), std::string::npos) << "no names in reasons";
  EXPECT_EQ(record.dump().find("19900001207"), std::string::npos);
}

TEST(FollowerTest, RevisionJoinsTheCaseOfTheFirst) {
  FollowedHouse house(ToNational());
  const auto first = house.Submit("portal", kLift), revised = house.Submit("portal", Changed(kLift, "一周", "十天"));
  EXPECT_EQ(house.Verdict(revised).relation, Relation::kRevision);
  EXPECT_EQ(house.Verdict(revised).mode, Mode::kAuto);
  EXPECT_EQ(house.Member(revised).case_no, house.Member(first).case_no);
  // Told to the destination as a change of the first, and registered as what it is.
  const auto owed = house.deliveries().OfIntake(first).value();
  ASSERT_EQ(owed.size(), 2u);
  EXPECT_EQ(owed[1].kind, "revision");
  EXPECT_EQ(owed[1].entry, revised);
}

TEST(FollowerTest, RepeatIsToldByComparingReceiptWithClosing) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  house.Append(ledger::Kind::kEvent, first,
               {{"kind", "event"},
                {"v", 1},
                {"intake", first},
                {"event", "closed"},
                {"at", "2025-03-10T10:00:00+08:00"},
                {"by", "住建局"},
                {"text", "已修复"}});
  const auto letter =
      house.Submit("letters", Changed(Changed(kLiftAgain, "hotline", "letter"), R"("externalId":"H1",)",
                                      R"("externalId":"L1","receivedAt":"2025-03-06T10:00:00+08:00",)"));
  const auto later = house.Submit("hotline", Changed(kLiftAgain, R"("externalId":"H1",)",
                                                     R"("externalId":"H1","receivedAt":"2025-04-06T10:00:00+08:00",)"));
  EXPECT_NE(house.Verdict(letter).relation, Relation::kRepeat);
  EXPECT_EQ(house.Verdict(later).relation, Relation::kRepeat);
}

TEST(FollowerTest, SealedAndOpenMeetOnlyBeforeSealedReaders) {
  FollowedHouse house;
  const auto open = house.Submit("portal", kLift), sealed = house.Submit("letters", kAccusation);
  ASSERT_TRUE(house.Member(sealed).sealed);
  EXPECT_NE(house.Member(open).case_no, house.Member(sealed).case_no);
  EXPECT_EQ(house.Member(open).group_no, "");
  const dedup::Scope plain;
  const auto reviews = house.book().Reviews({}, dedup::Scope::Everything(), "", 50);
  for (const auto& row : reviews->rows) EXPECT_TRUE(row.sealed);
  EXPECT_TRUE(house.book().Reviews({}, plain, "", 50)->rows.empty());
  // Neither hit nor count in a preview.
  const auto submission = ArrivalOf("hotline", kAccusation).submission;
  const auto hits = house.follower().Preview(submission, 5, Staff(Role::kOperator));
  for (const auto& hit : *hits) EXPECT_EQ(hit.member.index, open);
}

std::vector<std::uint64_t> OpenHits(FollowedHouse& house, const std::string& words) {
  search::TextQuery query;
  query.words = words;
  const auto hits = house.texts().Search(query).value();
  EXPECT_EQ(hits.total, hits.ids.size());
  return hits.ids;
}

TEST(FollowerTest, SealedRevisionSealsItsWholeChainAndLeavesTheOpenCase) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift), again = house.Submit("hotline", kLiftAgain);
  ASSERT_EQ(house.Member(again).case_no, house.Member(first).case_no);
  const auto revised =
      house.Submit("portal", Changed(kLift, R"("purpose":"求决")", R"("purpose":"检举控告","confidential":true)"));
  const auto later = house.Submit("portal", Changed(kLift, "一周", "十天"));
  for (const auto index : {first, revised, later}) {
    EXPECT_TRUE(house.Member(index).sealed) << index;
    EXPECT_EQ(house.Member(index).case_no, dedup::CaseNo(house.Member(first).intake_no));
  }
  // What is left behind stands alone, as if nothing had been there.
  const auto left = house.Member(again);
  EXPECT_FALSE(left.sealed);
  EXPECT_EQ(left.case_no, dedup::CaseNo(left.intake_no));
  EXPECT_EQ(left.relation, Relation::kNew);
  EXPECT_EQ(left.mode, Mode::kNew);
  const auto plain = Staff(Role::kOversight);
  EXPECT_EQ(DecisionToJson(house.book().DecisionOf(again).value(), &plain)["reasons"], Json::array());
  EXPECT_EQ(house.book().Reviews({}, {}, "", 50)->total, 0u);
  EXPECT_EQ(house.book().Count({})->intakes, 1u);
  EXPECT_EQ(OpenHits(house, "锦澜湾花园"), std::vector<std::uint64_t>{again});
  const auto hits = house.follower().Preview(ArrivalOf("hotline", kLift).submission, 5, plain);
  for (const auto& hit : *hits) EXPECT_EQ(hit.member.index, again);
  const auto view = house.book().CaseByNo(left.case_no, {}).value();
  EXPECT_TRUE(view.history.empty());
  const std::string before = house.Dump();
  house.Rebuild();
  ASSERT_TRUE(house.follower().CatchUp().ok());  // the full text is found when it is committed
  EXPECT_EQ(house.Dump(), before);
  EXPECT_EQ(OpenHits(house, "锦澜湾花园"), std::vector<std::uint64_t>{again});
}

TEST(FollowerTest, PersonSealsAChainAndOpensItAgain) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift), again = house.Submit("hotline", kLiftAgain),
             revised = house.Submit("portal", Changed(kLift, "一周", "十天"));
  const auto decide = [&](const char* what) {
    house.Append(ledger::Kind::kDecision, revised, Sealing(revised, what));
    house.CatchUp();
  };
  decide("seal");
  EXPECT_TRUE(house.Member(first).sealed && house.Member(revised).sealed);
  EXPECT_FALSE(house.Member(again).sealed);
  EXPECT_NE(house.Member(again).case_no, house.Member(first).case_no);
  EXPECT_EQ(house.Member(revised).case_no, house.Member(first).case_no);
  EXPECT_EQ(OpenHits(house, "锦澜湾花园"), std::vector<std::uint64_t>{again});
  // One of the same people about the same is still not shown what is sealed.
  const auto third = house.Submit("letters", Changed(kLiftAgain, R"("externalId":"H1")", R"("externalId":"L1")"));
  EXPECT_EQ(house.Verdict(third).of, again);
  const std::string sealed = house.Dump();
  house.Rebuild();
  ASSERT_TRUE(house.follower().CatchUp().ok());  // the full text is found when it is committed
  EXPECT_EQ(house.Dump(), sealed);
  EXPECT_EQ(OpenHits(house, "锦澜湾花园").size(), 2u);

  decide("unseal");
  EXPECT_FALSE(house.Member(first).sealed || house.Member(revised).sealed);
  EXPECT_EQ(OpenHits(house, "锦澜湾花园").size(), 4u);
  EXPECT_EQ(house.book().Count({})->intakes, 4u);
  const std::string opened = house.Dump();
  house.Rebuild();
  ASSERT_TRUE(house.follower().CatchUp().ok());  // the full text is found when it is committed
  EXPECT_EQ(house.Dump(), opened);
}

TEST(FollowerTest, SealedInTheMidstOfARunIsNotHeldAgainstWhatComesAfterItInTheRun) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  house.Append(ledger::Kind::kDecision, first, Sealing(first));
  // So many that a second thread reads ahead what they may be held against.
  std::vector<std::uint64_t> later;
  for (int i = 0; i < 60; ++i) {
    const std::string id = R"("externalId":"R)" + std::to_string(i) + R"(")";
    later.push_back(house.Register("letters", Changed(kLiftAgain, R"("externalId":"H1")", id)));
  }
  house.CatchUp();
  EXPECT_TRUE(house.Member(first).sealed);
  for (const auto index : later) {
    EXPECT_NE(house.Verdict(index).of, first);
    EXPECT_NE(house.Verdict(index).case_no, house.Member(first).case_no);
  }
}

TEST(FollowerTest, ANumberUsedAgainUnderACommonNameIsAskedAbout) {
  FollowedHouse house;
  const auto first = house.Submit(
      "letters",
      R"({"externalId":"N1","channel":"letter","petitioners":[{"name":"张伟","phone":"19900003311"}],"title":"路灯不亮",)"
      R"("content":"青石路口的路灯坏了一个月，夜里看不清路，请尽快修好。","placeText":"青石路","division":"439902"})");
  const auto other = house.Submit(
      "letters",
      R"({"externalId":"N1","channel":"letter","petitioners":[{"name":"张伟","phone":"19900008876"}],"title":"幼儿园收费",)"
      R"("content":"云岭镇中心幼儿园每学期加收兴趣班费用，不交就不让孩子入园，要求退还。","placeText":"云岭镇","division":"439905"})");
  const auto verdict = house.Verdict(other);
  EXPECT_EQ(verdict.relation, Relation::kRevision);
  EXPECT_EQ(verdict.mode, Mode::kReview);
  EXPECT_EQ(verdict.of, first);
  EXPECT_NE(house.Member(other).case_no, house.Member(first).case_no) << "until a person says so";
}

TEST(FollowerTest, RevisionThatTurnsSealedTakesTheFirstAlong) {
  FollowedHouse house;
  const auto earlier = house.Submit("letters", kAccusation);
  const auto first = house.Submit("portal", kLift);
  // The same accusation once more, as a revision of what was handed in openly.
  const auto revised = house.Submit("portal", Changed(kAccusation, R"("externalId":"X1")", R"("externalId":"A1")"));
  ASSERT_TRUE(house.Member(revised).sealed);
  const auto verdict = house.Verdict(revised);
  EXPECT_EQ(verdict.relation, Relation::kRevision);
  EXPECT_EQ(verdict.of, first);
  EXPECT_TRUE(house.Member(first).sealed);
  EXPECT_EQ(house.Member(first).case_no, house.Member(revised).case_no);
  EXPECT_NE(house.Member(earlier).case_no, house.Member(revised).case_no);
}

TEST(FollowerTest, OperatorsTieHoldsAndTheirNoneIsNotOverruled) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  const std::string tie = R"("tie":{"caseNo":")" + house.Member(first).case_no + R"(","verdict":"same","by":"李"},)";
  const auto by_li = [&](const std::string& json) {
    const auto index = house.Register("hotline", json, false, "李");
    house.CatchUp();
    return index;
  };
  const auto tied = by_li(Changed(kHeating, R"("externalId":"H2",)", R"("externalId":"H2",)" + tie));
  EXPECT_EQ(house.Member(tied).mode, Mode::kAuto);
  EXPECT_EQ(house.Verdict(tied).by, "李");
  EXPECT_EQ(house.Verdict(tied).of, first);
  const auto none =
      by_li(Changed(kLiftAgain, R"("externalId":"H1",)", R"("externalId":"H1","tie":{"verdict":"none"},)"));
  EXPECT_NE(house.Verdict(none).mode, Mode::kAuto);
  EXPECT_EQ(house.Member(none).case_no, dedup::CaseNo(house.Member(none).intake_no));
}

TEST(FollowerTest, TieThatASourceClaimsIsAskedAboutWhateverItsFieldsSay) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  const auto tie =
      R"("externalId":"H2","tie":{"caseNo":")" + house.Member(first).case_no + R"(","verdict":"same","by":"李"},)";
  const auto claimed = house.Submit("hotline", Changed(kHeating, R"("externalId":"H2",)", tie));
  EXPECT_EQ(house.Verdict(claimed).mode, Mode::kReview);
  EXPECT_EQ(house.Verdict(claimed).by, "");
  EXPECT_EQ(house.Verdict(claimed).flags, std::vector<std::string>{"tie_claimed"});
  EXPECT_NE(house.Member(claimed).case_no, house.Member(first).case_no);
}

TEST(FollowerTest, TieToACaseThatIsNotThereIsFlagged) {
  FollowedHouse house;
  house.Submit("portal", kLift);
  const auto index =
      house.Register("hotline",
                     Changed(kHeating, R"("externalId":"H2",)",
                             R"("externalId":"H2","tie":{"caseNo":"C439900-20250304-009999-X","verdict":"same"},)"),
                     false, "李");
  house.CatchUp();
  const auto flags = house.Verdict(index).flags;
  EXPECT_NE(std::find(flags.begin(), flags.end(), "tie_unknown"), flags.end());
}

TEST(FollowerTest, HistoryIsMatchedAgainstButNotDelivered) {
  FollowedHouse house(ToNational());
  const auto old = house.Submit("portal", kLift, true), live = house.Submit("hotline", kLiftAgain);
  EXPECT_EQ(house.Verdict(live).of, old);
  EXPECT_TRUE(house.deliveries().OfIntake(old)->empty());
  EXPECT_EQ(house.deliveries().OfIntake(live)->size(), 1u);
  EXPECT_TRUE(house.book().Changes("portal", 0, 10)->rows.empty());
}

TEST(FollowerTest, DeliveriesKeepTheOrderOfTheirCaseAndSettleByTheLedger) {
  FollowedHouse house(ToNational());
  const auto first = house.Submit("portal", kLift), again = house.Submit("portal", Changed(kLift, "一周", "十天")),
             other = house.Submit("hotline", kHeating);
  const auto now = house.clock().Now();
  auto due = house.deliveries().NextDue("national", now, 10).value();
  ASSERT_EQ(due.size(), 2u) << "of each case only the first";
  EXPECT_EQ(due[0].index, first);
  EXPECT_EQ(due[1].index, other);
  ASSERT_TRUE(house.deliveries().MarkSending(due[0].id, now).ok());
  EXPECT_EQ(house.deliveries().NextDue("national", now, 10)->size(), 1u);
  const auto deliver = [&](std::uint64_t index, const char* outcome) {
    house.Append(ledger::Kind::kDelivered, index,
                 {{"kind", "delivered"},
                  {"v", 1},
                  {"intake", index},
                  {"destination", "national"},
                  {"outcome", outcome},
                  {"nationalNo", "N1"},
                  {"state", "registered"},
                  {"reason", ""},
                  {"attempt", 1},
                  {"at", petition::FormatTime(now)}});
    ASSERT_TRUE(house.deliveries().MarkSettling(due[0].id).ok());
    house.CatchUp();
  };
  deliver(first, "done");
  EXPECT_EQ(house.Member(first).national_no, "N1");
  const auto rows = house.deliveries().OfIntake(first).value();
  EXPECT_EQ(rows[0].state, DeliveryState::kDone);
  due = house.deliveries().NextDue("national", now, 10).value();
  ASSERT_GE(due.size(), 2u);
  EXPECT_EQ(due[0].index, again);
  const auto changes = house.book().Changes("portal", 0, 100).value();
  EXPECT_TRUE(std::any_of(changes.rows.begin(), changes.rows.end(), [](const auto& row) {
    return row.kind == "national" && row.detail.at("nationalNo") == "N1";
  }));
  // An attempt that was under way when the power went is asked for.
  ASSERT_TRUE(house.deliveries().MarkSending(due[0].id, now).ok());
  ASSERT_TRUE(house.deliveries().Recover("national").ok());
  EXPECT_EQ(house.deliveries().NextDue("national", now, 10)->at(0).state, DeliveryState::kUnknown);
  ASSERT_TRUE(house.deliveries().MarkRetry(due[0].id, now + std::chrono::hours(1), "busy").ok());
  EXPECT_EQ(house.deliveries().NextDue("national", now, 10)->size(), 1u);
  EXPECT_EQ(house.deliveries().List(DeliveryState::kPending, {}, "", 10)->total, 3u);
}

TEST(FollowerTest, UpdateWaitsForItsRegistrationAndParkedHoldsNoOthersBack) {
  FollowedHouse house(ToNational());
  const auto first = house.Submit("portal", kLift);
  house.Append(ledger::Kind::kEvent, first,
               {{"kind", "event"},
                {"v", 1},
                {"intake", first},
                {"event", "accepted"},
                {"at", "2025-03-05T10:00:00+08:00"},
                {"by", "x"}});
  const auto again = house.Submit("portal", Changed(kLift, "一周", "十天"));
  const auto now = house.clock().Now();
  house.Append(ledger::Kind::kDelivered, first,
               {{"kind", "delivered"},
                {"v", 1},
                {"intake", first},
                {"destination", "national"},
                {"outcome", "permanent"},
                {"reason", "refused"},
                {"at", petition::FormatTime(now)}});
  house.CatchUp();
  const auto parked = house.deliveries().OfIntake(first)->at(0);
  EXPECT_EQ(parked.state, DeliveryState::kParked);
  const auto due_rows = house.deliveries().NextDue("national", now, 10);
  for (const auto& row : *due_rows) EXPECT_NE(row.index, first) << "nothing to update there";
  house.Append(ledger::Kind::kDecision, first,
               {{"kind", "decision"},
                {"v", 1},
                {"what", "delivery_retry"},
                {"intake", first},
                {"destination", "national"},
                {"by", "admin"},
                {"reason", ""},
                {"at", petition::FormatTime(now)}});
  house.CatchUp();
  EXPECT_EQ(house.deliveries().NextDue("national", now, 10)->at(0).id, parked.id);
  EXPECT_TRUE(house.deliveries().NextDue("national", now, 10)->at(0).ask_first);
  house.Append(ledger::Kind::kDecision, first,
               {{"kind", "decision"},
                {"v", 1},
                {"what", "delivery_skip"},
                {"intake", first},
                {"destination", "national"},
                {"by", "admin"},
                {"reason", "twice"},
                {"at", petition::FormatTime(now)}});
  house.CatchUp();
  const auto skipped = house.deliveries().OfIntake(first).value();
  for (const auto& row : skipped) EXPECT_EQ(row.state, DeliveryState::kSkipped);
  const auto due = house.deliveries().NextDue("national", now, 10).value();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].index, again) << "the rest of the case goes on";
  const std::string live = house.Dump();
  ASSERT_NO_FATAL_FAILURE(house.Rebuild());
  EXPECT_EQ(house.Dump(), live);
}

TEST(FollowerTest, CaseMadeOfTwoKeepsOneOrder) {
  FollowedHouse house(ToNational());
  const auto first = house.Submit("portal", kLift), second = house.Submit("hotline", kHeating);
  ASSERT_EQ(house.deliveries().NextDue("national", house.clock().Now(), 10)->size(), 2u);
  house.follower().Start();
  ASSERT_TRUE(
      house.decisions()
          .Merge(Staff(Role::kReviewer, true), house.Member(first).case_no, house.Member(second).case_no, "同一事项")
          .ok());
  house.follower().Stop();
  house.CatchUp();
  ASSERT_EQ(house.Member(first).case_no, house.Member(second).case_no);
  const auto due = house.deliveries().NextDue("national", house.clock().Now(), 10).value();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].index, first);
}

TEST(FollowerTest, RetryAndSkipFindTheirDeliveryAfterARebuild) {
  FollowedHouse house(ToNational());
  std::vector<std::uint64_t> intakes = {house.Submit("portal", kLift), house.Submit("hotline", kHeating)};
  const auto happen = [&](ledger::Kind kind, std::uint64_t about, Json more) {
    Json record = {{"v", 1},
                   {"intake", about},
                   {"destination", "national"},
                   {"by", "admin"},
                   {"at", petition::FormatTime(house.clock().Now())}};
    record.update(more);
    return house.Append(kind, about, record);
  };
  happen(ledger::Kind::kDelivered, intakes[0],
         {{"kind", "delivered"}, {"outcome", "permanent"}, {"reason", "refused"}});
  happen(ledger::Kind::kDelivered, intakes[1], {{"kind", "delivered"}, {"outcome", "done"}, {"reason", ""}});
  const auto entry = house.Append(ledger::Kind::kEvent, intakes[1],
                                  {{"kind", "event"},
                                   {"v", 1},
                                   {"intake", intakes[1]},
                                   {"event", "accepted"},
                                   {"at", "2025-03-05T10:00:00+08:00"},
                                   {"by", "x"}});
  happen(ledger::Kind::kDecision, intakes[1],
         {{"kind", "decision"}, {"what", "delivery_skip"}, {"update", entry}, {"reason", "known there"}});
  house.CatchUp();
  EXPECT_EQ(house.deliveries().OfIntake(intakes[0])->at(0).state, DeliveryState::kParked);
  EXPECT_EQ(house.deliveries().OfIntake(intakes[1])->at(0).state, DeliveryState::kDone);
  EXPECT_EQ(house.deliveries().OfIntake(intakes[1])->at(1).state, DeliveryState::kSkipped);
  const std::string live = house.Dump();
  ASSERT_NO_FATAL_FAILURE(house.Rebuild());
  EXPECT_EQ(house.Dump(), live);
}

/// Some of everything.
void Live(FollowedHouse& house) {
  std::ifstream file(std::string(GUIYI_SOURCE_DIR) + "/config/demo/petitions.jsonl");
  ASSERT_TRUE(file.is_open());
  std::vector<std::uint64_t> intakes;
  std::map<std::string, std::uint64_t> by_id;
  std::string text;
  for (int line = 0; line < 60 && std::getline(file, text); ++line) {
    Json json = petition::ParseJson(text).value();
    const std::string id = json.value("id", ""), source = json.value("source", "portal");
    if (json.value("type", "") == "closure") {
      house.Append(ledger::Kind::kEvent, by_id.at(id),
                   {{"kind", "event"},
                    {"v", 1},
                    {"intake", by_id.at(id)},
                    {"event", "closed"},
                    {"at", json.at("at")},
                    {"by", "unit"},
                    {"text", "办结"}});
      continue;
    }
    for (const char* name : {"type", "id", "source", "gold"}) json.erase(name);
    by_id[id] = house.Register(source, json.dump(), line % 17 == 3);
    intakes.push_back(by_id[id]);
    if (line % 9 == 8) house.CatchUp();
  }
  house.Register("letters", kAccusation);
  house.CatchUp();
  house.follower().Start();
  const Principal reviewer = Staff(Role::kReviewer, true);
  std::size_t merged = 0;
  for (std::size_t i = 5; i < intakes.size(); i += 7) {
    const auto a = house.Member(intakes[i - 4]).case_no, b = house.Member(intakes[i]).case_no;
    merged += house.decisions().Merge(reviewer, a, b, "同一事项").ok() ? 1 : 0;
  }
  EXPECT_GT(merged, 0u);
  for (const auto index : intakes) {
    const auto row = house.book().CaseOfIntake(index).value();
    if (row.size < 3 || row.first == index) continue;
    const std::vector<std::string> leaving{house.Member(index).intake_no};
    (void)house.decisions().Split(reviewer, row.case_no, leaving, "不是一回事");
    break;
  }
  int answer = 0;
  const auto questions = house.book().Reviews({}, dedup::Scope::Everything(), "", 6);
  for (const auto& question : questions->rows) {
    ReviewAnswer given;
    given.verdict = static_cast<dedup::Answer>(answer++ % 3);
    given.reason = "看过了";
    (void)house.decisions().Answer(reviewer, question.id, given);
  }
  house.follower().Stop();
  house.Append(ledger::Kind::kDelivered, intakes[0],
               {{"kind", "delivered"},
                {"v", 1},
                {"intake", intakes[0]},
                {"destination", "national"},
                {"outcome", "done"},
                {"nationalNo", "N1"},
                {"state", "s"},
                {"at", "2025-03-05T10:00:00+08:00"}});
  house.CatchUp();
}

/// What both indexes answer about every intake.
std::string Found(FollowedHouse& house) {
  EXPECT_TRUE(house.follower().CatchUp().ok());
  std::string found;
  for (std::uint64_t index = 0; index < house.ledger().size(); ++index) {
    const auto stored = house.ledger().Read(index).value();
    if (stored.kind != ledger::Kind::kIntake) continue;
    const auto record = ReadIntakeRecord(stored).value();
    search::CandidateDocument asking{ledger::kNoIndex >> 33, IndexedText(record.submission),
                                     dedup::CandidateKeys(house.book().ProfileOf(index).value()), record.sealed};
    found += std::to_string(index);
    const auto candidates = house.candidates().Find(asking, 20).value();
    for (const auto& hit : candidates.hits) {
      found += " " + std::to_string(hit.id) + "/" + std::to_string(hit.shared_keys) + "/" +
               std::to_string(hit.shared_shingles) + "/" + std::to_string(hit.score);
    }
    search::TextQuery query;
    query.with_sealed = true;
    query.limit = 200;
    for (const auto& [words, number] :
         {std::pair(record.submission.title, std::string()), std::pair(std::string(), record.intake_no)}) {
      query.words = words;
      query.number = number;
      const auto hits = house.texts().Search(query);
      found += " |";
      if (hits.ok()) {
        for (const auto id : hits->ids) found += " " + std::to_string(id);
      }
    }
    found += '\n';
  }
  return found;
}

TEST(FollowerTest, RebuiltStateIsTheSameState) {
  FollowedHouse house(ToNational());
  ASSERT_NO_FATAL_FAILURE(Live(house));
  const std::string live = house.Dump(), found = Found(house);
  EXPECT_GT(found.size(), 1'000u);
  const auto entries = house.ledger().size();
  const auto texts = house.texts().size(), documents = house.candidates().size();
  ASSERT_NO_FATAL_FAILURE(house.Rebuild());
  EXPECT_EQ(house.Dump(), live);
  EXPECT_EQ(Found(house), found);
  EXPECT_EQ(house.ledger().size(), entries) << "a rebuild decides nothing anew";
  EXPECT_EQ(house.texts().size(), texts);
  EXPECT_EQ(house.candidates().size(), documents);
  EXPECT_EQ(house.follower().position(), entries);
}

TEST(FollowerTest, RestartedFollowerGoesOnWhereItWas) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  ASSERT_TRUE(house.Open().ok());
  EXPECT_EQ(house.candidates().size(), 1u);
  const auto again = house.Submit("hotline", kLiftAgain);
  EXPECT_EQ(house.Verdict(again).of, first);
  EXPECT_EQ(house.Verdicts(first), 1u);
}

TEST(FollowerTest, CandidatesAreCommittedBesideWhenEnoughWereAdded) {
  FollowerOptions options;
  options.index_commit_every = 2;
  FollowedHouse house(options);
  house.Submit("portal", kLift);
  EXPECT_EQ(house.candidates().durable_position(), 0u);
  const auto second = house.Submit("hotline", kLiftAgain);
  for (int wait = 0; wait < 3000 && house.candidates().durable_position() == 0; ++wait)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_GT(house.candidates().durable_position(), second);
}

TEST(FollowerTest, CandidatesThatLostASealingAreTurnedAtTheStart) {
  namespace fs = std::filesystem;
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift), again = house.Submit("hotline", kLiftAgain);
  house.Close();
  const auto index = house.folder() / "candidates", before = house.folder() / "candidates-before";
  fs::copy(index, before, fs::copy_options::recursive);
  ASSERT_TRUE(house.Open().ok());
  house.Append(ledger::Kind::kDecision, first, Sealing(first));
  house.CatchUp();
  const auto third = house.Submit("hotline", Changed(kLiftAgain, R"("externalId":"H1")", R"("externalId":"H2")"));
  ASSERT_TRUE(house.Member(first).sealed);
  house.Close();
  fs::remove_all(index);
  fs::rename(before, index);
  ASSERT_TRUE(house.Open().ok());
  const auto found = [&](bool sealed) {
    const auto keys = dedup::CandidateKeys(house.book().ProfileOf(first).value());
    std::set<std::uint64_t> ids;
    const auto hits = house.candidates().Find({1 << 20, "", keys, sealed}, 10).value();
    for (const auto& hit : hits.hits) ids.insert(hit.id);
    return ids;
  };
  EXPECT_EQ(found(false), (std::set<std::uint64_t>{again, third}));
  EXPECT_EQ(found(true), std::set<std::uint64_t>{first});
}

/// An index that refuses to add while it is told to, and remembers up to where it was committed.
class RefusingIndex final : public search::CandidateIndex {
 public:
  petition::Status Add(const search::CandidateDocument&, const search::CandidateLook*) override {
    if (refuses) return petition::Unavailable("refused", "");
    ++added;
    return petition::Ok();
  }
  petition::Status Commit(std::uint64_t position) override {
    committed = position;
    return petition::Ok();
  }
  petition::Status BeginCommit(std::uint64_t position) override { return Commit(position); }
  petition::Status FinishCommit() override { return petition::Ok(); }
  std::uint64_t durable_position() const override { return committed; }
  petition::Status Reopen() override { return petition::Ok(); }
  petition::Result<search::CandidateHits> Find(const search::CandidateDocument&, std::size_t,
                                               search::CandidateLook*) const override {
    return search::CandidateHits{};
  }
  petition::Result<std::vector<std::shared_ptr<search::CandidateLook>>> LookAhead(
      std::span<const search::CandidateDocument> asking) const override {
    return std::vector<std::shared_ptr<search::CandidateLook>>(asking.size());
  }
  std::uint64_t Frequency(std::string_view, const search::CandidateLook*) const override { return 0; }
  std::uint64_t size() const override { return 0; }
  ledger::Hash frequency_table_hash() const override { return {}; }

  bool refuses = false;
  std::uint64_t added = 0, committed = 0;
};

// Its position says that everything before it is in the index as it stands, sealed or open.
TEST(FollowerTest, CandidatesAreNotCommittedPastWhatCouldNotBeAdded) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  house.Submit("hotline", kLiftAgain);
  const auto position = house.follower().position();
  RefusingIndex index;
  FollowerIndexes indexes(index, 1);
  index.refuses = true;
  EXPECT_FALSE(indexes.Recover(house.ledger(), house.book(), position, {}).ok());
  EXPECT_FALSE(indexes.Commit(position).ok());
  EXPECT_TRUE(indexes.failed());
  index.refuses = false;
  ASSERT_TRUE(indexes.Recover(house.ledger(), house.book(), position, {}).ok());
  EXPECT_EQ(index.added, 2u);
  EXPECT_EQ(index.committed, position);

  index.refuses = true;
  EXPECT_FALSE(indexes.Turn(house.ledger(), house.book(), {first}).ok());
  EXPECT_TRUE(indexes.CommitBeside(position + 5).ok());
  EXPECT_TRUE(indexes.CommitWhenDue(position + 5).ok());
  EXPECT_FALSE(indexes.Commit(position + 5).ok());
  EXPECT_EQ(index.committed, position);
  index.refuses = false;
  ASSERT_TRUE(indexes.Recover(house.ledger(), house.book(), position, {}).ok());
  EXPECT_TRUE(indexes.Commit(position + 5).ok());
}

/// Commits with each text, and can't add one that was sealed.
class HastyTexts final : public search::TextIndex {
 public:
  explicit HastyTexts(std::unique_ptr<search::TextIndex> texts) : texts_(std::move(texts)) {}
  petition::Status Add(const search::TextDocument& document) override {
    if (document.sealed) return petition::Unavailable("refused", "");
    GUIYI_CHECK(texts_->Add(document));
    return texts_->Commit(std::max(texts_->durable_position(), document.id));
  }
  petition::Status Remove(std::uint64_t id) override { return texts_->Remove(id); }
  petition::Status Commit(std::uint64_t position) override { return texts_->Commit(position); }
  std::uint64_t durable_position() const override { return texts_->durable_position(); }
  petition::Status Reopen() override { return texts_->Reopen(); }
  petition::Result<search::TextHits> Search(const search::TextQuery& query) const override {
    return texts_->Search(query);
  }
  std::uint64_t size() const override { return texts_->size(); }

 private:
  const std::unique_ptr<search::TextIndex> texts_;
};

// A sealing and what came after it are folded at once, and the hub ends before the full text turned what was sealed.
TEST(FollowerTest, FullTextIsNotCommittedPastASealingThatItLacks) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  ASSERT_TRUE(house.follower().CatchUp().ok());
  ASSERT_EQ(OpenHits(house, "锦澜湾花园"), std::vector<std::uint64_t>{first});
  house.Wrap([](auto texts) { return std::make_unique<HastyTexts>(std::move(texts)); });
  ASSERT_TRUE(house.Open().ok());
  const auto sealing = house.Append(ledger::Kind::kDecision, first, Sealing(first));
  const auto after = house.Register("hotline", kHeating);
  ASSERT_TRUE(house.follower().Step().ok());
  ASSERT_GT(house.follower().position(), after);
  EXPECT_LE(house.texts().durable_position(), sealing);
  house.Wrap({});
  ASSERT_TRUE(house.Open().ok());
  ASSERT_TRUE(house.follower().CatchUp().ok());
  EXPECT_EQ(OpenHits(house, "锦澜湾花园"), std::vector<std::uint64_t>());
  EXPECT_EQ(house.texts().size(), 2u);
}

TEST(FollowerTest, IndexThatCouldNotBeWrittenIsFilledAgainWithoutARestart) {
  for (const char* index : {"candidates/terms", "texts"}) {
    SCOPED_TRACE(index);
    FollowedHouse house;
    const auto first = house.Submit("portal", kLift);
    const auto folder = house.folder() / index, away = house.folder() / "away";
    std::filesystem::rename(folder, away);
    EXPECT_FALSE(house.follower().CatchUp().ok()) << "nothing can be committed there";
    EXPECT_FALSE(house.follower().Step().ok());
    EXPECT_FALSE(house.follower().healthy());
    std::filesystem::rename(away, folder);
    const auto again = house.Submit("hotline", kLiftAgain);
    ASSERT_TRUE(house.follower().healthy());
    EXPECT_EQ(house.Verdict(again).of, first);
    ASSERT_TRUE(house.follower().CatchUp().ok());
    search::TextQuery query;
    query.number = house.Member(first).intake_no;
    EXPECT_EQ(house.texts().Search(query)->ids, std::vector<std::uint64_t>{first});
    EXPECT_EQ(house.texts().size(), 2u);
    EXPECT_EQ(house.candidates().size(), 2u);
  }
}

TEST(FollowerTest, RebuildStopsBeforeWhatWasNeverDecided) {
  FollowedHouse house;
  house.Submit("portal", kLift);
  const auto waiting = house.Register("hotline", kHeating);
  ASSERT_NO_FATAL_FAILURE(house.Rebuild());
  EXPECT_EQ(house.follower().position(), waiting);
  ASSERT_TRUE(house.Open().ok());
  house.CatchUp();
  EXPECT_EQ(house.Verdicts(waiting), 1u);
}

TEST(FollowerTest, DroppedPayloadRebuildsAsATombstone) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift), again = house.Submit("hotline", kLiftAgain);
  const auto case_no = house.Member(first).case_no, again_no = house.Member(again).case_no;
  ASSERT_TRUE(house.ledger().DropPayload(first).ok());
  ASSERT_NO_FATAL_FAILURE(house.Rebuild());
  EXPECT_TRUE(house.Member(first).dropped);
  EXPECT_FALSE(house.Member(first).sealed);
  EXPECT_EQ(house.Member(first).source, "portal");
  EXPECT_EQ(house.Member(first).case_no, case_no);
  EXPECT_EQ(house.Member(again).case_no, again_no);
}

TEST(FollowerTest, UnreadableIntakeIsPutBeforeAPersonAndHoldsUpNobody) {
  FollowedHouse house;
  const auto poison = house.Append(ledger::Kind::kIntake, ledger::kNoIndex, {{"kind", "nonsense"}});
  const auto after = house.Submit("portal", kLift);
  EXPECT_EQ(house.Verdict(poison).mode, Mode::kReview);
  EXPECT_EQ(house.Verdict(poison).flags, std::vector<std::string>{"undecidable"});
  EXPECT_TRUE(house.Member(after).decided);
  EXPECT_EQ(house.follower().figures().undecidable, 1u);
  EXPECT_EQ(house.book().Reviews({}, dedup::Scope::Everything(), "", 5)->total, 1u);
}

TEST(FollowerTest, EntryThatDoesNotReadAsItsKindHasNoEffect) {
  FollowedHouse house;
  house.Append(ledger::Kind::kMerge, ledger::kNoIndex, {{"kind", "merge"}, {"first", "x"}});
  house.Append(ledger::Kind::kEvent, ledger::kNoIndex,
               {{"kind", "event"}, {"intake", 99999}, {"event", "closed"}, {"at", "2025-03-05T10:00:00+08:00"}});
  const auto index = house.Submit("portal", kLift);
  EXPECT_TRUE(house.Member(index).decided);
}

TEST(FollowerTest, ThreadFollowsAndWaitersAreWoken) {
  FollowedHouse house;
  house.follower().Start();
  const auto index = house.Register("portal", kLift);
  const auto decision = house.follower().WaitDecided(index, std::chrono::seconds(30));
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->now.case_no, dedup::CaseNo(decision->now.intake_no));
  EXPECT_FALSE(house.follower().WaitDecided(99, std::chrono::milliseconds(1)).has_value());
  house.follower().Stop();
  EXPECT_EQ(house.follower().backlog(), 0u);
}

TEST(FollowerTest, PreviewShowsASourceItsOwnOnly) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift);
  const auto submission = ArrivalOf("hotline", kLiftAgain).submission;
  const auto hits = house.follower().Preview(submission, 5, Staff(Role::kOperator)).value();
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].member.index, first);
  EXPECT_FALSE(hits[0].reasons.empty());
  EXPECT_EQ(house.follower().Preview(submission, 5, SourceOf("portal"))->size(), 1u);
  EXPECT_TRUE(house.follower().Preview(submission, 5, SourceOf("hotline"))->empty());
  EXPECT_EQ(house.candidates().size(), 1u) << "stores nothing";
}

TEST(FollowerTest, PreviewFindsWhatMayBeSeenBehindACrowdThatMayNotBeSeen) {
  FollowedHouse house;
  // Forty that fit better, of another source; the portal's own says the same with a word more.
  for (int i = 0; i < 40; ++i)
    house.Submit("hotline",
                 Changed(kLiftAgain, R"("externalId":"H1")", R"("externalId":"X)" + std::to_string(i) + "\""));
  const auto own = house.Submit("portal", kLift);
  const auto hits = house.follower().Preview(ArrivalOf("portal", kLiftAgain).submission, 5, SourceOf("portal"));
  ASSERT_TRUE(hits.ok());
  ASSERT_EQ(hits->size(), 1u);
  EXPECT_EQ(hits->at(0).member.index, own);
}

TEST(FollowerTest, DecisionTowardsASourceNamesOnlyItsOwn) {
  FollowedHouse house;
  const auto first = house.Submit("portal", kLift), again = house.Submit("hotline", kLiftAgain);
  const auto decision = house.book().DecisionOf(again).value();
  const Principal hotline = SourceOf("hotline"), staff = Staff(Role::kReviewer);
  const Json theirs = DecisionToJson(decision, &hotline), ours = DecisionToJson(decision, &staff);
  EXPECT_EQ(theirs.at("relation"), ours.at("relation"));
  EXPECT_EQ(theirs.at("of"), "");
  EXPECT_EQ(theirs.dump().find("detail"), std::string::npos);
  EXPECT_EQ(theirs.dump().find(house.Member(first).intake_no), std::string::npos);
  EXPECT_EQ(ours.at("of"), house.Member(first).intake_no);
  EXPECT_FALSE(ours.at("reasons").at(0).at("detail").get<std::string>().empty());
}

// -- Crashes: every write of ledger.db and state.db in turn.

class FollowerCrashTest : public ::testing::TestWithParam<std::pair<support::Fault, support::Kept>> {};

TEST_P(FollowerCrashTest, NothingIsDecidedTwiceAndNothingIsLost) {
  const auto [fault, kept] = GetParam();
  const std::vector<const char*> texts = {kLift, kLiftAgain, kHeating, kAccusation};
  FollowerOptions options = ToNational();
  options.batch_max = 2;
  for (std::uint64_t at = 0; at < 400; at += support::FullRun() ? 11 : 53) {
    SCOPED_TRACE("operation " + std::to_string(at));
    support::FaultDisk disk("guiyi-follower-fault");
    FollowedHouse house(options, &disk);
    std::vector<std::uint64_t> intakes;
    for (const char* text : texts) intakes.push_back(house.Register("portal", text));
    disk.Arm(fault, at);
    for (int step = 0; step < 6; ++step) (void)house.follower().Step();
    const bool struck = disk.struck();
    house.Close();
    disk.Crash(kept, at);
    disk.Disarm();
    ASSERT_TRUE(house.Open().ok());
    ASSERT_NO_FATAL_FAILURE(house.CatchUp());
    for (const auto index : intakes) {
      EXPECT_EQ(house.Verdicts(index), 1u);
      EXPECT_TRUE(house.Member(index).decided);
      EXPECT_EQ(house.deliveries().OfIntake(index)->size(), 1u);
    }
    EXPECT_EQ(house.Verdict(intakes[1]).of, intakes[0]);
    const std::string live = house.Dump();
    ASSERT_NO_FATAL_FAILURE(house.Rebuild());
    EXPECT_EQ(house.Dump(), live);
    if (!struck) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, FollowerCrashTest,
                         ::testing::Values(std::pair(support::Fault::kCrash, support::Kept::kNothing),
                                           std::pair(support::Fault::kCrash, support::Kept::kSome),
                                           std::pair(support::Fault::kFailBefore, support::Kept::kEverything),
                                           std::pair(support::Fault::kFailAfter, support::Kept::kEverything)));

}  // namespace
}  // namespace gateway
