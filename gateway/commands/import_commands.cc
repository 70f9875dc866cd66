#include "gateway/commands/import_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "gateway/import/importer.h"
#include "gateway/progress.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;

struct ImportArguments {
  std::string data, config, url, key_file, encoding, format, delimiter;
  std::vector<std::string> files;
  ImportOptions options;
  bool json = false;
};

Result<std::unique_ptr<ImportTarget>> OpenTarget(const ImportArguments& arguments, const petition::Clock& clock) {
  if (arguments.url.empty()) {
    GUIYI_TRY(const auto settings, SettingsFrom(arguments.config, arguments.data));
    auto target = OpenLocalTarget(settings, clock);
    if (target.ok() || target.error().code != petition::Code::kConflict) return target;
    petition::Error error = target.error();
    error.message +=
        "\n  归一正在使用这个数据目录：请用 --url 和 --key-file 经它导入 / a hub runs on this folder: import through "
        "it "
        "with --url and --key-file";
    return error;
  }
  std::ifstream in(arguments.key_file);
  std::string key;
  if (!std::getline(in, key) || key.empty()) {
    return petition::Invalid("key_file_invalid", "the key file can't be read or is empty");
  }
  while (!key.empty() && (key.back() == '\r' || key.back() == ' ')) key.pop_back();
  return OpenHttpTarget(arguments.url, key);
}

/// What does not go together; "" when all is well.
std::string Contradiction(const ImportArguments& arguments) {
  if (arguments.url.empty()) {
    return arguments.key_file.empty() ? "" : "--key-file 只与 --url 同用 / --key-file goes with --url";
  }
  if (arguments.key_file.empty()) return "--url 需要 --key-file / --url needs --key-file";
  if (arguments.options.historic) {
    return "历史数据请在归一停止时直接导入数据目录 / --historic works on a data folder that no hub has open, not with "
           "--url";
  }
  if (arguments.options.source == "-") return "--url 的来源由密钥决定 / with --url the key says which source it is";
  return "";
}

void Print(const ImportSummary& summary) {
  const ImportCounts& counts = summary.counts;
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%s：%llu 行；新登记 %llu（修订 %llu，重号 %llu，密封 %llu），已有 %llu，办结 %llu，拒收 %llu%s\n",
              summary.file.c_str(), number(counts.rows), number(counts.registered), number(counts.revisions),
              number(counts.numbers_reused), number(counts.sealed), number(counts.existing),
              number(counts.closures + counts.closures_known), number(counts.refused),
              summary.known     ? "（此前已全部导入）"
              : summary.resumed ? "（接着上次）"
                                : "");
  std::printf(
      "  %llu rows: %llu registered (%llu revisions, %llu reused numbers, %llu sealed), %llu existing, %llu closures, "
      "%llu refused%s; %.1f s\n",
      number(counts.rows), number(counts.registered), number(counts.revisions), number(counts.numbers_reused),
      number(counts.sealed), number(counts.existing), number(counts.closures + counts.closures_known),
      number(counts.refused),
      summary.known     ? " (imported to its end before; --again reads it anew)"
      : summary.resumed ? " (went on where it had stopped)"
                        : "",
      summary.seconds);
  for (const ImportFinding& finding : summary.findings) {
    std::printf("  行 / line %llu: %s", number(finding.line), finding.reason.c_str());
    for (const auto& pointer : finding.pointers) std::printf(" %s", pointer.c_str());
    std::printf("\n");
  }
  if (counts.refused > summary.findings.size()) std::printf("  ...\n");
  for (const auto& [name, key] : summary.added_sources) {
    std::printf("  新来源 / source added: %s %s\n", name.c_str(), key.c_str());
  }
}

/// The worse of two statuses: 3 over 2 over 1 over 0.
int RunImport(ImportArguments& arguments) {
  if (const std::string why = Contradiction(arguments); !why.empty()) {
    return Fail("import", petition::Invalid("usage", why));
  }
  arguments.options.encoding = adapters::EncodingFromName(arguments.encoding);
  if (!arguments.format.empty()) {
    arguments.options.format = arguments.format == "csv" ? adapters::RowFormat::kTable : adapters::RowFormat::kJsonl;
  }
  if (!arguments.delimiter.empty())
    arguments.options.delimiter = arguments.delimiter == "tab" ? '\t' : arguments.delimiter[0];
  const petition::SystemClock clock;
  auto target = OpenTarget(arguments, clock);
  if (!target.ok()) {
    const int status = Fail("import", target.error());
    return status == kExitUsage ? kExitUsage : kExitCouldNotRun;
  }
  Importer importer(arguments.options, **target);
  Json all = Json::array();
  int status = kExitDone;
  for (const auto& file : arguments.files) {
    const std::string name = std::filesystem::path(file).filename().string();
    ProgressBar bar(name, "行", 0);
    auto summary =
        importer.Import(file, [&](std::uint64_t rows, std::uint64_t bytes, std::uint64_t size, std::uint64_t refused) {
          bar.Update(rows, bytes, size, refused > 0 ? "拒收 " + std::to_string(refused) : std::string());
        });
    bar.Finish();
    if (summary.ok()) {
      if (summary->counts.refused > 0) status = std::max(status, kExitFound);
      if (arguments.json) {
        all.push_back(ImportSummaryToJson(*summary));
      } else {
        Print(*summary);
      }
      continue;
    }
    std::fprintf(stderr, "%s:\n", name.c_str());
    Fail("import", summary.error());
    const bool file_is_bad = summary.error().code == petition::Code::kInvalid;
    status = std::max(status, file_is_bad ? kExitFound : kExitCouldNotRun);
    if (arguments.json) all.push_back({{"file", name}, {"error", summary.error().Reason()}});
    if (!file_is_bad) break;  // the next file would meet the same
  }
  if (arguments.json) std::printf("%s\n", petition::DumpJson({{"files", all}}).c_str());
  return status;
}

}  // namespace

void AddImportCommand(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ImportArguments>();
  CLI::App* command = app.add_subcommand(
      "import", "登记文件中的记录（JSONL、CSV），中断后可接着来 / register a file's records (JSONL, CSV); resumable");
  command
      ->add_option("--source", arguments->options.source,
                   "来源名称；- 表示每行自带来源 / the source; - takes each line's own")
      ->required();
  command->add_option("FILE", arguments->files, "文件 / files")->required()->check(CLI::ExistingFile);
  command->add_flag(
      "--historic", arguments->options.historic,
      "历史数据：只供比对，不计时、不报警、不上报 / history: matched against, no clocks, alerts or delivery");
  command->add_option("--data", arguments->data, "数据目录，默认 data / data folder (default: data)");
  command->add_option("--config", arguments->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
  command->add_option("--url", arguments->url, "经正在运行的归一导入 / through a running hub, http://HOST:PORT");
  command->add_option("--key-file", arguments->key_file, "来源密钥所在文件 / file with the source's key")
      ->check(CLI::ExistingFile);
  const auto known_encoding = [](const std::string& name) {
    return adapters::EncodingFromName(name) ? std::string() : std::string("utf-8 | gb18030 | big5");
  };
  command
      ->add_option("--encoding", arguments->encoding,
                   "utf-8 | gb18030 (GBK) | big5; 不写则严格判断 / else told strictly")
      ->check(known_encoding);
  command->add_option("--format", arguments->format, "jsonl | csv; 不写则看扩展名 / else by the file's name")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  command->add_option("--delimiter", arguments->delimiter, "CSV 分隔符 / , ; | tab")
      ->check(CLI::IsMember({",", ";", "|", "tab"}));
  command->add_flag("--add-sources", arguments->options.add_sources,
                    "与 --source - 同用：没有的来源就添加 / with --source -: add sources that do not exist");
  command->add_flag("--again", arguments->options.again,
                    "已导入完的文件也重新读 / read anew what was imported to its end");
  command->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  command->callback([arguments, &exit_code] { exit_code = RunImport(*arguments); });
}

}  // namespace gateway
