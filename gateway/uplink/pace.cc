#include "gateway/uplink/pace.h"

#include <algorithm>

namespace gateway {

using std::chrono::milliseconds;

Backoff::Backoff(milliseconds first, milliseconds most, std::uint64_t seed)
    : first_(std::max(first, milliseconds(1))),
      most_(std::max(most, first_)),
      random_(seed ? seed : std::random_device()()) {}

milliseconds Backoff::Ceiling(std::uint32_t attempt) const {
  auto wait = first_;
  for (std::uint32_t n = 1; n < attempt && wait < most_; ++n) wait *= 2;
  return std::min(wait, most_);
}

milliseconds Backoff::After(std::uint32_t attempt) {
  std::lock_guard lock(mutex_);
  return milliseconds(std::uniform_int_distribution<std::int64_t>(0, Ceiling(attempt).count())(random_));
}

RateLimit::SteadyTime RateLimit::Next(SteadyTime now) {
  if (per_second_ <= 0) return now;
  constexpr double kBurstSeconds = 0.1;
  const auto as_steady = [](double seconds) {
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(seconds));
  };
  std::lock_guard lock(mutex_);
  next_ = std::max(next_, now - as_steady(kBurstSeconds));
  const auto place = std::max(next_, now);
  next_ += as_steady(1 / per_second_);
  return place;
}

Gate::Turn Gate::Ask(petition::Time now) {
  std::lock_guard lock(mutex_);
  if (!paused_) return Turn::kGo;
  if (trial_ || now < until_) return Turn::kWait;
  trial_ = true;
  return Turn::kTrial;
}

void Gate::Opened() {
  std::lock_guard lock(mutex_);
  paused_ = trial_ = false;
  reason_.clear();
  pause_ = milliseconds(0);
}

void Gate::Paused(petition::Time now, std::string reason, milliseconds retry_after, bool trial) {
  std::lock_guard lock(mutex_);
  if (trial) trial_ = false;
  // Calls that were in flight when the pause began fail one after the other: they do not prolong it.
  if (paused_ && !trial) return;
  pause_ = pause_ == milliseconds(0) ? probe_every_ : std::min(pause_ * 2, std::max(most_, probe_every_));
  paused_ = true;
  reason_ = std::move(reason);
  until_ = now + std::max(pause_, retry_after);
}

void Gate::Slowed(petition::Time now, std::string reason, std::chrono::milliseconds wait, bool trial) {
  std::lock_guard lock(mutex_);
  if (trial) trial_ = false;
  if (paused_ && !trial) return;
  pause_ = milliseconds(0);
  paused_ = true;
  reason_ = std::move(reason);
  until_ = now + wait;
}

void Gate::GiveBack() {
  std::lock_guard lock(mutex_);
  trial_ = false;
}

Gate::View Gate::view() const {
  std::lock_guard lock(mutex_);
  return {paused_, reason_, until_};
}

}  // namespace gateway
