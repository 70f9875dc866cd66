// What goes wrong at the stand-in national system, on request: each fault with a probability, drawn from a seeded
// generator, or scripted for the next calls. Threads: safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace adapters {

enum class SimFault {
  kNone,
  kSlow,         ///< answers late
  kRefuse,       ///< Refused: this reference for ever
  kBusy,         ///< Busy with a retry-after
  kDown,         ///< DependencyDown
  kLose,         ///< takes it over, holds the answer back, then closes the connection: commit and then time out
  kCrashBefore,  ///< ends after receiving, before taking it over
  kCrashAfter,   ///< ends after taking it over, before answering
};

struct SimFaults {
  double slow = 0, refuse = 0, busy = 0, down = 0, lose = 0, crash = 0;  ///< probabilities
  std::chrono::milliseconds slow_for{200}, lose_for{1'000}, retry_after{50};
  std::uint64_t seed = 1;

  /// "slow=0.1:200,refuse=0.01,busy=0.05:300,down=0.01,lose=0.02:1000,crash=0.001,seed=7"; the number after a colon is
  /// milliseconds. kInvalid names the part that is wrong.
  static petition::Result<SimFaults> Parse(std::string_view spec);
};

class FaultSource {
 public:
  explicit FaultSource(SimFaults faults);
  void Set(SimFaults faults);
  /// These come first, one a call that changes something.
  void Script(std::initializer_list<SimFault> next);
  SimFault Draw(std::string_view reference);
  SimFaults faults() const;

 private:
  mutable std::mutex mutex_;
  SimFaults faults_;
  std::mt19937_64 random_;
  std::deque<SimFault> script_;
};

}  // namespace adapters
