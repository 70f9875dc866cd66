#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fstream>

#include "adapters/sms/sms_door.h"
#include "door_host.h"
#include "ledger/crypto.h"

namespace adapters::sms {
namespace {

using namespace std::chrono_literals;
using door_test::kNow;
using door_test::Post;

constexpr const char* kForm = "application/x-www-form-urlencoded";
constexpr const char* kJson = "application/json";

class SmsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = door_test::FreshFolder();
    options_.auth.kind = CallbackAuth::kToken;
    options_.auth.secret = "s3cret";
    Open();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Open() {
    store_ = std::shared_ptr<GatherStore>(GatherStore::Make({.folder = folder_}));
    door_ = MakeSmsDoor(options_, spec_, store_);
  }
  DoorAnswer Send(const DoorCall& call) { return door_test::Through(*door_, call, false, ledger_); }

  std::string folder_;
  SmsOptions options_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
  std::shared_ptr<GatherStore> store_;
  std::unique_ptr<Door> door_;
  door_test::LedgerStandIn ledger_;
};

TEST_F(SmsTest, AFormIsOneMessageAndToldTwiceIsKnown) {
  const auto call = Post(
      "", "token=s3cret&phone=13812345678&content=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE&msgId=m1&time=20250304101000",
      kForm);
  EXPECT_EQ(Send(call).body, "success");
  EXPECT_EQ(Send(call).body, "success");
  ASSERT_EQ(ledger_.records().size(), 1u);
  const auto submission = *ledger_.records()[0].submission;
  EXPECT_EQ(submission.content, "路灯不亮");
  EXPECT_EQ(submission.channel, "sms");
  EXPECT_EQ(submission.petitioners.at(0).phone, "13812345678");
  ASSERT_TRUE(submission.petitioned_at.has_value());
  EXPECT_EQ(petition::FormatTime(*submission.petitioned_at), "2025-03-04T10:10:00+08:00");
}

TEST_F(SmsTest, AFormInGbkIsDecoded) {
  EXPECT_EQ(Send(Post("", "token=s3cret&phone=1&content=%D4%4C%D5%5C", std::string(kForm) + "; charset=GBK")).status,
            200);
  EXPECT_EQ(ledger_.records().at(0).submission->content, "訪誠");
}

TEST_F(SmsTest, PartsAreJoinedInTheirOrder) {
  const auto part = [](int n, const char* text) {
    return Post("",
                R"({"token":"s3cret","phone":"13812345678","reference":"7","parts":3,"part":)" + std::to_string(n) +
                    R"(,"content":")" + text + "\"}",
                kJson);
  };
  Send(part(3, "停了。"));
  Send(part(1, "锦澜湾7栋"));
  Send(part(1, "锦澜湾7栋"));
  EXPECT_EQ(ledger_.records().size(), 0u);
  Send(part(2, "电梯"));
  ASSERT_EQ(ledger_.records().size(), 1u);
  EXPECT_EQ(ledger_.records()[0].submission->content, "锦澜湾7栋电梯停了。");
  Send(part(2, "电梯"));  // its answer was lost
  EXPECT_EQ(ledger_.records().size(), 1u);
  // The reference comes round again, as one byte of it does.
  Send(part(1, "另一"));
  Send(part(2, "件"));
  Send(part(3, "事"));
  ASSERT_EQ(ledger_.records().size(), 2u);
  EXPECT_EQ(ledger_.records()[1].submission->content, "另一件事");
}

TEST_F(SmsTest, AMissingPartShowsWhenItsTimeIsOver) {
  Send(Post("", R"({"token":"s3cret","phone":"1","reference":"7","parts":2,"part":2,"content":"后半"})", kJson));
  petition::ManualClock clock(kNow + 11min);
  const auto feed = MakeSmsFeed(10min, spec_, store_, clock);
  const auto fetched = feed->Fetch("", 10);
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_EQ(fetched->records[0].submission->content, "[第1段缺失]后半");
}

TEST_F(SmsTest, ABadMessageSpoilsNoGoodOne) {
  EXPECT_EQ(
      Send(Post("", R"({"token":"s3cret","messages":[{"phone":"1","content":"好的"},{"phone":"2"},{"content":"x"}]})",
                kJson))
          .status,
      200);
  ASSERT_EQ(ledger_.records().size(), 3u);
  EXPECT_TRUE(ledger_.records()[0].submission.has_value());
  EXPECT_EQ(ledger_.records()[1].refusal->Reason(), "callback_invalid");
}

TEST_F(SmsTest, OnlyTheGatewayIsLetIn) {
  EXPECT_EQ(Send(Post("", "token=wrong&phone=1&content=x", kForm)).status, 401);
  EXPECT_EQ(Send(Post("", "phone=1&content=x", kForm)).status, 401);
  options_.auth = {.kind = CallbackAuth::kHmac, .secret = "k", .name = "x-signature", .timestamp_header = "x-time"};
  Open();
  auto call = Post("", R"({"phone":"1","content":"x"})", kJson);
  const std::string text = "2025-03-04T10:11:00+08:00\n" + call.body;
  unsigned char digest[32];
  unsigned int length = 0;
  HMAC(EVP_sha256(), "k", 1, reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length);
  call.headers.emplace_back("x-time", "2025-03-04T10:11:00+08:00");
  call.headers.emplace_back("x-signature", ledger::Hex({reinterpret_cast<const char*>(digest), length}));
  EXPECT_TRUE(door_->Verify(call, false).ok());
  auto late = call;
  late.at = kNow + 10min;
  EXPECT_FALSE(door_->Verify(late, false).ok());
  auto bent = call;
  bent.body += " ";
  EXPECT_FALSE(door_->Verify(bent, false).ok());
}

TEST_F(SmsTest, WhatLiesInTheStoreIsNotReadableThere) {
  Send(Post("",
            R"({"token":"s3cret","phone":"13812345678","reference":"7","parts":2,"part":2,"content":"SECRETWORDS"})",
            kJson));
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(static_cast<int>(entry.status().permissions() & std::filesystem::perms::mask) & 0077, 0) << entry.path();
  }
  EXPECT_EQ(all.find("SECRETWORDS"), std::string::npos);
  EXPECT_EQ(all.find("13812345678"), std::string::npos);
}

}  // namespace
}  // namespace adapters::sms
