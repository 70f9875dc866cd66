// Delivery to the national system with the real programs: what waits for an address is delivered once there is one.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/http_client.h"
#include "support/hub_process.h"

namespace {

using support::HttpClient;
using support::HubProcess;
using support::NationalProcess;
using Json = nlohmann::json;

std::string Body(int number) {
  const std::string text = std::to_string(number);
  return R"({"externalId":"D-)" + text +
         R"(","channel":"portal","petitioners":[{"name":"试验人","phone":"19900001234","role":"main"}],)"
         R"("title":"楼道照明损坏","content":"北岭小区)" +
         text + R"(栋楼道灯坏了，请物业修理。","division":"439902"})";
}

/// Deliveries in that state.
int Total(const HubProcess& hub, const std::string& key, const std::string& state) {
  const auto answer = HttpClient(hub.http(), key).Get("/api/v1/deliveries?state=" + state);
  return answer.status == 200 ? Json::parse(answer.body).at("total").get<int>() : -1;
}

bool Eventually(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < end) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

TEST(DeliveryTest, WhatCameBeforeThereWasAnAddressIsDeliveredLater) {
  support::TemporaryFolder folder;
  const std::string data = folder.path() + "/data", origin = "ledger:\n  origin: petitions.example/ledger\n";
  HubProcess hub(GUIYI_BINARY, data);
  const std::string portal = hub.AddSource("portal", "portal"), watch = hub.AddUser("watch", "oversight");
  ASSERT_TRUE(hub.Start(origin));
  for (int number = 0; number < 3; ++number)
    ASSERT_EQ(HttpClient(hub.http(), portal).Post("/api/v1/intakes?wait=decision", Body(number)).status, 201);
  ASSERT_TRUE(Eventually([&] { return Total(hub, watch, "pending") == 3; }));
  EXPECT_EQ(hub.StopGently(), 0);

  // Still owed when the state is folded again, under the origin that the ledger has.
  ASSERT_EQ(hub.Command({"rebuild", "all", "--data", data}).status, 0);
  NationalProcess national(GUIYI_BINARY, folder.path() + "/national.db");
  ASSERT_TRUE(national.Start());
  ASSERT_TRUE(hub.Start(origin + "national:\n  address: " + national.address() + "\n"));
  ASSERT_TRUE(Eventually([&] { return Total(hub, watch, "done") == 3; }));
  EXPECT_EQ(hub.Command({"rebuild", "state", "--data", data}).status, 3) << "a hub runs on it";
  EXPECT_EQ(hub.StopGently(), 0);
}

}  // namespace
