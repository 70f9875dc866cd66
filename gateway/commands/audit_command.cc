#include "gateway/commands/audit_command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/kept_tables.h"
#include "gateway/state_audit.h"
#include "gateway/store_audit.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct AuditArguments {
  std::string data = "data", config, work;
  bool json = false, no_blobs = false, no_state = false;
};

using AuditProgress = std::function<void(std::uint64_t, std::uint64_t)>;

/// The state under the clocks of the configuration; nothing when there is none to be held against anything.
petition::Result<StateAuditReport> AuditStateOf(const AuditArguments& arguments, const AuditProgress& told) {
  std::error_code failed;
  if (arguments.no_state || !std::filesystem::exists(std::filesystem::path(arguments.data) / "state.db", failed))
    return StateAuditReport();
  StateAuditOptions options;
  options.data = arguments.data;
  options.work = arguments.work;
  options.progress = told;
  if (!arguments.config.empty()) {
    GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
    const auto& oversight = settings.oversight;
    if (!oversight.clocks_file.empty()) {
      GUIYI_TRY(options.clocks, config::ClockTable::Load(oversight.clocks_file));
    }
    if (!oversight.holidays.empty()) {
      GUIYI_TRY(options.calendar, config::Calendar::Load(oversight.holidays));
    }
  }
  GUIYI_TRY(const auto tables, TablesInEffect(arguments.data));
  GUIYI_CHECK(ApplyHolidays(tables, options.calendar));
  return AuditState(options);
}

void PrintFindings(const std::vector<ledger::AuditFinding>& findings, std::uint64_t count) {
  for (const auto& finding : findings) {
    if (finding.index) std::cout << "#" << *finding.index << " ";
    std::cout << "[" << finding.where << "] " << ExplainFinding(finding.code) << "\n";
  }
  if (count > findings.size()) std::cout << "... " << count << "\n";
}

void PrintState(const StateAuditReport& state) {
  if (state.tables == 0 && state.ok()) return;
  PrintFindings(state.findings, state.finding_count);
  std::cout << (state.ok() ? "状态与账本一致 / state.db is what follows from the ledger: "
                           : "状态与账本不一致 / state.db is not what follows from the ledger: ")
            << state.tables << " 张表 / tables, " << state.rows << " 行 / rows\n";
  for (const auto& table : state.skipped)
    std::cout << "未核对（时限表不同，请用 --config）/ not compared, since it was worked out under other clocks (give "
                 "--config): "
              << table << "\n";
}

Json FindingsJson(const std::vector<ledger::AuditFinding>& found) {
  Json findings = Json::array();
  for (const auto& finding : found)
    findings.push_back({{"code", finding.code},
                        {"index", finding.index ? Json(*finding.index) : Json(nullptr)},
                        {"where", finding.where}});
  return findings;
}

void PrintReport(const ledger::AuditReport& report) {
  PrintFindings(report.findings, report.finding_count);
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
  const auto state = AuditStateOf(arguments, options.progress);
  if (!state.ok()) {
    if (!arguments.json) PrintReport(*report);
    (void)Fail("ledger audit", state.error());
    return report->ok() ? kExitCouldNotRun : kExitFound;
  }
  const bool sound = report->ok() && state->ok();
  if (!arguments.json) {
    PrintReport(*report);
    PrintState(*state);
    return sound ? kExitDone : kExitFound;
  }
  std::cout << Json{{"ok", sound},
                    {"size", report->size},
                    {"payloads", report->payloads},
                    {"dropped", report->dropped},
                    {"findingCount", report->finding_count},
                    {"findings", FindingsJson(report->findings)},
                    {"state",
                     {{"tables", state->tables},
                      {"rows", state->rows},
                      {"skipped", state->skipped},
                      {"findingCount", state->finding_count},
                      {"findings", FindingsJson(state->findings)}}}}
                   .dump()
            << "\n";
  return sound ? kExitDone : kExitFound;
}

}  // namespace

void AddAuditCommand(CLI::App& ledger, int& exit_code) {
  auto arguments = std::make_shared<AuditArguments>();
  CLI::App* const app = ledger.add_subcommand(
      "audit", "逐条核对存储与账本（双向）/ hold the store against the ledger, in both directions; needs the keys");
  app->add_option("--data", arguments->data, "数据目录 / data folder")->capture_default_str();
  app->add_flag("--no-blobs", arguments->no_blobs, "不读附件 / leave the attachments unread");
  app->add_flag("--no-state", arguments->no_state,
                "不核对 state.db / leave state.db out: what follows from the ledger is folded anew to compare it");
  app->add_option("--work", arguments->work, "副本所放的目录 / folder for the copies that are compared")
      ->check(CLI::ExistingDirectory);
  app->add_option("--config", arguments->config, "配置文件，用其时限表 / configuration whose clocks count")
      ->check(CLI::ExistingFile);
  app->add_flag("--json", arguments->json, "输出 JSON / answer in JSON");
  app->callback([arguments, &exit_code] { exit_code = Audit(*arguments); });
}

}  // namespace gateway
