#include "gateway/uplink/line.h"

#include <algorithm>

namespace gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kIdle{500}, kRecoverEvery{20};

}  // namespace

DeliveryLine::DeliveryLine(UplinkOptions options, std::unique_ptr<adapters::Destination> destination,
                           ledger::Ledger& ledger, Deliveries& deliveries, dedup::CaseBook& book,
                           const petition::Clock& clock)
    : options_(std::move(options)),
      destination_(std::move(destination)),
      name_(destination_->name()),
      deliveries_(deliveries),
      clock_(clock),
      gate_(options_.probe_every, options_.backoff_max),
      queue_(deliveries, name_),
      attempts_(options_, ledger, deliveries, book, clock, stop_, counters_),
      instructions_(options_, ledger, deliveries.instructions(), clock) {}

void DeliveryLine::Start() {
  std::lock_guard lock(life_);
  if (stop_.stopped() || running_.load()) return;
  running_.store(true);
  for (std::size_t n = 0; n < options_.connections; ++n) threads_.emplace_back([this] { Work(); });
  threads_.emplace_back([this] { TakeInstructions(); });
}

void DeliveryLine::Stop() {
  std::lock_guard lock(life_);
  stop_.Stop();
  destination_->Interrupt();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void DeliveryLine::Notify() {
  if (stop_.stopped()) return;
  queue_.Notify();
  stop_.Wake();
}

void DeliveryLine::Release(std::uint64_t delivery) {
  queue_.Finished(delivery);
  Notify();
}

// Once, before the first delivery: whatever is open now may have been sent in an earlier life.
bool DeliveryLine::Recover() {
  std::lock_guard lock(recovering_);
  if (!recovered_ && (!options_.ready || options_.ready())) recovered_ = deliveries_.Recover(name_).ok();
  return recovered_;
}

void DeliveryLine::Work() {
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
    auto row = queue_.Take(clock_.Now());
    if (!row) {
      if (trial) gate_.Opened();  // nothing to try it with: the next delivery will show
      (void)stop_.Wait(queue_.IdleFor(clock_.Now(), kIdle));
      continue;
    }
    attempts_.Run(*destination_, *row, gate_, trial);
    queue_.Finished(row->id);
  }
}

void DeliveryLine::TakeInstructions() {
  while (!Recover()) {
    if (!stop_.Wait(kRecoverEvery)) return;
  }
  auto ask_at = std::chrono::steady_clock::now();
  while (!stop_.stopped()) {
    if (options_.ask_registers && std::chrono::steady_clock::now() >= ask_at) {
      options_.ask_registers(*destination_);
      ask_at = std::chrono::steady_clock::now() + options_.registers_every;
    }
    auto page = instructions_.Take(*destination_);
    if (page.ok()) counters_.instructions += page->recorded;
    if (page.ok() && page->more) continue;
    if (!stop_.WaitUntil(std::chrono::steady_clock::now() + options_.fetch_every)) return;
  }
}

UplinkStatus DeliveryLine::status() const {
  UplinkStatus status;
  status.destination = name_;
  const auto gate = gate_.view();
  status.state = stop_.stopped()                           ? "stopped"
                 : !recovered_.load()                      ? "catching_up"
                 : counters_.waiting_for_ledger.load() > 0 ? "ledger"
                 : gate.paused                             ? "paused"
                                                           : "running";
  status.reason = gate.reason;
  status.paused_until = gate.until;
  status.in_flight = queue_.in_work();
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

}  // namespace gateway
