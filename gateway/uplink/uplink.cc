#include "gateway/uplink.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "gateway/uplink/attempt.h"
#include "gateway/uplink/delivery_queue.h"
#include "gateway/uplink/instructions.h"

namespace gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{500}, kRecoverEvery{20};
constexpr std::size_t kConnectionsMax = 64;

class UplinkThreads final : public Uplink {
 public:
  UplinkThreads(UplinkOptions options, ledger::Ledger& ledger, Deliveries& deliveries, dedup::CaseBook& book,
                const petition::Clock& clock)
      : options_(std::move(options)),
        deliveries_(deliveries),
        clock_(clock),
        acknowledgements_(ledger, clock),
        gate_(options_.probe_every, options_.backoff_max),
        attempts_(options_, ledger, deliveries, book, clock, stop_, counters_),
        instructions_(options_, ledger, deliveries.instructions(), clock) {}
  ~UplinkThreads() override { Stop(); }

  void Start(std::unique_ptr<adapters::Destination> destination) override {
    std::lock_guard lock(life_);
    if (destination_ || !destination || stop_.stopped()) return;
    destination_ = std::move(destination);
    queue_ = std::make_unique<DeliveryQueue>(deliveries_, std::string(destination_->name()));
    for (std::size_t n = 0; n < options_.connections; ++n) threads_.emplace_back([this] { Work(); });
    threads_.emplace_back([this] { TakeInstructions(); });
    state_.store(State::kRunning);
  }

  void Stop() override {
    std::lock_guard lock(life_);
    stop_.Stop();
    if (destination_) destination_->Interrupt();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    if (destination_) state_.store(State::kStopped);
  }

  void Notify() override {
    if (state_.load() != State::kRunning) return;
    queue_->Notify();
    stop_.Wake();
  }

  UplinkStatus status() const override;
  petition::Status Retry(std::uint64_t delivery, std::string_view by) override;
  petition::Status Skip(std::uint64_t delivery, std::string_view by, std::string_view reason) override;

 private:
  enum class State { kOff, kRunning, kStopped };

  void Work();
  void TakeInstructions();
  bool Recover();
  petition::Result<Delivery> Hold(std::uint64_t delivery);
  void Release(std::uint64_t delivery) {
    if (auto* queue = started_queue()) queue->Finished(delivery);
    Notify();
  }
  DeliveryQueue* started_queue() const { return state_.load() == State::kOff ? nullptr : queue_.get(); }

  const UplinkOptions options_;
  Deliveries& deliveries_;
  const petition::Clock& clock_;
  Acknowledgements acknowledgements_;
  StopSignal stop_;
  UplinkCounters counters_;
  Gate gate_;
  Attempts attempts_;
  InstructionsTaken instructions_;  ///< the instruction thread's
  std::mutex life_;                 ///< Start and Stop, one at a time
  // Set by Start before any thread, constant afterwards.
  std::unique_ptr<adapters::Destination> destination_;
  std::unique_ptr<DeliveryQueue> queue_;
  std::vector<std::thread> threads_;
  std::atomic<State> state_{State::kOff};
  std::mutex recovering_;
  std::atomic<bool> recovered_{false};  // set under recovering_
};

// Once, before the first delivery: whatever is open now may have been sent in an earlier life.
bool UplinkThreads::Recover() {
  std::lock_guard lock(recovering_);
  if (!recovered_ && (!options_.ready || options_.ready())) recovered_ = deliveries_.Recover(destination_->name()).ok();
  return recovered_;
}

void UplinkThreads::Work() {
  while (!Recover()) {
    if (!stop_.Wait(kRecoverEvery)) return;
  }
  while (!stop_.stopped()) {
    const auto turn = gate_.Ask(clock_.Now());
    if (turn == Gate::Turn::kWait) {
      (void)stop_.Wait(std::clamp(milliseconds(gate_.view().until - clock_.Now()), milliseconds(1), kIdle));
      continue;
    }
    const bool trial = turn == Gate::Turn::kTrial;
    auto row = queue_->Take(clock_.Now());
    if (!row) {
      if (trial) gate_.Opened();  // nothing to try it with: the next delivery will show
      (void)stop_.Wait(queue_->IdleFor(clock_.Now(), kIdle));
      continue;
    }
    attempts_.Run(*destination_, *row, gate_, trial);
    queue_->Finished(row->id);
  }
}

void UplinkThreads::TakeInstructions() {
  while (!Recover()) {
    if (!stop_.Wait(kRecoverEvery)) return;
  }
  while (!stop_.stopped()) {
    auto page = instructions_.Take(*destination_);
    if (page.ok()) counters_.instructions += page->recorded;
    if (page.ok() && page->more) continue;
    if (!stop_.WaitUntil(std::chrono::steady_clock::now() + options_.fetch_every)) return;
  }
}

UplinkStatus UplinkThreads::status() const {
  UplinkStatus status;
  const auto state = state_.load();
  if (state == State::kOff) return status;
  status.destination = destination_->name();
  const auto gate = gate_.view();
  status.state = state == State::kStopped                  ? "stopped"
                 : !recovered_.load()                      ? "catching_up"
                 : counters_.waiting_for_ledger.load() > 0 ? "ledger"
                 : gate.paused                             ? "paused"
                                                           : "running";
  status.reason = gate.reason;
  status.paused_until = gate.until;
  status.in_flight = queue_->in_work();
  status.attempts = counters_.attempts;
  status.done = counters_.done;
  status.transient = counters_.transient;
  status.permanent = counters_.permanent;
  status.deferred = counters_.deferred;
  status.unknown = counters_.unknown;
  status.found = counters_.found;
  status.parked = counters_.parked;
  status.skipped = counters_.skipped;
  status.instructions = counters_.instructions;
  status.ledger_retries = counters_.ledger_retries;
  return status;
}

DeliveryKey KeyOf(const Delivery& row) {
  DeliveryKey key{row.destination, row.index, {}};
  if (row.update) key.update = row.entry;
  return key;
}

// A person's change and a worker's attempt never meet in one row.
petition::Result<Delivery> UplinkThreads::Hold(std::uint64_t delivery) {
  if (auto* queue = started_queue(); queue && !queue->Hold(delivery))
    return petition::Conflict("under_way", "this delivery is being sent right now");
  auto row = deliveries_.Get(delivery, dedup::Scope::Everything());
  const bool open = row.ok() && (row->state == DeliveryState::kParked || row->state == DeliveryState::kPending ||
                                 row->state == DeliveryState::kUnknown);
  if (open) return row;
  Release(delivery);
  if (!row.ok()) return row.error();
  return petition::Conflict(std::string(DeliveryStateName(row->state)), "this delivery has ended or is being settled");
}

petition::Status UplinkThreads::Retry(std::uint64_t delivery, std::string_view by) {
  GUIYI_TRY(const auto row, Hold(delivery));
  auto decided = acknowledgements_.Decided(row, "delivery_retry", by, {});
  auto marked = decided.ok() ? deliveries_.Unpark(KeyOf(row), clock_.Now()) : petition::Status(decided.error());
  Release(delivery);
  return marked;
}

petition::Status UplinkThreads::Skip(std::uint64_t delivery, std::string_view by, std::string_view reason) {
  if (reason.empty()) return petition::Invalid("reason_missing", "a reason is needed for not delivering");
  GUIYI_TRY(const auto row, Hold(delivery));
  auto decided = acknowledgements_.Decided(row, "delivery_skip", by, reason);
  // What follows from it is the follower's, at the entry's own place; until then nobody sends it.
  auto marked = decided.ok() ? deliveries_.MarkSkipping(delivery) : petition::Status(decided.error());
  if (marked.ok()) ++counters_.skipped;
  Release(delivery);
  return marked;
}

}  // namespace

petition::Result<std::unique_ptr<Uplink>> Uplink::Make(UplinkOptions options, ledger::Ledger& ledger,
                                                       Deliveries& deliveries, dedup::CaseBook& book,
                                                       const petition::Clock& clock) {
  if (options.connections == 0 || options.connections > kConnectionsMax || options.attempts_max == 0 ||
      options.fetch_limit == 0)
    return petition::Invalid("uplink_options",
                             "connections (1 to 64), attempts_max and fetch_limit of the uplink must be above zero");
  return std::unique_ptr<Uplink>(std::make_unique<UplinkThreads>(std::move(options), ledger, deliveries, book, clock));
}

}  // namespace gateway
