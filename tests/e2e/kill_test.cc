// kill -9 under load, again and again, with the real binary: whatever was acknowledged is there afterwards, once, and
// the ledger verifies.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "support/full_run.h"
#include "support/http_client.h"
#include "support/hub_process.h"

namespace {

using support::HttpAnswer;
using support::HttpClient;
using support::HubProcess;
using support::NationalProcess;
using Json = nlohmann::json;

struct Acknowledged {
  std::string external_id, intake_no;
};

std::string Body(const std::string& external_id) {
  return R"({"externalId":")" + external_id +
         R"(","channel":"portal","receivedAt":"2025-03-04T10:12:00+08:00","petitioners":[{"name":"试验人","phone":"19900001234","role":"main"}],)"
         R"("title":"楼道照明损坏","content":"北岭小区3栋二单元楼道灯坏了 )" +
         external_id + R"( 次，请物业修理。","division":"439902","purpose":"投诉"})";
}

// Posts with ids of its own until the hub is gone; what was answered 201 or 200 counts as acknowledged.
void PostUntilGone(const std::string& address, const std::string& key, const std::string& prefix,
                   std::vector<Acknowledged>& acknowledged, std::string& in_doubt) {
  HttpClient client(address, key);
  for (int i = 0; i < 100000; ++i) {
    const std::string id = prefix + "-" + std::to_string(i);
    in_doubt = id;
    const HttpAnswer answer = client.Post("/api/v1/intakes", Body(id));
    if (answer.status == 0) return;
    in_doubt.clear();
    if (answer.status == 503) continue;
    ASSERT_EQ(answer.status, 201) << answer.body;
    acknowledged.push_back({id, Json::parse(answer.body).at("intakeNo")});
  }
}

int Rounds() { return support::FullRun() ? 200 : 20; }

TEST(KillTest, NothingAcknowledgedIsLostOrDoubledByKillMinusNine) {
  support::TemporaryFolder folder;
  const std::string data = folder.path() + "/data";
  NationalProcess national(GUIYI_BINARY, folder.path() + "/national.db");
  ASSERT_TRUE(national.Start());
  HubProcess hub(GUIYI_BINARY, data);
  const std::string key = hub.AddSource("portal", "portal");
  ASSERT_FALSE(key.empty());
  const std::string config = "national:\n  address: " + national.address() + "\n";

  std::mt19937 random(20250304);
  std::vector<Acknowledged> all;
  for (int round = 0; round < Rounds(); ++round) {
    ASSERT_TRUE(hub.Start(config)) << "round " << round;
    constexpr int kWriters = 4;
    std::vector<std::vector<Acknowledged>> acknowledged(kWriters);
    std::vector<std::string> in_doubt(kWriters);
    {
      std::vector<std::jthread> writers;
      for (int i = 0; i < kWriters; ++i) {
        writers.emplace_back([&, i] {
          PostUntilGone(hub.http(), key, "k" + std::to_string(round) + "-" + std::to_string(i), acknowledged[i],
                        in_doubt[i]);
        });
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 200));
      hub.KillNow();
    }
    for (auto& list : acknowledged) all.insert(all.end(), list.begin(), list.end());

    // A sender whose answer was cut off sends again after the restart: one intake either way.
    ASSERT_TRUE(hub.Start(config)) << "after round " << round;
    HttpClient client(hub.http(), key);
    for (const auto& id : in_doubt) {
      if (id.empty()) continue;
      const HttpAnswer answer = client.Post("/api/v1/intakes", Body(id));
      ASSERT_TRUE(answer.status == 201 || answer.status == 200) << answer.body;
      all.push_back({id, Json::parse(answer.body).at("intakeNo")});
    }
    hub.KillNow();
  }
  ASSERT_GT(all.size(), 100u);

  ASSERT_TRUE(hub.Start(config));
  HttpClient client(hub.http(), key);
  std::set<std::string> numbers;
  for (const auto& one : all) {
    const HttpAnswer again = client.Post("/api/v1/intakes", Body(one.external_id));
    ASSERT_EQ(again.status, 200) << one.external_id;
    const Json receipt = Json::parse(again.body);
    EXPECT_TRUE(receipt.at("existing").get<bool>());
    EXPECT_EQ(receipt.at("intakeNo"), one.intake_no);
    EXPECT_TRUE(numbers.insert(one.intake_no).second) << "one number for two submissions";
  }
  EXPECT_EQ(hub.StopGently(), 0);
  const auto vkey = hub.Command({"ledger", "vkey", "--data", data});
  ASSERT_EQ(vkey.status, 0);
  const auto verified =
      hub.Command({"ledger", "verify", "--dir", data, "--key", vkey.out.substr(0, vkey.out.find('\n'))});
  EXPECT_EQ(verified.status, 0) << verified.out;
}

}  // namespace
