// A RateLimit is a set of token buckets, one for each caller, bounded in memory: when too many callers are known, those
// that have been quiet longest are forgotten, and when all are busy the newcomers share one bucket, so that inventing
// addresses buys nothing. Threads: safe from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "petition/time.h"

namespace gateway::http {

class RateLimit {
 public:
  struct Options {
    double per_minute = 20;
    double burst = 10;
    std::size_t callers_max = 50'000;
  };

  RateLimit(Options options, const petition::Clock& clock) : options_(options), clock_(clock) {}

  /// Takes one token of that caller; false: none is left.
  bool Take(std::string_view caller);
  std::size_t callers() const;

 private:
  struct Bucket {
    double tokens = 0;
    petition::Time at{};
  };
  bool TakeFrom(Bucket& bucket, petition::Time now) const;
  void ForgetFull(petition::Time now);

  const Options options_;
  const petition::Clock& clock_;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;  // guarded by mutex_
  Bucket crowd_{};                                   // guarded by mutex_; shared by whoever found no room
};

/// What a caller's address counts as: an IPv4 address, or the /64 of an IPv6 one.
std::string CallerOf(std::string_view address);

}  // namespace gateway::http
