// Every write broken: failed, done but reported as failed, disk full, power lost with nothing, some or all of the
// unsynced bytes kept. After a restart nothing acknowledged is lost, nothing is half there, and the log verifies
// against every checkpoint that ever went out.
#include <gtest/gtest.h>

#include "ledger/blobs.h"
#include "ledger/log_source.h"
#include "ledger/sqlite_store.h"
#include "ledger/verify.h"
#include "ledger_fixture.h"
#include "support/fault_vfs.h"
#include "support/full_run.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;
using support::Fault;
using support::FaultDisk;
using support::Kept;

// One life of a ledger: what it acknowledged before the disk failed it.
struct Life {
  struct Acknowledged {
    Appended appended;
    std::string record;
    std::string number;  // of its source; empty: none
  };
  std::vector<Acknowledged> acknowledged;
  std::vector<std::uint64_t> dropped;
  std::uint64_t attempted = 0;
  std::vector<OldCheckpoint> published;
  bool opened = false;
};

class CrashTest : public testing::Test {
 protected:
  CrashTest() : disk_("guiyi-fault") {
    // Keys are made once, on the real disk: their loss is another matter.
    fs::create_directories(keys_.path());
    if (!KeyRing::Open(keys_.path() / "keys", true).ok()) std::abort();
    Options options;
    options.folder = keys_.path();
    options.publish = false;
    const auto made = TryOpen(options);
    vkey_ = made.value()->vkey();
  }

  // A new folder with the same keys.
  void Begin() {
    folder_ = std::make_unique<TemporaryFolder>();
    fs::copy(keys_.path() / "keys", folder_->path() / "keys", fs::copy_options::recursive);
  }

  petition::Result<std::unique_ptr<Ledger>> Open() {
    Options options;
    options.folder = folder_->path();
    options.vfs = disk_.vfs();
    options.files = &disk_.files();
    options.batch_max = 8;
    return TryOpen(options);
  }

  static void AppendSome(Ledger& ledger, Life& life, int count) {
    std::vector<Draft> drafts;
    for (int i = 0; i < count; ++i) {
      drafts.push_back(Event(std::to_string(life.attempted++)));
      if (i % 2 == 0)
        drafts.back().intake =
            IntakeKey{"portal", "N" + std::to_string(life.attempted), "c", "p", "20250304", life.attempted};
    }
    std::vector<DraftProposal> proposals(drafts.begin(), drafts.end());
    std::vector<Proposal*> all;
    for (auto& proposal : proposals) all.push_back(&proposal);
    const auto results = ledger.AppendAll(all);
    for (int i = 0; i < count; ++i) {
      if (results[i].ok())
        life.acknowledged.push_back(
            {*results[i], drafts[i].record, drafts[i].intake ? drafts[i].intake->external_id : ""});
    }
  }

  static void PublishNow(Ledger& ledger, Life& life) {
    const std::string checkpoint = ledger.checkpoint();
    if (ledger.Publish().ok()) life.published.push_back({"published", checkpoint});
  }

  void Live(Life& life) {
    auto ledger = Open();
    if (!ledger.ok()) return;
    life.opened = true;
    AppendSome(**ledger, life, 1);
    PublishNow(**ledger, life);
    AppendSome(**ledger, life, 20);
    AppendSome(**ledger, life, 3);
    PublishNow(**ledger, life);
    if (!life.acknowledged.empty() && (*ledger)->DropPayload(life.acknowledged[0].appended.index).ok())
      life.dropped.push_back(0);
    // Opened again, it brings the numbers that wait to their places.
    ledger->reset();
    const auto again = Open();
    if (again.ok()) AppendSome(**again, life, 3);
  }

  // What must hold after any accident.
  void Check(const Life& life, const std::string& what) {
    auto ledger = Open();
    ASSERT_TRUE(ledger.ok()) << what << ": " << ledger.error().message << " " << ledger.error().detail;
    ASSERT_GE((*ledger)->size(), life.acknowledged.size()) << what;
    ASSERT_LE((*ledger)->size(), life.attempted) << what;
    for (const auto& [appended, record, number] : life.acknowledged) {
      const auto stored = (*ledger)->Read(appended.index, Ledger::Raw::kRead);
      ASSERT_TRUE(stored.ok()) << what;
      ASSERT_EQ(stored->entry, appended.entry) << what;
      if (!number.empty()) {
        const auto known = (*ledger)->FindExternal("portal", number);
        ASSERT_TRUE(known.ok() && known->size() == 1) << what << ": " << number;
        ASSERT_EQ(known->front().index, appended.index) << what;
      }
      if (stored->dropped) continue;
      ASSERT_EQ(stored->record, record) << what;
      ASSERT_EQ(stored->salt, appended.salt) << what;
    }
    for (const std::uint64_t index : life.dropped) ASSERT_TRUE((*ledger)->Read(index)->dropped) << what;
    // All that is there is whole, also what nobody was told of.
    const auto all = (*ledger)->ReadRange(0, 1000, Ledger::Raw::kRead);
    ASSERT_TRUE(all.ok()) << what;
    ASSERT_EQ(all->size(), (*ledger)->size()) << what;
    // It goes on: a further entry, and the whole verified from outside with every checkpoint and receipt that went out.
    ASSERT_TRUE((*ledger)->Append(Event("after")).ok()) << what;
    ASSERT_TRUE((*ledger)->Publish().ok()) << what;
    std::vector<OldCheckpoint> old = life.published;
    for (const auto& one : life.acknowledged) old.push_back({"receipt", one.appended.proof.checkpoint});
    auto source = OpenFolderSource(folder_->path());
    ASSERT_TRUE(source.ok()) << what;
    const auto report = VerifyLog(**source, {VerifierKey::Parse(vkey_).value(), old, {}, 10});
    ASSERT_TRUE(report.ok()) << what;
    ASSERT_TRUE(report->ok()) << what << ": " << report->problems[0].code << " " << report->problems[0].where;
  }

  std::uint64_t CountOperations() {
    Begin();
    disk_.Disarm();
    Life life;
    Live(life);
    EXPECT_EQ(life.acknowledged.size(), 27u);
    const std::uint64_t count = disk_.operations();
    disk_.Crash(Kept::kEverything);
    return count;
  }

  // Runs a life with the fault at each operation (each one in `./test --full`, a spread of them otherwise).
  void RunAll(Fault fault, Kept kept, std::uint64_t runs_max) {
    const std::uint64_t operations = CountOperations();
    const std::uint64_t step = support::StepOf(operations, runs_max);
    std::uint64_t struck = 0;
    for (std::uint64_t at = 0; at < operations; at += step) {
      Begin();
      disk_.Arm(fault, at);
      Life life;
      Live(life);
      struck += disk_.struck();
      disk_.Crash(kept, at);
      ASSERT_NO_FATAL_FAILURE(Check(life, "fault at operation " + std::to_string(at))) << life.acknowledged.size();
    }
    EXPECT_GT(struck * 10, operations / step * 9) << "the faults happened";
  }

  TemporaryFolder keys_;
  std::string vkey_;
  FaultDisk disk_;
  std::unique_ptr<TemporaryFolder> folder_;
};

constexpr std::uint64_t kRuns = 12;

TEST_F(CrashTest, PowerLossLosesNothingAcknowledged) { RunAll(Fault::kCrash, Kept::kNothing, kRuns); }
TEST_F(CrashTest, PowerLossWithSomeUnsyncedBytesKeptLosesNothingAcknowledged) {
  RunAll(Fault::kCrash, Kept::kSome, kRuns);
}
TEST_F(CrashTest, SuddenDeathOfTheProcessLosesNothingAcknowledged) { RunAll(Fault::kCrash, Kept::kEverything, kRuns); }
TEST_F(CrashTest, FailedOperationThenPowerLossLosesNothingAcknowledged) {
  RunAll(Fault::kFailBefore, Kept::kNothing, kRuns);
}
TEST_F(CrashTest, FailedOperationThenRestartLosesNothingAcknowledged) {
  RunAll(Fault::kFailBefore, Kept::kEverything, kRuns);
}
TEST_F(CrashTest, OperationDoneButReportedFailedLosesNothingAcknowledged) {
  RunAll(Fault::kFailAfter, Kept::kEverything, kRuns);
}
TEST_F(CrashTest, FullDiskLosesNothingAcknowledged) { RunAll(Fault::kDiskFull, Kept::kEverything, kRuns); }

TEST_F(CrashTest, FailedCommitStopsTheLedgerAndSaysWhatIsKnown) {
  Begin();
  disk_.Disarm();
  auto ledger = Open().value();
  ASSERT_TRUE(ledger->Append(Event("a")).ok());
  disk_.Arm(Fault::kDiskFull, 0);
  const auto refused = ledger->Append(Event("b"));
  EXPECT_EQ(refused.error().code, petition::Code::kUnavailable);
  EXPECT_EQ(refused.error().reason, "outcome_unknown");
  EXPECT_FALSE(ledger->healthy());
  disk_.Disarm();
  const auto later = ledger->Append(Event("c"));
  EXPECT_EQ(later.error().reason, "ledger_stopped");
  EXPECT_EQ(ledger->size(), 1u);
  EXPECT_EQ(ledger->Read(0)->record, Event("a").record) << "reading goes on";
  ledger.reset();
  ledger = Open().value();
  EXPECT_TRUE(ledger->healthy());
  const std::uint64_t size = ledger->size();
  EXPECT_TRUE(size == 1 || size == 2) << "the one of unknown outcome is there or not";
  EXPECT_EQ(ledger->Append(Event("d"))->index, size);
}

TEST_F(CrashTest, PublicationFailsWithoutStoppingIntakeAndCatchesUp) {
  Begin();
  disk_.Disarm();
  auto ledger = Open().value();
  ASSERT_TRUE(ledger->Append(Event("a")).ok());
  // The tiles' disk alone has a fault: the first file can't be made.
  disk_.Arm(Fault::kFailBefore, 0);
  EXPECT_EQ(ledger->Publish().error().code, petition::Code::kUnavailable);
  EXPECT_TRUE(ledger->healthy());
  ASSERT_TRUE(ledger->Append(Event("b")).ok());
  EXPECT_TRUE(ledger->Publish().ok());
  auto source = OpenFolderSource(folder_->path()).value();
  EXPECT_EQ(VerifyLog(*source, {VerifierKey::Parse(vkey_).value(), {}, {}, 10})->entries, 2u);
}

// Below the ledger: while the journal is moved into place, which small ledgers hardly ever do.
TEST_F(CrashTest, PowerLossWhileTheJournalIsMovedLosesNothing) {
  const auto live = [&](std::uint64_t& stored) {
    SqliteStoreOptions options{folder_->path() / "ledger.db", disk_.vfs(), true};
    options.tidy_bytes = 1 << 30;  // its thread would make the order of operations a matter of luck
    options.journal_bytes_max = 100 << 10;
    auto store = OpenSqliteStore(options);
    if (!store.ok()) return;
    Head head = (*store)->LoadHead().value();
    for (std::uint64_t i = 0; i < 12; ++i) {
      Batch batch;
      batch.rows.push_back(
          {i, Kind::kEvent, "entry", std::string(15000, static_cast<char>('a' + i)), "", kNoIndex, std::nullopt});
      batch.head = {i + 1, {}, "signed"};
      if (!(*store)->Append(batch, head).ok()) return;
      head = batch.head;
      ++stored;
    }
  };
  Begin();
  disk_.Disarm();
  std::uint64_t all = 0;
  live(all);
  ASSERT_EQ(all, 12u);
  const std::uint64_t operations = disk_.operations();
  const std::uint64_t step = support::FullRun() ? 1 : 41;
  disk_.Crash(Kept::kEverything);
  for (const Kept kept : {Kept::kNothing, Kept::kSome}) {
    for (std::uint64_t at = 0; at < operations; at += step) {
      Begin();
      disk_.Arm(Fault::kCrash, at);
      std::uint64_t stored = 0;
      live(stored);
      disk_.Crash(kept, at);
      auto store = OpenSqliteStore({folder_->path() / "ledger.db", disk_.vfs(), true});
      ASSERT_TRUE(store.ok()) << at;
      const auto rows = (*store)->Rows(0, 100, false);
      ASSERT_TRUE(rows.ok()) << at;
      ASSERT_GE(rows->size(), stored) << at;
      ASSERT_EQ((*store)->LoadHead()->size, rows->size()) << at;
      for (const StoredRow& row : *rows)
        ASSERT_EQ(row.sealed_record, std::string(15000, static_cast<char>('a' + row.index))) << at;
    }
  }
}

TEST_F(CrashTest, BlobIsWholeOrNotThere) {
  Begin();
  const KeyRing keys = KeyRing::Open(folder_->path() / "keys", false).value();
  const std::string bytes(200000, 'b');
  const std::string name = Hex(AsBytes(Sha256(bytes)));
  for (const Kept kept : {Kept::kNothing, Kept::kSome, Kept::kEverything}) {
    for (std::uint64_t at = 0; at < 25; ++at) {
      fs::remove_all(folder_->path() / "blobs");
      disk_.Arm(Fault::kCrash, at);
      bool stored = false;
      {
        const auto blobs = BlobStore::Open(folder_->path() / "blobs", keys, 1 << 20, &disk_.files());
        if (blobs.ok()) {
          auto writer = (*blobs)->Put(name);
          stored = writer.ok() && (*writer)->Write(bytes).ok() && (*writer)->Finish().ok();
        }
      }
      disk_.Crash(kept, at);
      const auto blobs = BlobStore::Open(folder_->path() / "blobs", keys, 1 << 20, &disk_.files()).value();
      ASSERT_TRUE(blobs->Exists(name) || !stored);
      if (!blobs->Exists(name)) continue;
      auto reader = blobs->Get(name).value();
      std::string all;
      for (std::string part = reader->Next().value(); !part.empty(); part = reader->Next().value()) all += part;
      ASSERT_EQ(all, bytes);
    }
  }
}

TEST_F(CrashTest, BlobThatWasKeptIsNeverCleanedAfterwards) {
  Begin();
  const KeyRing keys = KeyRing::Open(folder_->path() / "keys", false).value();
  const std::string bytes(1000, 'b');
  const std::string name = Hex(AsBytes(Sha256(bytes)));
  for (const Kept kept : {Kept::kNothing, Kept::kSome, Kept::kEverything}) {
    for (std::uint64_t at = 0; at < 30; ++at) {
      fs::remove_all(folder_->path() / "blobs");
      disk_.Arm(Fault::kCrash, at);
      bool named = false;
      {
        const auto blobs = BlobStore::Open(folder_->path() / "blobs", keys, 1 << 20, &disk_.files());
        if (blobs.ok()) {
          auto writer = (*blobs)->Put(name);
          const bool stored = writer.ok() && (*writer)->Write(bytes).ok() && (*writer)->Finish().ok();
          if (stored) {
            const auto keeping = (*blobs)->Keep(name);
            named = keeping.ok() && *keeping;
          }
        }
      }
      disk_.Crash(kept, at);
      const auto blobs = BlobStore::Open(folder_->path() / "blobs", keys, 1 << 20, &disk_.files()).value();
      blobs->RemoveUnnamed(std::chrono::seconds(0), 100);
      ASSERT_TRUE(blobs->Exists(name) || !named) << at;
      if (named) {
        ASSERT_EQ(blobs->Get(name).value()->Next().value(), bytes);
      }
    }
  }
}

TEST_F(CrashTest, BlobOfAKilledProcessStaysWhenThePowerGoesLater) {
  Begin();
  const KeyRing keys = KeyRing::Open(folder_->path() / "keys", false).value();
  const std::string bytes(1000, 'b');
  const std::string name = Hex(AsBytes(Sha256(bytes)));
  const auto open = [&] { return BlobStore::Open(folder_->path() / "blobs", keys, 1 << 20, &disk_.files()); };
  int found = 0;
  for (std::uint64_t at = 0; at < 25; ++at) {
    fs::remove_all(folder_->path() / "blobs");
    disk_.Arm(Fault::kCrash, at);
    {
      const auto blobs = open();
      if (blobs.ok()) {
        auto writer = (*blobs)->Put(name);
        if (writer.ok() && (*writer)->Write(bytes).ok()) (void)(*writer)->Finish().ok();
      }
    }
    disk_.Disarm();  // the process is gone, the machine runs on
    const bool there = open().value()->Exists(name);
    disk_.Crash(Kept::kNothing);
    EXPECT_EQ(open().value()->Exists(name), there) << at;
    found += there;
  }
  EXPECT_GT(found, 0);
}

}  // namespace
}  // namespace ledger
