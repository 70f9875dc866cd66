// Oversight's calls over HTTP: registers, exceptions, clocks, the lists behind figures, look-up by number, exports.
#include <gtest/gtest.h>

#include "http_hub.h"
#include "ledger/crypto.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class OversightCallsTest : public HttpHubTest {};

TEST_F(OversightCallsTest, TheExchangeHandsInCallsAndNobodyElse) {
  const Json calls = {
      {"calls", {{{"id", "C-1"}, {"time", "2025-03-04T10:00:00+08:00"}, {"answered", true}, {"seconds", 60}}}}};
  const auto taken = Post("exchange", "/api/v1/calls", calls);
  EXPECT_EQ(taken.status, 201) << taken.body;
  EXPECT_EQ(taken.Json()["lines"], 1);
  EXPECT_EQ(Post("portal", "/api/v1/calls", calls).status, 403);
  EXPECT_EQ(Post("exchange", "/api/v1/registers/mailroom", {{"lines", {{{"day", "2025-03-04"}, {"count", 3}}}}}).status,
            201);
  EXPECT_EQ(Post("exchange", "/api/v1/registers/named", {{"lines", Json::array()}}).status, 404);
  const auto wrong = Post("exchange", "/api/v1/calls", {{"calls", {{{"id", ""}, {"time", "x"}}}}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.Json()["errors"].size(), 2u);
  EXPECT_EQ(Count(ledger::Kind::kRegister), 2u);
}

// From the exchange's door to the exception and its end: a call that nobody registered, a mail by its barcode, a day of
// which the mail room counted more than came.
TEST_F(OversightCallsTest, CallsAndMailsWithoutACaseBeginAndEndAnException) {
  const auto before = [&](int hours) { return petition::FormatTime(clock_.Now() - std::chrono::hours(hours)); };
  const std::string day = before(72).substr(0, 10);
  const auto number_hash = ledger::Hex(ledger::AsBytes(ledger::Sha256("13900001111")));
  const Json calls = {
      {"calls",
       {{{"id", "c-1"}, {"time", before(20)}, {"source", "hotline"}, {"answered", true}, {"seconds", 90}},
        {{"id", "c-2"}, {"time", before(20)}, {"source", "hotline"}, {"answered", true}, {"seconds", 5}},
        {{"id", "c-3"},
         {"time", before(20)},
         {"source", "hotline"},
         {"answered", true},
         {"seconds", 200},
         {"numberHash", number_hash}}}}};
  ASSERT_EQ(Post("exchange", "/api/v1/calls", calls).status, 201);
  const Json mails = {{"lines",
                       {{{"id", "L-0001"}, {"time", before(40)}, {"source", "portal"}},
                        {{"day", day}, {"source", "portal"}, {"count", 2}}}}};
  ASSERT_EQ(Post("exchange", "/api/v1/registers/mailroom", mails).status, 201);
  auto called = Lift("H-1");
  called["receivedAt"] = before(19);
  called["petitioners"][0]["callingNumber"] = "139-0000-1111";
  Register("hotline", called);
  auto letter = Wages("P-1");
  letter["receivedAt"] = before(72);
  Register("portal", letter);
  Settle();
  const auto look = [&] {
    ASSERT_TRUE(hub_->oversight().Check().ok());
    Settle();
  };
  const auto standing = [&](const std::string& kind) {
    return Get("oversight", "/api/v1/oversight/exceptions?kind=" + kind).Json()["exceptions"];
  };
  look();
  const auto call = standing("call_without_case");
  ASSERT_EQ(call.size(), 1u) << call;
  EXPECT_EQ(call[0]["evidence"]["numbers"], Json::array({"c-1"})) << "neither the wrong number nor the caller we know";
  EXPECT_EQ(standing("mail_without_case").size(), 2u);

  auto late = Wages("H-2", 5);
  late["call"] = {{"id", "c-1"}};
  Register("hotline", late);
  auto found = Wages("P-2", 6);
  found["barcode"] = "L-0001";
  found["receivedAt"] = before(72);
  Register("portal", found);
  Settle();
  look();
  EXPECT_TRUE(standing("call_without_case").empty());
  EXPECT_TRUE(standing("mail_without_case").empty());
}

TEST_F(OversightCallsTest, WhatASourceClosesAndNeverRegisteredIsFound) {
  const Json closed = {{"externalId", "P-404"}, {"event", "closed"}, {"text", "已办结"}};
  EXPECT_EQ(Post("portal", "/api/v1/intakes/events", closed).status, 404);
  Settle();
  ASSERT_TRUE(hub_->oversight().Check().ok());
  Settle();
  const auto standing = [&] {
    return Get("oversight", "/api/v1/oversight/exceptions?kind=closed_unregistered").Json()["exceptions"];
  };
  const auto found = standing();
  ASSERT_EQ(found.size(), 1u) << found;
  EXPECT_EQ(found[0]["source"], "portal");
  EXPECT_EQ(found[0]["evidence"]["event"], "closed");
  EXPECT_EQ(found[0]["evidence"]["numbers"], Json::array({"P-404"}));
  Register("portal", Lift("P-404"));
  Settle();
  ASSERT_TRUE(hub_->oversight().Check().ok());
  Settle();
  EXPECT_TRUE(standing().empty());
}

// However it is counted: the list that a counter names has as many rows, for each reader.
TEST_F(OversightCallsTest, EveryCounterOpensTheListOfWhatItCounts) {
  AddUser("sealed", Role::kOversight, false, true);
  AddUser("elsewhere", Role::kOversight, false, false, {"430100"});
  Register("portal", Wages("P-1"));
  Register("hotline", Wages("H-1"));
  Register("portal", Lift("P-2"));
  auto accusation = Lift("P-3");
  accusation["purpose"] = "检举控告";
  accusation["accused"] = "某局副局长";
  accusation["content"] = "检举某局副局长收受贿赂，金额二十万元。";
  Register("portal", accusation);
  EXPECT_EQ(
      Post("portal", "/api/v1/intakes/events", {{"externalId", "P-2"}, {"event", "closed"}, {"text", "已修好"}}).status,
      201);
  Settle();
  const auto size = [&](const std::string& who, const std::string& path) {
    const auto answer = Get(who, path).Json();
    for (const char* name : {"intakes", "cases", "questions", "deliveries"})
      if (answer.contains(name)) return answer["total"] == answer[name].size() ? answer[name].size() : std::size_t{999};
    return std::size_t{998};
  };
  std::size_t seen = 0;
  for (const std::string who : {"oversight", "sealed", "elsewhere"}) {
    const auto summary = Get(who, "/api/v1/oversight/summary").Json();
    const std::function<void(const Json&, const Json&)> compare = [&](const Json& counts, const Json& lists) {
      for (const auto& [name, list] : lists.items()) {
        ASSERT_TRUE(counts.contains(name)) << name;
        if (list.is_object()) {
          compare(counts[name], list);
        } else {
          EXPECT_EQ(counts[name], size(who, list)) << who << " " << list;
          ++seen;
        }
      }
    };
    compare(summary, summary["lists"]);
    EXPECT_EQ(summary["lists"].contains("sealed"), who == "sealed");
  }
  EXPECT_GT(seen, 70u);
  const auto mine = Get("oversight", "/api/v1/oversight/summary").Json();
  EXPECT_EQ(mine["intakes"], 3);
  EXPECT_EQ(mine["cases"]["closed"], 1);
  EXPECT_LT(mine["cases"]["closed"], mine["cases"]["all"]);
  EXPECT_EQ(Get("elsewhere", "/api/v1/oversight/registered").Json()["total"], 0);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/registered?which=sealed").Json()["total"], 0);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/registered?mode=x").status, 422);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/cases?which=x").status, 422);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/questions?state=all").status, 422);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/registered?cursor=x").status, 400);
  EXPECT_EQ(Get("operator", "/api/v1/oversight/registered").status, 403);
  const auto csv = Get("oversight", "/api/v1/oversight/registered?format=csv");
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 4);
}

TEST_F(OversightCallsTest, TheSummaryTellsHowCallsWereAnswered) {
  const auto at = petition::FormatTime(clock_.Now() - std::chrono::hours(2)),
             earlier = petition::FormatTime(clock_.Now() - std::chrono::hours(30));
  const Json calls = {{"calls",
                       {{{"id", "c-1"}, {"time", at}, {"answered", true}, {"seconds", 90}, {"waitSeconds", 8}},
                        {{"id", "c-2"}, {"time", at}, {"answered", true}, {"seconds", 90}, {"waitSeconds", 40}},
                        {{"id", "c-3"}, {"time", at}, {"answered", true}, {"seconds", 90}},
                        {{"id", "c-4"}, {"time", at}, {"answered", false}, {"waitSeconds", 60}},
                        {{"id", "c-5"}, {"time", earlier}, {"answered", false}}}}};
  ASSERT_EQ(Post("exchange", "/api/v1/calls", calls).status, 201);
  Settle();
  const auto told = Get("oversight", "/api/v1/oversight/summary").Json()["calls"];
  EXPECT_EQ(told["connected"]["numerator"], 3) << told;
  EXPECT_EQ(told["connected"]["denominator"], 4);
  EXPECT_EQ(told["inTime"]["numerator"], 1);
  EXPECT_EQ(told["inTime"]["denominator"], 2);
  // Each figure opens as many calls as it counts.
  const auto listed = [&](const Json& figure) {
    std::vector<std::string> ids;
    const auto list = Get("oversight", figure["list"]["path"].get<std::string>()).Json();
    for (const auto& call : list["calls"]) ids.push_back(call["id"]);
    EXPECT_EQ(list["total"], ids.size());
    return ids;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(listed(told["all"]), (Ids{"c-4", "c-3", "c-2", "c-1"}));
  EXPECT_EQ(listed(told["connected"]), (Ids{"c-3", "c-2", "c-1"}));
  EXPECT_EQ(listed(told["connected"]["missed"]), Ids{"c-4"});
  EXPECT_EQ(listed(told["inTime"]), Ids{"c-1"});
  EXPECT_EQ(listed(told["inTime"]["timed"]), (Ids{"c-2", "c-1"}));
  EXPECT_EQ(listed(told["inTime"]["late"]), Ids{"c-2"});
  EXPECT_EQ(told["connected"]["missed"]["calls"], 1);
  const auto of_one = AddUser("zhao", Role::kOversight, false, false, {"439902"});
  EXPECT_EQ(Get(of_one, "/api/v1/oversight/summary").Json()["calls"]["connected"]["denominator"], 0)
      << "calls have no division";
  EXPECT_EQ(Get(of_one, "/api/v1/oversight/calls").Json()["total"], 0);
  EXPECT_EQ(Post("exchange", "/api/v1/calls", {{"calls", {{{"id", "c-6"}, {"time", at}, {"waitSeconds", -1}}}}}).status,
            422);
}

TEST_F(OversightCallsTest, CallsAreListedPageByPageNewestFirst) {
  Json lines = Json::array();
  for (int n = 0; n < 7; ++n) {
    // Two of them at one time: the exchange writes minutes.
    const auto at = petition::FormatTime(clock_.Now() - std::chrono::minutes(n == 3 ? 2 : n));
    lines.push_back({{"id", "c.7/" + std::to_string(n)}, {"time", at}, {"answered", n % 2 == 0}, {"seconds", 30}});
  }
  ASSERT_EQ(Post("exchange", "/api/v1/calls", {{"calls", lines}}).status, 201);
  ASSERT_EQ(Post("exchange", "/api/v1/registers/mailroom",
                 {{"lines", {{{"id", "L-1"}, {"time", petition::FormatTime(clock_.Now())}}}}})
                .status,
            201);
  Settle();
  std::vector<std::string> ids;
  std::string cursor;
  const std::string until = "until=" + [](std::string time) {
    time.replace(time.find('+'), 1, "%2B");
    return time;
  }(petition::FormatTime(clock_.Now() + std::chrono::seconds(1)));
  for (int pages = 0; pages < 9; ++pages) {
    const auto page = Get("oversight", "/api/v1/oversight/calls?limit=2&" + until + "&cursor=" + cursor).Json();
    for (const auto& call : page["calls"]) ids.push_back(call["id"]);
    EXPECT_EQ(page["total"], 7);
    if (page["cursor"].is_null()) break;
    cursor = page["cursor"];
    cursor.replace(cursor.find('/'), 1, "%2F");
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"c.7/0", "c.7/1", "c.7/3", "c.7/2", "c.7/4", "c.7/5", "c.7/6"}));
  const auto call = Get("oversight", "/api/v1/oversight/calls?which=missed&limit=1&" + until).Json()["calls"][0];
  EXPECT_EQ(call["answered"], false);
  EXPECT_EQ(call["waitSeconds"], nullptr);
  EXPECT_NE(Get("oversight", "/api/v1/oversight/calls?format=csv").body.find("c.7/6"), std::string::npos);
  for (const char* wrong : {"which=sealed", "since=yesterday", "until=2025-03-04"})
    EXPECT_EQ(Get("oversight", std::string("/api/v1/oversight/calls?") + wrong).status, 422) << wrong;
  for (const char* wrong : {"cursor=x", "cursor=7", "cursor=.c", "cursor=7x.c"})
    EXPECT_EQ(Get("oversight", std::string("/api/v1/oversight/calls?") + wrong).status, 400) << wrong;
  for (const char* who : {"portal", "operator", "reviewer", "exchange", "admin"})
    EXPECT_EQ(Get(who, "/api/v1/oversight/calls").status, 403) << who;
}

TEST_F(OversightCallsTest, OversightHandsInWhatADestinationSaysItHolds) {
  const auto overseer = AddUser("zhao", Role::kOversight);
  const auto path = "/api/v1/destinations/nowhere/registers";
  const Json reg = {{"day", "2025-03-04"}, {"numbers", {{{"reference", "N-1"}, {"nationalNo", "G1"}}}}};
  EXPECT_EQ(Post("portal", path, reg).status, 403);
  EXPECT_EQ(Post("exchange", path, reg).status, 403);
  EXPECT_EQ(Post("exchange", "/api/v1/registers/upstream", {{"lines", Json::array()}}).status, 404);
  EXPECT_EQ(Post(overseer, path, reg).status, 404);
  const auto wrong = Post(overseer, path, {{"day", 4}, {"numbers", {7}}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.Json()["errors"].size(), 2u);
  EXPECT_EQ(Get(overseer, "/api/v1/oversight/intakes?cursor=x").status, 400);
  EXPECT_EQ(Get(overseer, "/api/v1/oversight/intakes?which=nothing").status, 422);
}

TEST_F(OversightCallsTest, SealedOnesAreNeitherListedNorCountedWithoutTheRight) {
  Register("portal", Lift("P-1"));
  const auto sealed = Register("portal", Accusation("P-2"));
  Settle();
  const auto open_reader = AddUser("zhao", Role::kOversight),
             sealed_reader = AddUser("qian", Role::kOversight, false, true);
  const auto total = [&](const std::string& who, const std::string& path) { return Get(who, path).Json()["total"]; };
  EXPECT_EQ(total(open_reader, "/api/v1/oversight/intakes"), 1);
  EXPECT_EQ(total(sealed_reader, "/api/v1/oversight/intakes"), 2);
  EXPECT_LT(total(open_reader, "/api/v1/oversight/clocks"), total(sealed_reader, "/api/v1/oversight/clocks"));
  EXPECT_EQ(Get(open_reader, "/api/v1/lookup?number=P-2").status, 404);
  EXPECT_EQ(Get(open_reader, "/api/v1/lookup?number=" + NumberOf(sealed)).status, 404);
  EXPECT_EQ(Get(sealed_reader, "/api/v1/lookup?number=P-2").Json()["items"][0]["intakeNo"], sealed["intakeNo"]);
  const auto summary = Get(open_reader, "/api/v1/oversight/summary").Json();
  EXPECT_EQ(summary["volumes"]["byMonth"][0]["intakes"], 1);
  for (const char* day : {"2025-99-01", "2025-02-29", "20250230", "2025-3-4", "today"}) {
    const auto refused = Get(open_reader, std::string("/api/v1/oversight/reconciliation?from=") + day);
    EXPECT_EQ(refused.status, 422) << day;
    EXPECT_EQ(refused.Json()["errors"][0]["pointer"], "/from") << day;
  }
  const auto days = Get(open_reader, "/api/v1/oversight/reconciliation").Json()["days"];
  for (const auto& day : days) EXPECT_FALSE(day.contains("sealed"));
}

TEST_F(OversightCallsTest, WhatPeopleDecideAboutAnExceptionIsCheckedAndKept) {
  auto urgent = Lift("P-1");
  urgent["urgent"] = true;
  Register("portal", urgent);
  Settle();
  ASSERT_TRUE(hub_->oversight().Check().ok());
  Settle();
  const auto list = Get("oversight", "/api/v1/oversight/exceptions?kind=urgent").Json();
  ASSERT_EQ(list["total"], 1) << list;
  const auto path = "/api/v1/oversight/exceptions/" + std::to_string(list["exceptions"][0]["id"].get<int>());
  EXPECT_EQ(Post("oversight", path, Json::object()).status, 400);
  EXPECT_EQ(Post("oversight", path, {{"end", true}}).status, 422);
  EXPECT_EQ(Post("admin", path, {{"note", "x"}}).status, 403);
  EXPECT_EQ(Post("oversight", "/api/v1/oversight/exceptions/999999", {{"note", "x"}}).status, 404);
  EXPECT_EQ(Post("oversight", path, {{"note", "已电话"}, {"owner", "值班"}}).Json()["owner"], "值班");
  const auto ended = Post("oversight", path, {{"end", true}, {"endReason", "已处置"}});
  EXPECT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(ended.Json()["endReason"], "已处置");
  EXPECT_EQ(Post("oversight", path, {{"end", true}, {"endReason", "x"}}).status, 409);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/exceptions?state=ended").Json()["total"], 1);
}

TEST_F(OversightCallsTest, ListsComeAsSpreadsheetsWithoutFormulas) {
  auto lift = Lift("=1+1");
  Register("portal", lift);
  Settle();
  const auto csv = Get("oversight", "/api/v1/oversight/intakes?format=csv");
  EXPECT_EQ(csv.Header("content-type"), "text/csv; charset=utf-8");
  EXPECT_NE(csv.body.find(",'=1+1,"), std::string::npos) << csv.body;
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/clocks?format=xlsx").body.substr(0, 2), "PK");
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/report?format=xlsx").body.substr(0, 2), "PK");
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/report?month=2025-13").status, 400);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/clocks?lamp=pink").status, 422);
  EXPECT_NE(Get("oversight", "/api/v1/oversight/report").body.find("<table>"), std::string::npos);
}

TEST_F(OversightCallsTest, ACaseShowsTheTightestClockOfItsMembers) {
  const auto first = Register("portal", Lift("P-1"));
  const auto read = Get("oversight", "/api/v1/cases/" + CaseOf(first)).Json();
  ASSERT_FALSE(read["clocks"].empty()) << read;
  EXPECT_EQ(read["clocks"][0]["intakeNo"], first["intakeNo"]);
  EXPECT_FALSE(read["members"][0]["clocks"].empty());
}

}  // namespace
}  // namespace gateway::http_test
