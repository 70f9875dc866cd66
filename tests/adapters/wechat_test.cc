#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "adapters/wechat/conversation.h"
#include "adapters/wechat/message.h"
#include "adapters/wechat/message_crypt.h"
#include "adapters/wechat/wechat_door.h"
#include "door_host.h"
#include "support/http_client.h"
#include "support/process.h"

namespace adapters::wechat {
namespace {

using namespace std::chrono_literals;
using door_test::kNow;

constexpr const char* kKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
constexpr const char* kOldKey = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvut";
constexpr const char* kAppId = "wx5823bf96d3bd56c7";

std::string ReadFile(const std::string& name) {
  std::ifstream in(name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string Text(const std::string& open_id, const std::string& id, const std::string& content) {
  return "<xml><ToUserName><![CDATA[gh_test]]></ToUserName><FromUserName><![CDATA[" + open_id +
         "]]></FromUserName><CreateTime>1741054320</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[" +
         content + "]]></Content><MsgId>" + id + "</MsgId></xml>";
}

DoorCall Plain(const std::string& xml) {
  auto call = door_test::Post("", xml, "text/xml");
  call.query = {
      {"signature", Signature({"hubtoken", "1409304348", "xxxxxx"})}, {"timestamp", "1409304348"}, {"nonce", "xxxxxx"}};
  return call;
}

DoorCall Safe(const MessageCrypt& crypt, const std::string& xml) {
  const auto cipher = crypt.Encrypt(xml, std::string(16, 'r'));
  auto call = door_test::Post("", "<xml><Encrypt>" + *cipher + "</Encrypt></xml>", "text/xml");
  call.query = {{"encrypt_type", "aes"},
                {"timestamp", "1"},
                {"nonce", "n"},
                {"msg_signature", Signature({"hubtoken", "1", "n", *cipher})}};
  return call;
}

class WechatTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = door_test::FreshFolder();
    options_.token = "hubtoken";
    options_.app_id = kAppId;
    options_.age_max = 0s;  // vectors and recorded pushes are of other days
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Open() {
    store_ = std::shared_ptr<GatherStore>(GatherStore::Make({.folder = folder_}));
    auto door = MakeWechatDoor(options_, spec_, store_);
    ASSERT_TRUE(door.ok()) << door.error().message;
    door_ = std::move(*door);
  }
  DoorAnswer Send(const DoorCall& call) { return door_test::Through(*door_, call, false, ledger_); }

  std::string folder_;
  WechatOptions options_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
  std::shared_ptr<GatherStore> store_;
  std::unique_ptr<Door> door_;
  door_test::LedgerStandIn ledger_;
};

TEST_F(WechatTest, SignatureIsThatOfTheVector) {
  EXPECT_EQ(Signature({"hubtoken", "1409304348", "xxxxxx"}), "783913a6a38cfc2079b9ed3b2a6c9b1ad77ab870");
}

TEST_F(WechatTest, UrlCheckAnswersTheEchoOnlyToTheRightSignature) {
  Open();
  auto call = door_test::Get("", {{"signature", "783913a6a38cfc2079b9ed3b2a6c9b1ad77ab870"},
                                  {"timestamp", "1409304348"},
                                  {"nonce", "xxxxxx"},
                                  {"echostr", "5837397520665436492"}});
  EXPECT_EQ(Send(call).body, "5837397520665436492");
  call.query[0].second.back() = '1';
  EXPECT_EQ(Send(call).status, 401);
}

TEST_F(WechatTest, APushOfAnotherHourIsNotTakenThoughItIsSigned) {
  options_.age_max = 600s;
  Open();
  const auto at = [](std::chrono::seconds off) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(kNow + off).time_since_epoch().count();
    auto call = door_test::Get("", {{"timestamp", std::to_string(seconds)}, {"nonce", "n"}, {"echostr", "e"}});
    call.query.emplace_back("signature", Signature({"hubtoken", std::to_string(seconds), "n"}));
    return call;
  };
  EXPECT_TRUE(door_->Verify(at(-599s), false).ok());
  EXPECT_TRUE(door_->Verify(at(599s), false).ok());
  EXPECT_EQ(door_->Verify(at(-601s), false).error().Reason(), "timestamp_old");
  EXPECT_EQ(door_->Verify(at(601s), false).error().Reason(), "timestamp_old");
  auto unsigned_call = at(-601s);
  unsigned_call.query.back().second[0] ^= 1;
  EXPECT_EQ(door_->Verify(unsigned_call, false).error().Reason(), "signature_wrong");
  auto wordy = at(0s);
  wordy.query = {{"timestamp", "now"}, {"nonce", "n"}, {"signature", Signature({"hubtoken", "now", "n"})}};
  EXPECT_EQ(door_->Verify(wordy, false).error().Reason(), "timestamp_old");
}

TEST_F(WechatTest, WhatIsEncryptedComesBack) {
  const auto crypt = MessageCrypt::Make({kKey}, kAppId);
  ASSERT_TRUE(crypt.ok());
  for (std::size_t length : {0u, 1u, 11u, 12u, 13u, 31u, 32u, 5000u}) {
    const std::string xml(length, 'x');
    const auto cipher = crypt->Encrypt(xml, std::string(16, '\x7F'));
    ASSERT_TRUE(cipher.ok());
    const auto plain = crypt->Decrypt(*cipher);
    ASSERT_TRUE(plain.ok()) << length;
    EXPECT_EQ(*plain, xml);
  }
}

TEST_F(WechatTest, AnotherAccountsMessageAndABentOneAreRefusedAlike) {
  const auto ours = MessageCrypt::Make({kKey}, kAppId), theirs = MessageCrypt::Make({kKey}, "wxAnother");
  auto cipher = *theirs->Encrypt("<xml/>", std::string(16, 'r'));
  EXPECT_EQ(ours->Decrypt(cipher).error().Reason(), "message_not_ours");
  cipher = *ours->Encrypt("<xml/>", std::string(16, 'r'));
  cipher[5] = cipher[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ours->Decrypt(cipher).error().Reason(), "message_not_ours");
  for (const char* odd : {"", "A", "AAAA", "%%%%", "AAAAAAAAAAAAAAAAAAAAAA=="})
    EXPECT_EQ(ours->Decrypt(odd).error().Reason(), "message_not_ours") << odd;
}

TEST_F(WechatTest, DuringAChangeThePreviousKeyOpensToo) {
  const auto before = MessageCrypt::Make({kOldKey}, kAppId), now = MessageCrypt::Make({kKey, kOldKey}, kAppId);
  ASSERT_TRUE(before.ok() && now.ok());
  EXPECT_EQ(*now->Decrypt(*before->Encrypt("<xml>old</xml>", std::string(16, 'r'))), "<xml>old</xml>");
  EXPECT_FALSE(before->Decrypt(*now->Encrypt("<xml>new</xml>", std::string(16, 'r'))).ok());
}

TEST_F(WechatTest, APushRecordedFromTheNpmPackageIsRead) {
  options_.aes_keys = {kKey};
  Open();
  const auto recorded = petition::ParseJson(ReadFile(GUIYI_SOURCE_DIR "/tests/adapters/fixtures/wechat_push.json"));
  ASSERT_TRUE(recorded.ok());
  auto call = door_test::Post("", recorded->at("body"), "text/xml");
  call.query = {{"encrypt_type", "aes"},
                {"timestamp", "1409304348"},
                {"nonce", "xxxxxx"},
                {"msg_signature", recorded->at("signature")}};
  ASSERT_TRUE(door_->Verify(call, false).ok());
  const auto decoded = door_->Decode(call);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->note, "gathering_begun");
  call.query.back().second[0] = call.query.back().second[0] == '0' ? '1' : '0';
  EXPECT_FALSE(door_->Verify(call, false).ok());
}

TEST_F(WechatTest, APushMadeByTheNpmPackageIsRead) {
  const char* modules = std::getenv("GUIYI_NODE_MODULES");
  if (modules == nullptr) GTEST_SKIP() << "GUIYI_NODE_MODULES names no folder with wechat-crypto";
  const std::string script = GUIYI_SOURCE_DIR "/tests/adapters/clients/wechat_push.js";
  const std::string xml = folder_ + "/push.xml";
  std::ofstream(xml) << Text("oFictional0002", "77", "井盖丢了");
  const auto ran = support::Run({"/bin/sh", "-c", "NODE_PATH=\"$1\" node \"$2\" hubtoken \"$3\" \"$4\" 5 abc < \"$5\"",
                                 "sh", modules, script, kKey, kAppId, xml});
  ASSERT_EQ(ran.status, 0);
  options_.aes_keys = {kKey};
  Open();
  const auto made = petition::ParseJson(ran.out);
  ASSERT_TRUE(made.ok());
  auto call = door_test::Post("", made->at("body"), "text/xml");
  call.query = {
      {"encrypt_type", "aes"}, {"timestamp", "5"}, {"nonce", "abc"}, {"msg_signature", made->at("signature")}};
  EXPECT_EQ(Send(call).status, 200);
  EXPECT_EQ(*store_->OpenPieces("oFictional0002"), 1u);
}

TEST_F(WechatTest, MessagesAreOneSubmissionOnceConfirmed) {
  Open();
  EXPECT_NE(Send(Plain(Text("oA", "1", "锦澜湾7栋电梯停了三天"))).body.find("已收到"), std::string::npos);
  EXPECT_EQ(Send(Plain(Text("oA", "2", "姓名：王小峰\n电话：13812345678"))).body, "success");
  EXPECT_EQ(Send(Plain(Text("oB", "3", "另一个人的事"))).status, 200);
  EXPECT_EQ(ledger_.registered(), 0u);
  const auto answer = Send(Plain(Text("oA", "4", "提交")));
  EXPECT_NE(answer.body.find("已登记"), std::string::npos);
  EXPECT_NE(answer.body.find("QUERYCODE"), std::string::npos);
  ASSERT_EQ(ledger_.registered(), 1u);
  const auto submission = *ledger_.records().front().submission;
  EXPECT_EQ(submission.content, "锦澜湾7栋电梯停了三天");
  EXPECT_EQ(submission.channel, "wechat");
  ASSERT_EQ(submission.petitioners.size(), 1u);
  EXPECT_EQ(submission.petitioners[0].name, "王小峰");
  EXPECT_EQ(submission.petitioners[0].phone, "13812345678");
  EXPECT_EQ(submission.petitioners[0].account, "oA");
  // The other's message waits.
  EXPECT_EQ(*store_->OpenPieces("oB"), 1u);
}

TEST_F(WechatTest, WhatWechatSendsAgainDoublesNothing) {
  Open();
  for (int times = 0; times < 3; ++times) Send(Plain(Text("oA", "1", "路灯不亮")));
  EXPECT_EQ(*store_->OpenPieces("oA"), 1u);
  for (int times = 0; times < 3; ++times) Send(Plain(Text("oA", "2", "提交")));
  EXPECT_EQ(ledger_.registered(), 1u);
  EXPECT_EQ(ledger_.records().size(), 1u);
  // The first message once more, long after: still known.
  Send(Plain(Text("oA", "1", "路灯不亮")));
  EXPECT_EQ(*store_->OpenPieces("oA"), 0u);
}

TEST_F(WechatTest, ASetConfirmedButNotSettledIsHandedOnAgainUnderTheSameNumber) {
  Open();
  Send(Plain(Text("oA", "1", "路灯不亮")));
  const auto first = door_->Decode(Plain(Text("oA", "2", "提交")));  // killed before the answer
  ASSERT_TRUE(first.ok());
  Open();
  const auto again = door_->Decode(Plain(Text("oA", "2", "提交")));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->records.size(), 1u);
  EXPECT_EQ(again->records[0].submission->external_id, first->records[0].submission->external_id);
  // Or, when WeChat gives up, by the feed.
  petition::ManualClock clock(kNow + 2min);
  const auto feed = MakeWechatFeed(30min, spec_, store_, clock);
  const auto fetched = feed->Fetch("", 10);
  ASSERT_TRUE(fetched.ok());
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_EQ(fetched->records[0].submission->external_id, first->records[0].submission->external_id);
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  EXPECT_TRUE(feed->Fetch("", 10)->records.empty());
}

TEST_F(WechatTest, WhatNobodyConfirmsIsHandedOnAfterItsTime) {
  Open();
  Send(Plain(Text("oA", "1", "没写完的话")));
  petition::ManualClock clock(kNow + 29min);
  const auto feed = MakeWechatFeed(30min, spec_, store_, clock);
  EXPECT_TRUE(feed->Fetch("", 10)->records.empty());
  clock.Advance(2min);
  const auto fetched = feed->Fetch("", 10);
  ASSERT_EQ(fetched->records.size(), 1u);
  EXPECT_EQ(fetched->records[0].submission->content, "没写完的话");
}

TEST_F(WechatTest, PicturesAndPlacesAreKept) {
  Open();
  Send(
      Plain("<xml><ToUserName>g</ToUserName><FromUserName>oA</FromUserName><CreateTime>1741054320</"
            "CreateTime><MsgType>image</MsgType>"
            "<PicUrl>http://mmbiz.example/1</PicUrl><MediaId>media-1</MediaId><MsgId>1</MsgId></xml>"));
  Send(
      Plain("<xml><ToUserName>g</ToUserName><FromUserName>oA</FromUserName><CreateTime>1741054321</"
            "CreateTime><MsgType>location</MsgType>"
            "<Location_X>23.134521</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale><Label>锦澜湾东门</"
            "Label><MsgId>2</MsgId></xml>"));
  Send(Plain(Text("oA", "3", "提交")));
  const auto submission = *ledger_.records().at(0).submission;
  EXPECT_EQ(submission.content, "[图片]\n[位置] 锦澜湾东门");
  ASSERT_TRUE(submission.location.has_value());
  EXPECT_DOUBLE_EQ(submission.location->lat, 23.134521);
  EXPECT_EQ(submission.unknown.at("wechatMedia").at(0).at("mediaId"), "media-1");
  EXPECT_TRUE(submission.petitioners.at(0).name.empty());
}

TEST_F(WechatTest, InSafeModeAnswersAreSealedAndPlainPushesRefused) {
  options_.aes_keys = {kKey};
  Open();
  const auto crypt = MessageCrypt::Make({kKey}, kAppId);
  const auto answer = Send(Safe(*crypt, Text("oA", "1", "路灯不亮")));
  EXPECT_EQ(answer.body.find("已收到"), std::string::npos);
  const std::size_t begin = answer.body.find("<Encrypt><![CDATA["), end = answer.body.find("]]></Encrypt>");
  ASSERT_NE(end, std::string::npos);
  const auto plain = crypt->Decrypt(answer.body.substr(begin + 18, end - begin - 18));
  ASSERT_TRUE(plain.ok());
  EXPECT_NE(plain->find("已收到"), std::string::npos);
  EXPECT_EQ(Send(Plain(Text("oA", "2", "路灯不亮"))).status, 401);
}

TEST_F(WechatTest, EntitiesAndOverlongMessagesAreRefusedAndNotAskedForAgain) {
  Open();
  const auto bomb = Send(Plain("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml>&b;</xml>"));
  EXPECT_EQ(bomb.body, "success");
  EXPECT_EQ(door_->Decode(Plain("<!DOCTYPE x><xml/>")).error().Reason(), "xml_doctype");
  EXPECT_EQ(door_->Decode(Plain(Text("oA", "1", std::string(100'000, 'x')))).error().Reason(), "xml_too_large");
  EXPECT_EQ(door_->Decode(Plain("<xml><FromUserName>a</FromUserName></xml>")).error().Reason(), "message_invalid");
}

TEST_F(WechatTest, OverARealSocket) {
  Open();
  const door_test::DoorHost host(*door_, "/channels/wechat/city", "", ledger_);
  support::HttpClient client(host.address(), "");
  const std::string query = "?signature=" + Signature({"hubtoken", "1", "n"}) + "&timestamp=1&nonce=n";
  EXPECT_EQ(client.Get("/channels/wechat/city" + query + "&echostr=hello").body, "hello");
  EXPECT_EQ(client.Send("POST", "/channels/wechat/city" + query, Text("oA", "1", "路灯不亮"), "text/xml").status, 200);
  EXPECT_NE(
      client.Send("POST", "/channels/wechat/city" + query, Text("oA", "2", "提交"), "text/xml").body.find("已登记"),
      std::string::npos);
  EXPECT_EQ(ledger_.registered(), 1u);
}

}  // namespace
}  // namespace adapters::wechat
