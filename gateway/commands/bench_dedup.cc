#include "gateway/commands/bench_dedup.h"

#include <xapian.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "gateway/commands/bench_dedup_hub.h"
#include "gateway/commands/bench_dedup_report.h"
#include "gateway/commands/bench_dedup_store.h"
#include "gateway/commands/bench_folder.h"
#include "gateway/commands/bench_peers.h"
#include "gateway/commands/bench_timings.h"
#include "gateway/commands/exit_codes.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct DedupPlan {
  std::vector<std::uint64_t> stored = {100'000};
  std::size_t queries = 500;  // a class of edits
  std::uint64_t peers_at = 0;
  std::size_t peer_queries = 50;
  std::uint64_t compact_max = 2'000'000;
  std::uint64_t seed = 1;
  fs::path folder, kept, report;
  std::uint64_t hub = 0;
  int preview_seconds = 20;
  bool as_json = false;
};

// Candidates by the text alone: the hardest question, and the one that the peers can be asked, too.
json CandidatesAt(const BenchCorpus& corpus, const DedupPlan& plan, const BenchDedupStore& store) {
  const auto ask = [&](const std::string& text) { return store.Candidates(text, kBenchHits); };
  (void)AskForCopies(corpus, store.size(), std::min<std::size_t>(plan.queries, 100), ask);
  return AskForCopies(corpus, store.size(), plan.queries, ask);
}

// Whole decisions on copies of what is stored (every second one by the same person) and on as many new submissions.
petition::Result<json> DecisionsAt(const BenchCorpus& corpus, const DedupPlan& plan, BenchDedupStore& store) {
  Samples prepare, decide, whole;
  json found;
  const auto take = [&](const petition::Submission& submission, std::uint64_t of) -> petition::Result<bool> {
    GUIYI_TRY(const auto taken, store.Decide(submission, of));
    prepare.Add(taken.prepare.wall_ms, taken.prepare.cpu_ms);
    decide.Add(taken.decide.wall_ms, taken.decide.cpu_ms);
    whole.Add(taken.prepare.wall_ms + taken.decide.wall_ms, taken.prepare.cpu_ms + taken.decide.cpu_ms);
    return taken.found;
  };
  // What stays in memory in a hub that has been deciding for a while: the first hundred are not counted.
  for (std::uint64_t i = 0; i < 100; ++i) {
    GUIYI_TRY(const auto warm, store.Decide(corpus.Filed(store.size() + (i << 20)), 0));
    (void)warm;
  }
  std::uint64_t fresh = store.size();
  for (const Edit edit : kEdits) {
    std::size_t same = 0, other = 0;
    for (std::size_t i = 0; i < plan.queries; ++i) {
      const std::uint64_t number = (i * 2 + 1) * store.size() / (plan.queries * 2);
      const bool same_person = i % 2 == 0;
      GUIYI_TRY(const bool tied, take(corpus.FiledAgain(number, edit, 1, same_person), number));
      (same_person ? same : other) += tied ? 1 : 0;
      GUIYI_TRY(const bool none, take(corpus.Filed(fresh++), ~std::uint64_t{0}));
      (void)none;
    }
    const double half = std::max<double>(static_cast<double>(plan.queries) / 2, 1);
    found[std::string(EditName(edit))] = {{"same_person", static_cast<double>(same) / half},
                                          {"other_person", static_cast<double>(other) / half}};
  }
  return json{{"prepare", prepare.Report()}, {"decide", decide.Report()}, {"whole", whole.Report()}, {"found", found}};
}

petition::Result<json> FiguresAt(const BenchCorpus& corpus, const DedupPlan& plan, BenchDedupStore& store,
                                 std::uint64_t count, const fs::path& folder) {
  const std::uint64_t before = store.size();
  if (before > count) return petition::Invalid("more_stored", "more is stored there already than is to be measured at");
  Stopwatch filling;
  filling.Start();
  GUIYI_CHECK(store.Fill(count, [&](std::uint64_t done) { Progress("storing", done, count); }));
  filling.Stop();
  json point = {{"stored", count}};
  if (before < count)
    point["stored_per_second"] = static_cast<double>(count - before) / std::max(filling.wall_seconds(), 1e-9);
  point["candidates"] = CandidatesAt(corpus, plan, store);
  GUIYI_TRY(point["decision"], DecisionsAt(corpus, plan, store));
  point["resident_kib"] = ResidentKib();
  point["resident_anonymous_kib"] = ResidentAnonymousKib();
  const double documents = static_cast<double>(count);
  point["index_bytes"] = static_cast<double>(BytesIn(store.candidates_folder())) / documents;
  point["state_bytes"] = static_cast<double>(fs::file_size(folder / "state.db")) / documents;
  if (count <= plan.compact_max) {
    const fs::path compacted = folder / "compacted";
    Xapian::Database((store.candidates_folder() / "terms").string()).compact(compacted.string());
    point["index_bytes_compacted"] =
        static_cast<double>(BytesIn(compacted) + BytesIn(store.candidates_folder() / "rarity")) / documents;
    fs::remove_all(compacted);
  }
  return point;
}

petition::Result<json> MeasureDedup(const DedupPlan& plan) {
  const BenchFolder work(plan.folder);
  if (work.path().empty()) return petition::Unavailable("no folder to work in");
  const BenchCorpus corpus(plan.seed);
  const auto model = dedup::Model::BuiltIn();
  json report = {{"points", json::array()}, {"peers", json::object()}, {"seed", plan.seed}};
  if (plan.hub > 0) {
    GUIYI_TRY(report["hub"], MeasureHub(corpus, {plan.hub, plan.preview_seconds, work.path() / "hub"}));
  }
  if (!plan.stored.empty() && plan.stored.front() > 0) {
    const fs::path folder = plan.kept.empty() ? work.path() / "store" : plan.kept;
    fs::create_directories(folder);
    GUIYI_TRY(const auto store, BenchDedupStore::Open(folder, corpus, model));
    for (const std::uint64_t count : plan.stored) {
      GUIYI_TRY(json point, FiguresAt(corpus, plan, *store, count, folder));
      if (!plan.as_json) PrintPoint(point);
      report["points"].push_back(std::move(point));
    }
  }
  if (plan.peers_at > 0) {
    fs::create_directories(work.path() / "peers");
    report["peers"] = MeasurePeers(corpus, {plan.peers_at, plan.peer_queries, work.path() / "peers"});
    report["peers_at"] = plan.peers_at;
  }
  return report;
}

int RunDedup(DedupPlan plan) {
  std::sort(plan.stored.begin(), plan.stored.end());
  try {
    const auto report = MeasureDedup(plan);
    if (!report.ok()) {
      std::cerr << "guiyi bench dedup: " << report.error().message << " " << report.error().detail << "\n";
      return kExitCouldNotRun;
    }
    if (plan.as_json) {
      std::cout << report->dump(2) << "\n";
    } else {
      PrintRest(*report);
    }
    if (!plan.report.empty()) {
      fs::create_directories(plan.report);
      std::ofstream(plan.report / "dedup.json") << report->dump(2) << "\n";
      std::ofstream(plan.report / "dedup.html") << GrowthPage(*report);
    }
    return kExitDone;
  } catch (const Xapian::Error& error) {
    std::cerr << error.get_description() << "\n";
  } catch (const fs::filesystem_error& error) {
    std::cerr << error.what() << "\n";
  }
  return kExitCouldNotRun;
}

}  // namespace

void AddBenchDedup(CLI::App& bench, int& exit_code) {
  auto* command = bench.add_subcommand(
      "dedup", "查重速度与随存量的增长 / finding candidates and deciding, and how both grow with what is stored");
  auto plan = std::make_shared<DedupPlan>();
  plan->folder = fs::temp_directory_path();
  command->add_option("--stored", plan->stored, "measure at each of these numbers of submissions; 0: not at all")
      ->delimiter(',')
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{50'000'000}))
      ->capture_default_str();
  command->add_option("--queries", plan->queries, "copies asked for in each class of edits, and as many new ones")
      ->check(CLI::Range(2, 100'000))
      ->capture_default_str();
  command->add_option("--peers-at", plan->peers_at,
                      "Xapian's own ways over so many texts (1000000 takes half an hour)");
  command->add_option("--peer-queries", plan->peer_queries, "questions for them a class of edits; the OR gets a tenth")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command->add_option("--compact-max", plan->compact_max, "weigh the compacted index up to so many")
      ->capture_default_str();
  command
      ->add_option("--hub", plan->hub,
                   "take in and follow so many with a whole hub first, then preview while 500 a second come in")
      ->check(CLI::Range(0, 100'000'000));
  command->add_option("--preview-seconds", plan->preview_seconds, "of previews")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  command->add_option("--seed", plan->seed, "another corpus for each")->capture_default_str();
  command->add_option("--folder", plan->folder, "where to put everything while measuring")
      ->check(CLI::ExistingDirectory);
  command->add_option("--kept", plan->kept,
                      "store in this folder and leave it there; goes on from what an earlier run stored to an end");
  command->add_option("--report", plan->report, "write dedup.json and dedup.html (the growth as a plot) there");
  command->add_flag("--json", plan->as_json, "figures as JSON");
  command->callback([plan, &exit_code] { exit_code = RunDedup(*plan); });
}

}  // namespace gateway
