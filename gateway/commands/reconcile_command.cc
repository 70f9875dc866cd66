#include "gateway/commands/reconcile_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "gateway/commands/command_support.h"
#include "gateway/hub.h"
#include "gateway/manifest.h"
#include "gateway/oversight/manifest_file.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

struct ReconcileArguments {
  std::string source, manifest, day, data, config;
  bool json = false;
};

/// Who has the data folder in hand sees all of it.
Principal FolderHolder() {
  Principal who;
  who.role = Role::kOversight;
  who.name = "reconcile";
  who.sealed = true;
  return who;
}

Result<ManifestAnswer> ReconcileFile(const ReconcileArguments& arguments) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  std::ifstream in(arguments.manifest, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in) return petition::Invalid("file_unreadable", "the manifest can't be read");
  if (text.size() > kManifestFileBytesMax)
    return petition::Invalid("file_too_large", "the manifest is larger than 64 MiB");
  GUIYI_TRY(const auto manifest, ReadManifest(text, arguments.source, arguments.day));
  const petition::SystemClock clock;
  HubOptions options;
  options.data = settings.data;
  options.create = false;
  options.ledger.origin = settings.origin;
  options.intake.division6 = settings.division;
  options.model = settings.model;
  options.follower.destinations = {"national"};
  GUIYI_TRY(const auto hub, Hub::Open(std::move(options), clock));
  if (!hub->registry().FindSource(arguments.source))
    return petition::NotFound("there is no source " + arguments.source);
  GUIYI_TRY(const auto folded, hub->follower().CatchUp());
  (void)folded;
  return RecordManifest(*hub, manifest, FolderHolder());
}

void PrintNumbers(const char* heading, const std::vector<std::string>& numbers) {
  std::printf("%s：%zu\n", heading, numbers.size());
  for (const auto& number : numbers) std::printf("  %s\n", number.c_str());
}

int RunReconcile(const ReconcileArguments& arguments) {
  const auto answer = ReconcileFile(arguments);
  if (!answer.ok()) {
    const int status = Fail("reconcile", answer.error());
    for (const auto& field : answer.error().fields)
      std::fprintf(stderr, "  %s: %s\n", field.pointer.c_str(), field.message.c_str());
    return status == kExitUsage ? kExitUsage : kExitCouldNotRun;
  }
  if (arguments.json) {
    std::printf("%s\n", petition::DumpJson(ManifestAnswerToJson(*answer)).c_str());
  } else {
    std::printf("账本上该日 %llu 件，本次对账记于账本第 %llu 条\n", static_cast<unsigned long long>(answer->count_here),
                static_cast<unsigned long long>(answer->ledger_index));
    PrintNumbers("来源有、账本无 / missing here", answer->missing_here);
    PrintNumbers("账本有、来源无 / missing there", answer->missing_there);
    PrintNumbers("内容不一致 / differs", answer->differs);
    if (answer->more) std::printf("（清单过长，未全部列出 / lists were cut）\n");
  }
  const bool agrees = answer->missing_here.empty() && answer->missing_there.empty() && answer->differs.empty();
  return agrees ? kExitDone : kExitFound;
}

}  // namespace

void AddReconcileCommand(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ReconcileArguments>();
  CLI::App* reconcile = app.add_subcommand("reconcile",
                                           "用来源的登记清单核对账本（归一未运行时）；运行中请用 HTTP 接口 / hold a "
                                           "source's register against the ledger of a "
                                           "hub that is not running; a running one takes it over HTTP");
  reconcile->add_option("--source", arguments->source, "来源名称 / the source")->required();
  reconcile
      ->add_option(
          "--manifest", arguments->manifest,
          "清单：接口的 JSON，或每行一个编号（可加逗号和 SHA-256） / JSON as the HTTP call takes it, or lines of "
          "number[,sha256]")
      ->required()
      ->check(CLI::ExistingFile);
  reconcile->add_option("--day", arguments->day, "来源的登记日 / the source's booking day, 2025-03-04");
  reconcile->add_option("--data", arguments->data, "数据目录 / data folder");
  reconcile->add_option("--config", arguments->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
  reconcile->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  reconcile->callback([arguments, &exit_code] { exit_code = RunReconcile(*arguments); });
}

}  // namespace gateway
