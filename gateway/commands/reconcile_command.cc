#include "gateway/commands/reconcile_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/commands/hub_call.h"
#include "gateway/hub.h"
#include "gateway/manifest.h"
#include "gateway/outside_systems.h"
#include "gateway/oversight/manifest_file.h"
#include "gateway/upstream_register.h"

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

struct ReconcileArguments {
  std::string source, destination, manifest, day, data, config, url, key_file;
  bool json = false;
};

/// What either side lacks, whoever answered.
struct Reconciled {
  Json answer;
  bool agrees = true;
};

/// Who has the data folder in hand sees all of it.
Principal FolderHolder() {
  Principal who;
  who.role = Role::kOversight;
  who.name = "reconcile";
  who.sealed = true;
  return who;
}

Result<std::string> ReadRegisterFile(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in) return petition::Invalid("file_unreadable", "the manifest can't be read");
  if (text.size() > kManifestFileBytesMax)
    return petition::Invalid("file_too_large", "the manifest is larger than 64 MiB");
  return text;
}

Reconciled ToReconciled(Json answer) {
  Reconciled reconciled;
  for (const char* list : {"missingHere", "missingThere", "differs", "countedTwice"})
    reconciled.agrees = reconciled.agrees && (!answer.contains(list) || answer[list].empty());
  reconciled.answer = std::move(answer);
  return reconciled;
}

Result<std::unique_ptr<Hub>> OpenStopped(const ReconcileArguments& arguments, const petition::Clock& clock) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  HubOptions options;
  options.data = settings.data;
  options.create = false;
  options.ledger.origin = settings.origin;
  options.intake.division6 = settings.division;
  options.model = settings.model;
  options.follower.destinations = DestinationsOwed(settings);
  GUIYI_TRY(auto hub, Hub::Open(std::move(options), clock));
  GUIYI_TRY(const auto folded, hub->follower().CatchUp());
  (void)folded;
  return hub;
}

/// With the data folder in hand, while no hub runs on it.
Result<Reconciled> ReconcileHere(const ReconcileArguments& arguments, const std::string& text) {
  const petition::SystemClock clock;
  if (!arguments.destination.empty()) {
    GUIYI_TRY(const auto reg, ReadUpstreamRegister(text, arguments.destination, arguments.day));
    GUIYI_TRY(const auto hub, OpenStopped(arguments, clock));
    hub->follower().Start();
    GUIYI_TRY(const auto answer, RecordUpstreamRegister(*hub, reg, FolderHolder()));
    return ToReconciled(UpstreamAnswerToJson(answer));
  }
  GUIYI_TRY(const auto manifest, ReadManifest(text, arguments.source, arguments.day));
  GUIYI_TRY(const auto hub, OpenStopped(arguments, clock));
  if (!hub->registry().FindSource(arguments.source))
    return petition::NotFound("there is no source " + arguments.source);
  GUIYI_TRY(const auto answer, RecordManifest(*hub, manifest, FolderHolder()));
  return ToReconciled(ManifestAnswerToJson(answer));
}

/// The same through the hub that runs, with the key of the source or of oversight.
Result<Reconciled> ReconcileThere(const ReconcileArguments& arguments, const std::string& text) {
  GUIYI_TRY(const auto key, ReadKeyFile(arguments.key_file));
  GUIYI_TRY(const auto call, HubCall::Open(arguments.url, key));
  Json body = Json::object();
  std::string path;
  if (!arguments.destination.empty()) {
    GUIYI_TRY(const auto reg, ReadUpstreamRegister(text, arguments.destination, arguments.day));
    path = "/api/v1/destinations/" + HubCall::Escaped(arguments.destination) + "/registers";
    body = {{"day", reg.day}, {"numbers", Json::array()}};
    if (reg.count) body["count"] = *reg.count;
    for (const auto& line : reg.lines)
      body["numbers"].push_back({{"reference", line.reference}, {"nationalNo", line.national_no}});
  } else {
    GUIYI_TRY(const auto manifest, ReadManifest(text, arguments.source, arguments.day));
    path = "/api/v1/sources/" + HubCall::Escaped(arguments.source) + "/manifests";
    body = {{"day", manifest.day}, {"numbers", Json::array()}};
    if (manifest.count) body["count"] = *manifest.count;
    for (const auto& number : manifest.numbers)
      body["numbers"].push_back({{"externalId", number.external_id}, {"sha256", number.sha256}});
  }
  GUIYI_TRY(auto answer, call->Post(path, body));
  return ToReconciled(std::move(answer));
}

void PrintNumbers(const char* heading, const Json& answer, const char* list) {
  if (!answer.contains(list)) return;
  std::printf("%s：%zu\n", heading, answer[list].size());
  for (const auto& number : answer[list]) std::printf("  %s\n", number.get<std::string>().c_str());
}

int RunReconcile(const ReconcileArguments& arguments) {
  const auto reconciled = [&]() -> Result<Reconciled> {
    GUIYI_TRY(const auto text, ReadRegisterFile(arguments.manifest));
    return arguments.url.empty() ? ReconcileHere(arguments, text) : ReconcileThere(arguments, text);
  }();
  if (!reconciled.ok()) {
    const int status = Fail("reconcile", reconciled.error());
    for (const auto& field : reconciled.error().fields)
      std::fprintf(stderr, "  %s: %s\n", field.pointer.c_str(),
                   (field.message.empty() ? field.code : field.message).c_str());
    return status == kExitUsage ? kExitUsage : kExitCouldNotRun;
  }
  const Json& answer = reconciled->answer;
  if (arguments.json) {
    std::printf("%s\n", petition::DumpJson(answer).c_str());
  } else {
    if (answer.contains("countHere"))
      std::printf("账本上该日 %llu 件\n", static_cast<unsigned long long>(answer["countHere"].get<std::uint64_t>()));
    std::printf("本次对账记于账本第 %llu 条\n",
                static_cast<unsigned long long>(answer.value("ledgerIndex", std::uint64_t{0})));
    if (!answer.value("compared", true)) std::printf("尚在折叠账本，差异稍后列入异常 / compared later\n");
    PrintNumbers("对方有、本处无 / missing here", answer, "missingHere");
    PrintNumbers("本处有、对方无 / missing there", answer, "missingThere");
    PrintNumbers("内容或编号不一致 / differs", answer, "differs");
    PrintNumbers("重复登记 / counted twice", answer, "countedTwice");
    if (answer.value("more", false)) std::printf("（清单过长，未全部列出 / lists were cut）\n");
  }
  return reconciled->agrees ? kExitDone : kExitFound;
}

}  // namespace

void AddReconcileCommand(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ReconcileArguments>();
  CLI::App* reconcile = app.add_subcommand(
      "reconcile",
      "用来源或上级的登记清单核对账本；归一运行中用 --url / hold a source's register, or a destination's, against the "
      "ledger: in the data folder while no hub runs, or through a running one with --url");
  auto* source = reconcile->add_option("--source", arguments->source, "来源名称 / the source");
  reconcile
      ->add_option(
          "--destination", arguments->destination,
          "上级系统名称：清单为其自身台账，每行 登记编号,上级编号 / the destination whose own register this is: "
          "lines of reference,nationalNo")
      ->excludes(source);
  auto* url =
      reconcile->add_option("--url", arguments->url, "经正在运行的归一 / through a running hub, http://HOST:PORT");
  url->needs(reconcile->add_option("--key-file", arguments->key_file, "密钥所在文件 / file with the key")
                 ->check(CLI::ExistingFile)
                 ->needs(url));
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
  reconcile->callback([arguments, &exit_code] {
    if (arguments->source.empty() == arguments->destination.empty())
      throw CLI::RequiredError("--source 或 --destination / one of --source and --destination");
    exit_code = RunReconcile(*arguments);
  });
}

}  // namespace gateway
