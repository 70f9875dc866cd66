#include "gateway/commands/audit_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/store_audit.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct AuditArguments {
  std::string data = "data";
  bool json = false, no_blobs = false;
};

void PrintReport(const ledger::AuditReport& report) {
  for (const auto& finding : report.findings) {
    if (finding.index) std::cout << "#" << *finding.index << " ";
    std::cout << "[" << finding.where << "] " << ExplainFinding(finding.code) << "\n";
  }
  if (report.finding_count > report.findings.size()) std::cout << "... " << report.finding_count << "\n";
  std::cout << (report.ok() ? "存储与账本一致 / the store is what the ledger says: "
                            : "存储与账本不一致 / the store is not what the ledger says: ")
            << report.size << " 条 / entries, " << report.payloads << " 份内容 / payloads, " << report.dropped
            << " 份已按期销毁 / dropped by decision\n";
}

int Audit(const AuditArguments& arguments) {
  StoreAuditOptions options;
  options.data = arguments.data;
  options.blobs = !arguments.no_blobs;
  if (isatty(STDERR_FILENO) && !arguments.json)
    options.progress = [](std::uint64_t done, std::uint64_t size) {
      std::cerr << "\r" << done << "/" << size << (done == size ? "\n" : "") << std::flush;
    };
  const auto report = AuditDataFolder(options);
  if (!report.ok()) {
    (void)Fail("ledger audit", report.error());
    return kExitCouldNotRun;
  }
  if (!arguments.json) {
    PrintReport(*report);
    return report->ok() ? kExitDone : kExitFound;
  }
  Json findings = Json::array();
  for (const auto& finding : report->findings)
    findings.push_back({{"code", finding.code},
                        {"index", finding.index ? Json(*finding.index) : Json(nullptr)},
                        {"where", finding.where}});
  std::cout << Json{{"ok", report->ok()},
                    {"size", report->size},
                    {"payloads", report->payloads},
                    {"dropped", report->dropped},
                    {"findingCount", report->finding_count},
                    {"findings", std::move(findings)}}
                   .dump()
            << "\n";
  return report->ok() ? kExitDone : kExitFound;
}

}  // namespace

void AddAuditCommand(CLI::App& ledger, int& exit_code) {
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App* const app = ledger.add_subcommand(
      "audit", "逐条核对存储与账本（双向）/ hold the store against the ledger, in both directions; needs the keys");
  app->add_option("--data", arguments->data, "数据目录 / data folder")->capture_default_str();
  app->add_flag("--no-blobs", arguments->no_blobs, "不读附件 / leave the attachments unread");
  app->add_flag("--json", arguments->json, "输出 JSON / answer in JSON");
  app->callback([arguments, &exit_code] { exit_code = Audit(*arguments); });
}

}  // namespace gateway
