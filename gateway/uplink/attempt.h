// An Attempt is what one worker does with one due delivery: ask by reference when its outcome is unknown, send, and
// record how it ended. The order of its writes is what makes a crash harmless (README.md beside this file). Threads:
// Run from several threads at once. Every wait ends when the uplink stops.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

#include "gateway/uplink.h"
#include "gateway/uplink/acknowledgements.h"
#include "gateway/uplink/pace.h"
#include "gateway/uplink/parcels.h"

namespace gateway {

/// What several threads of one uplink wait on: ends every wait at once when it is stopped.
class StopSignal {
 public:
  void Stop();
  void Wake();  ///< ends the waits that are under way, without stopping
  bool stopped() const { return stopped_.load(); }
  /// Waits that long or until Wake or Stop; true while not stopped.
  bool Wait(std::chrono::milliseconds at_most);
  /// Waits until then, Wake or not; true while not stopped.
  bool WaitUntil(std::chrono::steady_clock::time_point then);

 private:
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t wakes_ = 0;  // guarded by mutex_
};

struct UplinkCounters {
  std::atomic<std::uint64_t> attempts{0}, done{0}, transient{0}, permanent{0}, deferred{0}, unknown{0}, found{0},
      parked{0}, skipped{0}, instructions{0}, ledger_retries{0};
  std::atomic<int> waiting_for_ledger{0};
};

class Attempts {
 public:
  Attempts(const UplinkOptions& options, ledger::Ledger& ledger, Deliveries& deliveries, const dedup::CaseBook& book,
           const petition::Clock& clock, StopSignal& stop, UplinkCounters& counters);

  /// One attempt; `trial`: the one that tries whether a paused destination has come back (asks first, which changes
  /// nothing there). Says to the gate how it went.
  void Run(adapters::Destination& destination, const Delivery& row, Gate& gate, bool trial);

 private:
  struct Work;
  enum class Asked { kSend, kEnded };
  petition::Result<Consignment> InTheirCodes(Consignment consignment) const;
  Asked AskFirst(Work& work);
  void Unanswered(Work& work, const petition::Error& error, bool unknown);
  void Send(Work& work);
  void Judge(Work& work, const adapters::Answer& answer);
  void Done(Work& work, const adapters::Answer& answer);
  void Park(Work& work, std::string outcome, std::string reason);
  void Slowed(Work& work, const adapters::Answer& answer);
  void Deferred(Work& work, const adapters::Answer& answer);
  bool OnTheLedger(Work& work, const Ending& ending);
  void MarkAgain(const std::function<petition::Status()>& mark);

  const UplinkOptions& options_;
  Deliveries& deliveries_;
  const petition::Clock& clock_;
  StopSignal& stop_;
  UplinkCounters& counters_;
  Parcels parcels_;
  Acknowledgements acknowledgements_;
  Backoff backoff_;
  RateLimit rate_;
};

}  // namespace gateway
