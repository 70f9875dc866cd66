#include "gateway/commands/source_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/import/importer.h"
#include "petition/identifiers.h"
#include "petition/json.h"
#include "petition/sealing.h"

namespace gateway {
namespace {

using petition::Json;

constexpr std::size_t kSampleRowsMax = 1000;

struct SourceArguments {
  std::string data, config, name, channel, division, mapping, sample, encoding;
  bool json = false;
};

petition::Result<std::unique_ptr<Registry>> RegistryOf(const SourceArguments& arguments, bool create) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  return OpenRegistry(settings.data, create);
}

int Add(const SourceArguments& arguments) {
  if (!arguments.mapping.empty()) {
    const auto mapping = LoadTableMapping(arguments.mapping);
    if (!mapping.ok()) return Fail("source add", mapping.error());
  }
  auto registry = RegistryOf(arguments, true);
  if (!registry.ok()) return Fail("source add", registry.error());
  Source source;
  source.name = arguments.name;
  source.channel = arguments.channel;
  source.division = arguments.division;
  if (!arguments.mapping.empty()) source.mapping = std::filesystem::absolute(arguments.mapping).string();
  const auto key = (*registry)->AddSource(source);
  if (!key.ok()) return Fail("source add", key.error());
  if (arguments.json) {
    std::printf("%s\n",
                petition::DumpJson({{"name", source.name}, {"channel", source.channel}, {"key", *key}}).c_str());
  } else {
    std::printf("已添加来源 %s（%s）。密钥只显示这一次 / source added, the key is shown only this once:\n%s\n",
                source.name.c_str(), source.channel.c_str(), key->c_str());
  }
  return kExitDone;
}

int List(const SourceArguments& arguments) {
  auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail("source list", registry.error());
  Json rows = Json::array();
  if (!arguments.json) std::printf("%-40s %-15s %-13s %-10s %s\n", "NAME", "CHANNEL", "DIVISION", "STATE", "ADDED");
  for (const Source& source : (*registry)->Sources()) {
    const std::string added = petition::FormatTime(source.created_at);
    if (arguments.json) {
      rows.push_back({{"name", source.name},
                      {"channel", source.channel},
                      {"division", source.division},
                      {"state", source.state},
                      {"mapping", source.mapping},
                      {"createdAt", added}});
    } else {
      std::printf("%-40s %-15s %-13s %-10s %s\n", source.name.c_str(), source.channel.c_str(),
                  source.division.empty() ? "-" : source.division.c_str(), source.state.c_str(), added.c_str());
    }
  }
  if (arguments.json) std::printf("%s\n", petition::DumpJson(rows).c_str());
  return kExitDone;
}

int Suspend(const SourceArguments& arguments, bool suspended) {
  const std::string command = suspended ? "source suspend" : "source resume";
  auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail(command, registry.error());
  const auto done = (*registry)->SuspendSource(arguments.name, suspended);
  if (!done.ok()) return Fail(command, done.error());
  std::printf("%s %s\n", suspended ? "已暂停 / suspended" : "已恢复 / resumed", arguments.name.c_str());
  return kExitDone;
}

/// What a person checks a mapping by: every field as it would be registered, people masked.
Json Shown(const ImportRow& row) {
  petition::Submission submission = row.submission;
  for (auto& person : submission.petitioners) {
    person.name = petition::MaskName(person.name);
    person.phone = petition::MaskPhone(person.phone);
    person.calling_number = petition::MaskPhone(person.calling_number);
    person.id_number = petition::MaskIdNumber(person.id_number);
    person.account = petition::MaskName(person.account);
    if (!person.address.empty()) person.address = "***";
  }
  submission.title = petition::MaskText(submission.title);
  submission.content = petition::MaskText(submission.content);
  Json unknown = Json::array();
  for (const auto& [name, value] : submission.unknown.items()) unknown.push_back(name);
  submission.unknown = Json::object();
  const auto opinion = petition::JudgeSealing(submission);
  Json json = {{"line", row.line},
               {"submission", petition::SubmissionToJson(submission, false)},
               {"sealed", opinion.sealing != petition::Sealing::kOpen}};
  if (!unknown.empty()) json["unknownFields"] = std::move(unknown);
  return json;
}

petition::Result<std::unique_ptr<ImportRows>> OpenSample(const SourceArguments& arguments) {
  GUIYI_TRY(const auto registry, RegistryOf(arguments, false));
  const auto source = registry->FindSource(arguments.name);
  if (!source) return petition::NotFound("there is no source " + arguments.name);
  TableMapping mapping;
  if (!source->mapping.empty()) {
    GUIYI_TRY(mapping, LoadTableMapping(source->mapping));
  }
  auto declared = EncodingFromName(arguments.encoding.empty() ? mapping.encoding : arguments.encoding);
  const ImportFormat format = FormatByName(arguments.sample);
  const auto fallback = format == ImportFormat::kJsonl ? std::optional(Encoding::kUtf8) : std::nullopt;
  GUIYI_TRY(const ScannedFile scan, ScanFile(arguments.sample, declared, fallback));
  return ImportRows::Open(arguments.sample, scan, format, mapping);
}

int Check(const SourceArguments& arguments) {
  auto rows = OpenSample(arguments);
  if (!rows.ok()) {
    for (const auto& field : rows.error().fields)
      std::fprintf(stderr, "  %s %s\n", field.pointer.c_str(), field.code.c_str());
    const int status = Fail("source check", rows.error());
    return rows.error().code == petition::Code::kInvalid ? kExitFound : status;
  }
  std::size_t count = 0, bad = 0;
  ImportRow row;
  for (; count < kSampleRowsMax; ++count) {
    const auto more = (*rows)->Next(row);
    if (!more.ok()) return Fail("source check", more.error());
    if (!*more) break;
    Json shown;
    if (row.kind == ImportRow::Kind::kSubmission) {
      shown = Shown(row);
    } else if (row.kind == ImportRow::Kind::kClosure) {
      shown = {{"line", row.line}, {"closure", petition::FormatTime(row.closed_at)}};
    } else {
      ++bad;
      shown = {{"line", row.line}, {"refused", row.error.Reason()}, {"errors", Json::array()}};
      for (const auto& field : row.error.fields) {
        shown["errors"].push_back({{"pointer", field.pointer}, {"code", field.code}});
      }
    }
    std::printf("%s\n", petition::DumpJson(shown).c_str());
  }
  std::fprintf(
      stderr, "试读 %zu 行，其中 %zu 行会被拒收；未写入任何内容 / %zu rows, %zu would be refused; nothing was stored\n",
      count, bad, count, bad);
  return bad == 0 ? kExitDone : kExitFound;
}

}  // namespace

void AddSourceCommands(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<SourceArguments>();
  CLI::App* source = app.add_subcommand("source", "接入的系统及其密钥 / connected systems and their keys");
  source->require_subcommand(1);
  const auto common = [&](CLI::App* command) {
    command->add_option("--data", arguments->data, "数据目录，默认 data / data folder (default: data)");
    command->add_option("--config", arguments->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
    return command;
  };
  const auto named = [&](CLI::App* command) {
    command->add_option("NAME", arguments->name, "名称：小写字母、数字、连字符 / a-z, 0-9 and hyphens")->required();
    return common(command);
  };
  CLI::App* add = named(source->add_subcommand("add", "接入一个系统并显示其密钥 / add one; prints the key once"));
  add->add_option("--channel", arguments->channel,
                  "渠道 / portal, hotline, letter, email, visit, wechat, sms, app, department, leader_mailbox, "
                  "upper_transfer, other")
      ->required();
  add->add_option("--division", arguments->division, "未写明时的行政区划 / division of submissions that name none");
  add->add_option("--mapping", arguments->mapping, "表头对照文件（JSON）/ mapping of headings (JSON)")
      ->check(CLI::ExistingFile);
  add->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  add->callback([arguments, &exit_code] { exit_code = Add(*arguments); });

  CLI::App* list = common(source->add_subcommand("list", "列出接入的系统 / list them"));
  list->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  list->callback([arguments, &exit_code] { exit_code = List(*arguments); });

  CLI::App* suspend = named(source->add_subcommand("suspend", "暂停，其密钥立即失效 / the key stops working"));
  suspend->callback([arguments, &exit_code] { exit_code = Suspend(*arguments, true); });
  CLI::App* resume = named(source->add_subcommand("resume", "恢复 / let it work again"));
  resume->callback([arguments, &exit_code] { exit_code = Suspend(*arguments, false); });

  CLI::App* check = named(
      source->add_subcommand("check", "试读样本，不写入 / dry run: what each record would become; stores nothing"));
  check->add_option("--sample", arguments->sample, "样本文件 / sample file")->required()->check(CLI::ExistingFile);
  check->add_option("--encoding", arguments->encoding, "utf-8 | gb18030 (GBK)")->check([](const std::string& name) {
    return EncodingFromName(name) ? std::string() : std::string("utf-8 | gb18030");
  });
  check->callback([arguments, &exit_code] { exit_code = Check(*arguments); });
}

}  // namespace gateway
