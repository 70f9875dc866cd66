// A DeliveryLine serves one destination: its workers, its queue, its pace, its gate, and the thread that fetches what
// comes down. Lines know nothing of one another; what holds one up holds up no other. Threads: Start once; Stop,
// Notify, status and Hold from any thread. Stop returns when all threads of the line have ended; no call is made after
// it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/state/deliveries.h"
#include "gateway/uplink.h"
#include "gateway/uplink/attempt.h"
#include "gateway/uplink/delivery_queue.h"
#include "gateway/uplink/instructions.h"

namespace gateway {

class DeliveryLine {
 public:
  DeliveryLine(UplinkOptions options, std::unique_ptr<adapters::Destination> destination, ledger::Ledger& ledger,
               Deliveries& deliveries, dedup::CaseBook& book, const petition::Clock& clock);
  ~DeliveryLine() { Stop(); }

  std::string_view name() const { return name_; }
  void Start();
  void Stop();
  void Notify();
  UplinkStatus status() const;

  /// Keeps the workers off a row until Release; false: it is being sent right now.
  bool Hold(std::uint64_t delivery) { return queue_.Hold(delivery); }
  void Release(std::uint64_t delivery);
  void CountSkipped() { ++counters_.skipped; }

 private:
  void Work();
  void TakeInstructions();
  bool Recover();

  const UplinkOptions options_;
  const std::unique_ptr<adapters::Destination> destination_;
  const std::string name_;
  Deliveries& deliveries_;
  const petition::Clock& clock_;
  StopSignal stop_;
  UplinkCounters counters_;
  Gate gate_;
  DeliveryQueue queue_;
  Attempts attempts_;
  InstructionsTaken instructions_;  ///< the instruction thread's
  std::mutex life_;                 ///< Start and Stop, one at a time
  std::vector<std::thread> threads_;
  std::atomic<bool> running_{false};
  std::mutex recovering_;
  std::atomic<bool> recovered_{false};  // set under recovering_
};

}  // namespace gateway
