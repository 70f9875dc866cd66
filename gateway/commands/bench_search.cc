#include "gateway/commands/bench_search.h"

#include <xapian.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "gateway/commands/bench_corpus.h"
#include "gateway/commands/bench_folder.h"
#include "gateway/commands/bench_peers.h"
#include "gateway/commands/bench_timings.h"
#include "search/candidate_index.h"
#include "search/text_index.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kSearchCouldNotRun = 3;

constexpr std::uint64_t kBenchCommittedAtOnce = 5000;

struct SearchPlan {
  std::uint64_t documents = 100000;
  std::size_t queries = 1000;      // a class of edits
  std::size_t peer_queries = 100;  // a class of edits; the plain OR gets a tenth
  std::uint64_t seed = 1;
  std::size_t stored = 0, asked = 0;  // 0: as the product has it
  fs::path folder;
  bool no_peers = false, text = false, as_json = false;
};

petition::Result<json> MeasureCandidates(const BenchCorpus& corpus, const SearchPlan& plan, const fs::path& folder) {
  search::CandidateOptions options;
  options.folder = folder / "candidates";
  if (plan.stored != 0) options.shingles_stored = plan.stored;
  if (plan.asked != 0) options.shingles_asked = plan.asked;
  ledger::Key key{};
  GUIYI_TRY(auto index, search::CandidateIndex::Open(options, key));
  Stopwatch adding;
  for (std::uint64_t i = 0; i < plan.documents; ++i) {
    BenchText text = corpus.Text(i);
    const search::CandidateDocument document{i, std::move(text.text), std::move(text.keys), false};
    adding.Start();
    GUIYI_CHECK(index->Add(document));
    if (i % kBenchCommittedAtOnce == kBenchCommittedAtOnce - 1) GUIYI_CHECK(index->Commit(i));
    adding.Stop();
    if (i % 1000 == 0) Progress("candidates: adding", i, plan.documents);
  }
  adding.Start();
  GUIYI_CHECK(index->Commit(plan.documents));
  adding.Stop();
  Progress("candidates: adding", plan.documents, plan.documents);

  const auto ask = [&](const search::CandidateDocument& document) {
    std::vector<std::uint64_t> ids;
    const auto found = index->Find(document, kBenchHits);
    if (found.ok()) {
      for (const auto& hit : found->hits) ids.push_back(hit.id);
    }
    return ids;
  };
  constexpr std::uint64_t kNotStored = ~std::uint64_t{0};
  (void)AskForCopies(corpus, plan.documents, std::min<std::size_t>(plan.queries, 200), [&](const std::string& text) {
    return ask({kNotStored, text, {}, false});
  });
  json answer = AskForCopies(corpus, plan.documents, plan.queries, [&](const std::string& text) {
    return ask({kNotStored, text, {}, false});
  });

  // As the follower asks: a new submission with its keys, some of which stand in thousands of documents.
  Timings with_keys;
  for (std::size_t i = 0; i < plan.queries * 2; ++i) {
    BenchText text = corpus.Text(plan.documents + i);
    const search::CandidateDocument document{kNotStored, std::move(text.text), std::move(text.keys), false};
    with_keys.Time([&] { (void)ask(document); });
  }
  answer["with_keys"] = with_keys.Report();
  adding.Report(plan.documents, answer);
  const double documents = static_cast<double>(plan.documents);
  answer["bytes_per_document"] = static_cast<double>(BytesIn(options.folder)) / documents;
  index.reset();
  Xapian::Database((options.folder / "terms").string()).compact((folder / "compacted").string());
  answer["bytes_per_document_compacted"] =
      static_cast<double>(BytesIn(folder / "compacted") + BytesIn(options.folder / "rarity")) / documents;
  answer["resident_kib"] = ResidentKib();
  return answer;
}

// The full-text index: how fast it takes texts in, and how fast two words, and a run of four ideographs, are found.
petition::Result<json> MeasureText(const BenchCorpus& corpus, const SearchPlan& plan, const fs::path& folder) {
  GUIYI_TRY(auto index, search::TextIndex::Open(folder / "text", ledger::Key{}));
  Stopwatch adding;
  for (std::uint64_t i = 0; i < plan.documents; ++i) {
    search::TextDocument document;
    document.id = i;
    document.content = corpus.Text(i).text;
    document.day = std::to_string(20250101 + i % 28);
    document.division = "439900";
    adding.Start();
    GUIYI_CHECK(index->Add(document));
    adding.Stop();
    if (i % 1000 == 0) Progress("full text: adding", i, plan.documents);
  }
  GUIYI_CHECK(index->Commit(plan.documents));
  Progress("full text: adding", plan.documents, plan.documents);
  Timings relevant, newest;
  for (std::size_t i = 0; i < plan.queries; ++i) {
    const std::string text = corpus.Text(i * plan.documents / plan.queries).text;
    search::TextQuery query;
    query.words = text.substr(text.size() / 6 * 3, 12) + " " + text.substr(text.size() / 9 * 3, 6);
    query.newest_first = i % 2 != 0;
    petition::Result<search::TextHits> hits = search::TextHits{};
    (query.newest_first ? newest : relevant).Time([&] { hits = index->Search(query); });
    if (!hits.ok() && hits.error().Reason() != "word_too_short") return hits.error();
  }
  json answer = {{"by_relevance", relevant.Report()}, {"newest_first", newest.Report()}};
  adding.Report(plan.documents, answer);
  answer["bytes_per_document"] = static_cast<double>(BytesIn(folder / "text")) / static_cast<double>(plan.documents);
  return answer;
}

double NumberIn(const json& row, const char* name) { return row[name].get<double>(); }

void PrintSearchTimes(const std::string& name, const json& row) {
  std::printf("%-26s %8.3f %8.3f %8.3f %8.3f", name.c_str(), NumberIn(row, "p50_ms"), NumberIn(row, "p99_ms"),
              NumberIn(row, "cpu_p50_ms"), NumberIn(row, "cpu_p99_ms"));
}

void PrintSearchRow(const std::string& name, const json& row) {
  const json& recall = row["recall_at_10"];
  PrintSearchTimes(name, row);
  std::printf("  %5.3f %5.3f %5.3f %5.3f %8.0f %7.0f\n", NumberIn(recall, "light"), NumberIn(recall, "medium"),
              NumberIn(recall, "heavy"), NumberIn(recall, "traditional"), NumberIn(row, "adds_per_second"),
              NumberIn(row, "bytes_per_document_compacted"));
}

void PrintSearch(const json& report) {
  std::printf("%llu documents\n", static_cast<unsigned long long>(report["documents"].get<std::uint64_t>()));
  std::printf("%-26s %8s %8s %8s %8s  %5s %5s %5s %5s %8s %7s\n", "milliseconds; recall@10", "p50", "p99", "cpu p50",
              "cpu p99", "light", "med.", "heavy", "trad.", "adds/s", "bytes");
  const json& own = report["candidates"];
  PrintSearchRow("candidates", own);
  PrintSearchTimes("  with people and places", own["with_keys"]);
  std::printf("\n");
  for (const auto& [name, peer] : report["peers"].items()) {
    PrintSearchRow(name, peer);
    std::printf("%-26s", "  candidates faster by");
    for (const char* time : {"p50_ms", "p99_ms", "cpu_p50_ms", "cpu_p99_ms"}) {
      std::printf(" %7.0fx", NumberIn(peer, time) / NumberIn(own, time));
    }
    std::printf("\n");
  }
  std::printf("candidates: %.0f adds a CPU second; %.0f bytes a document before compaction; resident %.0f MiB\n",
              NumberIn(own, "adds_per_cpu_second"), NumberIn(own, "bytes_per_document"),
              NumberIn(own, "resident_kib") / 1024);
  if (const auto text = report.find("full_text"); text != report.end()) {
    PrintSearchTimes("full text, by relevance", (*text)["by_relevance"]);
    std::printf("  %.0f adds/s (%.0f a CPU second), %.0f bytes\n", NumberIn(*text, "adds_per_second"),
                NumberIn(*text, "adds_per_cpu_second"), NumberIn(*text, "bytes_per_document"));
    PrintSearchTimes("full text, newest first", (*text)["newest_first"]);
    std::printf("\n");
  }
}

petition::Result<json> MeasureSearch(const SearchPlan& plan) {
  const BenchFolder work(plan.folder);
  if (work.path().empty()) return petition::Unavailable("no folder to work in");
  const BenchCorpus corpus(plan.seed);
  json report = {{"documents", plan.documents}, {"peers", json::object()}};
  GUIYI_TRY(report["candidates"], MeasureCandidates(corpus, plan, work.path()));
  if (!plan.no_peers) report["peers"] = MeasurePeers(corpus, {plan.documents, plan.peer_queries, work.path()});
  if (plan.text) {
    GUIYI_TRY(report["full_text"], MeasureText(corpus, plan, work.path()));
  }
  return report;
}

int RunSearch(const SearchPlan& plan) {
  try {
    const auto report = MeasureSearch(plan);
    if (!report.ok()) {
      std::cerr << report.error().message << " " << report.error().detail << "\n";
      return kSearchCouldNotRun;
    }
    if (plan.as_json) {
      std::cout << report->dump(2) << "\n";
    } else {
      PrintSearch(*report);
    }
    return 0;
  } catch (const Xapian::Error& error) {
    std::cerr << error.get_description() << "\n";
  } catch (const fs::filesystem_error& error) {
    std::cerr << error.what() << "\n";
  }
  return kSearchCouldNotRun;
}

}  // namespace

void AddBenchSearch(CLI::App& bench, int& exit_code) {
  auto* command =
      bench.add_subcommand("search", "候选检索与 Xapian 自带方法对比 / candidates beside Xapian's own ways");
  auto plan = std::make_shared<SearchPlan>();
  plan->folder = fs::temp_directory_path();
  command->add_option("--documents", plan->documents, "texts stored")
      ->check(CLI::Range(std::uint64_t{100}, std::uint64_t{20000000}))
      ->capture_default_str();
  command->add_option("--queries", plan->queries, "questions for each class of edits")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--peer-queries", plan->peer_queries, "the same for the peers; the plain OR gets a tenth")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command->add_option("--seed", plan->seed, "another corpus for each")->capture_default_str();
  command->add_option("--stored", plan->stored, "shingles stored a text instead of the product's number");
  command->add_option("--asked", plan->asked, "shingles asked");
  command->add_option("--folder", plan->folder, "where to put the indexes while measuring")
      ->check(CLI::ExistingDirectory);
  command->add_flag("--no-peers", plan->no_peers, "without Xapian's own ways");
  command->add_flag("--text", plan->text, "the full-text index, too");
  command->add_flag("--json", plan->as_json);
  command->callback([plan, &exit_code] { exit_code = RunSearch(*plan); });
}

}  // namespace gateway
