#include "gateway/uplink.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

#include "adapters/national/national_system.h"
#include "adapters/national/sim/national_sim.h"
#include "gateway/follower_fold.h"
#include "gateway/intake.h"
#include "gateway/state/deliveries.h"
#include "gateway/uplink/pace.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"

namespace gateway {
namespace {

using adapters::NationalSim;
using adapters::SimFault;
using petition::Json;
using namespace std::chrono_literals;

/// The real ledger, whose appends of `delivered` entries can be made to fail for a while.
class StubbornLedger final : public ledger::Ledger {
 public:
  explicit StubbornLedger(ledger::Ledger& real) : real_(real) {}
  std::atomic<int> refuse_delivered{0};

  petition::Result<ledger::Appended> Append(ledger::Proposal& proposal) override {
    if (refuse_delivered.load() > 0 && IsDelivered(proposal)) {
      --refuse_delivered;
      return petition::Unavailable("no room");
    }
    return real_.Append(proposal);
  }
  std::vector<petition::Result<ledger::Appended>> AppendAll(std::span<ledger::Proposal* const> proposals) override {
    return real_.AppendAll(proposals);
  }
  std::uint64_t size() const override { return real_.size(); }
  std::string checkpoint() const override { return real_.checkpoint(); }
  std::string vkey() const override { return real_.vkey(); }
  bool healthy() const override { return real_.healthy(); }
  std::uint64_t WaitBeyond(std::uint64_t size, std::chrono::milliseconds at_most) override {
    return real_.WaitBeyond(size, at_most);
  }
  petition::Result<ledger::Stored> Read(std::uint64_t index, Raw raw) const override { return real_.Read(index, raw); }
  petition::Result<std::vector<ledger::Stored>> ReadRange(std::uint64_t first, std::size_t count,
                                                          Raw raw) const override {
    return real_.ReadRange(first, count, raw);
  }
  petition::Result<ledger::Proof> Prove(std::uint64_t index) const override { return real_.Prove(index); }
  std::unique_ptr<ledger::Appending> Begin(std::span<ledger::Proposal* const> proposals) override {
    return real_.Begin(proposals);
  }
  petition::Result<std::optional<std::uint64_t>> FindIntake(std::string_view day, std::uint64_t serial) const override {
    return real_.FindIntake(day, serial);
  }
  petition::Result<std::vector<ledger::KnownIntake>> FindExternal(std::string_view source,
                                                                  std::string_view id) const override {
    return real_.FindExternal(source, id);
  }
  petition::Result<std::optional<ledger::KnownIntake>> FindContent(std::string_view source, std::string_view id,
                                                                   std::string_view content) const override {
    return real_.FindContent(source, id, content);
  }
  petition::Result<std::vector<std::uint64_t>> History(std::uint64_t about,
                                                       std::optional<ledger::Kind> kind) const override {
    return real_.History(about, kind);
  }
  petition::Status Publish() override { return real_.Publish(); }
  petition::Status DropPayload(std::uint64_t index) override { return real_.DropPayload(index); }

 private:
  struct NoView final : ledger::View {
    std::uint64_t NextIndex() const override { return 0; }
    petition::Result<std::uint64_t> NextSerial(std::string_view) override { return std::uint64_t{1}; }
    std::uint64_t RemembersFrom() const override { return 0; }
    std::vector<const ledger::KnownIntake*> FindSince(std::string_view, std::string_view,
                                                      std::uint64_t) const override {
      return {};
    }
  };
  static bool IsDelivered(ledger::Proposal& proposal) {
    if (!dynamic_cast<ledger::DraftProposal*>(&proposal)) return false;
    NoView view;
    auto composed = proposal.Compose(view);
    return composed.ok() && std::holds_alternative<ledger::Draft>(*composed) &&
           std::get<ledger::Draft>(*composed).kind == ledger::Kind::kDelivered;
  }
  ledger::Ledger& real_;
};

/// The real client, whose registrations can be made to hang after the national side has taken them over, as a process
/// that dies in that moment sees it.
class HangingDestination final : public adapters::Destination {
 public:
  explicit HangingDestination(std::unique_ptr<adapters::Destination> inner) : inner_(std::move(inner)) {}
  std::string_view name() const override { return inner_->name(); }
  adapters::Answer Register(const adapters::Parcel& parcel) override {
    (void)inner_->Register(parcel);
    std::unique_lock lock(mutex_);
    hanging_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return interrupted_; });
    adapters::Answer answer;
    answer.outcome = adapters::Outcome::kUnknown;
    return answer;
  }
  adapters::Answer Send(const adapters::Update& update) override { return inner_->Send(update); }
  petition::Result<std::optional<adapters::Answer>> FindByReference(std::string_view no, std::string_view id) override {
    return inner_->FindByReference(no, id);
  }
  petition::Result<adapters::Instructions> Fetch(std::string_view cursor, std::size_t limit) override {
    return inner_->Fetch(cursor, limit);
  }
  petition::Status Acknowledge(std::string_view id) override { return inner_->Acknowledge(id); }
  void Interrupt() override {
    {
      std::lock_guard lock(mutex_);
      interrupted_ = true;
    }
    changed_.notify_all();
    inner_->Interrupt();
  }
  void WaitHanging() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return hanging_; });
  }

 private:
  std::unique_ptr<adapters::Destination> inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hanging_ = false, interrupted_ = false;
};

/// The real client, but for what a test says otherwise.
class OddDestination final : public adapters::Destination {
 public:
  explicit OddDestination(std::unique_ptr<adapters::Destination> inner) : inner_(std::move(inner)) {}
  std::function<std::optional<petition::Error>(std::string_view reference)> on_find;
  std::function<void(adapters::Instructions&)> on_fetch;
  std::function<petition::Status(std::string_view id)> on_acknowledge;

  std::string_view name() const override { return inner_->name(); }
  adapters::Answer Register(const adapters::Parcel& parcel) override { return inner_->Register(parcel); }
  adapters::Answer Send(const adapters::Update& update) override { return inner_->Send(update); }
  petition::Result<std::optional<adapters::Answer>> FindByReference(std::string_view no, std::string_view id) override {
    if (on_find) {
      if (auto error = on_find(no)) return *error;
    }
    return inner_->FindByReference(no, id);
  }
  petition::Result<adapters::Instructions> Fetch(std::string_view cursor, std::size_t limit) override {
    auto page = inner_->Fetch(cursor, limit);
    if (page.ok() && on_fetch) on_fetch(*page);
    return page;
  }
  petition::Status Acknowledge(std::string_view id) override {
    if (on_acknowledge) GUIYI_CHECK(on_acknowledge(id));
    return inner_->Acknowledge(id);
  }
  void Interrupt() override { inner_->Interrupt(); }

 private:
  std::unique_ptr<adapters::Destination> inner_;
};

class UplinkTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("guiyi-uplink-" + std::to_string(::getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    auto keys = ledger::KeyRing::Open(folder_ / "keys", true);
    ASSERT_TRUE(keys.ok()) << keys.error().detail;
    keys_ = std::make_unique<ledger::KeyRing>(std::move(*keys));
    ledger::Options options;
    options.folder = folder_;
    options.publish = false;
    ledger_ = Take(ledger::Ledger::Open(options, *keys_, clock_));
    stubborn_ = std::make_unique<StubbornLedger>(*ledger_);
    blobs_ = Take(ledger::BlobStore::Open(folder_ / "blobs", *keys_));
    book_ = Take(dedup::CaseBook::Open(folder_, keys_->Sealing("profile")));
    deliveries_ = Take(Deliveries::Open(*book_));
    intake_ = Take(Intake::Make({}, *ledger_, *blobs_, *keys_, clock_, [] { return std::uint64_t{0}; }));
    sim_options_.database = folder_ / "national.db";
    sim_options_.instruct = false;
    sim_options_.faults.lose_for = 0ms;
    sim_options_.faults.slow_for = 60s;
    sim_options_.faults.retry_after = 0ms;
    options_.backoff_first = 1ms;
    options_.backoff_max = 5ms;
    options_.probe_every = 2ms;
    options_.fetch_every = 5ms;
    options_.seed = 7;
  }
  void TearDown() override {
    uplink_.reset();
    sim_.reset();
    intake_.reset();
    deliveries_.reset();
    book_.reset();
    stubborn_.reset();
    ledger_.reset();
    std::filesystem::remove_all(folder_);
  }

  template <typename T>
  static T Take(petition::Result<T> result) {
    EXPECT_TRUE(result.ok()) << result.error().message << " " << result.error().detail;
    return result.ok() ? std::move(*result) : T{};
  }

  void StartSim() {
    sim_ = Take(NationalSim::Start(sim_options_, clock_));
    ASSERT_TRUE(sim_);
    sim_options_.port = sim_->port();
  }
  std::unique_ptr<adapters::Destination> Client() const {
    adapters::NationalOptions options;
    options.port = sim_options_.port;
    return Take(adapters::MakeNationalSystem(options));
  }
  void MakeUplink() { uplink_ = Take(Uplink::Make(options_, *stubborn_, *deliveries_, *book_, clock_)); }
  void StartUplink() {
    MakeUplink();
    uplink_->Start(Client());
  }
  /// What is owed from here on is new to this start: sent without being asked for.
  void StartUplinkWithNothingOpen() {
    StartUplink();
    while (uplink_->status().state == "catching_up") std::this_thread::yield();
  }

  std::uint64_t Append(ledger::Kind kind, std::uint64_t about, const Json& record) {
    ledger::Draft draft;
    draft.kind = kind;
    draft.about = about;
    draft.record = petition::CanonicalJson(record);
    return Take(ledger_->Append(std::move(draft))).index;
  }
  /// Something that happens to an intake, and is owed as an update.
  void Happen(std::uint64_t index, const char* event = "accepted") {
    Append(ledger::Kind::kEvent, index,
           {{"kind", "event"},
            {"v", 1},
            {"intake", index},
            {"event", event},
            {"at", petition::FormatTime(clock_.Now())},
            {"by", "unit"}});
    Fold();
  }

  /// Registers one and owes it to the national system, as the follower does. `order_key`: those of one key are of one
  /// case.
  std::uint64_t Owe(std::uint64_t order_key = ~std::uint64_t{0},
                    const std::function<void(petition::Submission&)>& change = {}) {
    Arrival arrival;
    arrival.source = "portal-one";
    arrival.submission.channel = "portal";
    arrival.submission.external_id = "P" + std::to_string(++made_);
    arrival.submission.title = "路灯不亮";
    arrival.submission.content = "三号楼前路灯不亮，第" + std::to_string(made_) + "次反映。";
    arrival.submission.petitioners.push_back({"王小峰", "", "13812345678", "", "", "", "main"});
    if (change) change(arrival.submission);
    arrival.raw = "{}";
    const auto receipt = intake_->Register(arrival);
    EXPECT_TRUE(receipt.ok()) << receipt.error().message;
    const auto record = ReadIntakeRecord(*ledger_->Read(receipt->ledger_index));
    dedup::IntakeRow row;
    row.index = receipt->ledger_index;
    row.intake_no = receipt->intake_no;
    row.source = arrival.source;
    row.channel = "portal";
    row.sealed = record->sealed;
    row.received_at = row.registered_at = receipt->registered_at;
    auto transaction = Take(book_->Begin());
    EXPECT_TRUE(transaction->AddIntake(row, "").ok());
    const auto added =
        deliveries_->AddRegistration("national", row, order_key == ~std::uint64_t{0} ? row.index : order_key,
                                     dedup::CaseNo(row.intake_no), clock_.Now(), false);
    EXPECT_TRUE(added.ok()) << added.error().detail;
    EXPECT_TRUE(transaction->Commit().ok());
    if (uplink_) uplink_->Notify();
    return row.index;
  }

  /// What the follower does with the entries that came since.
  void Fold() {
    const auto size = ledger_->size();
    for (; folded_ < size; ++folded_) {
      const auto stored = ledger_->Read(folded_);
      ASSERT_TRUE(stored.ok());
      if (stored->kind == ledger::Kind::kIntake) continue;
      auto transaction = Take(book_->Begin());
      std::vector<std::uint64_t> resealed;
      const auto folded = FoldEntry(*stored, *transaction, *deliveries_, false, resealed);
      EXPECT_TRUE(folded.ok()) << folded.error().detail;
      EXPECT_TRUE(transaction->Commit().ok());
    }
  }

  /// Folds until it holds; false after a long while.
  bool Eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < end) {
      Fold();
      if (holds()) return true;
      uplink_->Notify();
      (void)ledger_->WaitBeyond(folded_, 2ms);
    }
    const auto status = uplink_->status();
    ADD_FAILURE() << status.state << " " << status.reason << " done " << status.done << " unknown " << status.unknown
                  << " deferred " << status.deferred;
    return false;
  }
  DeliveryState StateOf(std::uint64_t index) const { return RowOf(index).state; }
  Delivery RowOf(std::uint64_t index) const {
    const auto rows = deliveries_->OfIntake(index);
    EXPECT_TRUE(rows.ok() && !rows->empty());
    return rows.ok() && !rows->empty() ? rows->front() : Delivery{};
  }
  bool AllIn(DeliveryState state) {
    const auto totals = deliveries_->Totals();
    return std::all_of(totals->begin(), totals->end(), [&](const auto& total) { return total.state == state; });
  }
  std::vector<Json> Entries(ledger::Kind kind) const {
    std::vector<Json> records;
    for (std::uint64_t index = 0; index < ledger_->size(); ++index) {
      const auto stored = ledger_->Read(index);
      if (stored.ok() && stored->kind == kind) records.push_back(*petition::ParseJson(stored->record));
    }
    return records;
  }
  std::vector<adapters::SimRegistration> Held() const { return *sim_->store().Registrations(); }

  petition::SystemClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<ledger::KeyRing> keys_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<StubbornLedger> stubborn_;
  std::unique_ptr<ledger::BlobStore> blobs_;
  std::unique_ptr<dedup::CaseBook> book_;
  std::unique_ptr<Deliveries> deliveries_;
  std::unique_ptr<Intake> intake_;
  adapters::NationalSimOptions sim_options_;
  std::unique_ptr<NationalSim> sim_;
  UplinkOptions options_;
  std::unique_ptr<Uplink> uplink_;
  std::uint64_t folded_ = 0;
  int made_ = 0;
};

TEST_F(UplinkTest, DeliversAndPutsTheAcknowledgementOnTheLedger) {
  StartSim();
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  ASSERT_EQ(Held().size(), 1u);
  const auto entries = Entries(ledger::Kind::kDelivered);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]["outcome"], "done");
  EXPECT_EQ(entries[0]["nationalNo"], Held()[0].national_no);
  EXPECT_EQ(entries[0]["intake"], index);
  EXPECT_EQ(RowOf(index).national_no, Held()[0].national_no);
  EXPECT_EQ(*ledger_->History(index, ledger::Kind::kDelivered), std::vector<std::uint64_t>{1});
}

TEST_F(UplinkTest, LostAnswerIsAskedForAndNotSentAgain) {
  StartSim();
  sim_->faults().Script({SimFault::kLose});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(Held().at(0).calls, 1u);
  EXPECT_EQ(uplink_->status().unknown, 1u);
  EXPECT_EQ(uplink_->status().found, 1u);
}

TEST_F(UplinkTest, UnknownThatDidNotTakeEffectIsSentAgain) {
  StartSim();
  sim_->faults().Script({SimFault::kCrashBefore, SimFault::kCrashAfter});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(sim_->counts().register_calls, 2u);
  EXPECT_EQ(Held().at(0).calls, 1u);
}

TEST_F(UplinkTest, CrashAfterTheNationalSideTookItIsResolvedByAskingAfterTheRestart) {
  StartSim();
  const auto index = Owe();
  MakeUplink();
  auto hanging = std::make_unique<HangingDestination>(Client());
  auto& hangs = *hanging;
  uplink_->Start(std::move(hanging));
  hangs.WaitHanging();
  uplink_->Stop();
  EXPECT_EQ(StateOf(index), DeliveryState::kSending);
  EXPECT_EQ(Held().size(), 1u);
  EXPECT_TRUE(Entries(ledger::Kind::kDelivered).empty());
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(Held().at(0).calls, 1u);
  EXPECT_EQ(sim_->counts().register_calls, 1u);
  EXPECT_EQ(Entries(ledger::Kind::kDelivered).size(), 1u);
}

TEST_F(UplinkTest, CrashAfterTheLedgerHasItDoesNotPutItThereTwice) {
  StartSim();
  StartUplinkWithNothingOpen();
  const auto index = Owe();
  while (uplink_->status().done == 0) (void)ledger_->WaitBeyond(ledger_->size(), 2ms);
  uplink_->Stop();
  // On the ledger, but not folded: the next start finds the row unsettled and asks the ledger before anybody else.
  ASSERT_TRUE(deliveries_->Recover("national").ok());
  ASSERT_EQ(StateOf(index), DeliveryState::kUnknown);
  StartUplink();
  while (StateOf(index) != DeliveryState::kSettling) (void)ledger_->WaitBeyond(ledger_->size(), 2ms);
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(sim_->counts().find_calls, 0u);
  EXPECT_EQ(Entries(ledger::Kind::kDelivered).size(), 1u);
  EXPECT_EQ(sim_->counts().register_calls, 1u);
}

TEST_F(UplinkTest, FailingLedgerIsTriedAgainAloneNeverTheRegistration) {
  StartSim();
  stubborn_->refuse_delivered = 3;
  StartUplinkWithNothingOpen();
  const auto index = Owe();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(sim_->counts().register_calls, 1u);
  EXPECT_EQ(sim_->counts().find_calls, 0u);
  EXPECT_EQ(uplink_->status().ledger_retries, 3u);
  EXPECT_EQ(Entries(ledger::Kind::kDelivered).size(), 1u);
}

TEST_F(UplinkTest, RefusedOneIsParkedWithOwnerAndBlocksNobody) {
  StartSim();
  options_.connections = 1;
  sim_->faults().Script({SimFault::kRefuse});
  const auto refused = Owe(), other = Owe();
  StartUplink();
  ASSERT_TRUE(
      Eventually([&] { return StateOf(refused) == DeliveryState::kParked && StateOf(other) == DeliveryState::kDone; }));
  const auto entries = Entries(ledger::Kind::kDelivered);
  ASSERT_EQ(entries.size(), 2u);
  const auto& parked = entries[0]["intake"] == refused ? entries[0] : entries[1];
  EXPECT_EQ(parked["outcome"], "permanent");
  EXPECT_EQ(parked["reason"], "business_rule");
  EXPECT_EQ(parked["owner"], "admin");
  EXPECT_EQ(uplink_->status().attempts, 2u);  // not tried again by itself
}

TEST_F(UplinkTest, PersonRetriesAParkedOne) {
  StartSim();
  sim_->faults().Script({SimFault::kRefuse});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kParked; }));
  ASSERT_TRUE(Eventually([&] { return uplink_->status().in_flight == 0; }));
  const auto id = RowOf(index).id;
  ASSERT_TRUE(uplink_->Retry(id, "zhang").ok());
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  const auto decisions = Entries(ledger::Kind::kDecision);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_EQ(decisions[0]["what"], "delivery_retry");
  EXPECT_EQ(decisions[0]["by"], "zhang");
  ASSERT_TRUE(Eventually([&] { return uplink_->status().in_flight == 0; }));
  const auto again = uplink_->Retry(id, "zhang");
  EXPECT_EQ(again.error().code, petition::Code::kConflict);
  EXPECT_EQ(uplink_->Retry(999, "zhang").error().code, petition::Code::kNotFound);
}

TEST_F(UplinkTest, PersonSkipsAParkedOneWithAReason) {
  StartSim();
  sim_->faults().Script({SimFault::kRefuse});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kParked; }));
  ASSERT_TRUE(Eventually([&] { return uplink_->status().in_flight == 0; }));
  const auto id = RowOf(index).id;
  EXPECT_EQ(uplink_->Skip(id, "zhang", "").error().code, petition::Code::kInvalid);
  ASSERT_TRUE(uplink_->Skip(id, "zhang", "handed over on paper").ok());
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kSkipped; }));
  EXPECT_EQ(sim_->counts().register_calls, 1u);
  EXPECT_EQ(Entries(ledger::Kind::kDecision).at(0)["what"], "delivery_skip");
}

TEST_F(UplinkTest, TransientOneIsTriedSoOftenAndThenParked) {
  StartSim();
  options_.attempts_max = 3;
  sim_->faults().Script({SimFault::kBusy, SimFault::kBusy, SimFault::kBusy});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kParked; }));
  EXPECT_EQ(uplink_->status().attempts, 3u);
  const auto entry = Entries(ledger::Kind::kDelivered).at(0);
  EXPECT_EQ(entry["outcome"], "parked");
  EXPECT_EQ(entry["reason"], "busy");
  EXPECT_EQ(entry["attempt"], 3);
}

TEST_F(UplinkTest, RetryAfterIsHonoured) {
  sim_options_.faults.retry_after = 3'600s;
  StartSim();
  sim_->faults().Script({SimFault::kBusy});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return RowOf(index).reason == "busy"; }));
  EXPECT_GT(RowOf(index).next_at, clock_.Now() + 3'000s);
  EXPECT_EQ(sim_->counts().register_calls, 1u);
}

TEST_F(UplinkTest, ALimitOfTheOtherSideCostsNoDeliveryAnAttempt) {
  sim_options_.calls_per_second = 5;
  options_.attempts_max = 1;
  StartSim();
  StartUplinkWithNothingOpen();
  for (int i = 0; i < 12; ++i) Owe();
  EXPECT_TRUE(Eventually([&] { return AllIn(DeliveryState::kDone); }));
  EXPECT_GT(sim_->counts().limited, 0u);
  EXPECT_EQ(uplink_->status().parked, 0u);
  EXPECT_EQ(uplink_->status().transient, 0u);
}

TEST_F(UplinkTest, CaseKeepsItsOrderWhileOthersGoOn) {
  StartSim();
  sim_->faults().Script({SimFault::kBusy, SimFault::kBusy, SimFault::kLose, SimFault::kCrashBefore});
  std::vector<std::uint64_t> of_case;
  for (int n = 0; n < 5; ++n) of_case.push_back(Owe(1'000));
  for (int n = 0; n < 5; ++n) Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return AllIn(DeliveryState::kDone); }));
  std::vector<std::string> wanted, got;
  for (const auto index : of_case) wanted.push_back(RowOf(index).intake_no);
  const std::set<std::string> in_case(wanted.begin(), wanted.end());
  for (const auto& held : Held())
    if (in_case.contains(held.reference)) got.push_back(held.reference);
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(Held().size(), 10u);
}

TEST_F(UplinkTest, OutagePausesTheDestinationAndDrainsAfterwards) {
  StartSim();
  sim_.reset();  // nobody listens there now
  for (int n = 0; n < 20; ++n) Owe();
  options_.attempts_max = 2;
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return uplink_->status().state == "paused" && uplink_->status().deferred > 6; }));
  EXPECT_EQ(uplink_->status().reason, "unreachable");
  EXPECT_LE(uplink_->status().attempts, 8u);  // the destination is asked, the deliveries are not used up
  StartSim();
  ASSERT_TRUE(Eventually([&] { return AllIn(DeliveryState::kDone); }));
  EXPECT_EQ(Held().size(), 20u);
  EXPECT_EQ(uplink_->status().parked, 0u);
  EXPECT_EQ(uplink_->status().state, "running");
}

TEST_F(UplinkTest, DependencyDownUsesUpNoDelivery) {
  StartSim();
  options_.attempts_max = 1;
  options_.connections = 1;
  sim_->faults().Script({SimFault::kDown, SimFault::kDown, SimFault::kDown, SimFault::kDown, SimFault::kDown});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(uplink_->status().deferred, 5u);
  EXPECT_EQ(uplink_->status().parked, 0u);
}

TEST_F(UplinkTest, StopEndsASlowCallAndTheNextStartAsks) {
  StartSim();
  sim_->faults().Script({SimFault::kSlow});  // a minute
  const auto index = Owe();
  StartUplink();
  while (sim_->counts().slow == 0) std::this_thread::yield();
  uplink_->Stop();
  EXPECT_EQ(uplink_->status().state, "stopped");
  EXPECT_EQ(StateOf(index), DeliveryState::kSending);
  const auto calls = sim_->counts().register_calls;
  Owe();
  uplink_->Notify();
  EXPECT_EQ(sim_->counts().register_calls, calls);
  sim_.reset();  // the slow call ends there, too
  StartSim();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return AllIn(DeliveryState::kDone); }));
  for (const auto& held : Held()) EXPECT_EQ(held.calls, 1u);
}

TEST_F(UplinkTest, ContentThatDiffersAtTheOtherSideIsNeverTakenForOurs) {
  StartSim();
  const auto index = Owe();
  adapters::SimRegistration other;
  other.reference = RowOf(index).intake_no;
  other.digest = std::string(64, '0');
  ASSERT_TRUE(sim_->store().Register(other).ok());
  sim_->faults().Script({SimFault::kCrashBefore});
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kParked; }));
  EXPECT_EQ(Entries(ledger::Kind::kDelivered).at(0)["reason"], "content_differs");
}

TEST_F(UplinkTest, SealedOneGoesAsAnEnvelope) {
  StartSim();
  const auto index = Owe(~std::uint64_t{0}, [](petition::Submission& submission) {
    submission.confidential = true;
    submission.purpose = "检举控告";
    submission.accused = "某局局长";
  });
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_TRUE(Held().at(0).sealed);
  EXPECT_FALSE(Held().at(0).with_content);
  EXPECT_EQ(Held().at(0).case_no, "");
}

TEST_F(UplinkTest, InstructionsBecomeEventsOnceAndAreAcknowledged) {
  sim_options_.instruct = true;
  sim_options_.accept_after = sim_options_.answer_after = 0ms;
  StartSim();
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(
      Eventually([&] { return sim_->counts().acknowledged >= 2 && Entries(ledger::Kind::kEvent).size() == 2; }));
  const auto events = Entries(ledger::Kind::kEvent);
  EXPECT_EQ(events[0]["event"], "accepted");
  EXPECT_EQ(events[1]["event"], "replied");
  EXPECT_EQ(events[1]["what"], "answer");
  EXPECT_FALSE(events[1]["text"].get<std::string>().empty());
  EXPECT_EQ(events[0]["intake"], index);
  Fold();
  EXPECT_EQ(book_->Member(index)->national_state, "answered");
  EXPECT_EQ(deliveries_->OfIntake(index)->size(), 1u);  // what came from there is not owed back
  // Everything once more from the beginning, as after a lost cursor: nothing is recorded twice.
  uplink_->Stop();
  uplink_.reset();
  EXPECT_EQ(*deliveries_->instructions().Cursor("national"), "2");
  ASSERT_TRUE(deliveries_->instructions().SetCursor("national", "").ok());
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged >= 4; }));
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 2u);
}

TEST_F(UplinkTest, InstructionAboutNothingOfOursIsKeptAllTheSame) {
  StartSim();
  adapters::SimInstruction stray;
  stray.kind = "urge";
  stray.reference = "not-one-of-ours";
  stray.at = clock_.Now();
  ASSERT_TRUE(sim_->store().AddInstruction(stray).ok());
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged == 1; }));
  const auto events = Entries(ledger::Kind::kEvent);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["reference"], "not-one-of-ours");
  EXPECT_FALSE(events[0].contains("intake"));
}

TEST_F(UplinkTest, UpdateOfARefusedRegistrationHoldsNobodyOfItsCaseBack) {
  StartSim();
  options_.connections = 1;
  sim_->faults().Script({SimFault::kRefuse});
  const auto refused = Owe(1'000);
  Happen(refused);
  const auto next = Owe(1'000);
  StartUplink();
  ASSERT_TRUE(
      Eventually([&] { return StateOf(refused) == DeliveryState::kParked && StateOf(next) == DeliveryState::kDone; }));
  ASSERT_TRUE(Eventually([&] { return uplink_->status().in_flight == 0; }));
  ASSERT_TRUE(uplink_->Skip(RowOf(refused).id, "zhang", "on paper").ok());
  ASSERT_TRUE(Eventually([&] { return StateOf(refused) == DeliveryState::kSkipped; }));
  const auto rows = *deliveries_->OfIntake(refused);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].state, DeliveryState::kSkipped) << "nothing there to update";
  Happen(refused, "closed");
  EXPECT_EQ(deliveries_->OfIntake(refused)->size(), 2u);
  EXPECT_EQ(sim_->counts().update_calls, 0u);
}

TEST_F(UplinkTest, SkipTakesEffectAtItsPlaceOnTheLedger) {
  StartSim();
  sim_->faults().Script({SimFault::kRefuse});
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kParked; }));
  ASSERT_TRUE(Eventually([&] { return uplink_->status().in_flight == 0; }));
  // An event that stands on the ledger before the skip, folded after the person's call returned.
  Append(ledger::Kind::kEvent, index,
         {{"kind", "event"},
          {"v", 1},
          {"intake", index},
          {"event", "accepted"},
          {"at", petition::FormatTime(clock_.Now())},
          {"by", "unit"}});
  ASSERT_TRUE(uplink_->Skip(RowOf(index).id, "zhang", "on paper").ok());
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kSkipped; }));
  EXPECT_EQ(deliveries_->OfIntake(index)->size(), 2u);
}

TEST_F(UplinkTest, StateThatLostItsNewestMarksSendsNothingTwice) {
  StartSim();
  const auto index = Owe();
  // What was sent in the life before, whose marks did not reach the disk.
  const auto record = ReadIntakeRecord(*ledger_->Read(index));
  adapters::SimRegistration sent;
  sent.reference = RowOf(index).intake_no;
  sent.digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalContent(record->submission))));
  ASSERT_TRUE(sim_->store().Register(sent).ok());
  ASSERT_EQ(StateOf(index), DeliveryState::kPending);
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(sim_->counts().register_calls, 0u);
  EXPECT_EQ(uplink_->status().found, 1u);
}

TEST_F(UplinkTest, NothingIsSentBeforeTheStateHasCaughtUpWithTheLedger) {
  StartSim();
  const auto index = Owe();
  std::atomic<bool> ready{false};
  std::atomic<int> asked{0};
  options_.ready = [&] {
    ++asked;
    return ready.load();
  };
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return asked.load() > 8; }));
  EXPECT_EQ(uplink_->status().state, "catching_up");
  EXPECT_EQ(sim_->counts().register_calls + sim_->counts().find_calls + sim_->counts().fetch_calls, 0u);
  ready = true;
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(uplink_->status().state, "running");
}

TEST_F(UplinkTest, QuestionThatIsRefusedParksItsRowAndStopsNoOther) {
  StartSim();
  options_.connections = 1;
  options_.attempts_max = 3;
  options_.backoff_max = 5ms;
  const auto refused = Owe(), broken = Owe(), fine = Owe();
  auto odd = std::make_unique<OddDestination>(Client());
  odd->on_find = [refused = RowOf(refused).intake_no, broken = RowOf(broken).intake_no](std::string_view reference) {
    std::optional<petition::Error> error;
    if (reference == refused) error = petition::Invalid("bad_format", "never");
    if (reference == broken) {
      error = petition::Internal("failed there");
      error->reason = "failed_there";
    }
    return error;
  };
  MakeUplink();
  uplink_->Start(std::move(odd));
  ASSERT_TRUE(Eventually([&] {
    return StateOf(refused) == DeliveryState::kParked && StateOf(broken) == DeliveryState::kParked &&
           StateOf(fine) == DeliveryState::kDone;
  }));
  EXPECT_EQ(RowOf(refused).reason, "bad_format");
  EXPECT_EQ(RowOf(broken).reason, "failed_there");
  EXPECT_EQ(uplink_->status().deferred, 0u);
}

TEST_F(UplinkTest, AttemptsThatADestinationWasDownForAreNotCountedAfterARestartEither) {
  StartSim();
  options_.connections = 1;
  options_.attempts_max = 3;
  adapters::SimFaults down;
  down.down = 1;
  down.retry_after = 0ms;
  sim_->faults().Set(down);
  const auto index = Owe();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return uplink_->status().deferred >= 5; }));
  uplink_->Stop();
  EXPECT_LE(RowOf(index).attempts, 1u) << "one that was interrupted may stand";
  down.down = 0;
  sim_->faults().Set(down);
  sim_->faults().Script({SimFault::kBusy});
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return StateOf(index) == DeliveryState::kDone; }));
  EXPECT_EQ(uplink_->status().parked, 0u);
}

TEST_F(UplinkTest, InstructionThatCannotBeReadIsRecordedAsItCameAndTheOthersFollow) {
  StartSim();
  const auto index = Owe();
  for (const char* kind : {"urge", "urge"}) {
    adapters::SimInstruction instruction;
    instruction.kind = kind;
    instruction.reference = RowOf(index).intake_no;
    instruction.at = clock_.Now();
    ASSERT_TRUE(sim_->store().AddInstruction(instruction).ok());
  }
  auto odd = std::make_unique<OddDestination>(Client());
  odd->on_fetch = [](adapters::Instructions& page) {
    for (auto& instruction : page.items) {
      if (instruction.id != "1") continue;
      instruction.problem = "time_unreadable";
      instruction.raw = R"({"at":"yesterday","id":"1"})";
    }
  };
  MakeUplink();
  uplink_->Start(std::move(odd));
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged == 2; }));
  const auto events = Entries(ledger::Kind::kEvent);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["event"], "national");
  EXPECT_EQ(events[0]["what"], "unreadable");
  EXPECT_EQ(events[0]["problem"], "time_unreadable");
  EXPECT_EQ(events[1]["event"], "urged");
  std::size_t raw = 0;
  for (std::uint64_t at = 0; at < ledger_->size(); ++at)
    raw += ledger_->Read(at, ledger::Ledger::Raw::kRead)->raw == R"({"at":"yesterday","id":"1"})" ? 1 : 0;
  EXPECT_EQ(raw, 1u);
}

TEST_F(UplinkTest, AcknowledgementThatIsNotTakenHoldsUpNoInstruction) {
  StartSim();
  options_.fetch_limit = 2;
  for (int n = 0; n < 5; ++n) {
    adapters::SimInstruction instruction;
    instruction.kind = "urge";
    instruction.reference = "not-one-of-ours";
    instruction.at = clock_.Now();
    ASSERT_TRUE(sim_->store().AddInstruction(instruction).ok());
  }
  std::atomic<bool> broken{true};
  auto odd = std::make_unique<OddDestination>(Client());
  odd->on_acknowledge = [&](std::string_view id) -> petition::Status {
    if (id == "1" && broken.load()) return petition::Unavailable("failed there");
    return petition::Ok();
  };
  MakeUplink();
  uplink_->Start(std::move(odd));
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged == 4; }));
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 5u);
  broken = false;
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged == 5; }));
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 5u);
  // A rebuilt state: all of them come again, and are known.
  uplink_->Stop();
  uplink_.reset();
  deliveries_.reset();
  book_.reset();
  ASSERT_TRUE(dedup::CaseBook::Remove(folder_).ok());
  book_ = Take(dedup::CaseBook::Open(folder_, keys_->Sealing("profile")));
  deliveries_ = Take(Deliveries::Open(*book_));
  folded_ = 0;
  Fold();
  StartUplink();
  ASSERT_TRUE(Eventually([&] { return sim_->counts().acknowledged == 10; }));
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 5u);
}

TEST_F(UplinkTest, EveryFaultAtOnceStillDeliversEachExactlyOnce) {
  adapters::SimFaults faults;
  faults.busy = 0.1;
  faults.lose = 0.1;
  faults.crash = 0.1;
  faults.down = 0.03;
  faults.refuse = 0.05;
  faults.lose_for = faults.slow_for = faults.retry_after = 0ms;
  faults.seed = 11;
  sim_options_.faults = faults;
  StartSim();
  for (int n = 0; n < 150; ++n) Owe(n % 3 == 0 ? 1'000'000 + n % 9 : ~std::uint64_t{0});
  options_.attempts_max = 30;
  StartUplink();
  const auto ended = [&](DeliveryState state) {
    std::uint64_t rows = 0;
    const auto totals = deliveries_->Totals();
    for (const auto& total : *totals) rows += total.state == state ? total.rows : 0;
    return rows;
  };
  ASSERT_TRUE(Eventually([&] { return ended(DeliveryState::kDone) + ended(DeliveryState::kParked) == 150; }));
  const auto held = Held();
  EXPECT_GT(ended(DeliveryState::kParked), 0u);
  EXPECT_EQ(held.size(), ended(DeliveryState::kDone));
  for (const auto& one : held) EXPECT_EQ(one.calls, 1u) << one.reference;
  std::set<std::uint64_t> told;
  for (const auto& entry : Entries(ledger::Kind::kDelivered)) {
    EXPECT_TRUE(told.insert(entry["intake"].get<std::uint64_t>()).second) << "told twice";
    EXPECT_TRUE(entry["outcome"] == "done" || entry["reason"] == "business_rule") << entry;
  }
  EXPECT_EQ(told.size(), 150u);
}

TEST(PaceTest, BackoffStaysUnderItsCeilingAndJitters) {
  Backoff backoff(100ms, 1'000ms, 3);
  EXPECT_EQ(backoff.Ceiling(1), 100ms);
  EXPECT_EQ(backoff.Ceiling(3), 400ms);
  EXPECT_EQ(backoff.Ceiling(50), 1'000ms);
  std::set<std::int64_t> seen;
  for (int n = 0; n < 100; ++n) {
    const auto wait = backoff.After(3);
    EXPECT_LE(wait, 400ms);
    seen.insert(wait.count());
  }
  EXPECT_GT(seen.size(), 30u);
}

TEST(PaceTest, RateLimitSpacesCallsEvenly) {
  RateLimit rate(10);
  const auto start = std::chrono::steady_clock::now();
  auto last = start;
  for (int n = 0; n < 20; ++n) last = rate.Next(start);
  EXPECT_GE(last, start + 1'700ms);
  EXPECT_LE(last, start + 1'900ms);
  EXPECT_EQ(RateLimit(0).Next(start), start);
}

TEST(PaceTest, GateLetsOneTryAndLengthensThePause) {
  const petition::Time now{};
  Gate gate(100ms, 1'000ms);
  EXPECT_EQ(gate.Ask(now), Gate::Turn::kGo);
  gate.Paused(now, "unreachable", 0ms, false);
  gate.Paused(now + 50ms, "unreachable", 0ms, false);  // one that was in flight
  EXPECT_EQ(gate.view().until, now + 100ms);
  EXPECT_EQ(gate.Ask(now + 99ms), Gate::Turn::kWait);
  EXPECT_EQ(gate.Ask(now + 100ms), Gate::Turn::kTrial);
  EXPECT_EQ(gate.Ask(now + 100ms), Gate::Turn::kWait);
  gate.Paused(now + 100ms, "unreachable", 0ms, true);
  EXPECT_EQ(gate.view().until, now + 300ms);
  EXPECT_EQ(gate.Ask(now + 300ms), Gate::Turn::kTrial);
  gate.Paused(now + 300ms, "unreachable", 5'000ms, true);  // what the other side asks for
  EXPECT_EQ(gate.view().until, now + 5'300ms);
  EXPECT_EQ(gate.Ask(now + 5'300ms), Gate::Turn::kTrial);
  gate.Opened();
  EXPECT_EQ(gate.Ask(now), Gate::Turn::kGo);
  EXPECT_EQ(gate.Ask(now), Gate::Turn::kGo);
}

TEST(PaceTest, GateWaitsJustAsLongAsALimitAsksFor) {
  const petition::Time now{std::chrono::milliseconds{1'000'000}};
  Gate gate(5'000ms, 60'000ms);
  for (int i = 0; i < 5; ++i) {
    gate.Slowed(now, "too_frequent", 700ms, i > 0);
    EXPECT_EQ(gate.Ask(now + 699ms), Gate::Turn::kWait);
    EXPECT_EQ(gate.Ask(now + 700ms), Gate::Turn::kTrial) << "no longer for having been asked before";
  }
  gate.Opened();
  EXPECT_EQ(gate.Ask(now), Gate::Turn::kGo);
}

}  // namespace
}  // namespace gateway
