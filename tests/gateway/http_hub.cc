#include "http_hub.h"

#include <unistd.h>

#include <atomic>

namespace gateway::http_test {

using petition::Json;

void HttpHubTest::SetUp() {
  static std::atomic<int> number{0};
  // In memory where there is such a folder: what the disk makes of it is tested elsewhere.
  const std::filesystem::path memory = "/dev/shm";
  std::error_code failed;
  folder_ = (std::filesystem::is_directory(memory, failed) ? memory : std::filesystem::path(testing::TempDir())) /
            ("guiyi-http-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  std::filesystem::remove_all(folder_);
  hub_options_.data = folder_;
  hub_options_.ledger.sync = false;  // what a crash takes is tested elsewhere
  hub_options_.follower.destinations = {"national"};
  options_.server.listen = "127.0.0.1:0";
  options_.data = folder_;
  options_.log = [](std::string_view) {};
  ASSERT_NO_FATAL_FAILURE(OpenHub());
  for (const auto* name : {"portal", "hotline"}) {
    Source source;
    source.name = name;
    source.channel = name;
    source.division = "439902";
    source.state = "live";
    auto key = hub_->registry().AddSource(source);
    ASSERT_TRUE(key.ok()) << key.error().message;
    keys_[name] = *key;
  }
  AddUser("operator", Role::kOperator);
  AddUser("reviewer", Role::kReviewer);
  AddUser("handler", Role::kHandler, false, false, {}, "portal");
  AddUser("oversight", Role::kOversight);
  AddUser("department", Role::kDepartment, false, false, {}, "portal");
  AddUser("auditor", Role::kAuditor, true, true);
  AddUser("admin", Role::kAdmin);
  AddUser("exchange", Role::kExchange);
  Serve();
}

void HttpHubTest::OpenHub() {
  auto hub = Hub::Open(hub_options_, clock_);
  ASSERT_TRUE(hub.ok()) << hub.error().message << " " << hub.error().detail;
  hub_ = std::move(hub).value();
}

void HttpHubTest::Serve() {
  hub_->Start(nullptr);
  auto server = HttpServer::Start(options_, *hub_);
  ASSERT_TRUE(server.ok()) << server.error().message;
  server_ = std::move(server).value();
}

void HttpHubTest::Restart() {
  server_.reset();
  hub_.reset();
  ASSERT_NO_FATAL_FAILURE(OpenHub());
  Serve();
}

void HttpHubTest::TearDown() {
  server_.reset();
  hub_.reset();
  std::filesystem::remove_all(folder_);
}

std::string HttpHubTest::AddUser(const std::string& name, Role role, bool personal, bool sealed,
                                 std::vector<std::string> divisions, std::string source) {
  User user;
  user.name = name;
  user.role = role;
  user.personal = personal;
  user.sealed = sealed;
  user.divisions = std::move(divisions);
  user.source = std::move(source);
  auto key = hub_->registry().AddUser(user);
  EXPECT_TRUE(key.ok()) << name << ": " << (key.ok() ? "" : key.error().message);
  if (key.ok()) keys_[name] = *key;
  return name;
}

Reply HttpHubTest::Call(const std::string& who, const std::string& method, const std::string& target,
                        std::string_view body, const std::string& media_type) {
  if (target == "/api/v1/cases/search" || target == "/api/v1/channel-check" || target.ends_with("/manifests"))
    WaitSearchable();
  Client client(address());
  if (!who.empty()) client.key = KeyOf(who);
  return client.Call(method, target, body, media_type);
}

Json HttpHubTest::Register(const std::string& source, const Json& submission) {
  const auto reply = Post(source, "/api/v1/intakes?wait=decision", submission);
  EXPECT_TRUE(reply.status == 201 || reply.status == 200) << reply.body;
  auto json = reply.Json();
  if (!json.is_object()) return Json::object();
  last_registered_ = std::max(last_registered_.value_or(0), json["ledgerIndex"].get<std::uint64_t>());
  if (!json["decision"].is_object()) {
    // The call waits two seconds, which a busy machine may need for other things.
    const auto decided =
        hub_->follower().WaitDecided(json["ledgerIndex"].get<std::uint64_t>(), std::chrono::seconds(60));
    EXPECT_TRUE(decided) << "no verdict";
    json["decision"] = Get(source, "/api/v1/intakes/" + NumberOf(json)).Json()["decision"];
  }
  return json;
}

std::string HttpHubTest::CaseOf(const Json& receipt) const {
  const auto index = hub_->cases().CaseOfIntake(receipt["ledgerIndex"].get<std::uint64_t>());
  return index.ok() ? index->case_no : std::string();
}

void HttpHubTest::Settle() {
  const auto size = hub_->ledger().size();
  EXPECT_TRUE(size == 0 || hub_->follower().WaitFolded(size - 1, std::chrono::seconds(60)));
}

void HttpHubTest::WaitSearchable() {
  for (int i = 0; i < 3000 && last_registered_ && hub_->texts().durable_position() <= *last_registered_; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

std::size_t HttpHubTest::Count(ledger::Kind kind) {
  std::size_t count = 0;
  const auto size = hub_->ledger().size();
  for (std::uint64_t first = 0; first < size; first += 256) {
    const auto entries = hub_->ledger().ReadRange(first, 256);
    if (!entries.ok()) break;
    for (const auto& entry : *entries) count += entry.kind == kind;
  }
  return count;
}

namespace {

struct Person {
  const char *name, *phone, *id, *address, *account;
};
constexpr Person kPeople[] = {{"欧阳澹台", "19955512345", "439902199101013377", "锦鲤胡同七十七号", "oPLANTEDopenid77"},
                              {"钟离子规", "19955567890", "439902198505052211", "芙蓉巷二十二号", "oPLANTEDopenid88"},
                              {"上官寒梅", "19955598765", "439902197703036644", "青石板街九号", "oPLANTEDopenid99"}};

Json With(const std::string& external_id, int person, Json json) {
  const auto& who = kPeople[(person - 1) % 3];
  json["externalId"] = external_id;
  json["receivedAt"] = "2025-03-04T10:12:00+08:00";
  json["division"] = "439902";
  json["petitioners"] = {{{"name", who.name},
                          {"phone", who.phone},
                          {"idNumber", who.id},
                          {"address", who.address},
                          {"account", who.account},
                          {"role", "main"}}};
  return json;
}

}  // namespace

Json Lift(const std::string& external_id, int person) {
  return With(
      external_id, person,
      {{"title", "电梯停运"},
       {"content",
        "沿江东路锦澜湾7栋的两部电梯从元旦坏到现在一部也没修好,老人住21楼下不来,物业只说等配件,请尽快督促维修。"},
       {"placeText", "锦澜湾7栋"},
       {"purpose", "投诉"}});
}

Json Wages(const std::string& external_id, int person) {
  return With(
      external_id, person,
      {{"title", "拖欠工资"},
       {"content", "云栖湾二期工地总包宏迈建筑拖欠钢筋工班组工资三万二千元,有签字的工单,请帮助农民工讨回血汗钱。"},
       {"placeText", "云栖湾二期"},
       {"purpose", "求决"}});
}

Json Accusation(const std::string& external_id, int person) {
  return With(external_id, person,
              {{"title", "检举某局副局长收受工程商钱款"},
               {"content",
                "某局副局长孟某在望湖新城道路工程招标中收受承包商贿赂,串通围标,请纪检监察机关调查。独特词句甲乙丙。"},
               {"placeText", "望湖新城"},
               {"accused", "某局副局长孟某"},
               {"purpose", "检举控告"}});
}

}  // namespace gateway::http_test
