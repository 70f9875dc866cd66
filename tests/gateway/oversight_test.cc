// Findings, registers, figures and clocks over a real hub: what begins, what ends, what a rebuild gives again, and what
// a reader without the right is told.
#include <gtest/gtest.h>

#include "gateway/manifest.h"
#include "gateway/oversight/alert_sender.h"
#include "gateway/oversight/figures.h"
#include "gateway/oversight/manifest_file.h"
#include "oversight_house.h"

namespace gateway {
namespace {

using petition::Json;
using std::chrono::hours;

class OversightTest : public testing::Test {
 protected:
  void HandManifest(std::vector<std::string> numbers, const std::string& day = "20250304") {
    Manifest manifest;
    manifest.source = "portal";
    manifest.day = day;
    for (auto& number : numbers) manifest.numbers.push_back({std::move(number), ""});
    const auto answer = RecordManifest(house_.hub(), manifest, Overseer(true));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    house_.Fold();
  }
  OversightHouse house_;
};

TEST_F(OversightTest, AFindingBeginsOnceAndEndsOnceWhenWhatWasMissingComes) {
  house_.Submit("portal", Petition("P-1"));
  HandManifest({"P-1", "P-2"});
  EXPECT_EQ(house_.Look().began, 0u);  // still under way
  house_.clock().Advance(hours(7));
  EXPECT_EQ(house_.Look().began, 1u);
  EXPECT_EQ(house_.Look().began, 0u);
  auto rows = house_.Findings("missing_here");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].evidence["numbers"], Json::array({"P-2"}));
  EXPECT_EQ(rows[0].owner, "portal");
  EXPECT_EQ(rows[0].deadline, rows[0].started_at + hours(24));

  house_.Submit("portal", Petition("P-2"));
  EXPECT_EQ(house_.Look().ended, 1u);
  EXPECT_TRUE(house_.Findings("missing_here").empty());
  rows = house_.Findings("missing_here", FindingFilter::State::kEnded);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].end_reason, "cleared");
  EXPECT_EQ(rows[0].ended_by, "");
  ASSERT_EQ(house_.alerts().size(), 2u);
  EXPECT_TRUE(house_.alerts()[0].began);
  EXPECT_FALSE(house_.alerts()[1].began);
}

TEST_F(OversightTest, WhatAPersonEndedIsNotFoundAgainUnlessItGrows) {
  house_.Submit("portal", Petition("P-1"));
  HandManifest({"P-1", "P-2"});
  house_.clock().Advance(hours(7));
  house_.Look();
  const auto id = house_.Findings("missing_here").at(0).id;
  Oversight::Change change;
  change.end = true;
  EXPECT_EQ(house_.hub().oversight().ChangeFinding(Overseer(), id, change).error().fields.at(0).pointer, "/endReason");
  change.end_reason = "来源已说明";
  change.note = "电话核实";
  ASSERT_TRUE(house_.hub().oversight().ChangeFinding(Overseer(), id, change).ok());
  house_.Fold();
  const auto row = house_.Findings("missing_here", FindingFilter::State::kEnded).at(0);
  EXPECT_EQ(row.ended_by, "sun");
  EXPECT_EQ(row.notes.at(0).text, "电话核实");
  EXPECT_EQ(house_.hub().oversight().ChangeFinding(Overseer(), id, change).error().Reason(), "ended");
  EXPECT_EQ(house_.Look().began, 0u);
  HandManifest({"P-1", "P-2", "P-3"});
  house_.clock().Advance(hours(7));
  EXPECT_EQ(house_.Look().began, 1u);
}

TEST_F(OversightTest, RegistersShowWhatDiffersAndWhatIsMissingThere) {
  house_.Submit("portal", Petition("P-1"));
  house_.Submit("portal", Petition("P-2"));
  Manifest manifest;
  manifest.source = "portal";
  manifest.day = "2025-03-04";
  manifest.count = 5;
  manifest.numbers = {{"P-1", std::string(64, '0')}, {"P-9", ""}, {"P-9", ""}};
  ASSERT_TRUE(RecordManifest(house_.hub(), manifest, Overseer()).ok());
  house_.Fold();
  house_.clock().Advance(hours(7));
  house_.Look();
  EXPECT_EQ(house_.Findings("differs").at(0).evidence["numbers"], Json::array({"P-1"}));
  EXPECT_EQ(house_.Findings("missing_there").at(0).evidence["numbers"], Json::array({"P-2"}));
  EXPECT_EQ(house_.Findings("missing_here").at(0).count, 1u);
  EXPECT_EQ(house_.Findings("counted_twice").at(0).count, 1u);
  EXPECT_EQ(house_.Findings("cut_register").at(0).count, 2u);
}

TEST_F(OversightTest, SealedOnesAreInNoFigureOrFindingForReadersWithoutTheRight) {
  house_.Submit("portal", Petition("P-1"));
  house_.Submit("portal", Petition("P-2", true));
  HandManifest({"P-1"});
  house_.clock().Advance(hours(7));
  house_.Look();
  EXPECT_EQ(house_.Findings("missing_there", FindingFilter::State::kOpen, true).size(), 1u);
  EXPECT_TRUE(house_.Findings("missing_there", FindingFilter::State::kOpen, false).empty());
  dedup::Scope open = dedup::Scope::Everything();
  open.sealed = false;
  const auto count = [&](const dedup::Scope& scope) {
    return FiguresOf(house_.Tables(), house_.hub().cases(), {}, scope, house_.clock().Now()).value();
  };
  const auto told = count(open), all = count(dedup::Scope::Everything());
  EXPECT_EQ(told["volumes"]["byMonth"][0]["intakes"], 1);
  EXPECT_EQ(all["volumes"]["byMonth"][0]["intakes"], 2);
  EXPECT_EQ(told["volumes"]["bySource"][0]["intakes"], 1);
  EXPECT_EQ(told["volumes"]["byDay"][0]["intakes"], 1);
  const auto lamp = [](const Json& figures) {
    std::uint64_t sum = 0;
    for (const auto& clock : figures["lamps"])
      for (const char* name : {"green", "yellow", "red", "paused", "unknown"}) sum += clock[name].get<std::uint64_t>();
    return sum;
  };
  EXPECT_EQ(lamp(told), 2u);  // disposal and notice of the open one
  EXPECT_GT(lamp(all), 2u);
  EXPECT_EQ(house_.Tables().clocks().List({}, open, house_.clock().Now(), "", 50).value().total, 2u);
  EXPECT_EQ(house_.Tables().items().List({}, open, "", 50).value().total, 1u);

  // Unsealed by a person, it counts from then on.
  Principal reviewer = Overseer(true);
  const auto index = house_.Tables().items().Find("P-2", 5).value().at(0);
  ASSERT_TRUE(house_.hub().decisions().Seal(reviewer, index, false, "不是检举").ok());
  house_.Fold();
  EXPECT_EQ(count(open)["volumes"]["byMonth"][0]["intakes"], 2);
  EXPECT_EQ(count(open)["volumes"]["byDay"][0]["intakes"], 2);
}

TEST_F(OversightTest, CallsAndNamedNumbersWithoutAnIntakeAreFound) {
  auto registered = Petition("H-1");
  registered["call"] = {{"id", "C-1"}};
  house_.Submit("hotline", registered);
  auto by_number = Petition("H-2");
  by_number["petitioners"][0]["callingNumber"] = "19911112222";
  house_.Submit("hotline", by_number);
  const auto hash = ledger::Hex(ledger::AsBytes(ledger::Sha256("19911112222")));
  const std::string at = "2025-03-04T10:05:00+08:00";
  const Json calls = {{{"id", "C-1"}, {"time", at}, {"answered", true}, {"seconds", 90}},
                      {{"id", "C-2"}, {"time", at}, {"answered", true}, {"seconds", 90}, {"numberHash", hash}},
                      {{"id", "C-3"}, {"time", at}, {"answered", true}, {"seconds", 90}},
                      {{"id", "C-4"}, {"time", at}, {"answered", true}, {"seconds", 9}},
                      {{"id", "C-5"}, {"time", at}, {"answered", false}, {"seconds", 0}}};
  const auto recorded = house_.hub().oversight().RecordRegister("calls", calls, "exchange");
  ASSERT_TRUE(recorded.ok()) << (recorded.ok() ? "" : recorded.error().fields.at(0).pointer);
  house_.Fold();
  house_.clock().Advance(hours(13));
  house_.Look();
  const auto rows = house_.Findings("call_without_case");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].source, "hotline");
  EXPECT_EQ(rows[0].evidence["numbers"], Json::array({"C-3"}));

  // Built as the portal's are: kept; anything else is not.
  house_.Submit("portal", Petition("P-1"));
  ASSERT_TRUE(house_.hub().oversight().NameMissing("portal", "P-7").ok());
  ASSERT_TRUE(house_.hub().oversight().NameMissing("portal", "nonsense").ok());
  house_.Fold();
  house_.clock().Advance(hours(19));
  house_.Look();
  EXPECT_EQ(house_.Findings("named_not_registered").at(0).evidence["numbers"], Json::array({"P-7"}));
}

TEST_F(OversightTest, WrongLinesOfARegisterAreNamed) {
  const Json lines = {{{"id", "C-1"}, {"time", "gestern"}}, {{"time", "2025-03-04T10:00:00+08:00"}}, 7};
  const auto taken = house_.hub().oversight().RecordRegister("calls", lines, "exchange");
  ASSERT_FALSE(taken.ok());
  std::vector<std::string> pointers;
  for (const auto& field : taken.error().fields) pointers.push_back(field.pointer);
  EXPECT_EQ(pointers, (std::vector<std::string>{"/lines/0/time", "/lines/1/id", "/lines/2/"}));
}

TEST_F(OversightTest, TransferLoopsAndUrgentOnesAreFoundAtOnce) {
  const auto index = house_.Submit("portal", Petition("P-1"));
  auto urgent = Petition("P-2");
  urgent["urgent"] = true;
  const auto urgent_index = house_.Submit("portal", urgent);
  house_.Report("portal", index, "transferred", {{"to", "乙局"}});
  house_.Report("portal", index, "transferred", {{"to", "丙局"}});
  house_.Look();
  EXPECT_TRUE(house_.Findings("transfer_loop").empty());
  EXPECT_EQ(house_.Findings("urgent").size(), 1u);
  house_.Report("portal", index, "transferred", {{"to", "乙局"}});
  house_.Report("portal", urgent_index, "accepted");
  house_.Look();
  const auto rows = house_.Findings("transfer_loop");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].evidence["unit"], "乙局");
  EXPECT_TRUE(house_.Findings("urgent").empty());
}

TEST_F(OversightTest, ARebuildGivesTheSameTables) {
  const auto first = house_.Submit("portal", Petition("P-1"));
  house_.Submit("portal", Petition("P-2", true));
  auto again = Petition("P-1");
  again["externalId"] = "P-3";
  again["receivedAt"] = "2025-03-05T10:00:00+08:00";
  house_.clock().Advance(hours(24));
  house_.Submit("portal", again);  // the same matter: one case
  house_.Report("portal", first, "accepted");
  house_.Report("portal", first, "extended", {{"days", 12}});
  house_.Report("portal", first, "closed");
  house_.Report("portal", first, "rated", {{"rating", "满意"}});
  HandManifest({"P-1", "P-9"});
  house_.clock().Advance(hours(7));
  house_.Look();
  const auto id = house_.Findings("missing_here").at(0).id;
  Oversight::Change change;
  change.note = "已联系";
  change.owner = "李";
  ASSERT_TRUE(house_.hub().oversight().ChangeFinding(Overseer(), id, change).ok());
  house_.Fold();
  const auto before = house_.Tables().Dump().value();
  EXPECT_NE(before.find("已联系"), std::string::npos);
  house_.Rebuild();
  EXPECT_EQ(house_.Tables().Dump().value(), before);
  house_.Open(true);
  EXPECT_EQ(house_.Tables().Dump().value(), before);
  const auto rates =
      FiguresOf(house_.Tables(), house_.hub().cases(), {}, dedup::Scope::Everything(), house_.clock().Now())
          .value()["rates"];
  EXPECT_EQ(rates["satisfaction"]["numerator"], 1);
  EXPECT_EQ(rates["satisfaction"]["denominator"], 1);
}

TEST_F(OversightTest, WhatIsDoneAboutACaseIsDoneForAllThatHadComeByThen) {
  const auto first = house_.Submit("portal", Petition("P-1"));
  auto again = Petition("P-1");
  again["externalId"] = "P-3";
  const auto second = house_.Submit("portal", again);
  ASSERT_EQ(house_.hub().cases().Member(second)->case_no, house_.hub().cases().Member(first)->case_no);
  house_.Report("portal", first, "transferred");
  auto late = Petition("P-1");
  late["externalId"] = "P-4";
  const auto third = house_.Submit("portal", late);
  const auto stopped = [&](std::uint64_t index) {
    const auto rows = house_.Tables().clocks().OfIntake(index);
    for (const auto& row : rows.value())
      if (row.clock == "disposal") return row.stopped_at.has_value();
    return false;
  };
  EXPECT_TRUE(stopped(first));
  EXPECT_TRUE(stopped(second));
  EXPECT_FALSE(stopped(third));  // who joins later keeps a clock of its own
}

TEST(ManifestFileTest, ReadsLinesAndJsonAndNamesTheLine) {
  const auto lines =
      ReadManifest("\xEF\xBB\xBF编号,摘要\r\nP-1\r\nP-2," + std::string(64, 'a') + "\r\n\r\n", "portal", "2025-03-04");
  ASSERT_TRUE(lines.ok()) << lines.error().message;
  ASSERT_EQ(lines->numbers.size(), 2u);
  EXPECT_EQ(lines->numbers[1].sha256, std::string(64, 'a'));
  EXPECT_EQ(ReadManifest("P-1\n", "portal", "").error().Reason(), "day_missing");
  EXPECT_NE(ReadManifest("P-1\n,abc\n", "portal", "20250304").error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(ReadManifest(R"({"day":"2025-03-04","numbers":[{"externalId":"P-1"}]})", "portal", "")->numbers.size(), 1u);
}

TEST(AlertTest, IsGroupedSignedAndTellsNothingOfSealedOnes) {
  const petition::Time at{std::chrono::milliseconds{1741054320000}};
  EXPECT_TRUE(AlertBody({{true, "differs", "portal", "20250304", 7, 3, true, at}}).is_null());
  const auto body = AlertBody({{true, "missing_here", "portal", "20250304", 7, 3, false, at},
                               {true, "missing_here", "portal", "20250305", 9, 2, false, at},
                               {false, "silence", "hotline", "", 4, 1, false, at},
                               {true, "differs", "portal", "20250304", 8, 1, true, at}});
  ASSERT_EQ(body["began"].size(), 1u);
  EXPECT_EQ(body["began"][0]["kinds"][0]["count"], 5);
  EXPECT_EQ(body["began"][0]["kinds"][0]["ids"], Json::array({7, 9}));
  EXPECT_EQ(body["ended"][0]["source"], "hotline");
  // RFC 4231, case 2, over our own framing would be another text: the form is what is held here.
  const auto signature = AlertSignature("secret", at, "{}");
  EXPECT_EQ(signature, AlertSignature("secret", at, "{}"));
  EXPECT_NE(signature, AlertSignature("secret", at, "{ }"));
  EXPECT_NE(signature, AlertSignature("other", at, "{}"));
  EXPECT_TRUE(signature.starts_with("t=1741054320,v1="));
  EXPECT_EQ(signature.size(), std::string("t=1741054320,v1=").size() + 64);
  AlertOptions options;
  options.mail_from = "a@x";
  options.mail_to = {"b@x"};
  const auto mail = AlertMail(options, at, body);
  EXPECT_NE(mail.find("portal  missing_here  2 / 5\r\n"), std::string::npos);
}

}  // namespace
}  // namespace gateway
