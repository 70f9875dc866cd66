// POST /api/v1/intakes as a hub serves it, without a thread that waits: what it answers, and what becomes of many at
// once when the disk fails.
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "http_hub.h"
#include "support/fault_vfs.h"

namespace gateway::http_test {
namespace {

using petition::Json;

class SoonTest : public HttpHubTest {
 protected:
  std::string Request(const Json& submission) {
    const std::string body = submission.dump();
    return "POST /api/v1/intakes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KeyOf("portal") +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
};

TEST_F(SoonTest, NewOnesResendsRevisionsAndRefusalsOnOneConnection) {
  Client client(address());
  Json changed = Lift("A-1");
  changed["content"] = "电梯又坏了，请派人来看";
  client.SendRaw(Request(Lift("A-1")) + Request(Lift("A-1")) + Request(changed) + Request(Json::object()) +
                 Request(Lift("A-2")));
  const auto first = client.ReadReply(), again = client.ReadReply(), revision = client.ReadReply(),
             refused = client.ReadReply(), other = client.ReadReply();
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(first.Header("location"), "/api/v1/intakes/" + first.Json()["intakeNo"].get<std::string>());
  EXPECT_EQ(first.Json()["decision"], nullptr);
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.Json()["intakeNo"], first.Json()["intakeNo"]);
  EXPECT_EQ(again.Json()["existing"], true);
  EXPECT_EQ(revision.status, 201);
  EXPECT_EQ(revision.Json()["revision"], true);
  EXPECT_EQ(refused.status, 422);
  EXPECT_TRUE(refused.Json().contains("ledgerIndex"));
  EXPECT_EQ(other.status, 201);
}

TEST_F(SoonTest, TheSameNumberFromManyAtOnceIsRegisteredOnce) {
  std::deque<Client> clients;
  for (int i = 0; i < 24; ++i) clients.emplace_back(address());
  for (auto& client : clients) client.SendRaw(Request(Lift("SAME")));
  std::set<std::string> numbers;
  int created = 0;
  for (auto& client : clients) {
    const auto reply = client.ReadReply();
    EXPECT_TRUE(reply.status == 201 || reply.status == 200) << reply.status;
    created += reply.status == 201;
    numbers.insert(reply.Json()["intakeNo"]);
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(numbers.size(), 1u);
}

TEST_F(SoonTest, CallerThatVanishesIsRegisteredAndGetsItsReceiptWhenItComesAgain) {
  {
    Client client(address());
    client.SendRaw(Request(Lift("GONE")));
  }
  Reply reply;
  do {  // whichever of the two comes first
    Client client(address());
    client.SendRaw(Request(Lift("GONE")));
    reply = client.ReadReply();
    ASSERT_TRUE(reply.status == 201 || reply.status == 200);
  } while (reply.status != 200);
  EXPECT_EQ(Count(ledger::Kind::kIntake), 1u);
}

TEST_F(SoonTest, ReceiptAsTextIsThatOfTheTree) {
  Receipt receipt;
  receipt.intake_no = "439900-20250304-000123-V";
  receipt.query_code = "AAAA-BBBB";
  receipt.registered_at = petition::Time(std::chrono::milliseconds(1741054320123));
  receipt.ledger_index = 7;
  receipt.entry = R"({"commit":"x","time":"y","v":1})";
  receipt.proof = "line\nline \"quoted\"\n";
  EXPECT_EQ(ReceiptText(receipt), petition::DumpJson(ReceiptToJson(receipt)));
  receipt.existing = receipt.revision = true;
  receipt.flags = {"number-reused", "sealed"};
  receipt.unknown_fields = {"字段", "a\\b"};
  receipt.salt = receipt.leaf_hash = "AAA=";
  EXPECT_EQ(ReceiptText(receipt), petition::DumpJson(ReceiptToJson(receipt)));
}

class SoonCrashTest : public SoonTest {
 protected:
  void SetUp() override {
    hub_options_.ledger.sync = true;
    hub_options_.ledger.vfs = disk_.vfs();
    disk_.Disarm();
    HttpHubTest::SetUp();
  }
  void TearDown() override {
    disk_.Disarm();
    HttpHubTest::TearDown();
  }
  support::FaultDisk disk_{"soon"};
};

TEST_F(SoonCrashTest, FailingCommitAnswersEachWaitingConnection) {
  {
    Client client(address());
    client.SendRaw(Request(Lift("BEFORE")));
    EXPECT_EQ(client.ReadReply().status, 201);
  }
  Settle();
  disk_.Arm(support::Fault::kDiskFull, 0);
  std::deque<Client> clients;
  for (int i = 0; i < 20; ++i) clients.emplace_back(address());
  for (std::size_t i = 0; i < clients.size(); ++i) clients[i].SendRaw(Request(Lift("F-" + std::to_string(i))));
  for (auto& client : clients) EXPECT_EQ(client.ReadReply().status, 503);
  EXPECT_FALSE(hub_->ledger().healthy());
  EXPECT_EQ(Get("", "/readyz").status, 503);
}

}  // namespace
}  // namespace gateway::http_test
