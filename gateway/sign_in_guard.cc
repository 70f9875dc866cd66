#include "gateway/sign_in_guard.h"

#include <algorithm>

namespace gateway {

using std::chrono::seconds;

seconds SignInGuard::WaitAfter(int failed) const {
  if (failed < options_.free_tries) return seconds(0);
  const int doublings = std::min(failed - options_.free_tries, 20);
  return std::min(options_.first_wait * (1 << doublings), options_.wait_max);
}

void SignInGuard::MakeRoom(petition::Time now) {
  std::erase_if(tries_, [&](const auto& one) { return now - one.second.last >= options_.forget_after; });
  if (tries_.size() < options_.known_max) return;
  const auto quietest = std::min_element(tries_.begin(), tries_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
  tries_.erase(quietest);
}

seconds SignInGuard::Begin(std::string_view who) {
  const auto now = clock_.Now();
  const std::lock_guard lock(mutex_);
  auto found = tries_.find(std::string(who));
  if (found == tries_.end()) {
    if (tries_.size() >= options_.known_max) MakeRoom(now);
    found = tries_.emplace(std::string(who), Tries{}).first;
  }
  Tries& tries = found->second;
  if (now - tries.last >= options_.forget_after) tries.failed = 0;
  const auto ready = tries.last + WaitAfter(tries.failed);
  if (now < ready) return std::max(seconds(1), std::chrono::ceil<seconds>(ready - now));
  ++tries.failed;
  tries.last = now;
  return seconds(0);
}

void SignInGuard::Succeeded(std::string_view who) {
  const std::lock_guard lock(mutex_);
  tries_.erase(std::string(who));
}

}  // namespace gateway
