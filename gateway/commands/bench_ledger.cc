#include "gateway/commands/bench_ledger.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

#include "ledger/ledger.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 64, kRawBytes = 1024, kRecordBytes = 1200;

double Seconds(Steady::time_point since) { return std::chrono::duration<double>(Steady::now() - since).count(); }

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

// What one way of writing did: the rate of each round, the time of each commit.
struct Series {
  std::vector<double> rates, millis;
  Json Figures() const {
    return {{"per_second", Percentile(rates, 0.5)},
            {"commit_p50_ms", Percentile(millis, 0.5)},
            {"commit_p99_ms", Percentile(millis, 0.99)}};
  }
};

template <typename Commit>
petition::Status Round(Series& series, std::uint64_t records, Commit&& commit) {
  const auto begin = Steady::now();
  for (std::uint64_t done = 0; done < records; done += kBatch) {
    const auto at = Steady::now();
    GUIYI_CHECK(commit());
    series.millis.push_back(Seconds(at) * 1000);
  }
  series.rates.push_back(static_cast<double>(records) / Seconds(begin));
  return petition::Ok();
}

// Peer: bare pwrite of 64 records together, then fdatasync, into a preallocated file.
class BareFile {
 public:
  explicit BareFile(const std::filesystem::path& file)
      : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    ok_ = fd_ >= 0 && posix_fallocate(fd_, 0, kFileBytes) == 0 && fsync(fd_) == 0;
  }
  ~BareFile() {
    if (fd_ >= 0) close(fd_);
  }
  petition::Status Commit(std::size_t records) {
    const std::string bytes(records * kRawBytes, 'x');
    const bool written = ok_ && pwrite(fd_, bytes.data(), bytes.size(), at_) == static_cast<ssize_t>(bytes.size()) &&
                         fdatasync(fd_) == 0;
    at_ = (at_ + static_cast<off_t>(bytes.size())) % (kFileBytes - static_cast<off_t>(kBatch * kRawBytes));
    if (!written) return petition::Unavailable("the peer file can't be written");
    return petition::Ok();
  }

 private:
  static constexpr off_t kFileBytes = 64 << 20;
  int fd_;
  off_t at_ = 0;
  bool ok_ = false;
};

// Peer: SQLite through its own interface, WAL and synchronous=FULL, 64 rows of 1 KiB a transaction.
class BareSqlite {
 public:
  explicit BareSqlite(const std::filesystem::path& file) {
    ok_ = sqlite3_open(file.c_str(), &db_) == SQLITE_OK && Do("PRAGMA journal_mode=WAL") &&
          Do("PRAGMA synchronous=FULL") && Do("CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB NOT NULL)") &&
          sqlite3_prepare_v2(db_, "INSERT INTO t(body) VALUES (?1)", -1, &insert_, nullptr) == SQLITE_OK;
  }
  ~BareSqlite() {
    sqlite3_finalize(insert_);
    sqlite3_close(db_);
  }
  petition::Status Commit() {
    bool ok = ok_ && Do("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < kBatch && ok; ++i) {
      sqlite3_bind_blob(insert_, 1, body_.data(), static_cast<int>(body_.size()), SQLITE_STATIC);
      ok = sqlite3_step(insert_) == SQLITE_DONE;
      sqlite3_reset(insert_);
    }
    if (!ok || !Do("COMMIT")) return petition::Unavailable("the peer database can't be written");
    return petition::Ok();
  }

 private:
  bool Do(const char* sql) { return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  const std::string body_ = std::string(kRawBytes, 'x');
  bool ok_ = false;
};

// An intake as the gateway composes it: its number looked up before unless it must be new, what came since and its
// serial inside the commit.
class BenchProposal final : public ledger::Proposal {
 public:
  BenchProposal(const ledger::Ledger& ledger, std::uint64_t number)
      : external_id_("BENCH-" + std::to_string(number)),
        before_(ledger.size()),
        known_(ledger.MayHold("bench", external_id_) ? ledger.FindExternal("bench", external_id_)
                                                     : std::vector<ledger::KnownIntake>()) {}
  Result<std::variant<ledger::Draft, std::uint64_t>> Compose(ledger::View& view) override {
    if (!known_.ok()) return known_.error();
    if (!known_->empty()) return std::variant<ledger::Draft, std::uint64_t>(known_->front().index);
    const auto since = view.FindSince("bench", external_id_, before_);
    if (!since.empty()) return std::variant<ledger::Draft, std::uint64_t>(since.front()->index);
    GUIYI_TRY(const std::uint64_t serial, view.NextSerial("20250304"));
    static const std::string raw(kRawBytes, 'r'),
        record = R"({"kind":"intake","text":")" + std::string(kRecordBytes - 27, 'x') + R"("})";
    ledger::Draft draft;
    draft.kind = ledger::Kind::kIntake;
    draft.record = record;
    draft.raw = raw;
    draft.intake =
        ledger::IntakeKey{"bench", external_id_, std::string(16, 'c'), std::string(16, 'p'), "20250304", serial};
    return std::variant<ledger::Draft, std::uint64_t>(std::move(draft));
  }

 private:
  const std::string external_id_;
  const std::uint64_t before_;
  const Result<std::vector<ledger::KnownIntake>> known_;
};

petition::Status AppendBatch(ledger::Ledger& ledger, std::size_t count) {
  static std::uint64_t number = 0;
  std::vector<BenchProposal> owned;
  owned.reserve(count);
  for (std::size_t i = 0; i < count; ++i) owned.emplace_back(ledger, ++number);
  std::vector<ledger::Proposal*> proposals;
  for (BenchProposal& proposal : owned) proposals.push_back(&proposal);
  for (const auto& result : ledger.AppendAll(proposals)) {
    if (!result.ok()) return result.error();
  }
  return petition::Ok();
}

// A folder that goes when the measurement ends, however it ends.
class LedgerBenchFolder {
 public:
  explicit LedgerBenchFolder(const std::filesystem::path& parent) : path_((parent / "guiyi-bench-XXXXXX").string()) {
    ok_ = mkdtemp(path_.data()) != nullptr;
  }
  ~LedgerBenchFolder() {
    std::error_code ignored;
    if (ok_) std::filesystem::remove_all(path_, ignored);
  }
  bool ok() const { return ok_; }
  std::filesystem::path path() const { return path_; }

 private:
  std::string path_;
  bool ok_;
};

Result<std::unique_ptr<ledger::Ledger>> OpenLedger(const std::filesystem::path& folder, const petition::Clock& clock) {
  GUIYI_TRY(const ledger::KeyRing keys, ledger::KeyRing::Open(folder / "keys", true));
  ledger::Options options;
  options.folder = folder;
  return ledger::Ledger::Open(options, keys, clock);
}

petition::Status Prefill(ledger::Ledger& ledger, const LedgerBenchOptions& options) {
  const auto begin = Steady::now();
  while (ledger.size() < options.prefill) {
    GUIYI_CHECK(AppendBatch(ledger, 256));
    if (options.progress && ledger.size() % (1 << 18) < 256) {
      std::fprintf(stderr, "stored %llu of %llu, %.0f s\n", static_cast<unsigned long long>(ledger.size()),
                   static_cast<unsigned long long>(options.prefill), Seconds(begin));
    }
  }
  return petition::Ok();
}

}  // namespace

Result<Json> BenchLedger(const LedgerBenchOptions& options) {
  const LedgerBenchFolder folder(options.folder);
  if (!folder.ok()) return petition::Unavailable("no folder can be made to measure in");
  const petition::SystemClock clock;
  GUIYI_TRY(auto ledger, OpenLedger(folder.path() / "ledger", clock));
  BareFile file(folder.path() / "bare");
  BareSqlite sqlite(folder.path() / "peer.db");

  Series bare, bare_one, peer, ours, ours_one, ours_full;
  for (int round = 0; round < options.rounds; ++round) {
    GUIYI_CHECK(Round(bare, options.records, [&] { return file.Commit(kBatch); }));
    GUIYI_CHECK(Round(peer, options.records, [&] { return sqlite.Commit(); }));
    GUIYI_CHECK(Round(ours, options.records, [&] { return AppendBatch(*ledger, kBatch); }));
    const std::uint64_t singles = options.single_appends / static_cast<std::uint64_t>(options.rounds) * kBatch;
    GUIYI_CHECK(Round(bare_one, singles, [&] { return file.Commit(1); }));
    GUIYI_CHECK(Round(ours_one, singles, [&] { return AppendBatch(*ledger, 1); }));
  }
  for (Series* one : {&bare_one, &ours_one}) {
    for (double& rate : one->rates) rate /= kBatch;
  }

  Json figures{{"records", options.records},
               {"rounds", options.rounds},
               {"batch", kBatch},
               {"raw_bytes", kRawBytes},
               {"record_bytes", kRecordBytes}};
  figures["pwrite_64"] = bare.Figures();
  figures["sqlite_64"] = peer.Figures();
  figures["ledger_64"] = ours.Figures();
  figures["pwrite_1"] = bare_one.Figures();
  figures["ledger_1"] = ours_one.Figures();
  figures["ledger_64"]["of_sqlite"] = Percentile(ours.rates, 0.5) / Percentile(peer.rates, 0.5);
  figures["ledger_1"]["of_pwrite_median"] = Percentile(ours_one.millis, 0.5) / Percentile(bare_one.millis, 0.5);
  if (options.prefill > 0) {
    GUIYI_CHECK(Prefill(*ledger, options));
    for (int round = 0; round < options.rounds; ++round) {
      GUIYI_CHECK(Round(ours_full, options.records, [&] { return AppendBatch(*ledger, kBatch); }));
    }
    figures["ledger_64_full"] = ours_full.Figures();
    figures["ledger_64_full"]["of_empty"] = Percentile(ours_full.rates, 0.5) / Percentile(ours.rates, 0.5);
  }
  figures["entries"] = ledger->size();
  ledger.reset();
  const auto begin = Steady::now();
  GUIYI_TRY(ledger, OpenLedger(folder.path() / "ledger", clock));
  figures["start_up_ms"] = Seconds(begin) * 1000;
  return figures;
}

std::string LedgerBenchTable(const Json& figures) {
  std::string table = "durable 1 KiB records            records/s    p50 ms    p99 ms\n";
  const auto row = [&](const char* name, const char* title) {
    if (!figures.contains(name)) return;
    const Json& of = figures[name];
    char line[160];
    std::snprintf(line, sizeof line, "%-30s %11.0f %9.3f %9.3f", title, of["per_second"].get<double>(),
                  of["commit_p50_ms"].get<double>(), of["commit_p99_ms"].get<double>());
    table += line;
    for (const auto& [key, value] : of.items()) {
      if (!key.starts_with("of_")) continue;
      std::snprintf(line, sizeof line, "   %s %.2f", key.c_str(), value.get<double>());
      table += line;
    }
    table += '\n';
  };
  row("pwrite_64", "pwrite + fdatasync, 64");
  row("sqlite_64", "SQLite, C interface, 64");
  row("ledger_64", "ledger, 64");
  row("ledger_64_full", "ledger, 64, at full size");
  row("pwrite_1", "pwrite + fdatasync, one");
  row("ledger_1", "ledger, one");
  char line[160];
  std::snprintf(line, sizeof line, "start-up with %llu entries: %.0f ms\n",
                figures["entries"].get<unsigned long long>(), figures["start_up_ms"].get<double>());
  return table + line;
}

}  // namespace gateway
