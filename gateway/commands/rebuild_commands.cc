#include "gateway/commands/rebuild_commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "gateway/commands/command_support.h"
#include "gateway/follower.h"
#include "gateway/oversight/tables.h"
#include "gateway/progress.h"
#include "ledger/note.h"

namespace gateway {

namespace fs = std::filesystem;
using petition::Json;
using petition::Result;

namespace {

struct RebuildSettings {
  std::string what = "all", config, data;
  bool json = false;
};

struct Rebuilt {
  std::uint64_t entries = 0;  ///< of the ledger
  std::uint64_t folded = 0;   ///< by the state
  dedup::Counters counters;
};

/// Under the origin that the ledger itself names: what is folded is this folder's, whatever a configuration says now.
Result<std::unique_ptr<ledger::Ledger>> OpenLedger(const fs::path& data, const ledger::KeyRing& keys,
                                                   const petition::Clock& clock) {
  GUIYI_TRY(const auto signer, ledger::Signer::Load(data / "keys" / "ledger.key"));
  ledger::Options options;
  options.folder = data;
  options.origin = signer.verifier().name;
  return ledger::Ledger::Open(options, keys, clock);
}

petition::Status RemoveFolder(const fs::path& folder) {
  std::error_code failed;
  fs::remove_all(folder, failed);
  if (failed) return petition::Unavailable("can't remove " + folder.string(), failed.message());
  return petition::Ok();
}

/// Folds until the end, or before the first intake that was never decided.
petition::Status FoldAll(Follower& follower, std::uint64_t size) {
  ProgressBar bar("折叠账本", "条", size);
  for (;;) {
    GUIYI_TRY(const auto folded, follower.Step());
    if (folded == 0) break;
    bar.Update(follower.position());
  }
  bar.Finish();
  GUIYI_TRY(const auto end, follower.CatchUp());
  (void)end;
  return petition::Ok();
}

Result<Rebuilt> Rebuild(const std::string& what, const fs::path& data) {
  const petition::SystemClock clock;
  GUIYI_TRY(const auto keys, ledger::KeyRing::Open(data / "keys", false));
  // Holding the ledger keeps every other process (a running hub) out of the folder; tiles are made anew when it is
  // opened.
  GUIYI_TRY(auto ledger, OpenLedger(data, keys, clock));
  if (what == "tiles" || what == "all") {
    ledger.reset();
    GUIYI_CHECK(RemoveFolder(data / "tiles"));
    GUIYI_TRY(ledger, OpenLedger(data, keys, clock));
    GUIYI_CHECK(ledger->Publish());
  }
  Rebuilt rebuilt;
  rebuilt.entries = ledger->size();
  if (what == "tiles") return rebuilt;

  if (what == "state" || what == "all") GUIYI_CHECK(dedup::CaseBook::Remove(data));
  GUIYI_TRY(const auto book, dedup::CaseBook::Open(data, keys.Sealing("profile")));
  GUIYI_TRY(const auto deliveries, Deliveries::Open(*book));
  GUIYI_TRY(const auto oversight,
            OversightTables::Open(*book, *ledger, keys, config::ClockTable::BuiltIn(), config::Calendar::BuiltIn()));
  // Not before the state is known to be of use: the index is made from it.
  if (what == "index" || what == "all") GUIYI_CHECK(RemoveFolder(data / "index"));
  std::error_code ignored;
  fs::create_directories(data / "index", ignored);
  search::CandidateOptions index;
  index.folder = data / "index" / "candidates";
  GUIYI_TRY(const auto candidates, search::CandidateIndex::Open(index, keys.Derive("terms")));
  GUIYI_TRY(const auto texts, search::TextIndex::Open(data / "index" / "texts", keys.Derive("terms")));
  const auto model = dedup::Model::BuiltIn();  // asked nothing: what was decided stands on the ledger
  FollowerOptions options;
  options.decide = false;
  options.folds.push_back(oversight.get());
  ProgressBar bar("重建索引", "条", 0);
  options.recovering = [&bar](std::uint64_t done, std::uint64_t total) {
    bar.SetTotal(total);
    bar.Update(done);
  };
  GUIYI_TRY(const auto follower,
            Follower::Make(options, *ledger, *book, *deliveries, *candidates, *texts, model, keys, clock));
  bar.Finish();
  GUIYI_CHECK(FoldAll(*follower, rebuilt.entries));
  rebuilt.folded = follower->position();
  GUIYI_TRY(rebuilt.counters, book->Count(dedup::Scope::Everything()));
  return rebuilt;
}

int RunRebuild(const RebuildSettings& settings) {
  const auto configured = SettingsFrom(settings.config, settings.data);
  if (!configured.ok()) return Fail("rebuild", configured.error());
  const auto rebuilt = Rebuild(settings.what, configured->data);
  if (!rebuilt.ok()) {
    (void)Fail("rebuild", rebuilt.error());
    return kExitCouldNotRun;  // it found nothing wrong: it could not run
  }
  const auto& counters = rebuilt->counters;
  if (settings.json) {
    std::cout << Json{{"rebuilt", settings.what},          {"entries", rebuilt->entries}, {"folded", rebuilt->folded},
                      {"intakes", counters.intakes},       {"cases", counters.cases},     {"groups", counters.groups},
                      {"questions", counters.reviews_open}}
                     .dump()
              << '\n';
  } else if (settings.what == "tiles") {
    std::printf("已按账本重建分片与检查点：%llu 条\n", static_cast<unsigned long long>(rebuilt->entries));
  } else {
    std::printf("已按账本重建：%llu/%llu 条，%llu 件，%llu 案，%llu 组，%llu 个待答问题\n",
                static_cast<unsigned long long>(rebuilt->folded), static_cast<unsigned long long>(rebuilt->entries),
                static_cast<unsigned long long>(counters.intakes), static_cast<unsigned long long>(counters.cases),
                static_cast<unsigned long long>(counters.groups),
                static_cast<unsigned long long>(counters.reviews_open));
    if (rebuilt->folded < rebuilt->entries) std::printf("其后尚有未判定的件，启动后继续判定\n");
  }
  return kExitDone;
}

}  // namespace

void AddRebuildCommand(CLI::App& app, int& exit_code) {
  auto settings = std::make_shared<RebuildSettings>();
  auto* rebuild = app.add_subcommand("rebuild", "按账本重建，不重新判定 / fold the ledger again; decides nothing anew");
  rebuild->add_option("WHAT", settings->what, "index|state|tiles|all")
      ->check(CLI::IsMember({"index", "state", "tiles", "all"}))
      ->capture_default_str();
  rebuild->add_option("--config", settings->config, "配置文件 / configuration file")->check(CLI::ExistingFile);
  rebuild->add_option("--data", settings->data, "数据目录 / data folder");
  rebuild->add_flag("--json", settings->json, "以 JSON 输出 / print JSON");
  rebuild->callback([settings, &exit_code] { exit_code = RunRebuild(*settings); });
}

}  // namespace gateway
