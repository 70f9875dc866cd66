// The SignInGuard makes guessing passwords slow: after a few failures a name, and an address, must wait before the next
// try, twice as long each time. An attempt counts as failed from its beginning, so that many at once gain nothing; a
// success takes it back. Bounded in memory: when too many are known, the ones quiet longest are forgotten. Threads:
// safe from any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "petition/time.h"

namespace gateway {

class SignInGuard {
 public:
  struct Options {
    int free_tries = 5;
    std::chrono::seconds first_wait{5};
    std::chrono::seconds wait_max{900};
    std::chrono::hours forget_after{2};
    std::size_t known_max = 20'000;
  };

  SignInGuard(Options options, const petition::Clock& clock) : options_(options), clock_(clock) {}

  /// Begins an attempt; more than zero: it must not be made before so long.
  std::chrono::seconds Begin(std::string_view who);
  void Succeeded(std::string_view who);

 private:
  struct Tries {
    int failed = 0;
    petition::Time last{};
  };
  std::chrono::seconds WaitAfter(int failed) const;
  void MakeRoom(petition::Time now);

  const Options options_;
  const petition::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Tries> tries_;  // guarded by mutex_
};

}  // namespace gateway
