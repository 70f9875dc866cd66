#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <fstream>

#include "conformance.h"

namespace adapters::conformance {
namespace {

void MakeFiles(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "in");
  std::ofstream(folder / "in" / "a.csv", std::ios::binary)
      << "编号,登记时间,姓名,内容\n1,2025-03-04 09:00,上官寒梅,路灯不亮\n2,昨天,上官寒梅,时间写错\n3,20250305,,井盖缺失\n";
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

}  // namespace

const std::vector<Trial>& Trials() {
  static const std::vector<Trial> trials = {
      {"files", "kind: files\noptions: {folder: '@FOLDER@/in', stable_seconds: 0}\n", MakeFiles, 2, {}, false, {"上官寒梅"}},
      {"database",
       "kind: database\noptions:\n  connector: sqlite\n  file: '@FOLDER@/x.db'\n  tables:\n"
       "    item: {name: item, key: xfjbh, state: zt, result: jg, number: hm}\n    person: {name: person, link: xfjbh}\n"
       "mapping:\n  people: {each: /person, fields: {name: xm}}\n  ignore: [zt, jg, hm, /person/xfjbh]\n",
       MakeDatabase, 2, {}, false, {"上官寒梅"}},
      {"json", "kind: json\n", {}, 0, JsonCall, true, {"上官寒梅"}},
  };
  return trials;
}

}  // namespace adapters::conformance
