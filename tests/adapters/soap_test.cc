#include <gtest/gtest.h>

#include "adapters/soap/document.h"
#include "adapters/soap/envelope.h"
#include "adapters/soap/soap_door.h"
#include "adapters/text/charset.h"
#include "door_host.h"
#include "support/http_client.h"
#include "support/process.h"

namespace adapters::soap {
namespace {

constexpr const char* kXml = "text/xml; charset=utf-8";

std::string Envelope11(const std::string& inner) {
  return "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Header/><s:Body>"
         "<Submit xmlns=\"urn:guiyi:petitions\">" +
         inner + "</Submit></s:Body></s:Envelope>";
}

class SoapTest : public testing::Test {
 protected:
  void Open() { door_ = MakeSoapDoor(options_, spec_); }
  void MapBy(const char* mapping) {
    auto spec = SourceSpecFromJson({{"kind", "soap"}, {"mapping", petition::Json::parse(mapping)}});
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    spec_ = *spec;
  }
  DoorAnswer Send(const std::string& body, const char* type = kXml) {
    return door_test::Through(*door_, door_test::Post("", body, type), true, ledger_);
  }

  SoapOptions options_;
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
  std::unique_ptr<Door> door_;
  door_test::LedgerStandIn ledger_;
};

TEST_F(SoapTest, XmlInCdataWithADeclarationThatSaysGbkIsRead) {
  MapBy(
      R"({"fields": {"externalId": "/xfj/xfjbh", "title": "/xfj/bt", "content": "/xfj/tsnr", "petitioner.name": "/xfj/xm"}})");
  Open();
  const auto answer =
      Send(Envelope11("<xml><![CDATA[<?xml version=\"1.0\" encoding=\"GBK\"?><xfj><xfjbh>A-1</xfjbh><bt>電梯停運</bt>"
                      "<tsnr>锦澜湾7栋 &lt;电梯&gt; 停了</tsnr><xm>𠮷東</xm></xfj>]]></xml>"));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(answer.body.find("439900-20250304"), std::string::npos);
  ASSERT_EQ(ledger_.records().size(), 1u);
  const auto submission = *ledger_.records()[0].submission;
  EXPECT_EQ(submission.external_id, "A-1");
  EXPECT_EQ(submission.content, "锦澜湾7栋 <电梯> 停了");
  EXPECT_EQ(submission.petitioners.at(0).name, "𠮷東");
}

TEST_F(SoapTest, AnEnvelopeThatIsGbkItselfIsDecodedFirst) {
  MapBy(R"({"fields": {"content": "/xfj/nr"}})");
  Open();
  const auto gbk =
      FromUtf8("<?xml version=\"1.0\" encoding=\"GBK\"?>" +
                   Envelope11("<xml>&lt;xfj&gt;&lt;nr&gt;張東誠來訪&lt;/nr&gt;&lt;/xfj&gt;</xml>").substr(21),
               "gb18030");
  ASSERT_TRUE(gbk.ok());
  EXPECT_EQ(Send(*gbk, "text/xml").status, 200);
  EXPECT_EQ(ledger_.records().at(0).submission->content, "張東誠來訪");
  // The transport's word counts more than the declaration, and what does not decode is refused.
  EXPECT_NE(Send(*gbk, kXml).body.find("undecodable"), std::string::npos);
}

TEST_F(SoapTest, SeveralRecordsAreAnsweredOneByOne) {
  MapBy(R"({"fields": {"externalId": "id", "content": {"from": "nr", "required": true}}})");
  options_.records = *Path::Parse("/list/xfj");
  Open();
  const auto answer = Send(
      Envelope11("<xml><![CDATA[<list><xfj><id>1</id><nr>路灯不亮</nr></xfj><xfj><id>2</id></xfj></list>]]></xml>"));
  ASSERT_EQ(ledger_.records().size(), 2u);
  EXPECT_TRUE(ledger_.records()[0].submission.has_value());
  EXPECT_TRUE(ledger_.records()[1].refusal.has_value());
  EXPECT_NE(answer.body.find("&lt;code&gt;2&lt;/code&gt;"), std::string::npos) << answer.body;
  // What was refused is read again alone, by a better mapping.
  MapBy(R"({"fields": {"externalId": "id", "content": {"from": "nr", "default": "无内容"}}})");
  Open();
  const auto refused = ledger_.records()[1];
  const auto again = door_->Reread({refused.place, refused.raw, refused.media_type, refused.context});
  ASSERT_TRUE(again.ok());
  ASSERT_TRUE(again->submission.has_value());
  EXPECT_EQ(again->submission->external_id, "2");
}

TEST_F(SoapTest, AFormWithOneFieldOfJsonIsTakenAsAsmxDoes) {
  Open();
  const auto answer = Send("json=%7B%22externalId%22%3A%22j1%22%2C%22content%22%3A%22%E8%B7%AF%E7%81%AF%22%7D",
                           "application/x-www-form-urlencoded");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("<string xmlns=\"urn:guiyi:petitions\">{"), std::string::npos) << answer.body;
  EXPECT_EQ(ledger_.records().at(0).submission->content, "路灯");
}

TEST_F(SoapTest, TheSameCallAgainIsKnownThoughItsEnvelopeDiffers) {
  Open();
  const std::string inner = "<xml>{\"content\": \"没有编号\"}</xml>";
  Send(Envelope11(inner));
  Send(Envelope11("\n" + inner));
  EXPECT_EQ(ledger_.records().size(), 2u);
  EXPECT_EQ(ledger_.registered(), 1u);
}

TEST_F(SoapTest, FaultsAreOfTheCallersVersion) {
  Open();
  const auto eleven = Send(Envelope11("<other>x</other>"));
  EXPECT_EQ(eleven.status, 500);
  EXPECT_NE(eleven.body.find("<faultcode>soap:Client</faultcode>"), std::string::npos);
  const auto twelve =
      Send("<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body><Nope/></e:Body></e:Envelope>",
           "application/soap+xml");
  EXPECT_EQ(twelve.status, 400);
  EXPECT_NE(twelve.body.find("<soap:Value>soap:Sender</soap:Value>"), std::string::npos);
  EXPECT_NE(Send("<Envelope xmlns=\"urn:other\"/>").body.find("VersionMismatch"), std::string::npos);
  EXPECT_NE(Send("<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Header><x "
                 "e:mustUnderstand=\"true\"/></e:Header>"
                 "<e:Body><Submit/></e:Body></e:Envelope>")
                .body.find("MustUnderstand"),
            std::string::npos);
  EXPECT_NE(Send("--b", "multipart/related; boundary=b").body.find("soap_multipart"), std::string::npos);
}

TEST_F(SoapTest, BombsAreRefused) {
  Open();
  EXPECT_NE(Send("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + Envelope11("<xml>&x;</xml>").substr(21))
                .body.find("xml_doctype"),
            std::string::npos);
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "<a>";
  EXPECT_NE(Send(Envelope11(deep)).body.find("xml_too_deep"), std::string::npos);
  std::string many = "<xml><![CDATA[<a>";
  for (int i = 0; i < 250'000; ++i) many += "<b/>";
  EXPECT_NE(Send(Envelope11(many + "</a>]]></xml>")).body.find("xml_too_large"), std::string::npos);
}

TEST_F(SoapTest, UsernameTokensAreCheckedWithTheirAge) {
  UsernameToken token{"dept", "", "bm9uY2U=", "2025-03-04T02:12:00Z", true};
  token.password = "";
  EXPECT_FALSE(TokenIsRight(token, "dept", "secret", door_test::kNow, std::chrono::seconds(300)));
  token.digest = false;
  token.password = "secret";
  EXPECT_TRUE(TokenIsRight(token, "dept", "secret", door_test::kNow, std::chrono::seconds(300)));
  EXPECT_FALSE(TokenIsRight(token, "other", "secret", door_test::kNow, std::chrono::seconds(300)));
}

// A client nobody here wrote: zeep, Debian's python3-zeep.
class ZeepTest : public SoapTest {
 protected:
  void SetUp() override {
    if (support::Run({"/usr/bin/python3", "-c", "import zeep"}).status != 0)
      GTEST_SKIP() << "python3-zeep is not installed";
  }
  petition::Json Call(const std::string& key, const std::string& port, std::vector<std::string> fields) {
    Open();
    const door_test::DoorHost host(*door_, "/soap/dept", "KEY", ledger_);
    std::vector<std::string> arguments = {"/usr/bin/python3", GUIYI_SOURCE_DIR "/tests/adapters/clients/soap_call.py",
                                          "http://" + host.address() + "/soap/dept?wsdl", key, port};
    arguments.insert(arguments.end(), fields.begin(), fields.end());
    const auto ran = support::Run(arguments, "/dev/stderr");
    EXPECT_EQ(ran.status, 0);
    return petition::Json::parse(ran.out, nullptr, false);
  }
  void SetSource() { options_.source = "dept"; }
};

TEST_F(ZeepTest, SubmitsADocumentOver11And12) {
  SetSource();
  MapBy(R"({"fields": {"externalId": "/xfj/id", "content": "/xfj/nr"}})");
  const std::string document = "xml=<?xml version=\"1.0\" encoding=\"GBK\"?><xfj><id>z1</id><nr>井盖丢了</nr></xfj>";
  const auto first = Call("KEY", "PetitionsSoap", {document});
  ASSERT_TRUE(first.contains("answer")) << first;
  EXPECT_NE(first.at("answer").get<std::string>().find("<status>registered</status>"), std::string::npos) << first;
  const auto again = Call("KEY", "PetitionsSoap12", {document});
  EXPECT_NE(again.at("answer").get<std::string>().find("<status>existing</status>"), std::string::npos) << again;
  EXPECT_EQ(ledger_.registered(), 1u);
}

TEST_F(ZeepTest, SubmitsElements) {
  SetSource();
  options_.parameter.clear();
  options_.elements = {"externalId", "title", "content", "name", "phone"};
  const auto answer =
      Call("KEY", "PetitionsSoap", {"externalId=e1", "content=路灯不亮", "name=王小峰", "phone=13812345678"});
  ASSERT_TRUE(answer.contains("answer")) << answer;
  EXPECT_EQ(answer.at("answer").at("code"), "0") << answer;
  EXPECT_EQ(answer.at("answer").at("item").at(0).at("status"), "registered");
  EXPECT_EQ(ledger_.records().at(0).submission->petitioners.at(0).name, "王小峰");
}

TEST_F(ZeepTest, SeesAFaultWithoutTheKeyAndPassesWithAUsernameToken) {
  SetSource();
  EXPECT_NE(Call("", "PetitionsSoap", {"xml={}"}).value("fault", std::string()).find("key_missing"), std::string::npos);
  options_.auth = SoapAuth::kUsernameToken;
  options_.username = "dept";
  options_.password = "secret";
  EXPECT_TRUE(Call("wsse:dept:secret", "PetitionsSoap", {"xml={\"content\": \"井盖\"}"}).contains("answer"));
  EXPECT_TRUE(Call("wsse:dept:wrong", "PetitionsSoap", {"xml={\"content\": \"井盖\"}"}).contains("fault"));
}

}  // namespace
}  // namespace adapters::soap
