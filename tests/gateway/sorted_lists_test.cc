// The lists of the console in the order that a column's head asks for, page by page.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "dedup/parameters.h"
#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class SortedListsTest : public HttpHubTest {
 protected:
  struct List {
    const char *who, *path, *rows, *id;
    bool turns_ties = true;  ///< rows of one value come the other way round, too, when the list falls
  };

  /// Every row of a list, two to a page.
  std::vector<Json> Walk(const List& list, const std::string& sort) {
    std::vector<Json> rows;
    std::string cursor;
    for (int page = 0; page < 100; ++page) {
      const auto reply = Get(list.who, std::string(list.path) + "limit=2&sort=" + sort + "&cursor=" + cursor);
      EXPECT_EQ(reply.status, 200) << list.path << " " << sort << " " << reply.body;
      const auto json = reply.Json();
      for (const auto& row : json[list.rows]) rows.push_back(row);
      if (!json.contains("cursor") || json["cursor"].is_null()) return rows;
      cursor = json["cursor"];
    }
    ADD_FAILURE() << list.path << " never ends";
    return rows;
  }
  static std::vector<Json> IdsOf(const List& list, const std::vector<Json>& rows) {
    std::vector<Json> ids;
    for (const auto& row : rows) ids.push_back(row.at(list.id));
    return ids;
  }
  /// Both ways, each row once, by the members that are shown; a column that is none is refused by name.
  /// `columns`: as asked for, as shown; "" when what is shown is a word with an order of its own.
  void Look(const List& list, const std::vector<std::pair<std::string, std::string>>& columns, std::size_t all) {
    for (const auto& [column, shown] : columns) {
      SCOPED_TRACE(std::string(list.path) + column);
      const auto rising = Walk(list, column), falling = Walk(list, "-" + column);
      EXPECT_EQ(rising.size(), all);
      auto backwards = IdsOf(list, falling);
      std::reverse(backwards.begin(), backwards.end());
      if (list.turns_ties) {
        EXPECT_EQ(IdsOf(list, rising), backwards);
      }
      EXPECT_EQ(falling.size(), all);
      if (shown.empty()) continue;
      const auto before = [member = shown](const Json& a, const Json& b) {
        return a.value(member, Json()) < b.value(member, Json());
      };
      EXPECT_TRUE(std::is_sorted(rising.begin(), rising.end(), before)) << Json(rising);
      EXPECT_TRUE(std::is_sorted(falling.rbegin(), falling.rend(), before)) << Json(falling);
    }
    const auto unknown = Get(list.who, std::string(list.path) + "sort=words");
    EXPECT_EQ(unknown.status, 400) << list.path;
    EXPECT_EQ(unknown.Json()["code"], "sort_unknown");
    EXPECT_EQ(unknown.Json()["errors"][0]["pointer"], "/sort");
  }
  std::string Ago(std::chrono::minutes time) { return petition::FormatTime(clock_.Now() - time); }
};

TEST_F(SortedListsTest, RegisteredIntakesAndCasesAreSortedAndPaged) {
  for (int n = 1; n <= 3; ++n) {
    auto wages = Wages("W-" + std::to_string(n), n + 10);
    wages["division"] = n == 2 ? "439903" : "439902";
    wages["receivedAt"] = Ago(std::chrono::minutes(n * 50 % 70));
    Register(n == 2 ? "hotline" : "portal", wages);
    Register("portal", Lift("L-" + std::to_string(n), 1));
  }
  ASSERT_EQ(
      Post("portal", "/api/v1/intakes/events", {{"externalId", "W-1"}, {"event", "closed"}, {"text", "已付清"}}).status,
      201);
  Settle();
  Look({"oversight", "/api/v1/oversight/registered?", "intakes", "intakeNo"},
       {{"intake", "intakeNo"},
        {"case", "caseNo"},
        {"source", "source"},
        {"division", "division"},
        {"relation", ""},
        {"mode", ""},
        {"state", "state"},
        {"received", "receivedAt"},
        {"registered", "registeredAt"}},
       6);
  const auto cases = Get("oversight", "/api/v1/oversight/cases").Json()["total"].get<std::size_t>();
  ASSERT_GT(cases, 2u);
  Look({"oversight", "/api/v1/oversight/cases?", "cases", "caseNo"},
       {{"case", "caseNo"},
        {"group", "groupNo"},
        {"source", "source"},
        {"division", "division"},
        {"size", "size"},
        {"state", ""},
        {"firstReceived", "firstReceivedAt"},
        {"lastReceived", "lastReceivedAt"}},
       cases);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/cases?sort=state&limit=500").Json()["cases"].back()["state"], "closed");
  const auto csv = Get("oversight", "/api/v1/oversight/registered?format=csv&sort=-intake").body;
  EXPECT_LT(csv.find("000006"), csv.find("000001")) << "a file has the order of the page" << csv;
  EXPECT_NE(csv.find("网上信访"), std::string::npos) << "and the words of the console " << csv;
}

TEST_F(SortedListsTest, QuestionsAreSortedAndPaged) {
  // One that is never sure: a person is asked about each of them.
  Json model = Json::parse(dedup::WriteParameters(dedup::Model::BuiltIn().parameters()));
  model["thresholds"]["automatic"] = model["thresholds"]["automatic_joint"] = 2.0;
  hub_options_.model = folder_ / "never_sure.json";
  std::ofstream(hub_options_.model) << model.dump();
  Restart();
  for (int n = 1; n <= 5; ++n) {
    auto lift = Lift("L-" + std::to_string(n), n < 4 ? 1 : 2);
    if (n % 2 == 0) lift["content"] = "锦澜湾7栋电梯又停了,老人下不来,物业不管。";
    lift["division"] = n % 2 == 0 ? "439903" : "439902";
    Register(n == 3 ? "hotline" : "portal", lift);
  }
  Settle();
  const auto open = Get("oversight", "/api/v1/oversight/questions").Json()["total"].get<std::size_t>();
  ASSERT_GT(open, 2u);
  const std::vector<std::pair<std::string, std::string>> columns{
      {"intake", "intakeNo"}, {"of", "ofIntakeNo"}, {"source", "source"},  {"division", "division"},  {"relation", ""},
      {"score", "score"},     {"asked", "askedAt"}, {"answer", "verdict"}, {"answered", "answeredAt"}};
  Look({"oversight", "/api/v1/oversight/questions?", "questions", "id"}, columns, open);
  const auto first = Get("reviewer", "/api/v1/reviews").Json()["reviews"][0]["id"].dump();
  ASSERT_EQ(Post("reviewer", "/api/v1/reviews/" + first, {{"verdict", "different"}, {"reason", "不同电梯"}}).status,
            200);
  Settle();
  Look({"oversight", "/api/v1/oversight/questions?state=answered&", "questions", "id"}, columns, 1);
  Look({"oversight", "/api/v1/oversight/questions?", "questions", "id"}, columns, open - 1);
}

TEST_F(SortedListsTest, CallsAreSortedAndPagedUpToAThousand) {
  Json lines = Json::array();
  for (int n = 0; n < 7; ++n) {
    Json line{{"id", "c." + std::to_string(n * 3 % 7)},
              {"time", Ago(std::chrono::minutes(n / 2 + 1))},
              {"answered", n % 3 != 0},
              {"seconds", n * 50 % 70}};
    if (n % 2 == 0) line["waitSeconds"] = n * 5 % 8;
    lines.push_back(line);
  }
  ASSERT_EQ(Post("exchange", "/api/v1/calls", {{"calls", lines}}).status, 201);
  Settle();
  Look({"oversight", "/api/v1/oversight/calls?", "calls", "id"},
       {{"id", "id"},
        {"at", "at"},
        {"answered", "answered"},
        {"waitSeconds", "waitSeconds"},
        {"seconds", "seconds"},
        {"ledgerIndex", "ledgerIndex"}},
       7);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/calls?which=missed&sort=-seconds").Json()["total"], 3);
  lines = Json::array();
  for (int n = 0; n < 1000; ++n)
    lines.push_back({{"id", "m." + std::to_string(n)}, {"time", Ago(std::chrono::minutes(30))}, {"answered", false}});
  ASSERT_EQ(Post("exchange", "/api/v1/calls", {{"calls", lines}}).status, 201);
  Settle();
  const auto many = Get("oversight", "/api/v1/oversight/calls?sort=seconds");
  EXPECT_EQ(many.status, 400);
  EXPECT_EQ(many.Json()["code"], "sort_too_many");
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/calls").status, 200);
  EXPECT_EQ(Get("oversight", "/api/v1/oversight/calls?which=answered&sort=seconds").status, 200) << "narrowed";
}

TEST_F(SortedListsTest, ASourcesLastRecordsAreSortedAndPaged) {
  for (int n = 1; n <= 5; ++n) {
    auto wages = Wages("W-" + std::to_string(n * 2 % 5), n + 10);
    wages["division"] = n % 2 == 0 ? "439903" : "439902";
    wages["category"] = n < 3 ? "0201" : "0101";
    Register("portal", wages);
  }
  Register("portal", Accusation("A-1"));
  Register("hotline", Lift("H-1"));
  Settle();
  Look({"department", "/api/v1/sources/portal/records?", "records", "intakeNo"},
       {{"externalId", "externalId"},
        {"intake", "intakeNo"},
        {"registered", "registeredAt"},
        {"channel", ""},
        {"division", ""},
        {"category", ""}},
       5);
  const auto page = Get("department", "/api/v1/sources/portal/records?sort=category").Json();
  EXPECT_EQ(page["total"], 5) << "the sealed one is not counted";
  EXPECT_EQ(page["totalAtLeast"], false);
  std::vector<std::string> categories;
  for (const auto& record : page["records"]) {
    for (const auto& field : record["fields"])
      if (field["name"] == "category") categories.push_back(field["value"]);
  }
  EXPECT_EQ(categories, (std::vector<std::string>{"0101", "0101", "0101", "0201", "0201"}));
}

/// Takes whatever it is told.
class SilentSink final : public adapters::StateSink {
 public:
  explicit SilentSink(const char* kind) : kind_(kind) {}
  std::string_view kind() const override { return kind_; }
  void Interrupt() override {}
  adapters::Told Tell(std::span<const adapters::SourceNotice>) override {
    return {adapters::Told::Outcome::kTaken, "", {}};
  }

 private:
  const char* const kind_;
};

TEST_F(SortedListsTest, CallbacksAreSorted) {
  server_.reset();
  hub_.reset();
  ASSERT_NO_FATAL_FAILURE(OpenHub());
  std::vector<SinkOfSource> sinks;
  for (const auto& [source, kind] :
       {std::pair{"portal", "state_column"}, std::pair{"hotline", "webhook"}, std::pair{"letters", "state_column"}})
    sinks.push_back({source, std::make_unique<SilentSink>(kind), {}});
  ASSERT_TRUE(hub_->Start({}, std::move(sinks)).ok());
  auto server = HttpServer::Start(options_, *hub_);
  ASSERT_TRUE(server.ok()) << server.error().message;
  server_ = std::move(server).value();
  Look({"admin", "/api/v1/callbacks?", "callbacks", "source", false},
       {{"source", "source"}, {"kind", "kind"}, {"state", "state"}}, 3);
  for (const char* column : {"told", "failures", "nextAt"})
    EXPECT_EQ(Get("admin", std::string("/api/v1/callbacks?sort=-") + column).status, 200) << column;
}

}  // namespace
}  // namespace gateway::http_test
