#include <gtest/gtest.h>

#include "adapters/open311/open311_door.h"
#include "adapters/xml/element.h"
#include "door_host.h"
#include "support/http_client.h"

namespace adapters::open311 {
namespace {

using door_test::kNow;
using petition::Json;

class BookStandIn final : public RequestBook {
 public:
  petition::Result<std::vector<ServiceRequest>> Find(const RequestQuery& query) const override {
    last = query;
    return requests;
  }
  petition::Result<ServiceRequest> Get(std::string_view, std::string_view id) const override {
    for (const auto& request : requests)
      if (request.id == id) return request;
    return petition::NotFound("service_request_id was not found");
  }
  petition::Result<ServiceRequest> ByToken(std::string_view, std::string_view token) const override {
    if (token == "t1") return requests.at(0);
    return petition::NotFound("token was not found");
  }
  std::vector<ServiceRequest> requests;
  mutable RequestQuery last;
};

class Open311Test : public testing::Test {
 protected:
  void SetUp() override {
    options_.source = "city311";
    options_.jurisdictions = {"lincang.example"};
    options_.api_keys = {"key1"};
    Service lamp{"001", "路灯", "不亮、损坏", "市政", {"灯", "照明"}, {}};
    lamp.attributes.push_back({"POLE", "灯杆编号", "string", true, {}});
    lamp.attributes.push_back({"KIND", "情况", "singlevaluelist", false, {{"dark", "不亮"}, {"broken", "损坏"}}});
    options_.services = {lamp, {"002", "井盖", "", "", {}, {}}};
    ServiceRequest request;
    request.id = "439900-20250304-000001-V";
    request.open = true;
    request.status_notes = "已并入 439900-20250301-000009-K，随其办结";
    request.service_code = "001";
    request.description = "张三电话138";
    request.requested_at = request.updated_at = kNow;
    request.lat = 23.5;
    request.lon = 113.25;
    book_->requests = {request};
    Open();
  }
  void Open() { door_ = MakeOpen311Door(options_, spec_, book_); }
  DoorAnswer Read(const std::string& path, std::vector<std::pair<std::string, std::string>> query = {}) {
    return door_test::Through(*door_, door_test::Get(path, std::move(query)), false, ledger_);
  }
  DoorAnswer Hand(const std::string& form, const std::string& path = "/requests.json") {
    return door_test::Through(*door_, door_test::Post(path, form, "application/x-www-form-urlencoded"), false, ledger_);
  }

  Open311Options options_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
  std::shared_ptr<BookStandIn> book_ = std::make_shared<BookStandIn>();
  std::unique_ptr<Door> door_;
  door_test::LedgerStandIn ledger_;
};

TEST_F(Open311Test, ServicesInJsonAndXml) {
  const auto json = Json::parse(Read("/services.json").body);
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0].at("service_code"), "001");
  EXPECT_EQ(json[0].at("metadata"), true);
  EXPECT_EQ(json[1].at("metadata"), false);
  EXPECT_EQ(json[0].at("type"), "realtime");
  const auto xml = xml::ParseBytes(Read("/services.xml").body);
  ASSERT_TRUE(xml.ok());
  EXPECT_EQ(xml->name, "services");
  EXPECT_EQ(xml->children.at(0).ChildText("keywords"), "灯,照明");
  const auto definition = Json::parse(Read("/services/001.json").body);
  EXPECT_EQ(definition.at("attributes").at(1).at("values").at(0).at("name"), "不亮");
  EXPECT_EQ(xml::ParseBytes(Read("/services/001.xml").body)->name, "service_definition");
  EXPECT_EQ(Read("/services/999.json").status, 404);
}

TEST_F(Open311Test, RequestsAreShownWithoutWordsThatMayNamePeople) {
  const auto json = Json::parse(Read("/requests.json").body);
  EXPECT_EQ(json.at(0).at("status"), "open");
  EXPECT_EQ(json.at(0).at("status_notes"), "已并入 439900-20250301-000009-K，随其办结");
  EXPECT_EQ(json.at(0).at("service_name"), "路灯");
  EXPECT_EQ(json.at(0).at("description"), "");
  EXPECT_DOUBLE_EQ(json.at(0).at("long").get<double>(), 113.25);
  EXPECT_EQ(json.at(0).at("requested_datetime"), "2025-03-04T10:12:00+08:00");
  options_.publish_description = true;
  Open();
  EXPECT_EQ(Json::parse(Read("/requests/439900-20250304-000001-V.json").body).at(0).at("description"), "张三电话138");
  EXPECT_EQ(Json::parse(Read("/tokens/t1.json").body).at(0).at("service_request_id"), "439900-20250304-000001-V");
  EXPECT_EQ(Read("/tokens/none.json").status, 404);
}

TEST_F(Open311Test, FiltersAndTheirDefaults) {
  Read("/requests.json");
  EXPECT_EQ(*book_->last.to, kNow);
  EXPECT_EQ(*book_->last.from, kNow - std::chrono::days(90));
  EXPECT_EQ(book_->last.limit, 1000u);
  EXPECT_EQ(book_->last.source, "city311");
  Read("/requests.json", {{"service_request_id", "a,b"}, {"status", "closed"}, {"service_code", "001,002"}});
  EXPECT_EQ(book_->last.ids, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(book_->last.from.has_value());
  EXPECT_EQ(book_->last.open, false);
  EXPECT_EQ(Read("/requests.json", {{"start_date", "2025-01-01"}}).status, 400);
  EXPECT_EQ(
      Read("/requests.json", {{"start_date", "2024-01-01T00:00:00Z"}, {"end_date", "2025-01-01T00:00:00Z"}}).status,
      400);
  EXPECT_EQ(Read("/requests.json", {{"status", "sealed"}}).status, 400);
  EXPECT_EQ(Read("/requests.json", {{"jurisdiction_id", "elsewhere"}}).status, 404);
}

TEST_F(Open311Test, HandingIn) {
  const std::string form =
      "api_key=key1&jurisdiction_id=lincang.example&service_code=001&lat=23.5&long=113.25&attribute%5BPOLE%5D=L7"
      "&description=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE&first_name=%E5%B0%8F%E5%B3%B0&last_name=%E7%8E%8B&phone="
      "13812345678&email=a%40b.example";
  const auto answer = Hand(form);
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_TRUE(Json::parse(answer.body).at(0).at("service_request_id").get<std::string>().starts_with("439900-"));
  const auto record = ledger_.records().at(0);
  const auto submission = *record.submission;
  EXPECT_EQ(submission.petitioners.at(0).name, "王小峰");
  EXPECT_EQ(submission.category, "001");
  EXPECT_EQ(submission.content, "路灯不亮\n灯杆编号：L7");
  ASSERT_TRUE(submission.location.has_value());
  EXPECT_EQ(record.raw.find("key1"), std::string::npos);
  Hand(form);
  EXPECT_EQ(ledger_.registered(), 1u);
}

TEST_F(Open311Test, ErrorsAreTheStandards) {
  EXPECT_EQ(Hand("service_code=001").status, 401);
  EXPECT_EQ(Hand("api_key=wrong&service_code=001").status, 403);
  const auto missing = Hand("api_key=key1");
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(Json::parse(missing.body).at(0).at("code"), "400");
  EXPECT_NE(Json::parse(missing.body).at(0).at("description").get<std::string>().find("service_code"),
            std::string::npos);
  const auto xml = Hand("api_key=key1&service_code=001&lat=1", "/requests.xml");
  const auto errors = xml::ParseBytes(xml.body);
  ASSERT_TRUE(errors.ok());
  EXPECT_EQ(errors->name, "errors");
  EXPECT_EQ(errors->children.size(), 3u);
  EXPECT_EQ(Read("/nothing.json").status, 404);
  EXPECT_EQ(Read("/requests").status, 404);
}

TEST_F(Open311Test, OverARealSocket) {
  const door_test::DoorHost host(*door_, "/open311/v2", "", ledger_);
  support::HttpClient client(host.address(), "");
  EXPECT_EQ(client.Get("/open311/v2/services.json").status, 200);
  EXPECT_EQ(
      client
          .Send("POST", "/open311/v2/requests.json", "api_key=key1&service_code=002&address_string=x&description=y",
                "application/x-www-form-urlencoded")
          .status,
      201);
}

}  // namespace
}  // namespace adapters::open311
