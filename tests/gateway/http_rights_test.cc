// Who may call what, and what stays hidden: every route with every role, sealed intakes in every call, planted personal
// values in every answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

/// The last day ends at another moment each time it is asked for.
std::string AnyTime(const std::string& answer) {
  static const std::regex window("since=[^&\"]*&until=[^&\"]*");
  return std::regex_replace(answer, window, "");
}

const std::vector<std::string> kRoles = {"portal",     "operator", "reviewer", "handler", "oversight",
                                         "department", "auditor",  "admin",    "exchange"};

/// The interface's "who" column, said again by hand: route -> who passes the role check ("portal" stands for a source).
const std::map<std::string, std::set<std::string>>& Expected() {
  static const std::set<std::string> hands_in{"portal", "operator"},
      reads{"portal", "operator", "reviewer", "handler", "oversight", "auditor"},
      staff{"operator", "reviewer", "handler", "oversight", "auditor"}, reviewer{"reviewer"},
      uplink{"oversight", "admin"};
  static const std::map<std::string, std::set<std::string>> table{
      {"POST /api/v1/intakes", hands_in},
      {"POST /api/v1/intakes/batch", hands_in},
      {"PUT /api/v1/attachments/{sha256}", hands_in},
      {"GET /api/v1/intakes", reads},
      {"GET /api/v1/intakes/{intakeNo}", reads},
      {"GET /api/v1/intakes/{intakeNo}/raw", reads},
      {"GET /api/v1/intakes/{intakeNo}/proof", reads},
      {"GET /api/v1/intakes/{intakeNo}/receipt", reads},
      {"POST /api/v1/intakes/{intakeNo}/events", {"portal", "handler"}},
      {"POST /api/v1/intakes/{intakeNo}/sealing", {"reviewer", "oversight"}},
      {"POST /api/v1/intakes/events", {"portal", "handler"}},
      {"GET /api/v1/changes", {"portal"}},
      {"POST /api/v1/duplicates/preview", hands_in},
      {"POST /api/v1/channel-check", hands_in},
      {"POST /api/v1/cases/search", staff},
      {"GET /api/v1/cases/{caseNo}", staff},
      {"POST /api/v1/cases/{caseNo}/merge", reviewer},
      {"POST /api/v1/cases/{caseNo}/split", reviewer},
      {"GET /api/v1/reviews", reviewer},
      {"POST /api/v1/reviews/{id}", reviewer},
      {"GET /api/v1/deliveries", uplink},
      {"POST /api/v1/deliveries/{id}/retry", uplink},
      {"POST /api/v1/deliveries/{id}/skip", uplink},
      {"POST /api/v1/deliveries/{id}/assign", uplink},
      {"GET /api/v1/callbacks", uplink},
      {"GET /api/v1/system", uplink},
      {"GET /api/v1/system/tables/{name}", uplink},
      {"POST /api/v1/system/tables/{name}", {"admin"}},
      {"GET /api/v1/dedup/models", uplink},
      {"POST /api/v1/destinations/{name}/registers", {"oversight"}},
      {"POST /api/v1/callbacks/{source}/resume", uplink},
      {"GET /api/v1/sources", {"department", "admin", "oversight"}},
      {"POST /api/v1/sources/{name}/check", {"department", "admin", "oversight"}},
      {"GET /api/v1/sources/{name}/mapping", {"portal", "department", "admin", "oversight"}},
      {"POST /api/v1/sources/{name}/mapping", {"department", "admin"}},
      {"POST /api/v1/sources/{name}/state", {"department", "admin", "oversight"}},
      {"GET /api/v1/quarantine", {"department", "admin", "oversight"}},
      {"POST /api/v1/quarantine/replay", {"department", "admin", "oversight"}},
      {"POST /api/v1/quarantine/set-aside", {"department", "admin", "oversight"}},
      {"POST /api/v1/sources/{name}/manifests", {"portal", "oversight"}},
      {"GET /api/v1/oversight/summary", {"oversight"}},
      {"GET /api/v1/oversight/exceptions", {"oversight"}},
      {"GET /api/v1/oversight/exceptions/{id}", {"oversight"}},
      {"POST /api/v1/oversight/exceptions/{id}", {"oversight"}},
      {"GET /api/v1/oversight/clocks", {"oversight"}},
      {"GET /api/v1/oversight/intakes", {"oversight"}},
      {"GET /api/v1/oversight/reconciliation", {"oversight"}},
      {"GET /api/v1/oversight/calls", {"oversight"}},
      {"GET /api/v1/oversight/registered", {"oversight"}},
      {"GET /api/v1/oversight/cases", {"oversight"}},
      {"GET /api/v1/oversight/questions", {"oversight"}},
      {"GET /api/v1/oversight/report", {"oversight"}},
      {"GET /api/v1/oversight/flows", {"oversight"}},
      {"GET /api/v1/names", {"operator", "reviewer", "handler", "oversight", "department", "auditor", "admin"}},
      {"POST /api/v1/sources/{name}/key", {"department", "admin"}},
      {"GET /api/v1/sources/{name}/records", {"department", "admin", "oversight"}},
      {"GET /api/v1/lookup", {"oversight"}},
      {"GET /api/v1/intakes/{intakeNo}/category", staff},
      {"POST /api/v1/calls", {"exchange"}},
      {"POST /api/v1/registers/{name}", {"exchange"}},
      {"POST /api/v1/session/password",
       {"operator", "reviewer", "handler", "oversight", "department", "auditor", "admin"}},
      {"GET /api/v1/users", {"admin"}},
      {"POST /api/v1/users", {"admin"}},
      {"POST /api/v1/users/{name}/disable", {"admin"}},
      {"POST /api/v1/users/{name}/password", {"admin"}},
  };
  return table;
}

std::string Filled(std::string pattern) {
  for (auto brace = pattern.find('{'); brace != std::string::npos; brace = pattern.find('{')) {
    const auto name = pattern.substr(brace, pattern.find('}') - brace + 1);
    pattern.replace(brace, name.size(),
                    name == "{sha256}"       ? std::string(64, 'a')
                    : name == "{name}"       ? "portal"
                    : name.ends_with("...}") ? "0/000"
                                             : "1");
  }
  return pattern;
}

/// Received when it is registered.
Json Today(Json submission) {
  submission.erase("receivedAt");
  return submission;
}

class HttpRightsTest : public HttpHubTest {
 protected:
  HttpRightsTest() { options_.anonymous = {.per_minute = 1e6, .burst = 1e6}; }
};

TEST_F(HttpRightsTest, EveryRouteAnswersEveryRoleAsTheInterfaceSays) {
  for (const auto& route : server_->routes().table()) {
    const auto name = route.method + " " + route.pattern;
    const auto expected = Expected().find(name);
    if (route.access != http::Access::kKey) {
      EXPECT_EQ(expected, Expected().end()) << name;
      // Figures of the whole hub look at the key themselves.
      const bool asks = route.pattern == "/metrics";
      EXPECT_EQ(Call("", route.method, Filled(route.pattern), "{}", "application/json").status == 401, asks) << name;
      continue;
    }
    ASSERT_NE(expected, Expected().end()) << name << " has a rule the interface does not know";
    const auto stranger = Call("", route.method, Filled(route.pattern), "{}", "application/json");
    EXPECT_EQ(stranger.status, 401) << name;
    EXPECT_EQ(stranger.Header("www-authenticate"), "Bearer realm=\"guiyi\"") << name;
    for (const auto& role : kRoles) {
      const auto status = Call(role, route.method, Filled(route.pattern), "{}", "application/json").status;
      if (expected->second.count(role)) {
        EXPECT_NE(status, 403) << name << " as " << role;
        EXPECT_NE(status, 401) << name << " as " << role;
        EXPECT_LT(status, 500) << name << " as " << role;
      } else {
        EXPECT_EQ(status, 403) << name << " as " << role;
      }
    }
  }
  std::size_t keyed = 0;
  for (const auto& route : server_->routes().table()) keyed += route.access == http::Access::kKey;
  EXPECT_EQ(keyed, Expected().size());
}

/// Everything an unprivileged reader can ask that might touch an intake, as texts of answers.
std::vector<std::pair<std::string, std::string>> AskAll(
    HttpHubTest&, const std::function<Reply(const std::string&, const std::string&, const Json&)>& call,
    const std::string& number, const std::string& case_no) {
  std::vector<std::pair<std::string, std::string>> answers;
  const auto get = [&](const std::string& path) { answers.emplace_back("GET " + path, call("GET", path, {}).body); };
  const auto post = [&](const std::string& path, const Json& body) {
    answers.emplace_back("POST " + path + " " + body.dump(), call("POST", path, body).body);
  };
  get("/api/v1/intakes/" + number);
  get("/api/v1/intakes/" + number + "/raw");
  get("/api/v1/intakes/" + number + "/proof");
  get("/api/v1/intakes?source=portal&externalId=S-1");
  get("/api/v1/cases/" + case_no);
  get("/api/v1/reviews?state=all");
  get("/api/v1/deliveries");
  get("/api/v1/oversight/summary");
  post("/api/v1/cases/search", {{"words", "独特词句甲乙丙"}});
  post("/api/v1/cases/search", {{"person", "上官寒梅"}});
  post("/api/v1/cases/search", {{"number", number}});
  post("/api/v1/cases/search", {{"number", "S-1"}});
  post("/api/v1/cases/search", {{"source", "portal"}});
  post("/api/v1/cases/search", {{"accused", "孟某"}});
  post("/api/v1/cases/" + case_no + "/merge", {{"with", case_no}, {"reason", "x"}});
  post("/api/v1/cases/" + case_no + "/split", {{"intakes", {number}}, {"reason", "x"}});
  auto same = Accusation("");
  same["purpose"] = "投诉";
  post("/api/v1/duplicates/preview", same);
  post("/api/v1/duplicates/preview", Accusation(""));
  post("/api/v1/channel-check", {{"idNumber", "439902197703036644"}, {"name", "上官寒梅"}});
  for (const auto& numbers : {Json::array(), Json::array({{{"externalId", "S-1"}}, {{"externalId", "P-1"}}})})
    post("/api/v1/sources/portal/manifests",
         {{"day", petition::LocalDay(petition::SystemClock().Now())}, {"numbers", numbers}});
  get("/metrics");
  post("/api/v1/registered", {{"source", "portal"}, {"externalId", "S-1"}, {"name", "上官寒梅"}});
  return answers;
}

TEST_F(HttpRightsTest, SealedIntakesAreNeitherHitNorCountInAnyCall) {
  AddUser("personal-operator", Role::kOperator, true);
  AddUser("personal-reviewer", Role::kReviewer, true);
  AddUser("personal-oversight", Role::kOversight, true);
  const std::vector<std::string> readers = {
      "operator", "reviewer",          "handler",           "oversight",         "admin",
      "hotline",  "personal-operator", "personal-reviewer", "personal-oversight"};
  Register("portal", Lift("P-1"));

  // What each reader is told before the accusation is there, asking for a number that will be its own.
  const auto day = petition::LocalDay(clock_.Now());
  const auto number = petition::MakeIntakeNo("439900", day, 2), case_no = "C" + number;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> before;
  const auto ask = [&](const std::string& reader) {
    return AskAll(
        *this,
        [&](const std::string& method, const std::string& path, const Json& body) {
          return method == "GET" ? Get(reader, path) : Post(reader, path, body);
        },
        number, case_no);
  };
  for (const auto& reader : readers) before[reader] = ask(reader);
  const auto receipt = Register("portal", Today(Accusation("S-1")));
  ASSERT_EQ(NumberOf(receipt), number);
  Settle();
  ASSERT_EQ(Get("auditor", "/api/v1/intakes/" + number).status, 200) << "the right reader sees it";
  EXPECT_EQ(Post("auditor", "/api/v1/cases/search", {{"words", "独特词句甲乙丙"}}).Json()["total"], 1);

  const auto without = [](const std::string& told, const char* field) {
    const std::string text = AnyTime(told);
    // Time and size of the ledger go on for everybody, and so does the place of a refusal on it.
    auto json = Json::parse(text, nullptr, false);
    if (json.is_object()) json.erase(field), json.erase("at"), json.erase("ledgerIndex");
    return json.is_object() ? json.dump() : text;
  };
  for (const auto& reader : readers) {
    const auto after = ask(reader);
    for (std::size_t i = 0; i < after.size(); ++i) {
      EXPECT_EQ(without(after[i].second, "ledgerSize"), without(before[reader][i].second, "ledgerSize"))
          << reader << ": " << after[i].first;
    }
  }
}

TEST_F(HttpRightsTest, WhatAPersonSealsIsAsIfItHadNeverCome) {
  AddUser("sealer", Role::kReviewer, false, true);
  Register("portal", Lift("P-1"));
  const auto number = petition::MakeIntakeNo("439900", petition::LocalDay(clock_.Now()), 2), case_no = "C" + number;
  const std::vector<std::string> readers = {"operator", "reviewer", "handler", "oversight", "admin", "hotline"};
  const auto ask = [&](const std::string& reader) {
    auto answers = AskAll(
        *this,
        [&](const std::string& method, const std::string& path, const Json& body) {
          return method == "GET" ? Get(reader, path) : Post(reader, path, body);
        },
        number, case_no);
    for (auto& [asked, answer] : answers) {
      auto json = Json::parse(answer, nullptr, false);
      if (!json.is_object()) continue;
      for (const char* field : {"ledgerSize", "ledgerIndex", "at"}) json.erase(field);
      answer = json.dump();
    }
    return answers;
  };
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> before;
  for (const auto& reader : readers) before[reader] = ask(reader);
  auto open = Today(Wages("S-1", 3));
  open["content"] = open["content"].get<std::string>() + "独特词句甲乙丙。";
  ASSERT_EQ(NumberOf(Register("portal", open)), number);
  open["content"] = open["content"].get<std::string>() + "又及:至今未付。";
  const auto revision = NumberOf(Register("portal", open));
  Settle();
  ASSERT_EQ(Get("oversight", "/api/v1/intakes/" + number).status, 200);
  const auto path = "/api/v1/intakes/" + revision + "/sealing";
  const Json seal{{"sealed", true}, {"reason", "涉及公职人员"}};
  EXPECT_EQ(Post("sealer", path, {{"sealed", true}}).status, 422) << "a reason is needed";
  EXPECT_EQ(Post("reviewer", path, seal).status, 403) << "without the right nobody seals";
  const auto done = Post("sealer", path, seal);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(Post("sealer", path, seal).status, 409);
  Settle();
  for (const auto& reader : readers) {
    const auto after = ask(reader);
    for (std::size_t i = 0; i < after.size(); ++i)
      EXPECT_EQ(AnyTime(after[i].second), AnyTime(before[reader][i].second)) << reader << ": " << after[i].first;
    EXPECT_EQ(Get(reader, "/api/v1/intakes/" + revision).status, reader == "admin" ? 403 : 404) << reader;
  }
  EXPECT_EQ(Get("portal", "/api/v1/intakes/" + number).status, 200) << "its own";
  EXPECT_TRUE(Get("sealer", "/api/v1/intakes/" + number).Json()["sealed"].get<bool>());

  EXPECT_EQ(Post("sealer", path, {{"sealed", false}, {"reason", "经核不涉及"}}).status, 200);
  Settle();
  EXPECT_EQ(Get("oversight", "/api/v1/intakes/" + number).status, 200);
  EXPECT_EQ(Post("oversight", "/api/v1/cases/search", {{"words", "独特词句甲乙丙"}}).Json()["total"], 2);
}

TEST_F(HttpRightsTest, SealingAMatterLaterSealsWhatWentBefore) {
  const auto first = NumberOf(Register("portal", Lift("P-1")));
  ASSERT_EQ(Get("oversight", "/api/v1/intakes/" + first).status, 200);
  auto sealed = Lift("P-1");
  sealed["confidential"] = true;
  const auto second = NumberOf(Register("portal", sealed));
  Settle();
  for (const auto& number : {first, second}) EXPECT_EQ(Get("oversight", "/api/v1/intakes/" + number).status, 404);
  EXPECT_EQ(Post("oversight", "/api/v1/cases/search", {{"words", "电梯"}}).Json()["total"], 0);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/summary").Json()["intakes"], 0);
}

TEST_F(HttpRightsTest, StaffSeeTheirDivisionsOnly) {
  AddUser("here", Role::kOversight, false, false, {"439902"});
  AddUser("elsewhere", Role::kOversight, false, false, {"439903"});
  AddUser("city", Role::kOversight, false, false, {"439900"});
  const auto receipt = Register("portal", Lift("P-1"));
  Settle();
  const auto path = "/api/v1/intakes/" + NumberOf(receipt), case_path = "/api/v1/cases/" + CaseOf(receipt);
  EXPECT_EQ(Get("here", path).status, 200);
  EXPECT_EQ(Get("city", path).status, 200);
  EXPECT_EQ(Get("elsewhere", path).status, 404);
  EXPECT_EQ(Get("here", case_path).status, 200);
  EXPECT_EQ(Get("elsewhere", case_path).status, 404);
  const Json query{{"words", "电梯"}};
  EXPECT_EQ(Post("here", "/api/v1/cases/search", query).Json()["total"], 1);
  EXPECT_EQ(Post("city", "/api/v1/cases/search", query).Json()["total"], 1);
  EXPECT_EQ(Post("elsewhere", "/api/v1/cases/search", query).Json()["total"], 0);
  EXPECT_EQ(Post("elsewhere", "/api/v1/cases/search", {{"words", "电梯"}, {"division", "439902"}}).Json()["total"], 0);
  EXPECT_EQ(Get("elsewhere", "/api/v1/oversight/summary").Json()["intakes"], 0);
  EXPECT_EQ(Get("elsewhere", "/api/v1/deliveries").Json()["total"], 0);
}

TEST_F(HttpRightsTest, PlantedPersonalValuesStandInNoAnswerWithoutTheRight) {
  auto planted = Lift("P-1");
  planted["content"] = planted["content"].get<std::string>() +
                       "我是欧阳澹台,电话19955512345,住锦鲤胡同七十七号,身份证439902199101013377。";
  planted["attachments"] = {{{"name", "欧阳澹台身份证.jpg"}, {"content", "eHh4"}}};
  planted["formFiller"] = "欧阳澹台";
  planted["upstreamNo"] = "U-19955512345";
  planted["linkNo"] = "439902199101013377";
  planted["barcode"] = "B19955512345";
  planted["call"] = {{"id", "19955512345-1"}, {"operator", "欧阳澹台"}, {"recordingRef", "19955512345.wav"}};
  planted["claims"] = {{"repeatOf", "欧阳澹台上次来电"}, {"mergedInto", "oPLANTEDopenid77"}};
  planted["location"] = {{"lon", 113.123456}, {"lat", 23.654321}};
  const auto receipt = Register("portal", planted);
  const Json reply{
      {"event", "replied"}, {"by", "欧阳澹台"}, {"text", "欧阳澹台您好,已按19955512345回电,锦鲤胡同七十七号已查看。"}};
  EXPECT_EQ(Post("portal", "/api/v1/intakes/" + NumberOf(receipt) + "/events", reply).status, 201);
  auto again = planted;
  again["externalId"] = "H-1";
  Register("hotline", again);
  Settle();
  const auto number = NumberOf(receipt), case_no = CaseOf(receipt);
  const std::vector<std::string> values = {"欧阳澹台",         "19955512345", "439902199101013377", "oPLANTEDopenid77",
                                           "锦鲤胡同七十七号", "113.123456",  "23.654321"};
  for (const std::string reader :
       {"operator", "reviewer", "handler", "oversight", "department", "admin", "exchange", "hotline", ""}) {
    for (const auto& [asked, answer] : AskAll(
             *this,
             [&](const std::string&method, const std::string&path, const Json&body) {
               return method == "GET" ? Get(reader, path) : Post(reader, path, body);
             },
             number, case_no)) {
      for (const auto& value : values)
        EXPECT_EQ(answer.find(value), std::string::npos)
            << value << " to " << reader << " by " << asked << ": " << answer;
    }
  }
  // The one with the right sees them, and that is on record, once a request.
  const auto before = Count(ledger::Kind::kAccess);
  const auto full = Get("auditor", "/api/v1/intakes/" + number);
  for (const auto& value : values) EXPECT_NE(full.body.find(value), std::string::npos) << value;
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 1);
  EXPECT_EQ(Post("auditor", "/api/v1/cases/search", {{"words", "电梯"}}).status, 200);
  EXPECT_EQ(Count(ledger::Kind::kAccess), before + 2);
}

TEST_F(HttpRightsTest, SourceIsToldNothingOfAnothersIntake) {
  const auto first = Register("portal", Lift("P-1"));
  const auto second = Register("hotline", Lift("H-1"));
  Settle();
  ASSERT_NE(second["decision"]["relation"], "new") << second["decision"];
  const auto shown = Get("hotline", "/api/v1/intakes/" + NumberOf(second));
  for (const auto& text : {second.dump(), shown.body, Get("hotline", "/api/v1/changes").body}) {
    EXPECT_EQ(text.find(NumberOf(first)), std::string::npos) << text;
    EXPECT_EQ(text.find("P-1"), std::string::npos);
  }
}

TEST_F(HttpRightsTest, FiguresOfTheWholeHubAreForThoseWhoMaySeeAllOfIt) {
  EXPECT_EQ(Get("", "/metrics").status, 401) << "an address proves nothing, this machine's own neither";
  AddUser("whole", Role::kOversight, false, true);
  AddUser("part", Role::kOversight, false, true, {"439902"});
  EXPECT_EQ(Get("whole", "/metrics").status, 200);
  for (const std::string reader : {"part", "oversight", "admin", "auditor", "portal"})
    EXPECT_EQ(Get(reader, "/metrics").status, 403) << reader;
}

TEST_F(HttpRightsTest, ManifestTellsNothingOutOfSight) {
  AddUser("elsewhere", Role::kOversight, false, true, {"439903"});
  Register("portal", Today(Lift("P-1")));
  Register("portal", Today(Accusation("S-1")));
  Json manifest{{"day", petition::LocalDay(clock_.Now())}, {"numbers", Json::array()}};
  const auto told = [&](const std::string& reader) {
    auto json = Post(reader, "/api/v1/sources/portal/manifests", manifest).Json();
    json.erase("ledgerIndex");
    return json;
  };
  EXPECT_EQ(told("portal")["missingThere"].size(), 2u) << "its own";
  EXPECT_EQ(told("oversight")["missingThere"], Json::array({"P-1"}));
  EXPECT_EQ(told("oversight")["countHere"], 1);
  EXPECT_EQ(told("elsewhere")["countHere"], 0);
  manifest["numbers"] = {{{"externalId", "S-1"}, {"sha256", std::string(64, 'a')}}, {{"externalId", "never"}}};
  EXPECT_EQ(told("portal")["differs"], Json::array({"S-1"}));
  EXPECT_EQ(told("oversight")["missingHere"], Json::array({"S-1", "never"}));
  EXPECT_EQ(told("oversight")["differs"], Json::array());
}

TEST_F(HttpRightsTest, NothingPersonalStandsInMetrics) {
  Register("portal", Lift("P-1"));
  Get("portal", "/api/v1/intakes/19955512345");
  const auto reply = Get(AddUser("scraper", Role::kOversight, false, true), "/metrics");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const auto& metrics = reply.body;
  EXPECT_EQ(metrics.find("19955512345"), std::string::npos);
  EXPECT_EQ(metrics.find("电梯"), std::string::npos);
}

}  // namespace
}  // namespace gateway::http_test
