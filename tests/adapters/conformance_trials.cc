#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <fstream>

#include "adapters/wechat/message_crypt.h"
#include "conformance.h"

namespace adapters::conformance {
namespace {

void MakeFiles(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "in");
  std::ofstream(folder / "in" / "a.csv", std::ios::binary)
      << "编号,登记时间,姓名,内容\n1,2025-03-04 "
         "09:00,上官寒梅,路灯不亮\n2,昨天,上官寒梅,时间写错\n3,20250305,,井盖缺失\n";
}

void MakeDatabase(const std::filesystem::path& folder) {
  using Poco::Data::Keywords::now;
  Poco::Data::SQLite::Connector::registerConnector();
  Poco::Data::Session session("SQLite", (folder / "x.db").string());
  for (const char* statement :
       {"CREATE TABLE item(xfjbh TEXT, tsnr TEXT, djsj TEXT, zt INTEGER, jg TEXT, hm TEXT)",
        "CREATE TABLE person(xfjbh TEXT, xm TEXT)",
        "INSERT INTO item VALUES('A1','路灯不亮','20250304090000',0,NULL,NULL)",
        "INSERT INTO item VALUES('A2','时间写错','昨天',5,NULL,NULL)",
        "INSERT INTO item VALUES('A3','五次没送出','20240101090000',9,NULL,NULL)",
        "INSERT INTO item VALUES('A4','早已办完','20240101090000',20,NULL,NULL)",
        "INSERT INTO person VALUES('A1','上官寒梅')", "INSERT INTO person VALUES('A1','司徒远')"}) {
    session << statement, now;
  }
}

DoorCall JsonCall() {
  DoorCall call;
  call.method = "POST";
  call.headers = {{"content-type", "application/json"}};
  call.body = R"([{"externalId":"1","content":"路灯不亮","petitioners":[{"name":"上官寒梅"}]},{"externalId":"2"}])";
  return call;
}

constexpr const char* kSecretFile = GUIYI_SOURCE_DIR "/tests/adapters/fixtures/secret.txt";

DoorCall PersonCall() {
  DoorCall call;
  call.method = "POST";
  call.headers = {{"content-type", "application/json"}};
  call.body =
      R"({"externalId":"1","content":"路灯不亮","petitioners":[{"name":"上官寒梅","phone":"13812345678"}],"call":{"operator":"007"}})";
  return call;
}

DoorCall WechatCall() {
  DoorCall call;
  call.method = "POST";
  call.query = {{"signature", wechat::Signature({"trial secret", "1", "n"})}, {"timestamp", "1"}, {"nonce", "n"}};
  call.body =
      "<xml><FromUserName>o1</FromUserName><CreateTime>1741054320</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId>"
      "<Content>姓名：上官寒梅</Content></xml>";
  return call;
}

DoorCall SmsCall() {
  DoorCall call;
  call.method = "POST";
  call.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"x-token", "trial secret"}};
  call.body = "phone=13812345678&content=%E8%B7%AF%E7%81%AF";
  return call;
}

DoorCall SoapCall() {
  DoorCall call;
  call.method = "POST";
  call.headers = {{"content-type", "text/xml"}};
  call.body =
      "<s:Envelope "
      "xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/"
      "\"><s:Body><Submit><xml>{\"content\":\"路灯\",\"petitioners\":[{\"name\":"
      "\"上官寒梅\"}]}</xml></Submit></s:Body></s:Envelope>";
  return call;
}

DoorCall Open311Call() {
  DoorCall call;
  call.method = "POST";
  call.path = "/requests.json";
  call.headers = {{"content-type", "application/x-www-form-urlencoded"}};
  call.body = "service_code=001&address_string=a&description=b&last_name=%E4%B8%8A%E5%AE%98%E5%AF%92%E6%A2%85";
  return call;
}

void MakeMaildir(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "mail/new");
  const auto put = [&](const char* name, const std::string& text) {
    std::ofstream(folder / "mail/new" / name, std::ios::binary) << text;
  };
  put("1.host",
      "From: a@b.example\r\nMessage-ID: <1@b>\r\nSubject: s\r\nContent-Type: text/plain; "
      "charset=utf-8\r\n\r\n路灯不亮\r\n");
  put("2.host",
      "From: a@b.example\r\nMessage-ID: <2@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n上官寒梅\xFF\r\n");
  put("3.host", "From: 上官寒梅 <c@b.example>\r\nMessage-ID: <3@b>\r\nSubject: t\r\n\r\n井盖\r\n");
}

// Broken images: letters all the same, of which no word can be read. They are old enough to be whole.
void MakeScans(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "scans");
  const auto put = [&](const char* name, const std::string& bytes) {
    std::ofstream(folder / "scans" / name, std::ios::binary) << bytes;
    std::filesystem::last_write_time(folder / "scans" / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::minutes(1));
  };
  put("1.png", "\x89PNG\r\n\x1a\none");
  put("2.txt", "上官寒梅");
  put("3.png", "\x89PNG\r\n\x1a\nthree");
}

}  // namespace

const std::vector<Trial>& Trials() {
  static const std::vector<Trial> trials = {
      {"files",
       "kind: files\noptions: {folder: '@FOLDER@/in', stable_seconds: 0}\n",
       MakeFiles,
       2,
       {},
       false,
       {"上官寒梅"}},
      {"database",
       "kind: database\noptions:\n  connector: sqlite\n  file: '@FOLDER@/x.db'\n  tables:\n"
       "    item: {name: item, key: xfjbh, state: zt, result: jg, number: hm}\n    person: {name: person, link: "
       "xfjbh}\n"
       "mapping:\n  people: {each: /person, fields: {name: xm}}\n  ignore: [zt, jg, hm, /person/xfjbh]\n",
       MakeDatabase,
       2,
       {},
       false,
       {"上官寒梅"}},
      {"json", "kind: json\n", {}, 0, JsonCall, true, {"上官寒梅"}},
      {"portal", "kind: portal\n", {}, 0, PersonCall, true, {"上官寒梅"}},
      {"hotline", "kind: hotline\n", {}, 0, PersonCall, true, {"上官寒梅"}},
      {"visit", "kind: visit\n", {}, 0, PersonCall, true, {"上官寒梅"}},
      {"wechat",
       std::string("kind: wechat\noptions: {app_id: wx1, age_minutes_max: 0, token_file: ") + kSecretFile + "}\n",
       {},
       0,
       WechatCall,
       false,
       {"上官寒梅"}},
      {"sms",
       std::string("kind: sms\noptions: {auth: {kind: token, name: x-token, secret_file: ") + kSecretFile + "}}\n",
       {},
       0,
       SmsCall,
       false,
       {"上官寒梅"}},
      {"soap", "kind: soap\n", {}, 0, SoapCall, true, {"上官寒梅"}},
      {"open311",
       "kind: open311\noptions: {services: [{code: '001', name: 路灯}]}\n",
       {},
       0,
       Open311Call,
       true,
       {"上官寒梅"}},
      {"mail", "kind: mail\noptions: {maildir: '@FOLDER@/mail'}\n", MakeMaildir, 2, {}, false, {"上官寒梅"}},
      {"letters", "kind: letters\noptions: {folder: '@FOLDER@/scans'}\n", MakeScans, 2, {}, false, {"上官寒梅"}},
  };
  return trials;
}

}  // namespace adapters::conformance
