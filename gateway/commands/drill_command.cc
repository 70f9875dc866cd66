#include "gateway/commands/drill_command.h"

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "gateway/commands/command_support.h"
#include "gateway/oversight/drill/drill.h"
#include "gateway/progress.h"

namespace gateway {

namespace {

struct DrillArguments {
  drill::DrillOptions options;
  std::string keep;
  bool json = false;
};

/// A folder that goes with it, unless one to keep was named.
class DrillFolder {
 public:
  explicit DrillFolder(const std::string& keep) : path_(keep), keep_(!keep.empty()) {
    if (keep_) {
      std::error_code failed;
      std::filesystem::create_directories(path_, failed);
      made_ = !failed && std::filesystem::is_empty(path_, failed);
      return;
    }
    std::string name = (std::filesystem::temp_directory_path() / "guiyi-drill-XXXXXX").string();
    made_ = mkdtemp(name.data()) != nullptr;
    path_ = name;
  }
  ~DrillFolder() {
    std::error_code ignored;
    if (made_ && !keep_) std::filesystem::remove_all(path_, ignored);
  }
  DrillFolder(const DrillFolder&) = delete;
  DrillFolder& operator=(const DrillFolder&) = delete;
  bool made() const { return made_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  bool keep_ = false, made_ = false;
};

int RunDrill(DrillArguments arguments) {
  const DrillFolder folder(arguments.keep);
  if (!folder.made()) return Fail("drill", petition::Invalid("folder_unusable", "an empty folder can't be made"));
  arguments.options.folder = folder.path();
  ProgressBar bar("演练", "天", static_cast<std::uint64_t>(arguments.options.days));
  arguments.options.progress = [&bar](std::int64_t day, std::int64_t) { bar.Update(static_cast<std::uint64_t>(day)); };
  const auto result = drill::RunDrill(arguments.options);
  bar.Finish();
  if (!result.ok()) {
    const int status = Fail("drill", result.error());
    return status == kExitUsage ? kExitUsage : kExitCouldNotRun;
  }
  if (arguments.json) {
    std::printf("%s\n", petition::DumpJson(drill::DrillToJson(arguments.options, *result)).c_str());
  } else {
    std::fputs(drill::DrillToText(arguments.options, *result).c_str(), stdout);
  }
  return result->Passed() ? kExitDone : kExitFound;
}

}  // namespace

void AddDrillCommand(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<DrillArguments>();
  CLI::App* drill = app.add_subcommand(
      "drill",
      "漏件演练：模拟一年六个来源，埋入各种漏洞，看多久被发现 / the leak drill: a simulated year of six sources, "
      "one leak of each kind, and how soon each is found");
  drill->add_option("--days", arguments->options.days, "天数，60 到 700 / days")
      ->check(CLI::Range(60, 700))
      ->capture_default_str();
  drill->add_option("--seed", arguments->options.seed, "种子：同一种子同一年 / the same seed gives the same year")
      ->capture_default_str();
  drill->add_option("--volume", arguments->options.volume, "件数倍数 / times the usual number of items")
      ->check(CLI::Range(0.5, 100.0))
      ->capture_default_str();
  drill->add_option("--keep", arguments->keep, "保留数据的空目录 / an empty folder to keep the data in");
  drill->add_flag("--json", arguments->json, "输出 JSON / print JSON");
  drill->callback([arguments, &exit_code] { exit_code = RunDrill(*arguments); });
}

}  // namespace gateway
