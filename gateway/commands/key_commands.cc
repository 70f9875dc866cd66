#include "gateway/commands/key_commands.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>

#include "gateway/commands/command_support.h"
#include "ledger/ledger.h"
#include "ledger/note.h"
#include "petition/json.h"
#include "petition/time.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;

struct KeyArguments {
  std::string data = "data";
  bool json = false;
};

struct Rotated {
  std::size_t rotations = 0;
  std::uint64_t first = 0;  ///< the first entry under the new key: the one that says so
};

Result<std::unique_ptr<ledger::Ledger>> OpenRotated(const std::filesystem::path& data, const ledger::KeyRing& keys,
                                                    const petition::Clock& clock) {
  GUIYI_TRY(const auto signer, ledger::Signer::Load(data / "keys" / "ledger.key"));
  ledger::Options options;
  options.folder = data;
  options.origin = signer.verifier().name;
  return ledger::Ledger::Open(options, keys, clock);
}

/// Holding the ledger keeps a running hub out, which would go on with the old key.
Result<Rotated> Rotate(const std::filesystem::path& data) {
  const petition::SystemClock clock;
  const auto folder = data / "keys";
  GUIYI_TRY(const auto before, ledger::KeyRing::Open(folder, false));
  GUIYI_TRY(auto ledger, OpenRotated(data, before, clock));
  GUIYI_TRY(const auto keys, ledger::KeyRing::Rotate(folder));
  ledger.reset();
  GUIYI_TRY(ledger, OpenRotated(data, keys, clock));
  Rotated rotated;
  rotated.rotations = keys.rotations();
  ledger::Draft draft;
  draft.kind = ledger::Kind::kConfig;
  draft.record = petition::CanonicalJson(Json{{"kind", "config"},
                                              {"v", 1},
                                              {"what", "key_rotated"},
                                              {"name", "sealing.keys"},
                                              {"at", petition::FormatTime(clock.Now())},
                                              {"rotations", static_cast<std::int64_t>(rotated.rotations)}});
  GUIYI_TRY(const auto appended, ledger->Append(std::move(draft)));
  GUIYI_CHECK(ledger->Publish());
  rotated.first = appended.index;
  return rotated;
}

int RunRotate(const KeyArguments& arguments) {
  const auto rotated = Rotate(arguments.data);
  if (!rotated.ok()) {
    (void)Fail("key rotate", rotated.error());
    return kExitCouldNotRun;
  }
  if (arguments.json) {
    std::cout << Json{{"rotations", rotated->rotations}, {"firstEntry", rotated->first}}.dump() << "\n";
    return kExitDone;
  }
  std::cout << "密钥已轮换，第 " << rotated->rotations << " 次：自账本第 " << rotated->first
            << " 条起用新密钥加密，旧记录仍用旧密钥读取。\n"
               "请另存 keys/sealing.keys；状态与档案用 guiyi rebuild state 改用新密钥。\n"
               "Keys rotated (time "
            << rotated->rotations << "): new records are sealed under the new key from entry #" << rotated->first
            << " on, old ones stay readable under theirs.\n"
               "Keep a copy of keys/sealing.keys; `guiyi rebuild state` seals what follows from the ledger anew.\n";
  return kExitDone;
}

}  // namespace

void AddKeyCommands(CLI::App& app, int& exit_code) {
  auto* keys = app.add_subcommand("key", "密钥 / the keys of a data folder");
  keys->require_subcommand(1);
  auto arguments = std::make_shared<KeyArguments>();
  auto* rotate = keys->add_subcommand(
      "rotate",
      "轮换加密密钥：新记录用新密钥，旧记录仍可读；先停服务 / a new key for what is stored from now on; what is stored "
      "stays readable. The hub must be stopped");
  rotate->add_option("--data", arguments->data, "数据目录 / data folder")->capture_default_str();
  rotate->add_flag("--json", arguments->json, "输出 JSON / answer in JSON");
  rotate->callback([arguments, &exit_code] { exit_code = RunRotate(*arguments); });
}

}  // namespace gateway
