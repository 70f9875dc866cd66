// An import's every write broken, on the ledger and in its own memory: failed, done but reported as failed, disk full,
// power lost with nothing, some or all of the unsynced bytes kept. Run again, it goes on, and every line of the file is
// on the ledger once: as a submission, a closing or a refusal.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "gateway/import/importer.h"
#include "petition/json.h"
#include "support/fault_vfs.h"
#include "support/full_run.h"
#include "support/process.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using petition::Json;
using support::Fault;
using support::FaultDisk;
using support::Kept;

constexpr int kRows = 14;

class ImportCrashTest : public testing::Test {
 protected:
  ImportCrashTest() : disk_("guiyi-import") {
    // What stood there before the import: keys, a source, a ledger.
    settings_.disk_free_min = 1;
    settings_.data = template_.path();
    auto registry = Registry::Open(template_.path(), clock_);
    Source source;
    source.name = source.channel = "portal";
    source.division = "439902";
    EXPECT_TRUE((*registry)->AddSource(source).ok());
    registry->reset();
    EXPECT_TRUE(OpenLocalTarget(settings_, clock_).ok());
    std::ofstream(file_) << Text();
    disk_.TakeOver(true);
  }
  ~ImportCrashTest() override { disk_.TakeOver(false); }

  /// Submissions with and without a number, one told twice, broken lines, closings of some and of nobody.
  static std::string Text() {
    std::string text;
    const auto line = [&](const Json& json) { text += json.dump() + "\n"; };
    for (int i = 0; i < kRows; ++i) {
      const std::string n = std::to_string(i);
      Json row = {{"id", "r" + n}, {"content", "第" + n + "件"}};
      if (i % 4 != 1) row["externalId"] = "N" + n;
      line(row);
      if (i == 6) line({{"id", "again"}, {"externalId", "N4"}, {"content", "第4件"}});
      if (i % 5 == 3) text += "{broken " + n + "\n";
      if (i % 3 == 2) line({{"type", "closure"}, {"id", "r" + n}, {"at", "2025-04-01T10:00:00+08:00"}});
      if (i % 6 == 4) line({{"type", "closure"}, {"id", "missing" + n}, {"at", "2025-04-01T10:00:00+08:00"}});
    }
    return text;
  }

  void Begin() {
    folder_ = std::make_unique<support::TemporaryFolder>();
    settings_.data = fs::path(folder_->path()) / "data";
    fs::copy(template_.path(), settings_.data, fs::copy_options::recursive);
  }

  petition::Result<ImportSummary> Import() {
    GUIYI_TRY(const auto target, OpenLocalTarget(settings_, clock_));
    ImportOptions options;
    options.source = "portal";
    options.batch_rows = 6;
    options.retry_for = std::chrono::milliseconds(0);
    Importer importer(options, *target);
    return importer.Import(file_);
  }

  void Check(const std::string& what) {
    const auto summary = Import();
    ASSERT_TRUE(summary.ok()) << what << ": " << summary.error().message << " " << summary.error().detail;
    const auto keys = ledger::KeyRing::Open(settings_.data / "keys", false);
    ledger::Options options;
    options.folder = settings_.data;
    options.publish = false;
    const auto ledger = ledger::Ledger::Open(options, *keys, clock_);
    ASSERT_TRUE(ledger.ok()) << what;
    std::map<std::string, int> contents, closings, refusals;
    const auto entries = (*ledger)->ReadRange(0, (*ledger)->size());
    ASSERT_TRUE(entries.ok()) << what;
    for (const auto& entry : *entries) {
      const auto record = petition::ParseJson(entry.record);
      ASSERT_TRUE(record.ok()) << what;
      if (entry.kind == ledger::Kind::kIntake) ++contents[record->at("submission").at("content")];
      if (entry.kind == ledger::Kind::kEvent) ++closings[record->at("import").at("line").dump()];
      if (entry.kind == ledger::Kind::kRefused) ++refusals[record->at("where").at("line").dump()];
    }
    for (const auto* counts : {&contents, &closings, &refusals}) {
      for (const auto& [name, count] : *counts) ASSERT_EQ(count, 1) << what << " " << name;
    }
    ASSERT_EQ(contents.size(), kRows + 0u) << what;
    ASSERT_EQ(closings.size(), 4u) << what;
    ASSERT_EQ(refusals.size(), 5u) << what;
    ASSERT_EQ(summary->counts.rows, kRows + 10u) << what;
    ASSERT_EQ(summary->counts.registered + summary->counts.existing, kRows + 1u) << what;
    ASSERT_EQ(summary->counts.refused, 5u) << what;
  }

  /// Each operation of the import meets the fault once (each one in the full run, a spread of them otherwise).
  void RunAll(Fault fault, Kept kept) {
    Begin();
    disk_.Disarm();
    ASSERT_TRUE(Import().ok());
    const std::uint64_t operations = disk_.operations(), step = support::StepOf(operations, 6);
    disk_.Crash(Kept::kEverything);
    ASSERT_GT(operations, 40u);
    std::uint64_t struck = 0, runs = 0;
    for (std::uint64_t at = step / 2; at < operations; at += step, ++runs) {
      Begin();
      disk_.Arm(fault, at);
      (void)Import().ok();
      struck += disk_.struck();
      disk_.Crash(kept, at);
      ASSERT_NO_FATAL_FAILURE(Check("fault at operation " + std::to_string(at)));
    }
    EXPECT_GT(struck * 10, runs * 8) << "the faults happened";
  }

  support::TemporaryFolder template_;
  petition::SystemClock clock_;
  config::Settings settings_;
  const std::string file_ = template_.path() + "/rows.jsonl";
  FaultDisk disk_;
  std::unique_ptr<support::TemporaryFolder> folder_;
};

TEST_F(ImportCrashTest, PowerLossThenResumedRegistersEachLineOnce) { RunAll(Fault::kCrash, Kept::kNothing); }
TEST_F(ImportCrashTest, PowerLossWithSomeUnsyncedBytesKeptThenResumedRegistersEachLineOnce) {
  RunAll(Fault::kCrash, Kept::kSome);
}
TEST_F(ImportCrashTest, SuddenDeathThenResumedRegistersEachLineOnce) { RunAll(Fault::kCrash, Kept::kEverything); }
TEST_F(ImportCrashTest, FailedOperationThenPowerLossThenResumedRegistersEachLineOnce) {
  RunAll(Fault::kFailBefore, Kept::kNothing);
}
TEST_F(ImportCrashTest, OperationDoneButReportedFailedThenResumedRegistersEachLineOnce) {
  RunAll(Fault::kFailAfter, Kept::kEverything);
}
TEST_F(ImportCrashTest, FullDiskThenResumedRegistersEachLineOnce) { RunAll(Fault::kDiskFull, Kept::kEverything); }

}  // namespace
}  // namespace gateway
