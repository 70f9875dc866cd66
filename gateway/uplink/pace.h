// The pace of delivery: how long to wait after a failed attempt, how many calls a second, and whether a destination is
// to be left alone for now. Each class is safe from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>

#include "petition/time.h"

namespace gateway {

/// Exponential back-off with full jitter: uniform in [0, min(most, first * 2^(attempt-1))], so that those who failed
/// together do not come back together.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, std::uint64_t seed);
  std::chrono::milliseconds After(std::uint32_t attempt);
  std::chrono::milliseconds Ceiling(std::uint32_t attempt) const;

 private:
  const std::chrono::milliseconds first_, most_;
  std::mutex mutex_;
  std::mt19937_64 random_;  // guarded by mutex_
};

/// At most so many calls a second, evenly spaced, with a burst of a tenth of a second.
class RateLimit {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  explicit RateLimit(double per_second) : per_second_(per_second) {}
  /// Takes the next place in the row; answers when it is.
  SteadyTime Next(SteadyTime now);

 private:
  const double per_second_;
  std::mutex mutex_;
  SteadyTime next_{};  // guarded by mutex_
};

/// Whether to deliver. After a failure of the destination itself everything pauses; when the pause is over one delivery
/// tries, and only if that works the others follow.
class Gate {
 public:
  enum class Turn { kGo, kTrial, kWait };
  Gate(std::chrono::milliseconds probe_every, std::chrono::milliseconds most)
      : probe_every_(probe_every), most_(most) {}

  /// kTrial is given to one caller at a time, who must say Opened or Paused afterwards.
  Turn Ask(petition::Time now);
  void Opened();
  /// `retry_after` is what the destination asked for. Each trial that fails makes the next pause longer.
  void Paused(petition::Time now, std::string reason, std::chrono::milliseconds retry_after, bool trial);
  /// It is up, and asked for just that time: no trial failed, and the next pause is no longer for it.
  void Slowed(petition::Time now, std::string reason, std::chrono::milliseconds wait, bool trial);
  /// A trial that ended without an answer either way (stopped, nothing to try).
  void GiveBack();

  struct View {
    bool paused = false;
    std::string reason;
    petition::Time until{};
  };
  View view() const;

 private:
  const std::chrono::milliseconds probe_every_, most_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  bool paused_ = false, trial_ = false;
  std::string reason_;
  petition::Time until_{};
  std::chrono::milliseconds pause_{0};
};

}  // namespace gateway
