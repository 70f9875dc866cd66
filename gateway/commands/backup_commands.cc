#include "gateway/commands/backup_commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "gateway/backup/restore.h"
#include "gateway/commands/command_support.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Json;

struct Arguments {
  std::string backup, data = "data", keys;
  std::vector<std::string> against;
  bool json = false, replace = false, roll_back = false;
};

int RunBackup(const Arguments& arguments) {
  BackupOptions options;
  options.data = arguments.data;
  options.target = arguments.backup;
  options.keys = arguments.keys;
  if (isatty(STDERR_FILENO) && !arguments.json)
    options.progress = [](std::uint64_t files) { std::cerr << "\r" << files << std::flush; };
  const petition::SystemClock clock;
  const auto made = MakeBackup(options, clock);
  if (options.progress) std::cerr << "\n";
  if (!made.ok()) return Fail("backup", made.error());
  if (arguments.keys.empty())
    std::cerr << "注意：密钥不在备份中。没有 keys 目录，备份打不开，也无法恢复；请用 --keys 另存别处并离线保管。\n"
                 "Note: the keys are not in the backup. Without the folder keys/ it can be neither read nor restored: "
                 "copy it elsewhere (--keys), and keep it apart.\n";
  if (arguments.json) {
    std::cout << Json{{"backup", arguments.backup},
                      {"origin", made->origin},
                      {"size", made->size},
                      {"at", made->at},
                      {"files", made->files.size()},
                      {"vkey", made->vkey},
                      {"keys", !arguments.keys.empty()}}
                     .dump()
              << "\n";
  } else {
    std::cout << "备份完成 / backed up: " << made->origin << ", " << made->size << " 条 / entries, "
              << made->files.size() << " 个文件 / files\n";
  }
  return kExitDone;
}

int RunRestore(const Arguments& arguments) {
  RestoreOptions options;
  options.backup = arguments.backup;
  options.data = arguments.data;
  options.keys = arguments.keys;
  options.against.assign(arguments.against.begin(), arguments.against.end());
  options.replace = arguments.replace;
  options.roll_back = arguments.roll_back;
  const auto restored = Restore(options);
  if (!restored.ok()) {
    for (const auto& field : restored.error().fields) std::cerr << "  " << field.message << "\n";
    const int status = Fail("restore", restored.error());
    return restored.error().code == petition::Code::kCorrupt ? kExitFound : status;
  }
  if (arguments.json) {
    std::cout << Json{{"data", arguments.data},
                      {"size", restored->manifest.size},
                      {"at", restored->manifest.at},
                      {"movedTo", restored->moved_to.string()},
                      {"rolledBack", restored->rolled_back}}
                     .dump()
              << "\n";
    return kExitDone;
  }
  std::cout << "已恢复 / restored: " << restored->manifest.size << " 条 / entries, " << restored->manifest.at << "\n";
  if (!restored->moved_to.empty())
    std::cout << "原数据目录改名为 / the old data folder is now " << restored->moved_to.string() << "\n";
  for (const auto& one : restored->rolled_back) std::cout << "已放弃 / given up: " << one << "\n";
  std::cout
      << "案件、索引与分片在下次启动或 guiyi rebuild all 时按账本重建 / cases, index and tiles are folded again at "
         "the next start, or by guiyi rebuild all\n";
  return kExitDone;
}

}  // namespace

void AddBackupCommands(CLI::App& app, int& exit_code) {
  auto backup = std::make_shared<Arguments>();
  auto* make =
      app.add_subcommand("backup", "备份数据目录，可在运行中进行 / back the data folder up, also while the hub runs");
  make->add_option("DIR", backup->backup, "备份到此空目录 / an empty or new folder")->required();
  make->add_option("--data", backup->data, "数据目录 / data folder")->capture_default_str();
  make->add_option("--keys", backup->keys, "密钥另存到此目录 / a folder apart for the keys");
  make->add_flag("--json", backup->json, "输出 JSON / answer in JSON");
  make->callback([backup, &exit_code] { exit_code = RunBackup(*backup); });

  auto restore = std::make_shared<Arguments>();
  auto* bring = app.add_subcommand("restore", "从备份恢复，先停止服务 / restore a backup; stop the hub first");
  bring->add_option("DIR", restore->backup, "备份目录 / the backup")->required();
  bring->add_option("--data", restore->data, "数据目录 / data folder")->capture_default_str();
  bring->add_option("--keys", restore->keys, "密钥目录；默认用原数据目录的 / folder of keys (default: the old data's)");
  bring->add_option("--against", restore->against,
                    "别处保存的检查点，恢复后不得比它短 / checkpoints kept elsewhere that the backup must reach");
  bring->add_flag("--replace", restore->replace, "已有数据目录则改名 / rename a data folder that is there");
  bring->add_flag("--roll-back", restore->roll_back,
                  "明知有更新的账仍要恢复 / restore although newer entries are known: they are given up");
  bring->add_flag("--json", restore->json, "输出 JSON / answer in JSON");
  bring->callback([restore, &exit_code] { exit_code = RunRestore(*restore); });
}

}  // namespace gateway
