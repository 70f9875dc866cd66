// The uplink's every write broken, against a real national stand-in: failed, done but reported as failed, disk full,
// power lost with nothing, some or all of the unsynced bytes kept. After a restart every submission, and what happened
// to it, is delivered once, and stands as delivered on the ledger once.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>

#include "adapters/national/national_system.h"
#include "adapters/national/sim/national_sim.h"
#include "gateway/follower_fold.h"
#include "gateway/intake.h"
#include "gateway/state/deliveries.h"
#include "gateway/uplink.h"
#include "intake_house.h"
#include "petition/json.h"
#include "support/fault_vfs.h"
#include "support/full_run.h"
#include "support/process.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using petition::Status;
using support::Fault;
using support::FaultDisk;
using support::Kept;

constexpr int kIntakes = 3;

// What of a hub delivers: ledger, case book, deliveries and uplink, and a follower that judges nothing.
class DeliveringHub {
 public:
  DeliveringHub(const std::filesystem::path& folder, FaultDisk& disk, const petition::Clock& clock, int national_port)
      : folder_(folder), disk_(disk), clock_(clock), port_(national_port) {}
  ~DeliveringHub() {
    if (uplink_) uplink_->Stop();
  }

  Status Open() {
    GUIYI_TRY(const auto keys, ledger::KeyRing::Open(folder_ / "keys", true));
    GUIYI_TRY(blobs_, ledger::BlobStore::Open(folder_ / "blobs", keys));
    ledger::Options options;
    options.folder = folder_;
    options.publish = false;
    options.vfs = disk_.vfs();
    GUIYI_TRY(ledger_, ledger::Ledger::Open(options, keys, clock_));
    GUIYI_TRY(book_, dedup::CaseBook::Open(folder_, keys.Sealing("profile"), disk_.vfs()));
    GUIYI_TRY(deliveries_, Deliveries::Open(*book_));
    GUIYI_TRY(intake_, Intake::Make({}, *ledger_, *blobs_, keys, clock_, {}));
    UplinkOptions uplink;
    uplink.connections = 1;  // so that the order of operations is the same each time
    uplink.backoff_first = 1ms;
    uplink.backoff_max = 5ms;
    uplink.probe_every = 2ms;
    uplink.fetch_every = 1h;
    uplink.seed = 7;
    uplink.ready = [this] { return caught_up_.load(); };
    GUIYI_TRY(uplink_, Uplink::Make(uplink, *ledger_, *deliveries_, *book_, clock_));
    return petition::Ok();
  }

  void Register(int number) {
    const auto receipt = intake_->Register(ArrivalOf(
        "portal", R"({"externalId":"P)" + std::to_string(number) +
                      R"(","channel":"portal","content":"三号楼前路灯不亮","petitioners":[{"name":"王小峰"}]})"));
    ASSERT_TRUE(receipt.ok());
  }
  void Report(std::uint64_t index) {
    ledger::Draft draft;
    draft.kind = ledger::Kind::kEvent;
    draft.about = index;
    draft.record = petition::CanonicalJson({{"kind", "event"},
                                            {"v", 1},
                                            {"intake", index},
                                            {"event", "accepted"},
                                            {"by", "unit"},
                                            {"at", "2025-03-05T09:00:00+08:00"}});
    ASSERT_TRUE(ledger_->Append(std::move(draft)).ok());
  }

  /// Follows the ledger to its end. An error: our disk.
  Status Fold() {
    GUIYI_TRY(std::uint64_t next, book_->Cursor("test"));
    for (; next < ledger_->size(); ++next) {
      GUIYI_TRY(const auto stored, ledger_->Read(next));
      GUIYI_TRY(auto transaction, book_->Begin());
      if (stored.kind == ledger::Kind::kIntake) {
        GUIYI_CHECK(Owe(stored, *transaction));
      } else {
        std::vector<std::uint64_t> resealed;
        GUIYI_CHECK(FoldEntry(stored, *transaction, *deliveries_, false, resealed));
      }
      GUIYI_CHECK(transaction->SetCursor("test", next + 1));
      GUIYI_CHECK(transaction->Commit());
    }
    caught_up_ = true;
    return petition::Ok();
  }

  void Deliver() {
    adapters::NationalOptions options;
    options.port = port_;
    uplink_->Start(adapters::MakeNationalSystem(options).value());
  }
  /// Folds and delivers until all is done (true), or `ends` says so.
  bool Run(const std::function<bool()>& ends) {
    while (!ends()) {
      (void)Fold().ok();
      const auto totals = deliveries_->Totals();
      if (totals.ok() && !totals->empty() && std::all_of(totals->begin(), totals->end(), [](const auto& total) {
            return total.state == DeliveryState::kDone;
          })) {
        return true;
      }
      uplink_->Notify();
      (void)ledger_->WaitBeyond(ledger_->size(), 1ms);
    }
    return false;
  }

  ledger::Ledger& ledger() { return *ledger_; }

 private:
  Status Owe(const ledger::Stored& stored, dedup::CaseBook::Transaction& transaction) {
    GUIYI_TRY(const auto record, ReadIntakeRecord(stored));
    dedup::IntakeRow row;
    row.index = stored.index;
    row.intake_no = record.intake_no;
    row.source = record.source;
    row.channel = "portal";
    row.received_at = row.registered_at = record.registered_at;
    GUIYI_CHECK(transaction.AddIntake(row, ""));
    return deliveries_->AddRegistration("national", row, row.index, dedup::CaseNo(row.intake_no), record.registered_at,
                                        false);
  }

  const std::filesystem::path folder_;
  FaultDisk& disk_;
  const petition::Clock& clock_;
  const int port_;
  std::atomic<bool> caught_up_{false};
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<dedup::CaseBook> book_;
  std::unique_ptr<Deliveries> deliveries_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<Uplink> uplink_;
};

class DeliveryCrashTest : public testing::Test {
 protected:
  DeliveryCrashTest() : disk_("guiyi-delivery") {}

  /// A new folder with submissions that are owed, and a new national system; answers the hub, still without its faults.
  void Begin() {
    sim_.reset();
    folder_ = std::make_unique<support::TemporaryFolder>();
    adapters::NationalSimOptions options;
    options.database = std::filesystem::path(folder_->path()) / "national.db";
    options.instruct = false;
    auto sim = adapters::NationalSim::Start(options, clock_);
    ASSERT_TRUE(sim.ok());
    sim_ = std::move(*sim);
    disk_.Disarm();
    DeliveringHub hub(folder_->path(), disk_, clock_, sim_->port());
    ASSERT_TRUE(hub.Open().ok());
    for (int i = 0; i < kIntakes; ++i) hub.Register(i);
    hub.Report(0);
    ASSERT_TRUE(hub.Fold().ok());
  }

  /// The life with the fault: until all is done, or the disk failed.
  void Live(Fault fault, std::uint64_t at) {
    disk_.Arm(fault, at);
    DeliveringHub hub(folder_->path(), disk_, clock_, sim_->port());
    if (!hub.Open().ok()) return;
    hub.Deliver();
    (void)hub.Run([&] { return disk_.struck(); });
  }

  void Check(const std::string& what) {
    DeliveringHub hub(folder_->path(), disk_, clock_, sim_->port());
    const auto opened = hub.Open();
    ASSERT_TRUE(opened.ok()) << what << ": " << opened.error().message << " " << opened.error().detail;
    hub.Deliver();
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    ASSERT_TRUE(hub.Run([&] { return std::chrono::steady_clock::now() > give_up; })) << what;
    const auto held = sim_->store().Registrations();
    ASSERT_TRUE(held.ok());
    ASSERT_EQ(held->size(), static_cast<std::size_t>(kIntakes)) << what;
    for (const auto& registration : *held) ASSERT_EQ(registration.calls, 1u) << what;
    ASSERT_EQ(sim_->counts().update_calls, 1u) << what;
    std::set<std::pair<std::uint64_t, bool>> delivered;
    for (std::uint64_t index = 0; index < hub.ledger().size(); ++index) {
      const auto stored = hub.ledger().Read(index);
      ASSERT_TRUE(stored.ok()) << what;
      if (stored->kind != ledger::Kind::kDelivered) continue;
      const auto record = petition::ParseJson(stored->record);
      ASSERT_EQ(record->at("outcome"), "done") << what;
      ASSERT_TRUE(delivered.emplace(record->at("intake"), record->contains("update")).second) << what;
    }
    ASSERT_EQ(delivered.size(), kIntakes + 1u) << what;
  }

  /// Each operation of the delivery meets the fault once (each one in the full run, a spread of them otherwise).
  void RunAll(Fault fault, Kept kept) {
    ASSERT_NO_FATAL_FAILURE(Begin());
    Live(Fault::kNone, 0);
    const std::uint64_t operations = disk_.operations(), step = support::StepOf(operations, 5);
    disk_.Crash(Kept::kEverything);
    ASSERT_GT(operations, 20u);
    std::uint64_t struck = 0, runs = 0;
    for (std::uint64_t at = step / 2; at < operations; at += step, ++runs) {
      ASSERT_NO_FATAL_FAILURE(Begin());
      Live(fault, at);
      struck += disk_.struck();
      disk_.Crash(kept, at);
      ASSERT_NO_FATAL_FAILURE(Check("fault at operation " + std::to_string(at)));
    }
    EXPECT_GT(struck * 10, runs * 7) << "the faults happened";
  }

  petition::SystemClock clock_;
  FaultDisk disk_;
  std::unique_ptr<support::TemporaryFolder> folder_;
  std::unique_ptr<adapters::NationalSim> sim_;
};

TEST_F(DeliveryCrashTest, PowerLossDeliversOnce) { RunAll(Fault::kCrash, Kept::kNothing); }
TEST_F(DeliveryCrashTest, PowerLossWithSomeUnsyncedBytesKeptDeliversOnce) { RunAll(Fault::kCrash, Kept::kSome); }
TEST_F(DeliveryCrashTest, SuddenDeathOfTheProcessDeliversOnce) { RunAll(Fault::kCrash, Kept::kEverything); }
TEST_F(DeliveryCrashTest, FailedOperationThenPowerLossDeliversOnce) { RunAll(Fault::kFailBefore, Kept::kNothing); }
TEST_F(DeliveryCrashTest, OperationDoneButReportedFailedDeliversOnce) { RunAll(Fault::kFailAfter, Kept::kEverything); }
TEST_F(DeliveryCrashTest, FullDiskDeliversOnce) { RunAll(Fault::kDiskFull, Kept::kEverything); }

}  // namespace
}  // namespace gateway
