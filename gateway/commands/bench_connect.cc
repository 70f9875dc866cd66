#include "gateway/commands/bench_connect.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "gateway/commands/bench_corpus.h"
#include "gateway/commands/bench_folder.h"
#include "gateway/commands/exit_codes.h"
#include "gateway/hub.h"
#include "gateway/import/importer.h"
#include "petition/text/fold.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;
using SteadyClock = std::chrono::steady_clock;

struct ConnectArguments {
  std::string folder = ".";
  std::uint64_t rows = 200'000;
  std::size_t content = 0;
  bool json = false, keep = false;
};

constexpr const char* kConnectFile = R"(kind: files
channel: hotline
options:
  folder: incoming
  format: table
  encoding: utf-8
  stable_seconds: 0
mapping:
  fields:
    externalId: {from: 工单编号, required: true}
    receivedAt: {from: 来电时间, date: ["yyyy-MM-dd HH:mm:ss", auto]}
    petitioner.name: 来电人
    petitioner.phone: {from: 联系电话, digits: true}
    title: 标题
    content: 诉求内容
    placeText: {from: [区县, 地址], join: ""}
    purpose: {from: 类型, codes: types}
  codes:
    types: {"01": 求决, "02": 投诉, "03": 咨询, "04": 建议}
  keep: [坐席]
)";

constexpr std::size_t kIdeographBytes = 3;

// As an old system exports it: quoted cells, a column to join, a code, one to keep.
petition::Status WriteTable(const std::filesystem::path& file, std::uint64_t rows, std::size_t content) {
  const BenchCorpus corpus(11);
  std::ofstream out(file, std::ios::binary);
  out << "工单编号,来电时间,来电人,联系电话,标题,诉求内容,区县,地址,类型,坐席\r\n";
  for (std::uint64_t i = 0; i < rows; ++i) {
    auto filed = corpus.Filed(i);
    if (content > 0) filed.content = std::string(petition::text::Truncate(filed.content, content * kIdeographBytes));
    const auto& person = filed.petitioners.front();
    char time[32];
    std::snprintf(time, sizeof time, "2025-%02d-%02d %02d:%02d:%02d", static_cast<int>(i / 30'000 % 12 + 1),
                  static_cast<int>(i / 1'000 % 28 + 1), static_cast<int>(i % 24), static_cast<int>(i % 60),
                  static_cast<int>(i % 59));
    out << "R" << i << ',' << time << ',' << person.name << ',' << person.phone << ",\"" << filed.title << "\",\""
        << filed.content << "\",城东区," << filed.place_text << ",0" << i % 4 + 1 << ",Z" << i % 40 << "\r\n";
    if (i % 10'000 == 0) Progress("rows written", i, rows);
  }
  Progress("rows written", rows, rows);
  return out.flush() ? petition::Ok() : petition::Status(petition::Unavailable("the table can't be written"));
}

double RowsASecond(std::uint64_t rows, SteadyClock::time_point since) {
  return static_cast<double>(rows) / std::chrono::duration<double>(SteadyClock::now() - since).count();
}

petition::Status AddBenchSource(Registry& registry) {
  Source source;
  source.name = "bench";
  source.channel = "hotline";
  source.state = "live";
  source.mapping = kConnectFile;
  GUIYI_TRY(const auto key, registry.AddSource(source));
  (void)key;
  return petition::Ok();
}

// The way of a running hub's feed: fetched, on the ledger, settled, the cursor. Nobody follows meanwhile.
Result<Json> MeasureFeed(const std::filesystem::path& data, std::uint64_t rows, const petition::Clock& clock) {
  HubOptions options;
  options.data = data;
  GUIYI_TRY(const auto hub, Hub::Open(options, clock));
  GUIYI_CHECK(AddBenchSource(hub->registry()));
  const auto begin = SteadyClock::now();
  std::uint64_t early_kib = 0;
  while (true) {
    GUIYI_TRY(const bool more, hub->feeds().RoundOf("bench"));
    const std::uint64_t done = hub->ledger().size();
    if (early_kib == 0 && done >= rows / 10) early_kib = ResidentAnonymousKib();
    Progress("rows by the feed", std::min(done, rows), rows);
    if (!more) break;
  }
  const double rate = RowsASecond(rows, begin);
  GUIYI_TRY(const auto figures, hub->feed_state().Figures());
  const auto& counts = figures.at("bench").counts;
  return Json{{"per_second", rate},
              {"registered", counts.registered},
              {"refused", counts.refused},
              {"memory_tenth_mib", early_kib / 1024},
              {"memory_end_mib", ResidentAnonymousKib() / 1024}};
}

// The way of `guiyi import` on a data folder that no hub has open.
Result<Json> MeasureImport(const std::filesystem::path& data, const std::filesystem::path& file, std::uint64_t rows,
                           const petition::Clock& clock) {
  {
    HubOptions options;
    options.data = data;
    GUIYI_TRY(const auto hub, Hub::Open(options, clock));
    GUIYI_CHECK(AddBenchSource(hub->registry()));
  }
  config::Settings settings;
  settings.data = data;
  GUIYI_TRY(const auto target, OpenLocalTarget(settings, clock));
  ImportOptions options;
  options.source = "bench";
  const auto begin = SteadyClock::now();
  GUIYI_TRY(const auto summary, Importer(options, *target).Import(file));
  return Json{{"per_second", RowsASecond(rows, begin)},
              {"registered", summary.counts.registered},
              {"refused", summary.counts.refused}};
}

Result<Json> MeasureConnect(const ConnectArguments& arguments) {
  BenchFolder folder(arguments.folder);
  if (folder.path().empty()) return petition::Unavailable("no folder to work in");
  if (arguments.keep) folder.Keep();
  const petition::SystemClock clock;
  const auto feed = folder.path() / "feed", incoming = feed / "incoming";
  std::filesystem::create_directories(incoming);
  const auto file = folder.path() / "rows.csv";
  GUIYI_CHECK(WriteTable(file, arguments.rows, arguments.content));
  const std::uint64_t bytes = std::filesystem::file_size(file);
  GUIYI_TRY(Json imported, MeasureImport(folder.path() / "import", file, arguments.rows, clock));
  std::filesystem::rename(file, incoming / "rows.csv");
  GUIYI_TRY(Json fed, MeasureFeed(feed, arguments.rows, clock));
  return Json{{"rows", arguments.rows},
              {"bytes_a_row", bytes / std::max<std::uint64_t>(arguments.rows, 1)},
              {"folder", arguments.keep ? Json(folder.path().string()) : Json(nullptr)},
              {"feed", std::move(fed)},
              {"import", std::move(imported)}};
}

}  // namespace

void AddBenchConnect(CLI::App& bench, int& exit_code) {
  const auto arguments = std::make_shared<ConnectArguments>();
  CLI::App* app =
      bench.add_subcommand("connect", "接入速度：读取、映射并登记 CSV / how fast a CSV is read, mapped and registered");
  app->add_option("--folder", arguments->folder, "work in a new folder inside this one (the disk that counts)")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app->add_option("--rows", arguments->rows, "rows of the file")
      ->check(CLI::Range(1'000, 20'000'000))
      ->capture_default_str();
  app->add_option("--content", arguments->content, "characters of each content at most; 0: 100 to 600, as drawn")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app->add_flag("--keep", arguments->keep, "leave the folder: `guiyi serve --data FOLDER/import` shows its rows");
  app->add_flag("--json", arguments->json, "figures as JSON");
  app->callback([arguments, &exit_code] {
    const auto figures = MeasureConnect(*arguments);
    if (!figures.ok()) {
      std::cerr << "guiyi bench connect: " << figures.error().message << " " << figures.error().detail << "\n";
      exit_code = kExitCouldNotRun;
      return;
    }
    if (arguments->json) {
      std::cout << figures->dump(1) << "\n";
      return;
    }
    for (const char* way : {"feed", "import"}) {
      std::cout << way << "\t" << static_cast<std::uint64_t>((*figures)[way]["per_second"].get<double>())
                << " rows a second\tregistered " << (*figures)[way]["registered"] << "\trefused "
                << (*figures)[way]["refused"] << "\n";
    }
    std::cout << "memory\t" << (*figures)["feed"]["memory_tenth_mib"] << " MiB at a tenth of the file, "
              << (*figures)["feed"]["memory_end_mib"] << " MiB at its end; " << (*figures)["bytes_a_row"]
              << " bytes a row\n";
    if (!(*figures)["folder"].is_null()) std::cout << "folder\t" << (*figures)["folder"].get<std::string>() << "\n";
  });
}

}  // namespace gateway
