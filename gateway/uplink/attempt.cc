#include "gateway/uplink/attempt.h"

#include <algorithm>

namespace gateway {

using adapters::Answer;
using adapters::Outcome;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds kLedgerRetryFirst{50}, kLedgerRetryMost{5'000};
constexpr std::string_view kTooFrequent = "too_frequent";
}  // namespace

void StopSignal::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_.store(true);
  }
  wake_.notify_all();
}

void StopSignal::Wake() {
  {
    std::lock_guard lock(mutex_);
    ++wakes_;
  }
  wake_.notify_all();
}

bool StopSignal::Wait(milliseconds at_most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, at_most, [this, before = wakes_] { return stopped_.load() || wakes_ != before; });
  return !stopped_.load();
}

bool StopSignal::WaitUntil(std::chrono::steady_clock::time_point then) {
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, then, [this] { return stopped_.load(); });
  return !stopped_.load();
}

/// One row on its way through an attempt.
struct Attempts::Work {
  adapters::Destination& destination;
  const Delivery& row;
  Gate& gate;
  bool trial;
  Consignment consignment;
  std::uint32_t attempts;  ///< made so far
  bool gate_answered = false;

  const adapters::Parcel* parcel() const { return std::get_if<adapters::Parcel>(&consignment); }
  std::string update_id() const { return row.update ? std::to_string(row.entry) : std::string(); }
  void Open() {
    if (trial && !gate_answered) gate.Opened();
    gate_answered = true;
  }
  void Pause(petition::Time now, std::string reason, milliseconds retry_after) {
    gate.Paused(now, std::move(reason), retry_after, trial && !gate_answered);
    gate_answered = true;
  }
  void Slow(petition::Time now, std::string reason, milliseconds wait) {
    gate.Slowed(now, std::move(reason), wait, trial && !gate_answered);
    gate_answered = true;
  }
};

Attempts::Attempts(const UplinkOptions& options, ledger::Ledger& ledger, Deliveries& deliveries,
                   const dedup::CaseBook& book, const petition::Clock& clock, StopSignal& stop,
                   UplinkCounters& counters)
    : options_(options),
      deliveries_(deliveries),
      clock_(clock),
      stop_(stop),
      counters_(counters),
      parcels_(ledger, book),
      acknowledgements_(ledger, clock),
      backoff_(options.backoff_first, options.backoff_max, options.seed),
      rate_(options.sends_per_second) {}

void Attempts::Run(adapters::Destination& destination, const Delivery& row, Gate& gate, bool trial) {
  Work work{destination, row, gate, trial, {}, row.attempts, false};
  auto consignment = parcels_.Make(row);
  if (consignment.ok() && options_.codes) consignment = InTheirCodes(std::move(*consignment));
  if (consignment.ok()) {
    work.consignment = std::move(*consignment);
    if (AskFirst(work) == Asked::kSend) Send(work);
  } else if (consignment.error().code == petition::Code::kUnavailable) {
    // Our own disk, not the destination: no attempt was made.
    MarkAgain([&] { return deliveries_.MarkRetry(row.id, clock_.Now() + backoff_.Ceiling(1), "store_unavailable"); });
  } else {
    Park(work, "parked", consignment.error().Reason());
  }
  if (trial && !work.gate_answered) gate.GiveBack();
}

// A code that the other side's table lacks holds the item where people see it; nothing is sent as "other".
petition::Result<Consignment> Attempts::InTheirCodes(Consignment consignment) const {
  auto mapped = petition::Ok();
  std::visit([&](auto& parcel) { mapped = options_.codes->Apply(parcel); }, consignment);
  if (!mapped.ok()) return mapped.error();
  return consignment;
}

Attempts::Asked Attempts::AskFirst(Work& work) {
  const bool unknown =
      work.row.state == DeliveryState::kUnknown || work.row.state == DeliveryState::kSending || work.row.ask_first;
  if (!unknown && !work.trial) return Asked::kSend;
  if (unknown) {
    // A crash between the ledger and the row: what is on the ledger is not asked for again, the follower will settle
    // it.
    auto stands = acknowledgements_.Stands(work.row);
    if (!stands.ok()) {
      (void)stop_.Wait(kLedgerRetryFirst);
      return Asked::kEnded;
    }
    if (*stands) {
      MarkAgain([&] { return deliveries_.MarkSettling(work.row.id); });
      return Asked::kEnded;
    }
  }
  auto found = work.destination.FindByReference(work.row.intake_no, work.update_id());
  if (stop_.stopped()) return Asked::kEnded;
  if (!found.ok()) {
    Unanswered(work, found.error(), unknown);
    return Asked::kEnded;
  }
  if (*found) {
    if (unknown && (*found)->outcome == Outcome::kDone) ++counters_.found;
    Judge(work, **found);
    return Asked::kEnded;
  }
  if (!unknown) return Asked::kSend;
  if (work.attempts >= options_.attempts_max) {
    Park(work, "parked", work.row.reason.empty() ? "attempts" : work.row.reason);
    return Asked::kEnded;
  }
  MarkAgain([&] { return deliveries_.MarkAsked(work.row.id); });
  return stop_.stopped() ? Asked::kEnded : Asked::kSend;
}

// Without an answer nothing may be sent. What is wrong with one question must not hold back the others.
void Attempts::Unanswered(Work& work, const petition::Error& error, bool unknown) {
  const std::string reason = error.Reason();
  switch (error.code) {
    case petition::Code::kInvalid:
      work.Open();
      ++counters_.permanent;
      return Park(work, "permanent", reason);
    case petition::Code::kInternal: {
      work.Open();
      ++counters_.transient;
      if (++work.attempts >= options_.attempts_max) return Park(work, "parked", reason);
      const auto then = clock_.Now() + backoff_.After(work.attempts);
      return MarkAgain([&] { return deliveries_.MarkUnanswered(work.row.id, then, reason); });
    }
    default:  // nobody is answered now; the row stays what it is
      ++counters_.deferred;
      work.Pause(clock_.Now(), reason, milliseconds(0));
      if (unknown) MarkAgain([&] { return deliveries_.MarkUnknown(work.row.id, clock_.Now(), reason); });
  }
}

void Attempts::Send(Work& work) {
  if (!stop_.WaitUntil(rate_.Next(std::chrono::steady_clock::now()))) return;
  // Durable before the call: whatever happens to us from here on, the row says that it may have taken effect.
  if (auto marked = deliveries_.MarkSending(work.row.id, clock_.Now()); !marked.ok()) {
    (void)stop_.Wait(kLedgerRetryFirst);
    return;
  }
  ++work.attempts;
  ++counters_.attempts;
  const Answer answer = work.row.update ? work.destination.Send(std::get<adapters::Update>(work.consignment))
                                        : work.destination.Register(std::get<adapters::Parcel>(work.consignment));
  // An interrupted call leaves the row `sending`: the next start asks for it. What was answered before is recorded.
  if (stop_.stopped() && answer.outcome != Outcome::kDone && answer.outcome != Outcome::kPermanent) return;
  Judge(work, answer);
}

void Attempts::Judge(Work& work, const Answer& answer) {
  switch (answer.outcome) {
    case Outcome::kDone:
      return Done(work, answer);
    case Outcome::kPermanent:
      work.Open();
      ++counters_.permanent;
      return Park(work, "permanent", answer.reason);
    case Outcome::kDeferred:
      return Deferred(work, answer);
    case Outcome::kUnknown: {
      ++counters_.unknown;
      work.Open();
      // The other side may still be at it: asking waits, too.
      const auto then = clock_.Now() + std::max(backoff_.After(work.attempts), answer.retry_after);
      return MarkAgain([&] { return deliveries_.MarkUnknown(work.row.id, then, answer.reason); });
    }
    case Outcome::kTransient:
      break;
  }
  if (answer.reason == kTooFrequent && answer.retry_after.count() > 0) return Slowed(work, answer);
  ++counters_.transient;
  work.Open();
  if (work.attempts >= options_.attempts_max) return Park(work, "parked", answer.reason);
  const auto then = clock_.Now() + std::max(backoff_.After(work.attempts), answer.retry_after);
  MarkAgain([&] { return deliveries_.MarkRetry(work.row.id, then, answer.reason); });
}

void Attempts::Done(Work& work, const Answer& answer) {
  work.Open();
  const bool clash =
      work.parcel() && !answer.content_digest.empty() && answer.content_digest != work.parcel()->content_digest;
  if (clash) {
    ++counters_.permanent;
    return Park(work, "permanent", "content_differs");
  }
  Ending ending;
  ending.outcome = "done";
  ending.national_no = answer.national_no;
  ending.state = answer.state;
  ending.attempt = work.attempts;
  if (!OnTheLedger(work, ending)) return;
  ++counters_.done;
  MarkAgain([&] { return deliveries_.MarkSettling(work.row.id); });
}

void Attempts::Park(Work& work, std::string outcome, std::string reason) {
  Ending ending;
  ending.outcome = std::move(outcome);
  ending.reason = std::move(reason);
  ending.owner = options_.owner;
  ending.attempt = work.attempts;
  if (!OnTheLedger(work, ending)) return;
  ++counters_.parked;
  MarkAgain([&] { return deliveries_.MarkSettling(work.row.id); });
}

// The limit of the other side was reached, by no fault of this delivery: it takes its attempt back.
void Attempts::Slowed(Work& work, const Answer& answer) {
  ++counters_.deferred;
  const auto now = clock_.Now();
  work.Slow(now, answer.reason, answer.retry_after);
  MarkAgain([&] { return deliveries_.MarkDeferred(work.row.id, now, answer.reason); });
}

void Attempts::Deferred(Work& work, const Answer& answer) {
  ++counters_.deferred;
  const auto now = clock_.Now();
  work.Pause(now, answer.reason, answer.retry_after);
  MarkAgain([&] { return deliveries_.MarkDeferred(work.row.id, now, answer.reason); });
}

// The point of no return: from here on only our own ledger is tried again, never the call. Stopping leaves the row
// `sending`, so that the next start asks and finds it.
bool Attempts::OnTheLedger(Work& work, const Ending& ending) {
  if (acknowledgements_.Delivered(work.row, ending).ok()) return true;
  ++counters_.waiting_for_ledger;
  bool written = false;
  for (auto wait = kLedgerRetryFirst; !written && stop_.WaitUntil(std::chrono::steady_clock::now() + wait);
       wait = std::min(wait * 2, kLedgerRetryMost)) {
    ++counters_.ledger_retries;
    written = acknowledgements_.Delivered(work.row, ending).ok();
  }
  --counters_.waiting_for_ledger;
  return written;
}

// A mark that can't be made now (the disk is full, the table is busy) is made as soon as it can: the worker has nothing
// better to do with this row. Another error means that the row has moved on (the follower settled it): nothing to mark.
void Attempts::MarkAgain(const std::function<petition::Status()>& mark) {
  for (auto wait = kLedgerRetryFirst;; wait = std::min(wait * 2, kLedgerRetryMost)) {
    const auto marked = mark();
    if (marked.ok() || marked.error().code != petition::Code::kUnavailable) return;
    if (!stop_.WaitUntil(std::chrono::steady_clock::now() + wait)) return;
  }
}

}  // namespace gateway
