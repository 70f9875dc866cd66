#include "gateway/demo_sources.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <fstream>
#include <sstream>

#include "embedded/demo_app.h"
#include "embedded/demo_app_json.h"
#include "embedded/demo_dept.h"
#include "embedded/demo_dept_xml.h"
#include "embedded/demo_exchange.h"
#include "embedded/demo_exchange_sql.h"
#include "embedded/demo_hotline.h"
#include "embedded/demo_hotline_txt.h"
#include "embedded/demo_letters.h"
#include "embedded/demo_letters_csv.h"
#include "embedded/demo_mail.h"
#include "embedded/demo_mail_eml.h"
#include "embedded/demo_mailbox.h"
#include "embedded/demo_mailbox_json.h"
#include "embedded/demo_open311.h"
#include "embedded/demo_open311_form.h"
#include "embedded/demo_sms.h"
#include "embedded/demo_sms_json.h"
#include "embedded/demo_soap.h"
#include "embedded/demo_soap_xml.h"
#include "embedded/demo_visit.h"
#include "embedded/demo_visit_xlsx.h"
#include "embedded/demo_wechat.h"
#include "embedded/demo_wechat_xml.h"
#include "gateway/sqlite_file.h"
#include "ledger/durable_file.h"

namespace gateway {

const std::vector<DemoSystem>& DemoSystems() {
  using By = DemoSystem::By;
  static const std::vector<DemoSystem> systems = {
      {"hotline-gbk", "hotline", embedded::demo_hotline, By::kFile, "incoming/hotline-gbk/20250304.txt",
       embedded::demo_hotline_txt},
      {"exchange-db", "department", embedded::demo_exchange, By::kDatabase, "incoming/exchange-db/exchange.db",
       embedded::demo_exchange_sql},
      {"visit-xlsx", "visit", embedded::demo_visit, By::kFile, "incoming/visit-xlsx/visits-0304.xlsx",
       embedded::demo_visit_xlsx},
      {"letters-big5", "letter", embedded::demo_letters, By::kFile, "incoming/letters-big5/letters-0301.csv",
       embedded::demo_letters_csv},
      {"dept-xml", "department", embedded::demo_dept, By::kFile, "incoming/dept-xml/cases-0304.xml",
       embedded::demo_dept_xml},
      {"mailbox-json", "leader_mailbox", embedded::demo_mailbox, By::kFile, "incoming/mailbox-json/letters-0305.json",
       embedded::demo_mailbox_json},
      {"app-json", "app", embedded::demo_app, By::kPush, "/channels/json/app-json", embedded::demo_app_json},
      {"maildir", "email", embedded::demo_mail, By::kFile, "incoming/maildir/new/1741144800.demo",
       embedded::demo_mail_eml},
      {"soap", "department", embedded::demo_soap, By::kPush, "/soap/soap", embedded::demo_soap_xml, "text/xml"},
      {"sms-gateway", "sms", embedded::demo_sms, By::kPush, "/channels/sms/sms-gateway", embedded::demo_sms_json},
      {"open311", "app", embedded::demo_open311, By::kPush, "/open311/v2/requests.json", embedded::demo_open311_form,
       "application/x-www-form-urlencoded"},
      // Signed with the token that stands in its file.
      {"wechat-account", "wechat", embedded::demo_wechat, By::kPush,
       "/channels/wechat/"
       "wechat-account?signature=13d80013f377e7456f03b5fd84dd809742600365&timestamp=1741140000&nonce=demo",
       embedded::demo_wechat_xml, "text/xml", "incoming/wechat/token", "demo-token"},
  };
  return systems;
}

static petition::Status DropDemoSecret(const std::filesystem::path& file, std::string_view secret) {
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) return petition::Ok();
  std::filesystem::create_directories(file.parent_path(), failed);
  return ledger::WriteDurably(ledger::FileSystem::Real(), file, std::string(secret) + "\n", true);
}

petition::Status DropDemoSamples(const std::filesystem::path& data) {
  for (const DemoSystem& system : DemoSystems()) {
    if (*system.secret_to != '\0') GUIYI_CHECK(DropDemoSecret(data / system.secret_to, system.secret));
    if (system.by == DemoSystem::By::kPush) continue;
    const auto file = data / system.to, folder = file.parent_path();
    std::error_code failed;
    if (std::filesystem::exists(folder, failed)) continue;
    std::filesystem::create_directories(folder, failed);
    if (failed) return petition::Unavailable("a folder of the demo can't be made", failed.message());
    if (system.by == DemoSystem::By::kFile) {
      // As an upload should be: under another name until it is whole.
      const auto part = file.string() + ".part";
      const auto bytes = system.sample();
      std::ofstream(part, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      std::filesystem::rename(part, file, failed);
      if (failed) return petition::Unavailable("a sample of the demo can't be written", failed.message());
      continue;
    }
    GUIYI_TRY(auto session, sqlite::Open(file));
    std::istringstream statements{std::string(system.sample())};
    GUIYI_CHECK(sqlite::InTransaction(session, "the demo's exchange database", [&] {
      for (std::string line; std::getline(statements, line);) {
        if (!line.empty()) session << line, Poco::Data::Keywords::now;
      }
      return petition::Ok();
    }));
  }
  return petition::Ok();
}

}  // namespace gateway
