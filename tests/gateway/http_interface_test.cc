// The interface as a whole: its description against the running server both ways, the log's files, health and metrics.
#include <gtest/gtest.h>

#include <set>

#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class HttpInterfaceTest : public HttpHubTest {};

std::string Plain(std::string pattern) {
  if (const auto dots = pattern.find("...}"); dots != std::string::npos) pattern.replace(dots, 4, "}");
  return pattern;
}

TEST_F(HttpInterfaceTest, DescriptionAndServerKnowTheSameCalls) {
  const auto document = Get("", "/openapi.json").Json();
  ASSERT_EQ(document["openapi"], "3.1.0");
  std::set<std::string> served, described;
  for (const auto& route : server_->routes().table()) served.insert(route.method + " " + Plain(route.pattern));
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      for (auto& c : name) c = static_cast<char>(std::toupper(c));
      described.insert(name + " " + path);
    }
  }
  EXPECT_EQ(served, described);
}

TEST_F(HttpInterfaceTest, DescriptionNamesTheRolesThatAreLetIn) {
  const auto document = Get("", "/openapi.json").Json();
  for (const auto& route : server_->routes().table()) {
    auto method = route.method;
    for (auto& c : method) c = static_cast<char>(std::tolower(c));
    const auto& operation = document["paths"][Plain(route.pattern)][method];
    if (route.access != http::Access::kKey) {
      EXPECT_FALSE(operation.contains("x-roles")) << route.pattern;
      EXPECT_EQ(operation["security"], Json::array()) << route.pattern;
      continue;
    }
    std::set<std::string> said, real;
    for (const auto& role : operation["x-roles"]) said.insert(role);
    for (const auto role : {Role::kSource, Role::kOperator, Role::kReviewer, Role::kHandler, Role::kOversight,
                            Role::kDepartment, Role::kAuditor, Role::kAdmin, Role::kExchange}) {
      if (Allowed(role, *route.call)) real.insert(std::string(RoleName(role)));
    }
    EXPECT_EQ(said, real) << route.method << " " << route.pattern;
  }
}

/// A small check of a value against a schema: types, required members, enums, references.
void Check(const Json& document, const Json& schema, const Json& value, const std::string& at) {
  if (schema.contains("$ref")) {
    const auto name = schema["$ref"].get<std::string>();
    return Check(document, document.at(Json::json_pointer(name.substr(1))), value, at);
  }
  if (schema.contains("oneOf")) {
    if (value.is_null()) return;
    return Check(document, schema["oneOf"][0], value, at);
  }
  if (schema.contains("allOf")) {
    for (const auto& part : schema["allOf"]) Check(document, part, value, at);
    return;
  }
  if (schema.contains("type")) {
    const auto types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    bool fits = false;
    for (const auto& type : types) {
      fits = fits || (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
             (type == "string" && value.is_string()) || (type == "integer" && value.is_number_integer()) ||
             (type == "number" && value.is_number()) || (type == "boolean" && value.is_boolean()) ||
             (type == "null" && value.is_null());
    }
    EXPECT_TRUE(fits) << at << " is " << value << ", described as " << schema["type"];
  }
  if (value.is_null()) return;
  if (schema.contains("enum")) {
    bool found = false;
    for (const auto& one : schema["enum"]) found = found || one == value;
    EXPECT_TRUE(found) << at << ": " << value << " is none of " << schema["enum"];
  }
  if (value.is_object()) {
    for (const auto& name : schema.value("required", Json::array()))
      EXPECT_TRUE(value.contains(name.get<std::string>())) << at << " lacks " << name;
    const auto properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) Check(document, properties[name], member, at + "/" + name);
    }
  }
  if (value.is_array() && schema.contains("items")) {
    for (const auto& item : value) Check(document, schema["items"], item, at + "/*");
  }
}

TEST_F(HttpInterfaceTest, AnswersAreAsDescribed) {
  const auto document = Get("", "/openapi.json").Json();
  const auto first = Register("portal", Lift("P-1"));
  auto reminder = Lift("P-2");
  reminder["content"] = "锦澜湾7栋电梯还是没修,再次反映。";
  const auto second = Register("portal", reminder);
  Post("portal", "/api/v1/intakes/" + NumberOf(first) + "/events", {{"event", "replied"}, {"text", "答复"}});
  Register("hotline", Lift("H-1", 2));
  Settle();
  const auto schema = [&](const char* name) { return document["components"]["schemas"][name]; };
  const auto check = [&](const char* name, const Reply& reply) {
    EXPECT_LT(reply.status, 300) << name << ": " << reply.body;
    Check(document, schema(name), reply.Json(), name);
  };
  Check(document, schema("Receipt"), second, "Receipt");
  check("Intake", Get("portal", "/api/v1/intakes/" + NumberOf(first)));
  check("Intake", Get("auditor", "/api/v1/intakes/" + NumberOf(second)));
  check("Changes", Get("portal", "/api/v1/changes"));
  check("Preview", Post("operator", "/api/v1/duplicates/preview", Lift("")));
  check("ChannelAnswer", Post("operator", "/api/v1/channel-check", {{"queryCode", "x"}}));
  check("CaseHits", Post("oversight", "/api/v1/cases/search", {{"words", "电梯"}}));
  check("Case", Get("oversight", "/api/v1/cases/" + CaseOf(first)));
  check("Reviews", Get("reviewer", "/api/v1/reviews?state=all"));
  check("Progress", Post("", "/api/v1/progress", {{"intakeNo", first["intakeNo"]}, {"queryCode", first["queryCode"]}}));
  check("RegisteredAnswer",
        Post("", "/api/v1/registered", {{"source", "portal"}, {"externalId", "P-1"}, {"name", "x"}}));
  check("Deliveries", Get("oversight", "/api/v1/deliveries"));
  check("Sources", Get("admin", "/api/v1/sources"));
  check("Summary", Get("oversight", "/api/v1/oversight/summary"));
  check("Exceptions", Get("oversight", "/api/v1/oversight/exceptions?state=all"));
  check("Clocks", Get("oversight", "/api/v1/oversight/clocks"));
  check("OversightIntakes", Get("oversight", "/api/v1/oversight/intakes"));
  check("Reconciliation", Get("oversight", "/api/v1/oversight/reconciliation"));
  check("RegisteredIntakes", Get("oversight", "/api/v1/oversight/registered"));
  check("ListedCases", Get("oversight", "/api/v1/oversight/cases"));
  check("Questions", Get("oversight", "/api/v1/oversight/questions?state=open"));
  check("OversightCalls", Get("oversight", "/api/v1/oversight/calls"));
  check("LookupAnswer", Get("oversight", "/api/v1/lookup?number=P-1"));
  check("CategorySuggestion", Get("oversight", "/api/v1/intakes/" + NumberOf(first) + "/category"));
  check("Session", Get("", "/api/v1/session"));
  check("Users", Get("admin", "/api/v1/users"));
  check("Health", Get("", "/healthz"));
  check("Readiness", Get("", "/readyz"));
  Check(document, schema("Problem"), Get("", "/api/v1/changes").Json(), "Problem");
  Check(document, schema("Problem"), Post("portal", "/api/v1/intakes", {{"channel", "x"}}).Json(), "Problem");
}

TEST_F(HttpInterfaceTest, LogIsServedAsItWasPublished) {
  Register("portal", Lift("P-1"));
  Settle();
  ASSERT_TRUE(hub_->ledger().Publish().ok());
  const auto checkpoint = Get("", "/ledger/checkpoint");
  ASSERT_EQ(checkpoint.status, 200) << checkpoint.body;
  EXPECT_EQ(checkpoint.Header("content-type"), "text/plain; charset=utf-8");
  const auto size = std::stoull(checkpoint.body.substr(checkpoint.body.find('\n') + 1));
  EXPECT_GE(size, 2u);
  const auto tile = Get("", "/ledger/tile/0/000.p/" + std::to_string(size));
  ASSERT_EQ(tile.status, 200);
  EXPECT_EQ(tile.Header("content-type"), "application/octet-stream");
  EXPECT_EQ(tile.body.size(), 32 * size);
  EXPECT_NE(tile.Header("cache-control").find("immutable"), std::string::npos);
  EXPECT_EQ(Get("", "/ledger/tile/entries/000.p/" + std::to_string(size)).status, 200);
}

TEST_F(HttpInterfaceTest, NothingOutsideTheLogCanBeNamed) {
  for (const auto* path :
       {"/ledger/tile/../checkpoint", "/ledger/tile/0/../../../registry.db", "/ledger/tile/%2e%2e/%2e%2e/registry.db",
        "/ledger/tile/0%2f000", "/ledger/tile/entries/../../../keys/master.key",
        "/ledger/tile/entries/..%2f..%2f..%2fkeys%2fmaster.key", "/ledger/tile//etc/passwd", "/ledger/tile/0/000%00",
        "/ledger/tile/0/00000", "/ledger/tile/"}) {
    const auto status = Get("", path).status;
    EXPECT_TRUE(status == 404 || status == 400) << path << " -> " << status;
  }
}

TEST_F(HttpInterfaceTest, HealthReadinessAndMetrics) {
  Register("portal", Lift("P-1"));
  EXPECT_EQ(Get("", "/healthz").Json()["status"], "ok");
  EXPECT_EQ(Get("", "/readyz").status, 200);
  const auto metrics = Get(AddUser("scraper", Role::kAdmin, false, true), "/metrics");
  EXPECT_TRUE(metrics.Header("content-type").starts_with("text/plain; version=0.0.4"));
  for (const auto* line : {"guiyi_http_requests_total{route=\"POST /api/v1/intakes\",status=\"201\"} 1\n",
                           "guiyi_intakes_registered_total 1\n", "guiyi_ledger_entries ", "guiyi_follower_backlog ",
                           "guiyi_deliveries{destination=\"national\",state=\"pending\"} 1\n"}) {
    EXPECT_NE(metrics.body.find(line), std::string::npos) << line << " in\n" << metrics.body;
  }
}

TEST_F(HttpInterfaceTest, ThePetitionersPageStandsAlone) {
  const auto page = Get("", "/progress");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.Header("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.body.find("归一"), std::string::npos);
  EXPECT_NE(page.Header("content-security-policy").find("default-src 'none'"), std::string::npos);
}

TEST_F(HttpInterfaceTest, PetitionersAreLimitedByRate) {
  int limited = 0;
  for (int i = 0; i < 40; ++i)
    limited += Post("", "/api/v1/progress", {{"intakeNo", "x"}, {"queryCode", "x"}}).status == 429;
  EXPECT_GT(limited, 10);
}

}  // namespace
}  // namespace gateway::http_test
