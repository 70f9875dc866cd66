// Time as the hub sees it: milliseconds since the epoch, shown at +08:00, told by a Clock that tests can set.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace petition {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where "now" comes from. Implementations are safe to call from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
};

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time now) : now_(now) {}
  Time Now() const override { return now_.load(); }
  void Set(Time now) { now_.store(now); }
  void Advance(std::chrono::milliseconds by) { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_;
};

/// RFC 3339 at +08:00: "2025-03-04T10:12:00+08:00", with ".123" before the zone only when the milliseconds are not
/// zero.
std::string FormatTime(Time time);
/// Strict RFC 3339 with a zone (any offset, "Z"); fractions beyond milliseconds are cut off. Error: reason
/// "time_invalid".
Result<Time> ParseTime(std::string_view text);
/// The day at +08:00: "20250304".
std::string LocalDay(Time time);

}  // namespace petition
