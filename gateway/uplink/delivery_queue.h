// A DeliveryQueue hands due deliveries to the uplink's workers, each to one worker at a time, by looking into the
// deliveries table a handful at a time. The order within a case is the table's: it names of each case only the first
// unsettled row, and a row in work stays first until it is settled. Threads: safe from any thread.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "gateway/state/deliveries.h"

namespace gateway {

class DeliveryQueue {
 public:
  DeliveryQueue(Deliveries& deliveries, std::string destination)
      : deliveries_(deliveries), destination_(std::move(destination)) {}

  /// The next one, which is the caller's until Finished; nothing when nothing is due or the table can't be read now.
  std::optional<Delivery> Take(petition::Time now);
  void Finished(std::uint64_t id);
  /// Keeps a row from the workers while a person changes it; false when a worker has it. Ends with Finished.
  bool Hold(std::uint64_t id);
  /// Look into the table at the next Take, whatever the last look said.
  void Notify();
  /// How long until time alone makes something due, at most `most`.
  std::chrono::milliseconds IdleFor(petition::Time now, std::chrono::milliseconds most) const;
  std::size_t in_work() const;

 private:
  void Fill(std::unique_lock<std::mutex>& lock, petition::Time now);

  Deliveries& deliveries_;
  const std::string destination_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::deque<Delivery> waiting_;
  std::set<std::uint64_t> taken_;     ///< waiting here or in work
  std::set<std::uint64_t> finished_;  ///< since the look that is under way began: its answer about them is old
  bool looking_ = false, news_ = true;
  std::chrono::steady_clock::time_point next_look_{};
  std::optional<petition::Time> next_due_;
};

}  // namespace gateway
