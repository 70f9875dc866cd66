// guiyi: one program for the hub and all its commands. Exit status: 0 done, 1 found something wrong, 2 bad usage, 3
// could not run.
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "gateway/commands/backup_commands.h"
#include "gateway/commands/bench_connect.h"
#include "gateway/commands/bench_dedup.h"
#include "gateway/commands/bench_ingest_command.h"
#include "gateway/commands/bench_oversight.h"
#include "gateway/commands/bench_search.h"
#include "gateway/commands/bench_uplink.h"
#include "gateway/commands/dedup_commands.h"
#include "gateway/commands/drill_command.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/commands/import_commands.h"
#include "gateway/commands/key_commands.h"
#include "gateway/commands/ledger_commands.h"
#include "gateway/commands/national_sim_command.h"
#include "gateway/commands/rebuild_commands.h"
#include "gateway/commands/reconcile_command.h"
#include "gateway/commands/serve_command.h"
#include "gateway/commands/source_commands.h"
#include "gateway/commands/user_commands.h"

#if GUIYI_JEMALLOC
// Read by jemalloc when it begins. What a hub holds in memory are tables and indices that are asked here and there: in
// small pages, most of such a question is finding the page.
extern "C" const char* malloc_conf;
const char* malloc_conf = "thp:always,metadata_thp:auto";
#endif

int main(int argc, char** argv) {
  // Xapian would write out what a transaction added after 10,000 documents and touch the same blocks again at its end.
  // A hub's commits are bounded (search::DocumentsBetweenCommits). It has no other way to be told.
  setenv("XAPIAN_FLUSH_THRESHOLD", "1000000", 0);
  // SQLite counts what memory it takes under one lock for all threads, and nobody asks for the sum.
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  CLI::App app{"归一 Guiyi: 信访集成网关与查重中心 / integration gateway and deduplication hub for petitions", "guiyi"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "guiyi 0.1.0");

  int exit_code = gateway::kExitDone;
  gateway::AddServeCommand(app, exit_code);
  gateway::AddImportCommand(app, exit_code);
  gateway::AddSourceCommands(app, exit_code);
  gateway::AddUserCommands(app, exit_code);
  gateway::AddDedupCommands(app, exit_code);
  gateway::AddLedgerCommands(app, exit_code);
  gateway::AddRebuildCommand(app, exit_code);
  gateway::AddReconcileCommand(app, exit_code);
  gateway::AddDrillCommand(app, exit_code);
  gateway::AddBackupCommands(app, exit_code);
  gateway::AddKeyCommands(app, exit_code);
  gateway::AddNationalSimCommand(app, exit_code);
  CLI::App* bench = app.add_subcommand("bench", "性能测量 / benchmarks, beside their peers in one run");
  bench->require_subcommand(1);
  gateway::AddBenchIngest(*bench, exit_code);
  gateway::AddBenchConnect(*bench, exit_code);
  gateway::AddBenchSearch(*bench, exit_code);
  gateway::AddBenchOversight(*bench, exit_code);
  gateway::AddBenchUplink(*bench, exit_code);
  gateway::AddBenchDedup(*bench, exit_code);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int shown = app.exit(error);
    return shown == 0 ? gateway::kExitDone : gateway::kExitUsage;
  }
  return exit_code;
}
