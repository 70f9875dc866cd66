// Real processes: one killed while it appends, two that want the same ledger.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "ledger/log_source.h"
#include "ledger/sqlite_store.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"
#include "support/full_run.h"

namespace ledger {
namespace {

// What a child tells of an acknowledged entry, small enough to be one write to a pipe.
struct Told {
  std::uint64_t index;
  Hash leaf;
};

// Appends from four threads and tells the parent of each acknowledged entry until it is killed.
[[noreturn]] void AppendForEver(const std::filesystem::path& folder, int pipe) {
  Options options;
  options.folder = folder;
  auto ledger = TryOpen(options);
  if (!ledger.ok()) _exit(1);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const auto appended = (*ledger)->Append(Event(std::to_string(t) + "/" + std::to_string(i)));
        if (!appended.ok()) _exit(2);
        const Told told{appended->index, appended->leaf};
        if (write(pipe, &told, sizeof told) != sizeof told) _exit(3);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  _exit(0);
}

TEST(ProcessTest, KilledUnderLoadLosesNothingAcknowledged) {
  TemporaryFolder folder;
  const int rounds = support::FullRun() ? 60 : 4;
  std::map<std::uint64_t, Hash> acknowledged;
  std::vector<OldCheckpoint> kept;
  for (int round = 0; round < rounds; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      AppendForEver(folder.path(), ends[1]);
    }
    close(ends[1]);
    // Killed after so many answers, in the middle of whatever it does then.
    Told told;
    const int until = 20 + round * 37 % 200;
    int heard = 0;
    while (read(ends[0], &told, sizeof told) == sizeof told) {
      ASSERT_FALSE(acknowledged.contains(told.index)) << "one index, two entries";
      acknowledged[told.index] = told.leaf;
      if (++heard == until) kill(child, SIGKILL);
    }
    close(ends[0]);
    ASSERT_GE(heard, until);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    const auto ledger = OpenLedger(folder.path(), true);
    ASSERT_NE(ledger, nullptr);
    for (const auto& [index, leaf] : acknowledged) {
      const auto stored = ledger->Read(index, Ledger::Raw::kRead);
      ASSERT_TRUE(stored.ok()) << index;
      ASSERT_EQ(LeafHash(stored->entry), leaf) << index;
    }
    ASSERT_TRUE(ledger->Publish().ok());
    auto source = OpenFolderSource(folder.path()).value();
    const auto report = VerifyLog(*source, {VerifierKey::Parse(ledger->vkey()).value(), kept, {}, 10});
    ASSERT_TRUE(report.ok());
    ASSERT_TRUE(report->ok()) << report->problems[0].code;
    kept.push_back({"round", report->note});
  }
}

TEST(ProcessTest, SecondProcessIsRefusedAndTheFirstGoesOn) {
  TemporaryFolder folder;
  const auto ledger = OpenLedger(folder.path());
  ASSERT_TRUE(ledger->Append(Event("a")).ok());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Options options;
    options.folder = folder.path();
    const auto second = TryOpen(options);
    _exit(!second.ok() && second.error().code == petition::Code::kConflict && second.error().reason == "ledger_locked"
              ? 0
              : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ledger->Append(Event("b"))->index, 1u);
}

TEST(ProcessTest, FullFileSystemIsAnAnswer) {
  TemporaryFolder folder;
  { OpenLedger(folder.path()); }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto ledger = OpenLedger(folder.path());
    if (!ledger) _exit(1);
    const rlimit limit{300 << 10, 300 << 10};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    Draft large = Event("large");
    large.raw = std::string(50000, 'x');
    std::uint64_t stored = 0;
    for (int i = 0; i < 100; ++i) {
      const auto appended = ledger->Append(large);
      if (!appended.ok()) {
        const bool told =
            appended.error().code == petition::Code::kUnavailable && !ledger->healthy() && ledger->size() == stored;
        _exit(told ? 0 : 3);
      }
      ++stored;
    }
    _exit(4);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  const auto ledger = OpenLedger(folder.path(), true);
  ASSERT_NE(ledger, nullptr);
  EXPECT_TRUE(ledger->Append(Event("room again")).ok());
  for (std::uint64_t i = 0; i < ledger->size(); ++i) EXPECT_TRUE(ledger->Read(i, Ledger::Raw::kRead).ok());
}

// The compare-and-swap below the lock: the seam that several nodes will race on.
TEST(StoreTest, AppendWithAnotherHeadChangesNothing) {
  TemporaryFolder folder;
  auto first = OpenSqliteStore({folder.path() / "ledger.db", {}, true}).value();
  auto second = OpenSqliteStore({folder.path() / "ledger.db", {}, true}).value();
  const auto batch_of = [](std::uint64_t index, char root) {
    Batch batch;
    batch.rows.push_back({index, Kind::kEvent, "entry", "record", "", kNoIndex, std::nullopt});
    batch.head.size = index + 1;
    batch.head.root.fill(static_cast<std::uint8_t>(root));
    batch.head.checkpoint = "signed";
    return batch;
  };
  const Head empty = first->LoadHead().value();
  ASSERT_TRUE(first->Append(batch_of(0, 1), empty).ok());
  EXPECT_EQ(second->Append(batch_of(0, 2), empty).error().reason, "head_moved");
  const Head head = second->LoadHead().value();
  EXPECT_EQ(head.size, 1u);
  Head forked = head;
  forked.root.fill(9);
  EXPECT_EQ(second->Append(batch_of(1, 2), forked).error().reason, "head_moved") << "same size, other root";
  EXPECT_TRUE(second->Append(batch_of(1, 2), head).ok());
  EXPECT_EQ(first->LoadHead()->size, 2u);
  EXPECT_EQ(first->Rows(0, 10, true)->size(), 2u);
}

TEST(StoreTest, JournalStaysBoundedUnderAnUnbrokenLoad) {
  TemporaryFolder folder;
  SqliteStoreOptions options{folder.path() / "ledger.db", {}, false};
  options.tidy_bytes = 64 << 10;
  options.journal_bytes_max = 1 << 20;
  auto store = OpenSqliteStore(options).value();
  Head head = store->LoadHead().value();
  std::uintmax_t largest = 0;
  for (std::uint64_t i = 0; i < 400; ++i) {
    Batch batch;
    batch.rows.push_back({i, Kind::kEvent, "entry", std::string(20000, 'r'), "", kNoIndex, std::nullopt});
    batch.head = {i + 1, {}, "signed"};
    batch.head.root[0] = static_cast<std::uint8_t>(i);
    ASSERT_TRUE(store->Append(batch, head).ok());
    head = batch.head;
    largest = std::max(largest, std::filesystem::file_size(folder.path() / "ledger.db-wal"));
  }
  EXPECT_LT(largest, 3u << 20) << "8 MB went through it";
}

// A backup reads one state of the file from beginning to end: the journal can't begin anew meanwhile, and grows.
TEST(StoreTest, ALongReaderHoldsUpNoWriterAndTheJournalIsCutAfterIt) {
  TemporaryFolder folder;
  SqliteStoreOptions options{folder.path() / "ledger.db", {}, false};
  options.tidy_bytes = 1 << 30;
  options.journal_bytes_max = 256 << 10;
  auto store = OpenSqliteStore(options).value();
  Head head = store->LoadHead().value();
  std::uint64_t next = 0;
  const auto append = [&](int count) {
    for (; count > 0; --count, ++next) {
      Batch batch;
      batch.rows.push_back({next, Kind::kEvent, "entry", std::string(4000, 'r'), "", kNoIndex, std::nullopt});
      batch.head = {next + 1, {}, "signed"};
      batch.head.root[0] = static_cast<std::uint8_t>(next);
      ASSERT_TRUE(store->Append(batch, head).ok());
      head = batch.head;
    }
  };
  const auto journal = [&] { return std::filesystem::file_size(folder.path() / "ledger.db-wal"); };
  append(1);
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open((folder.path() / "ledger.db").c_str(), &reader), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT COUNT(*) FROM entries", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto begin = std::chrono::steady_clock::now();
  append(200);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(journal(), 1u << 20);
  EXPECT_LT(took, std::chrono::seconds(60)) << "each commit waited for the reader";
  ASSERT_EQ(sqlite3_exec(reader, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(reader);
  append(20);
  EXPECT_LE(journal(), options.journal_bytes_max + (64 << 10)) << "or what the last commit wrote beyond it";
}

}  // namespace
}  // namespace ledger
