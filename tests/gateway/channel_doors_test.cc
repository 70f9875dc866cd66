// Doors of other protocols through the hub's own HTTP server: from a foreign call to the ledger and back.
#include <gtest/gtest.h>

#include <fstream>

#include "adapters/wechat/message_crypt.h"
#include "http_hub.h"

namespace gateway::http_test {
namespace {

using petition::Json;

constexpr const char* kForm = "application/x-www-form-urlencoded";

class ChannelDoorsTest : public HttpHubTest {
 protected:
  void Connect(const std::string& name, const std::string& channel, const std::string& yaml) {
    Source source;
    source.name = name;
    source.channel = channel;
    source.division = "439902";
    source.state = "live";
    source.mapping = yaml;
    const auto key = hub_->registry().AddSource(source);
    ASSERT_TRUE(key.ok()) << key.error().message;
    keys_[name] = *key;
  }
  void ConnectOpen311() {
    Connect("city311", "app",
            "kind: open311\noptions:\n  services: [{code: '001', name: 路灯}, {code: '002', name: 井盖}]\n"
            "  publish_description: true\n");
  }
  std::string HandIn(const std::string& form) {
    const auto reply = Call("city311", "POST", "/open311/v2/requests.json", form, kForm);
    EXPECT_EQ(reply.status, 201) << reply.body;
    Settle();
    return reply.status == 201 ? reply.Json().at(0).at("service_request_id").get<std::string>() : std::string();
  }
  Json Requests(const std::string& query = {}) {
    const auto reply = Get("", "/open311/v2/requests.json" + query);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.Json();
  }
  std::string CaseOfNo(const std::string& intake_no) {
    const auto index = hub_->cases().IndexOfIntakeNo(intake_no);
    if (!index.ok() || !*index) return {};
    const auto found = hub_->cases().CaseOfIntake(**index);
    return found.ok() ? found->case_no : std::string();
  }
};

TEST_F(ChannelDoorsTest, Open311TakesAndShowsItsOwnRequestsOnly) {
  ConnectOpen311();
  Register("portal", Lift("p1"));  // another channel's business
  const auto id = HandIn(
      "service_code=001&address_string=a&description=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE%2013812345678&last_name=%E7%"
      "8E%8B");
  const auto all = Requests();
  ASSERT_EQ(all.size(), 1u) << all;
  EXPECT_EQ(all[0].at("service_request_id"), id);
  EXPECT_EQ(all[0].at("status"), "open");
  EXPECT_EQ(all[0].at("service_code"), "001");
  EXPECT_EQ(all[0].at("service_name"), "路灯");
  EXPECT_EQ(all[0].at("description").get<std::string>().find("13812345678"), std::string::npos);
  EXPECT_EQ(Requests("?service_code=002").size(), 0u);
  EXPECT_EQ(Requests("?service_request_id=" + id).size(), 1u);
  EXPECT_EQ(Get("", "/open311/v2/requests/" + id + ".xml").status, 200);
  EXPECT_EQ(Get("", "/open311/v2/services.json").Json().size(), 2u);
  // A number of another channel is answered as one that does not exist.
  const auto foreign = Register("portal", Wages("p2"));
  EXPECT_EQ(Get("", "/open311/v2/requests/" + NumberOf(foreign) + ".json").body,
            Get("", "/open311/v2/requests/439900-20250304-009999-X.json").body);
}

TEST_F(ChannelDoorsTest, AMergedRequestStaysOpenUntilItsLeadCloses) {
  ConnectOpen311();
  const auto lead = HandIn("service_code=001&address_string=a&description=one");
  const auto member = HandIn("service_code=002&address_string=b&description=two");
  const auto merged = Post("reviewer", "/api/v1/cases/" + CaseOfNo(lead) + "/merge",
                           {{"with", CaseOfNo(member)}, {"reason", "同一事项"}});
  ASSERT_EQ(merged.status, 200) << merged.body;
  Settle();
  auto shown = Get("", "/open311/v2/requests/" + member + ".json").Json().at(0);
  EXPECT_EQ(shown.at("status"), "open");
  EXPECT_NE(shown.at("status_notes").get<std::string>().find(lead), std::string::npos);
  const auto closed = Post("city311", "/api/v1/intakes/" + lead + "/events",
                           {{"event", "closed"}, {"at", petition::FormatTime(clock_.Now())}, {"text", "已修好"}});
  ASSERT_TRUE(closed.status == 200 || closed.status == 201) << closed.body;
  Settle();
  shown = Get("", "/open311/v2/requests/" + member + ".json").Json().at(0);
  EXPECT_EQ(shown.at("status"), "closed") << shown;
  EXPECT_EQ(Requests("?status=open").size(), 0u);
}

TEST_F(ChannelDoorsTest, WhatIsSealedShowsNowhereInOpen311) {
  ConnectOpen311();
  const auto id = HandIn("service_code=001&address_string=a&description=" +
                         std::string("%E4%B8%BE%E6%8A%A5%E5%B1%80%E9%95%BF%E5%8F%97%E8%B4%BF"));
  AddUser("sealer", Role::kReviewer, true, true);
  // Sealed by rule already, or by a person now.
  (void)Post("sealer", "/api/v1/intakes/" + id + "/sealing", {{"sealed", true}, {"reason", "检举控告"}});
  Settle();
  EXPECT_EQ(Requests().size(), 0u);
  EXPECT_EQ(Get("", "/open311/v2/requests/" + id + ".json").status, 404);
}

TEST_F(ChannelDoorsTest, SoapIsDescribedTakenAndKnownAgain) {
  Connect("dept", "department", "kind: soap\nmapping:\n  fields: {externalId: /xfj/id, content: /xfj/nr}\n");
  const auto wsdl = Get("", "/soap/dept?wsdl");
  EXPECT_EQ(wsdl.status, 200);
  EXPECT_NE(wsdl.body.find("wsdl:definitions"), std::string::npos);
  const std::string body =
      "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><Submit "
      "xmlns=\"urn:guiyi:petitions\"><xml><![CDATA["
      "<?xml version=\"1.0\" "
      "encoding=\"GBK\"?><xfj><id>A1</id><nr>路灯不亮</nr></xfj>]]></xml></Submit></s:Body></s:Envelope>";
  EXPECT_NE(Call("dept", "POST", "/soap/dept", body, "text/xml").body.find("registered"), std::string::npos);
  EXPECT_NE(Call("dept", "POST", "/soap/dept", body, "text/xml").body.find("existing"), std::string::npos);
  const auto stranger = Call("", "POST", "/soap/dept", body, "text/xml");
  EXPECT_EQ(stranger.status, 401);
  EXPECT_NE(stranger.body.find("Fault"), std::string::npos);
}

TEST_F(ChannelDoorsTest, WechatGathersAndRegisters) {
  std::ofstream(folder_ / "token") << "hubtoken\n";
  Connect("wx", "wechat", "kind: wechat\noptions: {app_id: wx1, age_minutes_max: 0, token_file: token}\n");
  const std::string query =
      "?signature=" + adapters::wechat::Signature({"hubtoken", "1", "n"}) + "&timestamp=1&nonce=n";
  EXPECT_EQ(Get("", "/channels/wechat/wx" + query + "&echostr=abc").body, "abc");
  const auto say = [&](const std::string& id, const std::string& words) {
    return Call("", "POST", "/channels/wechat/wx" + query,
                "<xml><ToUserName>g</ToUserName><FromUserName>oA</FromUserName><CreateTime>1741054320</"
                "CreateTime><MsgType>text</MsgType><Content>" +
                    words + "</Content><MsgId>" + id + "</MsgId></xml>",
                "text/xml");
  };
  EXPECT_EQ(say("1", "路灯不亮").status, 200);
  EXPECT_EQ(Count(ledger::Kind::kIntake), 0u);
  const auto done = say("2", "提交");
  EXPECT_NE(done.body.find("439900-"), std::string::npos) << done.body;
  EXPECT_EQ(Count(ledger::Kind::kIntake), 1u);
  say("2", "提交");
  EXPECT_EQ(Count(ledger::Kind::kIntake), 1u);
  EXPECT_EQ(Get("", "/channels/wechat/wx?signature=0&timestamp=1&nonce=n&echostr=abc").status, 401);
}

TEST_F(ChannelDoorsTest, SmsAndTheJsonKindsAreOpen) {
  Connect("sms", "sms", "kind: sms\n");
  EXPECT_EQ(
      Call("sms", "POST", "/channels/sms/sms", R"({"phone":"13812345678","content":"路灯不亮"})", "application/json")
          .body,
      "success");
  Connect("window", "visit", "kind: visit\n");
  EXPECT_EQ(
      Post("window", "/channels/visit/window", {{"externalId", "v1"}, {"content", "x"}, {"headCount", 40}}).status,
      422);
  EXPECT_EQ(Post("window", "/channels/visit/window",
                 {{"externalId", "v1"}, {"content", "x"}, {"petitioners", {{{"name", "王"}}}}})
                .status,
            201);
  EXPECT_EQ(Count(ledger::Kind::kIntake), 2u);
}

}  // namespace
}  // namespace gateway::http_test
