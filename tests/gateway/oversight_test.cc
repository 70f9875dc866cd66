// Findings, registers, figures and clocks over a real hub: what begins, what ends, what a rebuild gives again, and what
// a reader without the right is told.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

#include "dedup/case_book_file.h"
#include "gateway/asked_registers.h"
#include "gateway/manifest.h"
#include "gateway/oversight/alert_sender.h"
#include "gateway/oversight/figures.h"
#include "gateway/oversight/manifest_file.h"
#include "gateway/state/matters.h"
#include "gateway/upstream_register.h"
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

TEST_F(OversightTest, WhatADestinationHoldsIsHeldAgainstWhatItAcknowledged) {
  house_.destinations_ = {"national"};
  house_.Open(true);
  const auto acknowledge = [&](std::uint64_t index, const std::string& number) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kDelivered;
    draft.about = index;
    draft.record = petition::CanonicalJson({{"kind", "delivered"},
                                            {"v", 1},
                                            {"intake", index},
                                            {"destination", "national"},
                                            {"outcome", "done"},
                                            {"nationalNo", number},
                                            {"state", "registered"},
                                            {"at", petition::FormatTime(house_.clock().Now())}});
    ASSERT_TRUE(house_.hub().ledger().Append(std::move(draft)).ok());
    house_.Fold();
  };
  const auto held = house_.Submit("portal", Petition("P-1")), lost = house_.Submit("portal", Petition("P-2")),
             other = house_.Submit("portal", Petition("P-3")), unknown = house_.Submit("portal", Petition("P-4")),
             sealed = house_.Submit("portal", Petition("P-5", true));
  acknowledge(held, "G1");
  acknowledge(lost, "G2");
  acknowledge(other, "G3");
  acknowledge(sealed, "G5");
  const auto no = [&](std::uint64_t index) { return house_.hub().cases().Member(index)->intake_no; };
  UpstreamRegister reg{"national",
                       "2025-03-04",
                       {},
                       {{no(held), "G1"}, {no(other), "G9"}, {no(unknown), "G4"}, {"X-1", ""}, {no(held), "G1"}}};
  // Folded by a thread of its own, as in a hub that runs.
  house_.hub().follower().Start();
  const auto answer = RecordUpstreamRegister(house_.hub(), reg, Overseer());
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_TRUE(answer->compared);
  const auto json = UpstreamAnswerToJson(*answer);
  EXPECT_EQ(json["missingHere"], Json::array({no(unknown), "X-1"}));
  EXPECT_EQ(json["missingThere"], Json::array({no(lost)}));  // not the sealed one: out of this reader's sight
  EXPECT_EQ(json["differs"], Json::array({no(other)}));
  EXPECT_EQ(json["countedTwice"], Json::array({no(held)}));
  house_.hub().follower().Stop();
  house_.Open(true);

  EXPECT_TRUE(house_.Findings("upstream_missing").empty());
  house_.clock().Advance(hours(7));
  house_.Look();
  ASSERT_EQ(house_.Findings("upstream_missing").size(), 2u);  // the sealed one apart
  EXPECT_EQ(house_.Findings("upstream_missing", FindingFilter::State::kOpen, false).size(), 1u);
  EXPECT_EQ(house_.Findings("upstream_unknown")[0].count, 2u);
  EXPECT_EQ(house_.Findings("upstream_differs").size(), 1u);
  EXPECT_EQ(house_.Findings("upstream_twice").size(), 1u);
  const auto day = house_.Tables().registers().DaysOf("portal", "20250304", "20250304", dedup::Scope::Everything());
  ASSERT_EQ(day->size(), 1u);
  EXPECT_EQ((*day)[0].here, 4u);
  EXPECT_EQ((*day)[0].acknowledged, 3u);
  EXPECT_EQ((*day)[0].confirmed, 2u);
  EXPECT_TRUE(house_.Tables().registers().DaysOf("portal", "", "", {"", {"440000"}, true})->empty());

  // The register that is right ends all but what was acknowledged in the meantime nowhere.
  acknowledge(unknown, "G4");
  reg.lines = {{no(held), "G1"}, {no(lost), "G2"}, {no(other), "G3"}, {no(unknown), "G4"}, {no(sealed), "G5"}};
  ASSERT_TRUE(RecordUpstreamRegister(house_.hub(), reg, Overseer(true)).ok());
  house_.Fold();
  house_.clock().Advance(hours(7));
  house_.Look();
  for (const char* kind : {"upstream_missing", "upstream_unknown", "upstream_differs", "upstream_twice"})
    EXPECT_TRUE(house_.Findings(kind).empty()) << kind;
  const auto before = house_.Tables().Dump().value();
  house_.Rebuild();
  EXPECT_EQ(house_.Tables().Dump().value(), before);
}

// How far intakes came is kept by sums: whatever order deliveries, registers and seals move in, they say what the
// deliveries of each intake say.
TEST_F(OversightTest, TheDaysOfASourceTellHowFarItsIntakesCame) {
  house_.destinations_ = {"national", "province"};
  house_.Open(true);
  std::vector<std::uint64_t> intakes;
  for (int n = 0; n < 12; ++n) {
    auto one = Petition("P-" + std::to_string(n), n % 4 == 3);
    one["division"] = n % 2 == 0 ? "439902" : "430105";
    one["receivedAt"] = n % 3 == 0 ? "2025-03-03T10:00:00+08:00" : "2025-03-04T10:00:00+08:00";
    intakes.push_back(house_.Submit(n % 5 == 0 ? "hotline" : "portal", one));
  }
  const auto end = [&](std::uint64_t index, const char* destination, const char* outcome) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kDelivered;
    draft.about = index;
    draft.record = petition::CanonicalJson({{"kind", "delivered"},
                                            {"v", 1},
                                            {"intake", index},
                                            {"destination", destination},
                                            {"outcome", outcome},
                                            {"nationalNo", ""},
                                            {"state", ""},
                                            {"at", petition::FormatTime(house_.clock().Now())}});
    ASSERT_TRUE(house_.hub().ledger().Append(std::move(draft)).ok());
    house_.Fold();
  };
  std::set<std::uint64_t> listed;
  const auto list = [&](const std::string& day, const std::set<std::uint64_t>& held) {
    UpstreamRegister reg{"national", day, {}, {}};
    for (const auto index : held) reg.lines.push_back({house_.hub().cases().Member(index)->intake_no, ""});
    ASSERT_TRUE(RecordUpstreamRegister(house_.hub(), reg, Overseer(true)).ok());
    house_.Fold();
  };
  const auto seal = [&](std::uint64_t index, bool sealed) {
    Principal reviewer;
    reviewer.role = Role::kReviewer;
    reviewer.name = "li";
    reviewer.sealed = true;
    ASSERT_TRUE(house_.hub().decisions().Seal(reviewer, index, sealed, "核实").ok());
    house_.Fold();
  };
  using Reached = std::array<std::uint64_t, 6>;  // here, sealed, delivered, acknowledged, parked, confirmed
  const auto check = [&](const char* when) {
    for (const std::string division : {"", "43", "4399", "439902", "44"}) {
      std::map<std::pair<std::string, std::string>, Reached> expected, told;
      for (const auto index : intakes) {
        const auto member = house_.hub().cases().Member(index).value();
        if (!member.division.starts_with(division)) continue;
        auto& sums = expected[{member.source, petition::LocalDay(member.received_at)}];
        ++sums[member.sealed ? 1 : 0];
        if (member.sealed) continue;
        const auto first = house_.hub().deliveries().OfIntake(index)->at(0);
        const bool done = first.state == DeliveryState::kDone;
        sums[2] += done || first.attempts > 0 ? 1 : 0;
        sums[3] += done ? 1 : 0;
        sums[4] += first.state == DeliveryState::kParked ? 1 : 0;
        sums[5] += done && listed.contains(index) ? 1 : 0;
      }
      dedup::Scope scope = dedup::Scope::Everything();
      if (!division.empty()) scope.divisions = {division};
      const auto days = house_.Tables().registers().DaysOf("", "", "", scope).value();
      for (const auto& day : days)
        told[{day.source, day.day}] = {day.here,         day.here_sealed, day.delivered,
                                       day.acknowledged, day.parked,      day.confirmed};
      EXPECT_EQ(told, expected) << when << ", within " << division;
    }
  };
  check("before anything was sent");
  for (const std::size_t n : {0, 1, 3, 4, 5, 6}) end(intakes[n], "national", "done");
  for (const std::size_t n : {2, 7, 8}) end(intakes[n], "national", "permanent");
  end(intakes[9], "province", "done");  // not its first
  check("after some were acknowledged");
  listed = {intakes[0], intakes[1], intakes[2], intakes[3]};
  list("2025-03-03", listed);
  list("2025-03-04", {intakes[1]});
  check("with what the destination holds");
  end(intakes[2], "national", "done");  // retried, and held there already
  seal(intakes[1], true);
  seal(intakes[3], false);
  check("after the seals turned");
  ASSERT_TRUE(house_.hub()
                  .deliveries()
                  .Get(house_.hub().deliveries().OfIntake(intakes[10])->at(0).id, dedup::Scope::Everything())
                  .ok());
  ASSERT_TRUE(
      house_.hub().deliveries().MarkSending(house_.hub().deliveries().OfIntake(intakes[10])->at(0).id, {}).ok());
  check("while one is being sent");
  ASSERT_TRUE(
      house_.hub().deliveries().MarkDeferred(house_.hub().deliveries().OfIntake(intakes[10])->at(0).id, {}, "").ok());
  list("2025-03-03", {intakes[0], intakes[5]});
  listed = {intakes[0], intakes[1], intakes[5]};  // the other day's register holds the second
  seal(intakes[1], false);
  check("with another register of that day");
  const auto before = house_.Tables().Dump().value();
  EXPECT_NE(before.find("reached [0,\"\",20250303"), std::string::npos);
  house_.Rebuild();
  EXPECT_EQ(house_.Tables().Dump().value(), before);
  check("folded again");
}

// Rare things are looked for by an index, common ones in order: the list is the same.
TEST_F(OversightTest, AListIsTheSameHoweverItIsLookedFor) {
  const std::string channels[] = {"portal", "letter"}, categories[] = {"010100", "020000", ""};
  for (int n = 0; n < 24; ++n) {
    auto one = Petition("P-" + std::to_string(n), n % 8 == 7);
    one["channel"] = channels[n % 2];
    one["category"] = categories[n % 3];
    one["division"] = n % 5 == 0 ? "430105" : "439902";
    one["receivedAt"] = "2025-0" + std::to_string(2 + n % 2) + "-04T10:00:00+08:00";
    one["claims"] = {{"first", n % 2 == 0}, {"repeat", n % 6 == 0}};
    if (n % 9 == 0) one["urgent"] = true;
    house_.Submit(n % 7 == 0 ? "hotline" : "portal", one);
  }
  auto again = Petition("P-2");
  again["externalId"] = "H-1";
  again["channel"] = "hotline";
  again["content"] = again["content"].get<std::string>() + "请尽快处理。";
  const auto repeated = house_.Submit("hotline", again);
  house_.Report("hotline", repeated, "rated", {{"rating", "满意"}});
  auto& items = house_.Tables().items();
  const auto numbers = [&](const ItemFilter& filter) {
    std::vector<std::uint64_t> listed;
    std::string cursor;
    do {
      const auto page = items.List(filter, dedup::Scope::Everything(), cursor, 5).value();
      EXPECT_EQ(page.total, items.List(filter, dedup::Scope::Everything(), "", 500)->rows.size());
      for (const auto& row : page.rows) listed.push_back(row.index);
      cursor = page.next;
    } while (!cursor.empty());
    return listed;
  };
  ItemFilter all;
  const auto rows = items.List(all, dedup::Scope::Everything(), "", 500)->rows;
  ASSERT_EQ(rows.size(), 25u);
  std::size_t some = 0;
  for (const std::string source : {"", "portal"})
    for (const std::string channel : {"", "letter", "-"})
      for (const std::string division : {"", "43", "439902", "-"})
        for (const std::string category : {"", "010100", "-"})
          for (const std::string relation : {"", "new", "duplicate"})
            for (const std::string day : {"", "20250204"}) {
              ItemFilter filter;
              filter.source = source;
              filter.channel = channel;
              filter.division = division;
              filter.category = category;
              filter.relation = relation;
              filter.day_from = filter.day_to = day;
              const auto is = [](const std::string& value, const std::string& asked) {
                return asked.empty() || (asked == "-" ? value.empty() : value == asked);
              };
              std::vector<std::uint64_t> expected;
              for (const auto& row : rows) {
                const bool within = division == "-" ? row.division.empty() : row.division.starts_with(division);
                if (is(row.source, source) && is(row.channel, channel) && is(row.category, category) && within &&
                    is(row.relation, relation) && is(row.day, day))
                  expected.push_back(row.index);
              }
              some += expected.empty() ? 0 : 1;
              const auto asked = source + "|" + channel + "|" + division + "|" + category + "|" + relation + "|" + day;
              EXPECT_EQ(numbers(filter), expected) << asked;
              // In another order they are the same ones.
              for (const char* sort : {"-received", "category"}) {
                filter.sort = sort;
                auto sorted = numbers(filter);
                std::sort(sorted.rbegin(), sorted.rend());
                EXPECT_EQ(sorted, expected) << asked << " by " << sort;
              }
            }
  EXPECT_GT(some, 50u);
  const auto chosen = [&](const char* which, const std::string& channel = "") {
    ItemFilter filter;
    filter.which = which;
    filter.channel = channel;
    filter.pending_before = house_.clock().Now() + hours(48);
    return numbers(filter).size();
  };
  EXPECT_EQ(chosen("urgent"), 3u);
  EXPECT_EQ(chosen("urgent", "letter"), 1u);
  EXPECT_EQ(chosen("claimed_repeat"), 4u);
  EXPECT_EQ(chosen("claims_differ"), 5u) << "four that are none, and one that is";
  EXPECT_EQ(chosen("rated"), 1u);
  EXPECT_EQ(chosen("satisfied"), 1u);
  EXPECT_EQ(chosen("repeats"), 1u);
  EXPECT_EQ(chosen("future"), 0u);
  EXPECT_EQ(chosen("first_hub"), 24u);
  EXPECT_EQ(chosen("long_pending"), 24u);
  ItemFilter flow;
  flow.which = "repeats";
  flow.first_channel = "portal";
  EXPECT_EQ(numbers(flow), std::vector<std::uint64_t>{repeated});
  flow.channel = "hotline";
  EXPECT_EQ(numbers(flow), std::vector<std::uint64_t>{repeated});
  flow.first_channel = "letter";
  EXPECT_TRUE(numbers(flow).empty());
  ItemFilter matter;
  matter.matter = house_.hub().cases().Member(repeated)->case_no;
  EXPECT_EQ(numbers(matter).size(), 2u);
  for (auto* filter : {&flow, &matter}) {
    filter->sort = "source";
    const auto rising = numbers(*filter);
    filter->sort = "-source";
    auto falling = numbers(*filter);
    std::reverse(falling.begin(), falling.end());
    EXPECT_EQ(falling, rising);
  }
  EXPECT_EQ(numbers(matter).size(), 2u);
}

// Through which channel a matter was told first follows its case: when cases are merged and parted again, too.
TEST_F(OversightTest, FlowsFollowTheCases) {
  const auto first = house_.Submit("portal", Petition("P-1"));
  auto later = Petition("P-2");
  later["channel"] = "letter";
  later["division"] = "430105";
  const auto second = house_.Submit("portal", later);
  auto again = Petition("P-2");
  again["externalId"] = "H-1";
  again["channel"] = "hotline";
  again["division"] = "430105";
  again["content"] = again["content"].get<std::string>() + "请尽快处理。";
  const auto third = house_.Submit("hotline", again);
  ASSERT_EQ(house_.hub().cases().Member(third)->case_no, house_.hub().cases().Member(second)->case_no);
  using Flows = std::map<std::pair<std::string, std::string>, std::uint64_t>;
  const auto flows = [&](const std::vector<std::string>& divisions = {}) {
    Flows told;
    dedup::Scope scope = dedup::Scope::Everything();
    scope.divisions = divisions;
    const auto all = ChannelFlows(house_.hub().cases(), "", "", scope).value();
    for (const auto& flow : all) told[{flow.from, flow.to}] = flow.intakes;
    return told;
  };
  EXPECT_EQ(flows(), (Flows{{{"letter", "hotline"}, 1}}));
  Principal reviewer;
  reviewer.role = Role::kReviewer;
  reviewer.name = "li";
  const auto case_of = [&](std::uint64_t index) { return house_.hub().cases().Member(index)->case_no; };
  ASSERT_TRUE(house_.hub().decisions().Merge(reviewer, case_of(first), case_of(second), "同一件事").ok());
  house_.Fold();
  const auto merged = flows();
  EXPECT_EQ((merged.count({"portal", "hotline"})), 1u) << "told first by the lead of both";
  EXPECT_EQ((merged.count({"letter", "hotline"})), 0u);
  EXPECT_EQ((flows({"4301"}).count({"", "hotline"})), 1u) << "the first one lies outside the scope";
  const auto before = house_.Tables().Dump().value();
  house_.Rebuild();
  EXPECT_EQ(house_.Tables().Dump().value(), before);
  EXPECT_EQ(flows(), merged);
  house_.Open(true);
  const std::vector<std::string> leaving{house_.hub().cases().Member(first)->intake_no};
  ASSERT_TRUE(house_.hub().decisions().Split(reviewer, case_of(first), leaving, "不是一件事").ok());
  house_.Fold();
  EXPECT_EQ(flows(), (Flows{{{"letter", "hotline"}, 1}}));
}

TEST_F(OversightTest, ANumberThatAnotherSourceNamesIsLookedFor) {
  for (int n : {100, 101, 103, 104}) house_.Submit("portal", Petition("GD-" + std::to_string(n)));
  const auto name = [&](const std::string& number, const std::string& earlier) {
    auto again = Petition(number);
    again["channel"] = "hotline";
    again["claims"]["repeatOf"] = earlier;
    house_.Submit("hotline", again);
  };
  name("H-1", "GD-102");  // among the portal's numbers, and not here
  name("H-2", "GD-103");  // here
  name("H-3", "GD-900");  // from before, or another's
  house_.clock().Advance(hours(20));
  house_.Look();
  const auto found = house_.Findings("named_not_registered");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].source, "portal");
  EXPECT_EQ(found[0].evidence["numbers"], Json::array({"GD-102"}));
  house_.Submit("portal", Petition("GD-102"));
  house_.Look();
  EXPECT_TRUE(house_.Findings("named_not_registered").empty());
}

TEST_F(OversightTest, NumbersThatLinkToAnotherSystemAreLookedForToo) {
  for (int n : {100, 101, 103, 104}) house_.Submit("portal", Petition("GD-" + std::to_string(n)));
  const auto link = [&](const std::string& number, const char* field, const std::string& other) {
    auto linked = Petition(number);
    linked["channel"] = "hotline";
    linked[field] = other;
    house_.Submit("hotline", linked);
  };
  link("H-1", "upstreamNo", "GD-102");
  link("H-2", "linkNo", "GD-105");
  link("H-3", "upstreamNo", "GD-104");  // here
  link("H-4", "linkNo", "5f2c9c1e-78aa-4e0a-9d3b-1f6b8c0d2e17");
  house_.clock().Advance(hours(20));
  house_.Look();
  const auto found = house_.Findings("named_not_registered");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].evidence["numbers"], Json::array({"GD-102", "GD-105"}));
  const auto before = house_.Tables().Dump().value();
  house_.Rebuild();
  EXPECT_EQ(house_.Tables().Dump().value(), before);
}

TEST_F(OversightTest, WhatNobodyAcknowledgesAndWhatIsParkedIsFoundByDestination) {
  house_.destinations_ = {"national"};
  house_.Open(true);
  const auto waits = house_.Submit("portal", Petition("P-1")), parked = house_.Submit("portal", Petition("P-2"));
  ledger::Draft draft;
  draft.kind = ledger::Kind::kDelivered;
  draft.about = parked;
  draft.record = petition::CanonicalJson({{"kind", "delivered"},
                                          {"v", 1},
                                          {"intake", parked},
                                          {"destination", "national"},
                                          {"outcome", "permanent"},
                                          {"nationalNo", ""},
                                          {"state", ""},
                                          {"reason", "bad_format"},
                                          {"owner", "uplink"},
                                          {"at", petition::FormatTime(house_.clock().Now())}});
  ASSERT_TRUE(house_.hub().ledger().Append(std::move(draft)).ok());
  house_.Fold();
  house_.clock().Advance(hours(11));
  house_.Look();
  EXPECT_TRUE(house_.Findings("unacknowledged").empty()) << "twelve hours are given";
  house_.clock().Advance(hours(2));
  house_.Look();
  const auto no = [&](std::uint64_t index) { return house_.hub().cases().Member(index)->intake_no; };
  for (const auto& [kind, index] : {std::pair("unacknowledged", waits), std::pair("parked", parked)}) {
    const auto found = house_.Findings(kind);
    ASSERT_EQ(found.size(), 1u) << kind;
    EXPECT_EQ(found[0].evidence["destination"], "national");
    EXPECT_EQ(found[0].evidence["intakes"], Json::array({no(index)}));
  }
}

TEST_F(OversightTest, TimesInTheFutureAndYearsWithoutHolidaysAreFound) {
  auto early = Petition("P-1");
  early["receivedAt"] = "2025-03-06T10:00:00+08:00";
  house_.Submit("portal", early);
  auto at_once = Petition("P-2");
  at_once["receivedAt"] = petition::FormatTime(house_.clock().Now() + std::chrono::minutes(4));  // clocks differ
  house_.Submit("portal", at_once);
  house_.Look();
  const auto found = house_.Findings("future_time");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].day, "20250306");
  EXPECT_EQ(found[0].count, 1u);
  ItemFilter future;
  future.which = "future";
  EXPECT_EQ(house_.Tables().items().List(future, dedup::Scope::Everything(), "", 10)->rows.at(0).number, "P-1");
  EXPECT_TRUE(house_.Findings("calendar_missing").empty());
  house_.clock().Set(petition::ParseTime("2026-12-10T09:00:00+08:00").value());
  house_.Look();
  ASSERT_EQ(house_.Findings("calendar_missing").size(), 1u) << "working days reach into a year that nobody loaded";
  EXPECT_EQ(house_.Findings("calendar_missing")[0].evidence["year"], 2027);
}

TEST_F(OversightTest, AUnitThatClosesWithoutAReplyIsAnException) {
  const auto silent = house_.Submit("portal", Petition("P-1")), told = house_.Submit("portal", Petition("P-2")),
             sealed = house_.Submit("portal", Petition("P-3", true));
  auto question = Petition("P-4");
  question["isPetition"] = false;
  const auto asked = house_.Submit("portal", question);
  house_.Report("portal", told, "replied");
  for (const auto index : {silent, told, sealed, asked}) house_.Report("portal", index, "closed");
  house_.Look();
  EXPECT_TRUE(house_.Findings("closed_without_reply").empty()) << "the reply may come behind";
  house_.clock().Advance(hours(13));
  house_.Look();
  auto open = house_.Findings("closed_without_reply", FindingFilter::State::kOpen, false);
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].count, 1u);
  EXPECT_EQ(open[0].evidence["numbers"][0], house_.hub().cases().Member(silent)->intake_no);
  EXPECT_EQ(house_.Findings("closed_without_reply").size(), 2u) << "the sealed one apart";
  house_.Report("portal", silent, "replied");
  house_.Look();
  EXPECT_TRUE(house_.Findings("closed_without_reply", FindingFilter::State::kOpen, false).empty());
}

TEST_F(OversightTest, ADateThatALaterVersionMovesIsAnException) {
  auto first = Petition("P-1");
  first["receivedAt"] = "2025-03-03T09:00:00+08:00";
  house_.Submit("portal", first);
  auto same_day = first;
  same_day["content"] = first["content"].get<std::string>() + "补充一句。";
  same_day["receivedAt"] = "2025-03-03T11:00:00+08:00";
  house_.Submit("portal", same_day);
  house_.Look();
  EXPECT_TRUE(house_.Findings("date_changed").empty());
  auto later = same_day;
  later["content"] = first["content"].get<std::string>() + "又补充一句。";
  later["receivedAt"] = "2025-03-04T09:00:00+08:00";
  house_.Submit("portal", later);
  auto silent = later;
  silent["content"] = first["content"].get<std::string>() + "再补充一句。";
  silent.erase("receivedAt");
  house_.clock().Advance(hours(24));
  house_.Submit("portal", silent);
  house_.Look();
  const auto found = house_.Findings("date_changed");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].count, 1u) << "one that says no date changes none";
}

/// One that can be asked what it holds.
class AskedDestination final : public adapters::Destination {
 public:
  std::string_view name() const override { return "national"; }
  adapters::Answer Register(const adapters::Parcel&) override { return {}; }
  adapters::Answer Send(const adapters::Update&) override { return {}; }
  petition::Result<std::optional<adapters::Answer>> FindByReference(std::string_view, std::string_view) override {
    return std::optional<adapters::Answer>();
  }
  petition::Result<adapters::Instructions> Fetch(std::string_view, std::size_t) override {
    return adapters::Instructions();
  }
  petition::Status Acknowledge(std::string_view) override { return petition::Ok(); }
  petition::Result<std::optional<adapters::HeldDay>> HeldOn(std::string_view day, std::size_t) override {
    asked_.emplace_back(day);
    const auto found = held_.find(std::string(day));
    return std::optional(found == held_.end() ? adapters::HeldDay() : found->second);
  }
  void Interrupt() override {}

  std::map<std::string, adapters::HeldDay> held_;
  std::vector<std::string> asked_;
};

TEST_F(OversightTest, ADestinationThatCanBeAskedReconcilesByItself) {
  house_.destinations_ = {"national"};
  house_.Open(true);
  const auto index = house_.Submit("portal", Petition("P-1"));
  ledger::Draft draft;
  draft.kind = ledger::Kind::kDelivered;
  draft.about = index;
  draft.record = petition::CanonicalJson({{"kind", "delivered"},
                                          {"v", 1},
                                          {"intake", index},
                                          {"destination", "national"},
                                          {"outcome", "done"},
                                          {"nationalNo", "G1"},
                                          {"state", "registered"},
                                          {"at", petition::FormatTime(house_.clock().Now())}});
  ASSERT_TRUE(house_.hub().ledger().Append(std::move(draft)).ok());
  house_.Fold();
  AskedDestination national;
  const auto ask = [&] {
    house_.hub().follower().Start();
    AskUpstreamRegisters(house_.hub(), national);
    house_.hub().follower().Stop();
    house_.Open(true);
  };
  ask();
  EXPECT_EQ(national.asked_.size(), 7u) << "the days of the last week that are over";
  EXPECT_EQ(std::count(national.asked_.begin(), national.asked_.end(), "20250304"), 0) << "today is not over";
  ask();
  EXPECT_EQ(national.asked_.size(), 7u) << "each of them once";

  // The day is over, and its register does not hold what was acknowledged on it.
  house_.clock().Advance(hours(24));
  ask();
  EXPECT_EQ(national.asked_.back(), "20250304");
  house_.clock().Advance(hours(7));
  house_.Look();
  ASSERT_EQ(house_.Findings("upstream_missing").size(), 1u);

  // Cut off by what was asked for: said to be more than it lists.
  national.held_["20250305"] = {{{house_.hub().cases().Member(index)->intake_no, "G1"}}, true};
  house_.clock().Advance(hours(24));
  ask();
  house_.clock().Advance(hours(7));
  house_.Look();
  EXPECT_EQ(house_.Findings("cut_register").size(), 1u);
  EXPECT_TRUE(house_.Findings("upstream_missing").empty());
}

TEST_F(OversightTest, WrongUpstreamRegistersNameFieldAndLine) {
  const auto json =
      UpstreamRegisterFromJson(Json{{"day", "2025-03-04"}, {"numbers", {{{"reference", 7}}}}}, "national");
  ASSERT_FALSE(json.ok());
  EXPECT_EQ(json.error().fields.at(0).pointer, "/numbers/0/reference");
  EXPECT_NE(ReadUpstreamRegister("登记编号,上级编号\n,G1\n", "national", "20250304").error().message.find("line 2"),
            std::string::npos);
  EXPECT_EQ(ReadUpstreamRegister("N-1,G1\nN-2\n", "national", "20250304")->lines.at(1).reference, "N-2");
  EXPECT_EQ(RecordUpstreamRegister(house_.hub(), {"nowhere", "2025-03-04", {}, {}}, Overseer()).error().code,
            petition::Code::kNotFound);
  house_.destinations_ = {"national"};
  house_.Open(true);
  house_.Submit("portal", Petition("P-1"));
  const auto wrong = RecordUpstreamRegister(house_.hub(), {"national", "4. 3.", {}, {{"", ""}}}, Overseer());
  ASSERT_EQ(wrong.error().fields.size(), 2u);
  EXPECT_EQ(wrong.error().fields[0].pointer, "/day");
}

TEST_F(OversightTest, ScopesAreCoveredByAsFewSumsAsHoldThem) {
  for (const auto& [number, division] :
       {std::pair("P-1", "439902"), std::pair("P-2", "430102"), std::pair("P-3", "430103"), std::pair("P-4", "")}) {
    auto json = Petition(number);
    json["division"] = division;
    house_.Submit("portal", json);
  }
  const auto count = [&](std::vector<std::string> divisions) {
    const auto sums = house_.Tables().items().Sums("source", "", "", {"", std::move(divisions), true}).value();
    return sums.empty() ? std::uint64_t{0} : sums[0].intakes;
  };
  EXPECT_EQ(count({}), 4u);
  EXPECT_EQ(count({"430000"}), 3u);
  EXPECT_EQ(count({"430100"}), 2u);
  EXPECT_EQ(count({"430102"}), 1u);
  EXPECT_EQ(count({"430102", "430100", "439900"}), 3u);  // one within another is counted once
  EXPECT_EQ(count({"440000"}), 0u);
  EXPECT_EQ(count({"nowhere"}), 0u);
  EXPECT_EQ(house_.Tables().items().Sums("division", "", "", {"", {"430100"}, true})->size(), 2u);
}

TEST_F(OversightTest, EveryFigureOpensWhatItCounts) {
  const auto old = house_.Submit("portal", Petition("P-1"));
  house_.clock().Advance(std::chrono::hours(24 * 91));
  const auto rated = house_.Submit("portal", Petition("P-2"));
  house_.Report("portal", rated, "closed");
  house_.Report("portal", rated, "rated", {{"rating", "满意"}});
  const auto figures =
      FiguresOf(house_.Tables(), house_.hub().cases(), {}, dedup::Scope::Everything(), house_.clock().Now()).value();
  EXPECT_EQ(figures["longPending"]["total"], 1);
  EXPECT_EQ(figures["rates"]["satisfaction"]["numerator"], 1);
  const auto listed = [&](const Json& figure, const dedup::Scope& scope = dedup::Scope::Everything()) {
    const auto path = figure.at("list").at("path").get<std::string>();
    const auto which = path.substr(path.find("which=") + 6);
    ItemFilter filter;
    filter.which = which;
    filter.pending_before = house_.clock().Now() - kLongPending;
    std::vector<std::uint64_t> indexes;
    const auto listing = house_.Tables().items().List(filter, scope, "", 10).value();
    for (const auto& row : listing.rows) indexes.push_back(row.index);
    return indexes;
  };
  EXPECT_EQ(listed(figures["longPending"]), std::vector<std::uint64_t>{old});
  EXPECT_EQ(listed(figures["rates"]["satisfaction"]), std::vector<std::uint64_t>{rated});
  EXPECT_EQ(listed(figures["rates"]["firstTime"]["hub"]), (std::vector<std::uint64_t>{rated, old}));
  EXPECT_TRUE(listed(figures["longPending"], {"", {"430100"}, true}).empty());
  ItemFilter matter;
  matter.matter = figures["longPending"]["cases"][0]["caseNo"].get<std::string>();
  const auto page = house_.Tables().items().List(matter, dedup::Scope::Everything(), "", 10).value();
  ASSERT_EQ(page.total, 1u);
  EXPECT_EQ(page.rows[0].index, old);
  matter.matter = "C439900-20200101-000001-X";
  EXPECT_EQ(house_.Tables().items().List(matter, dedup::Scope::Everything(), "", 10)->total, 0u);
}

/// Takes what it is told, or does not.
class Listener final : public AlertChannel {
 public:
  Listener(bool& takes, std::vector<Json>& told) : takes_(takes), told_(told) {}
  std::string_view name() const override { return "listener"; }
  bool Deliver(petition::Time, const Json& body) override {
    if (takes_) told_.push_back(body);
    return takes_;
  }

 private:
  bool& takes_;
  std::vector<Json>& told_;
};

TEST_F(OversightTest, AlertsThatWereNotTakenAreToldAfterARestartAsOneMessage) {
  bool takes = false;
  std::vector<Json> told;
  support::TemporaryFolder folder;
  const auto open = [&] {
    std::vector<std::unique_ptr<AlertChannel>> channels;
    channels.push_back(std::make_unique<Listener>(takes, told));
    return AlertSender::Open({}, std::move(channels), house_.Tables().findings(),
                             std::filesystem::path(folder.path()) / "alerts", house_.hub().ledger().size(),
                             house_.clock())
        .value();
  };
  auto sender = open();
  auto threat = Petition("P-1");
  threat["urgent"] = true;
  const auto index = house_.Submit("portal", threat);
  house_.Submit("portal", Petition("P-2", true));
  ASSERT_EQ(house_.Look().began, 1u);
  EXPECT_EQ(sender->Step().value(), 0u);
  EXPECT_EQ(sender->failures(), 1u);
  EXPECT_EQ(sender->Step().value(), 0u);  // not its time yet
  EXPECT_EQ(sender->failures(), 1u);
  // It ends meanwhile, and the hub with it.
  house_.Report("portal", index, "accepted");
  ASSERT_EQ(house_.Look().ended, 1u);
  sender.reset();
  house_.Open(true);
  takes = true;
  sender = open();
  EXPECT_EQ(sender->Step().value(), 1u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0]["began"][0]["kinds"][0]["kind"], "urgent");
  EXPECT_EQ(told[0]["ended"][0]["kinds"][0]["kind"], "urgent");
  // Told once: neither again, nor after another restart.
  house_.clock().Advance(std::chrono::hours(1));
  EXPECT_EQ(sender->Step().value(), 0u);
  sender.reset();
  sender = open();
  EXPECT_EQ(sender->Step().value(), 0u);
  EXPECT_EQ(told.size(), 1u);
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

TEST_F(OversightTest, ClocksThatMovedBesideTheFollowerAreCountedAtTheNextStart) {
  house_.Submit("portal", Petition("P-1"));
  const auto running = [&] {
    const auto totals =
        house_.Tables().clocks().Totals("", "", dedup::Scope::Everything(), house_.clock().Now()).value();
    std::uint64_t sum = 0;
    for (const auto& total : totals) sum += total.green + total.yellow + total.red + total.unknown;
    return sum;
  };
  const std::uint64_t before = running();
  ASSERT_GT(before, 0u);
  house_.hub().cases().file().Writer()->Exec("DELETE FROM clocks WHERE clock=(SELECT MIN(clock) FROM clocks)");
  EXPECT_EQ(running(), before);
  house_.Open(true);
  EXPECT_EQ(running(), before - 1);
  house_.Open(true);
  EXPECT_EQ(running(), before - 1);
}

}  // namespace
}  // namespace gateway
