#include "gateway/commands/source_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "adapters/sample.h"
#include "adapters/text/encoding.h"
#include "config/source_file.h"
#include "gateway/commands/check_table.h"
#include "gateway/commands/command_support.h"
#include "gateway/commands/source_mapping_command.h"
#include "gateway/feeds/mapping_check.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

constexpr std::size_t kSampleRowsMax = 1000;
constexpr std::size_t kSampleBytesMax = 64u << 20;

struct SourceArguments {
  std::string data, config, name, channel, division, mapping, sample, encoding, state;
  int key_days = 0;
  bool json = false;
};

petition::Result<std::unique_ptr<Registry>> RegistryOf(const SourceArguments& arguments, bool create) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  return OpenRegistry(settings.data, create);
}

int Add(const SourceArguments& arguments) {
  Source source;
  source.name = arguments.name;
  source.channel = arguments.channel;
  source.division = arguments.division;
  source.state = arguments.state;
  if (!arguments.mapping.empty()) {
    auto yaml = config::ReadSourceFile(arguments.mapping);
    if (!yaml.ok()) return Fail("source add", yaml.error());
    const auto spec = config::ParseSourceFile(*yaml);
    if (!spec.ok()) return Fail("source add", spec.error());
    source.mapping = std::move(*yaml);
    // What has a file of its own is tried before it counts; the plain interface needs no trial.
    if (source.state.empty()) source.state = "draft";
  }
  if (arguments.key_days > 0) {
    source.key_expires_at = petition::SystemClock().Now() + std::chrono::hours(24) * arguments.key_days;
  }
  auto registry = RegistryOf(arguments, true);
  if (!registry.ok()) return Fail("source add", registry.error());
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
                      {"mappingVersion", source.mapping_version},
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

/// The source's file that counts, or the one to try.
petition::Result<std::shared_ptr<const adapters::SourceSpec>> SpecOf(const SourceArguments& arguments,
                                                                     const std::string& live) {
  std::string text = live;
  if (!arguments.mapping.empty()) {
    GUIYI_TRY(text, config::ReadSourceFile(arguments.mapping));
  }
  return config::ParseSourceFile(text);
}

petition::Result<std::vector<adapters::Record>> ReadWith(const SourceArguments& arguments, const std::string& bytes,
                                                         std::shared_ptr<const adapters::SourceSpec> spec) {
  GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
  const auto data = std::filesystem::absolute(settings.data);
  return adapters::ReadSample({arguments.name, std::move(spec), data, data / "sources" / arguments.name, nullptr},
                              bytes, "", std::filesystem::path(arguments.sample).filename().string(), kSampleRowsMax,
                              adapters::EncodingFromName(arguments.encoding));
}

int Check(const SourceArguments& arguments) {
  const auto fail = [](const petition::Error& error) {
    for (const auto& field : error.fields) std::fprintf(stderr, "  %s %s\n", field.pointer.c_str(), field.code.c_str());
    const int status = Fail("source check", error);
    return error.code == petition::Code::kInvalid ? static_cast<int>(kExitFound) : status;
  };
  const auto registry = RegistryOf(arguments, false);
  if (!registry.ok()) return Fail("source check", registry.error());
  const auto source = (*registry)->FindSource(arguments.name);
  if (!source) return Fail("source check", petition::NotFound("there is no source " + arguments.name));
  std::ifstream in(arguments.sample, std::ios::binary);
  std::string bytes(kSampleBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kSampleBytesMax) return fail(petition::Invalid("too_large", "a sample has at most 64 MiB"));
  const auto spec = SpecOf(arguments, source->mapping);
  if (!spec.ok()) return fail(spec.error());
  const auto tried = ReadWith(arguments, bytes, *spec);
  if (!tried.ok()) return fail(tried.error());
  std::vector<adapters::Record> live;
  if (!arguments.mapping.empty()) {
    if (const auto now = config::ParseSourceFile(source->mapping); now.ok()) {
      if (auto read = ReadWith(arguments, bytes, *now); read.ok()) live = std::move(*read);
    }
  }
  const Json checked = ShownCheck(*tried, live);
  if (arguments.json) {
    for (const Json& record : checked.at("records")) std::printf("%s\n", petition::DumpJson(record).c_str());
  } else {
    std::fputs(CheckTable(checked).c_str(), stdout);
  }
  const auto bad = checked.at("refused").get<std::size_t>();
  std::fprintf(
      stderr, "试读 %zu 行，其中 %zu 行会被拒收；未写入任何内容 / %zu rows, %zu would be refused; nothing was stored\n",
      tried->size(), bad, tried->size(), bad);
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
  add->add_option("--mapping", arguments->mapping, "来源文件（YAML，见 adapters/README.md）/ the source's file")
      ->check(CLI::ExistingFile);
  add->add_option("--state", arguments->state, "起始状态，默认：有来源文件为 draft，否则 live / state to begin with")
      ->check(CLI::IsMember({"draft", "connected", "shadow", "live", "suspended"}));
  add->add_option("--key-days", arguments->key_days, "密钥有效天数，不写则不过期 / days the key works")
      ->check(CLI::Range(1, 36'500));
  add->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  add->callback([arguments, &exit_code] { exit_code = Add(*arguments); });

  CLI::App* list = common(source->add_subcommand("list", "列出接入的系统 / list them"));
  list->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  list->callback([arguments, &exit_code] { exit_code = List(*arguments); });

  CLI::App* suspend = named(source->add_subcommand("suspend", "暂停，其密钥立即失效 / the key stops working"));
  suspend->callback([arguments, &exit_code] { exit_code = Suspend(*arguments, true); });
  CLI::App* resume = named(source->add_subcommand("resume", "恢复 / let it work again"));
  resume->callback([arguments, &exit_code] { exit_code = Suspend(*arguments, false); });

  AddSourceMappingCommands(*source, exit_code);

  CLI::App* check = named(
      source->add_subcommand("check", "试读样本，不写入 / dry run: what each record would become; stores nothing"));
  check->add_option("--sample", arguments->sample, "样本文件 / sample file")->required()->check(CLI::ExistingFile);
  check->add_option("--mapping", arguments->mapping, "另一份来源文件，显示与现行版本的差别 / another file to try")
      ->check(CLI::ExistingFile);
  check->add_flag("--json", arguments->json, "每条一行 JSON / a line of JSON for each record");
  check->add_option("--encoding", arguments->encoding, "utf-8 | gb18030 (GBK) | big5")
      ->check([](const std::string& name) {
        return adapters::EncodingFromName(name) ? std::string() : std::string("utf-8 | gb18030 | big5");
      });
  check->callback([arguments, &exit_code] { exit_code = Check(*arguments); });
}

}  // namespace gateway
