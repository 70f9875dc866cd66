#include "gateway/http/rate_limit.h"

#include <algorithm>

namespace gateway::http {

bool RateLimit::TakeFrom(Bucket& bucket, petition::Time now) const {
  if (bucket.at == petition::Time{}) {
    bucket = {options_.burst, now};
  } else if (now > bucket.at) {
    const double minutes = std::chrono::duration<double, std::ratio<60>>(now - bucket.at).count();
    bucket.tokens = std::min(options_.burst, bucket.tokens + minutes * options_.per_minute);
    bucket.at = now;
  }
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void RateLimit::ForgetFull(petition::Time now) {
  // A bucket that has filled up again tells nothing more than one never seen.
  const auto refill =
      std::chrono::duration<double, std::ratio<60>>(options_.burst / std::max(options_.per_minute, 1e-9));
  std::erase_if(buckets_, [&](const auto& item) { return now - item.second.at >= refill; });
}

bool RateLimit::Take(std::string_view caller) {
  const auto now = clock_.Now();
  std::lock_guard lock(mutex_);
  if (const auto found = buckets_.find(std::string(caller)); found != buckets_.end())
    return TakeFrom(found->second, now);
  if (buckets_.size() >= options_.callers_max) {
    // Looking through all of them is only done when it can free something: at most once for each token of the crowd.
    if (!TakeFrom(crowd_, now)) return false;
    ForgetFull(now);
    if (buckets_.size() >= options_.callers_max) return true;
  }
  return TakeFrom(buckets_[std::string(caller)], now);
}

std::size_t RateLimit::callers() const {
  std::lock_guard lock(mutex_);
  return buckets_.size();
}

std::string CallerOf(std::string_view address) {
  if (address.starts_with("::ffff:")) return std::string(address.substr(7));
  if (address.find(':') == std::string_view::npos) return std::string(address);
  // The first four groups; a "::" among them ends the part that tells networks apart well enough.
  std::size_t groups = 0, at = 0;
  while (at < address.size() && groups < 4) {
    if (address[at] == ':') {
      ++groups;
      if (at + 1 < address.size() && address[at + 1] == ':') return std::string(address.substr(0, at + 2));
    }
    ++at;
  }
  return std::string(address.substr(0, at));
}

}  // namespace gateway::http
