#include "gateway/commands/bench_ingest_command.h"

#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "gateway/commands/bench_dedup_hub.h"
#include "gateway/commands/bench_ledger.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/commands/load_generator.h"
#include "gateway/commands/peer_postgres.h"
#include "gateway/http/http_server.h"
#include "gateway/hub.h"
#include "gateway/progress.h"

namespace gateway {
namespace {

using petition::Json;

struct IngestArguments {
  std::string folder;
  int seconds = 10, rounds = 3;
  std::uint64_t follow = 100'000, prefill = 0;
  bool json = false, skip_ledger = false, follower_off = false;
};

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// A folder to work in, removed at the end.
struct WorkFolder {
  explicit WorkFolder(const std::string& in) {
    path = (std::filesystem::path(in.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(in)) /
            "guiyi-bench-XXXXXX")
               .string();
    if (mkdtemp(path.data()) == nullptr) path.clear();
  }
  ~WorkFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// A hub with one source and its HTTP door, as `guiyi serve` would run it.
struct Running {
  std::unique_ptr<Hub> hub;
  std::unique_ptr<HttpServer> http;
  std::string key;
  std::uint16_t port = 0;
};

// `key`: of the source, when the folder has it already.
petition::Result<Running> StartHub(const std::string& data, const petition::Clock& clock, bool follower_off,
                                   const std::string& key) {
  HubOptions options;
  options.data = data;
  Running running;
  GUIYI_TRY(running.hub, Hub::Open(options, clock));
  running.key = key;
  if (key.empty()) {
    Source source;
    source.name = "bench";
    source.channel = "portal";
    source.state = "live";
    GUIYI_TRY(running.key, running.hub->registry().AddSource(source));
  }
  if (!follower_off) running.hub->Start(nullptr);
  HttpOptions http;
  http.server.listen = "127.0.0.1:0";
  http.data = data;
  GUIYI_TRY(running.http, HttpServer::Start(http, *running.hub));
  const std::string address = running.http->address();
  running.port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  return running;
}

Json LoadFigures(const std::vector<LoadResult>& rounds) {
  std::vector<double> rate, p50, p99, cpu;
  std::uint64_t refused = 0, broken = 0;
  for (const auto& round : rounds) {
    rate.push_back(round.PerSecond());
    p50.push_back(round.Percentile(0.5));
    p99.push_back(round.Percentile(0.99));
    cpu.push_back(round.cpu_micros);
    refused += round.refused;
    broken += round.broken;
  }
  return {{"per_second", Median(rate)}, {"p50_ms", Median(p50)}, {"p99_ms", Median(p99)},
          {"cpu_us_each", Median(cpu)}, {"refused", refused},    {"broken", broken}};
}

// Peers and ours in turn, round by round, so that a change of the machine's speed touches both. The hub rests while a
// peer is measured, or its follower would take the peer's time.
petition::Result<Json> MeasureHttp(const IngestArguments& arguments, const std::string& folder,
                                   const petition::Clock& clock) {
  std::string key;
  std::uint64_t backlog = 0, entries = 0;
  std::vector<LoadResult> sixteen, one;
  std::vector<double> postgres;
  std::string why_not;
  const std::chrono::seconds duration(arguments.seconds);
  ProgressBar bar("HTTP 与 PostgreSQL", "轮", static_cast<std::uint64_t>(arguments.rounds));
  for (int round = 0; round < arguments.rounds; ++round) {
    const auto peer = MeasurePostgres(16, duration);
    if (peer.rate) postgres.push_back(peer.rate->per_second);
    if (!peer.rate) why_not = peer.why_not;
    GUIYI_TRY(auto running, StartHub(folder + "/http", clock, arguments.follower_off, key));
    key = running.key;
    LoadOptions load;
    load.port = running.port;
    load.key = running.key;
    load.duration = duration;
    load.id_prefix = "s" + std::to_string(round);
    GUIYI_TRY(auto many, GenerateLoad(load));
    sixteen.push_back(std::move(many));
    load.connections = 1;
    load.id_prefix = "o" + std::to_string(round);
    GUIYI_TRY(auto single, GenerateLoad(load));
    one.push_back(std::move(single));
    backlog = running.hub->follower().backlog();
    entries = running.hub->ledger().size();
    running.http->Stop();
    bar.Update(static_cast<std::uint64_t>(round) + 1);
  }
  bar.Finish();
  Json figures = {{"http_16", LoadFigures(sixteen)},
                  {"http_1", LoadFigures(one)},
                  {"backlog_at_end", backlog},
                  {"entries", entries}};
  if (postgres.empty()) {
    figures["postgres_16"] = {{"why_not", why_not}};
  } else {
    figures["postgres_16"] = {{"per_second", Median(postgres)}};
    figures["http_16"]["of_postgres"] = figures["http_16"]["per_second"].get<double>() / Median(postgres);
  }
  return figures;
}

std::string Number(const Json& figures, const char* group, const char* name, int digits = 0) {
  if (!figures.contains(group) || !figures[group].contains(name)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, figures[group][name].get<double>());
  return text;
}

void PrintTable(const Json& figures) {
  const auto row = [](const std::string& what, const std::string& rate, const std::string& p50, const std::string& p99,
                      const std::string& ratio) {
    std::printf("%-58s %12s %10s %10s %14s\n", what.c_str(), rate.c_str(), p50.c_str(), p99.c_str(), ratio.c_str());
  };
  row("what", "a second", "p50 ms", "p99 ms", "of its peer");
  row("PostgreSQL, one-row inserts of 1 KiB, 16 clients", Number(figures, "postgres_16", "per_second"), "-", "-", "1");
  row("POST /api/v1/intakes, 1 KiB, 16 connections", Number(figures, "http_16", "per_second"),
      Number(figures, "http_16", "p50_ms", 2), Number(figures, "http_16", "p99_ms", 2),
      Number(figures, "http_16", "of_postgres", 2));
  row("POST /api/v1/intakes, 1 KiB, 1 connection", Number(figures, "http_1", "per_second"),
      Number(figures, "http_1", "p50_ms", 3), Number(figures, "http_1", "p99_ms", 2),
      Number(figures, "http_1", "times_bare_append", 2) + "x");
  row("follower: decide, index, verdict", Number(figures, "follower", "per_second"), "-", "-", "-");
  row("follower, last tenth", Number(figures, "follower", "per_second_last_tenth"), "-", "-", "-");
  std::printf("backlog at the end %s; resident %s MiB; start-up %s ms\n",
              figures.contains("backlog_at_end") ? figures["backlog_at_end"].dump().c_str() : "-",
              Number(figures, "follower", "resident_mib").c_str(), Number(figures, "follower", "start_up_ms").c_str());
}

petition::Result<Json> Measure(const IngestArguments& arguments) {
  WorkFolder work(arguments.folder);
  if (work.path.empty()) return petition::Unavailable("no folder to work in");
  const petition::SystemClock clock;
  GUIYI_TRY(Json figures, MeasureHttp(arguments, work.path, clock));
  if (arguments.follow > 0) {
    // Texts as they are in daily life: those that the load is made of share a handful of words.
    const BenchCorpus corpus(1);
    GUIYI_TRY(figures["follower"], MeasureHub(corpus, {arguments.follow, 0, work.path + "/follow"}));
  }
  if (!arguments.skip_ledger) {
    LedgerBenchOptions ledger;
    ledger.folder = work.path;
    ledger.prefill = arguments.prefill;
    ledger.progress = isatty(STDERR_FILENO) == 1;
    GUIYI_TRY(figures["ledger"], BenchLedger(ledger));
    if (figures["ledger"].contains("pwrite_1")) {
      figures["http_1"]["times_bare_append"] =
          figures["http_1"]["p50_ms"].get<double>() / figures["ledger"]["pwrite_1"]["commit_p50_ms"].get<double>();
    }
  }
  return figures;
}

}  // namespace

void AddBenchIngest(CLI::App& bench, int& exit_code) {
  auto arguments = std::make_shared<IngestArguments>();
  CLI::App* ingest =
      bench.add_subcommand("ingest", "登记速度 / how fast submissions are taken in, beside PostgreSQL and a bare file");
  ingest->add_option("--folder", arguments->folder, "work in a new folder inside this one (the disk that counts)")
      ->check(CLI::ExistingDirectory);
  ingest->add_option("--seconds", arguments->seconds, "of each measurement")->check(CLI::Range(1, 600));
  ingest->add_option("--rounds", arguments->rounds, "medians of so many")->check(CLI::Range(1, 20));
  ingest->add_option("--follow", arguments->follow, "intakes for the follower; 0: leave it out");
  ingest->add_option("--prefill", arguments->prefill,
                     "entries stored before the ledger is measured once more (5000000 takes minutes)");
  ingest->add_flag("--follower-off", arguments->follower_off, "measure the door without the follower beside it");
  ingest->add_flag("--skip-ledger", arguments->skip_ledger, "leave out the ledger alone");
  ingest->add_flag("--json", arguments->json, "figures as JSON");
  ingest->callback([arguments, &exit_code] {
    const auto figures = Measure(*arguments);
    if (!figures.ok()) {
      std::cerr << "guiyi bench ingest: " << figures.error().message << " " << figures.error().detail << "\n";
      exit_code = kExitCouldNotRun;
      return;
    }
    if (arguments->json) {
      std::cout << figures->dump(1) << "\n";
      return;
    }
    PrintTable(*figures);
    if (figures->contains("ledger")) std::cout << "\n" << LedgerBenchTable((*figures)["ledger"]);
  });
}

}  // namespace gateway
