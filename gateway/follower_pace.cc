#include "gateway/follower_pace.h"

#include <algorithm>

namespace gateway {
namespace {

// A step costs the disk about as much for one intake as for fifty: what comes within such a moment is taken together.
constexpr std::chrono::milliseconds kGather{100};
constexpr std::uint64_t kFewToTake = 32;
// With so few processors the full text waits while so much is to be decided.
constexpr unsigned kFewProcessors = 3;
constexpr std::uint64_t kMuchToDecide = 2'000;
constexpr std::uint64_t kTextsRestBelow = FollowerPace::kTextsBehindMax - 8'192;
// Entries of others a second, looked at so often, that make a burst; and how long a step's rest is then, in steps.
constexpr double kBurstPerSecond = 700;
constexpr std::chrono::milliseconds kBurstWindow{200};
constexpr int kBurstRest = 12;

constexpr std::chrono::seconds kIdleCommit{2}, kBusyCommit{60};

}  // namespace

void FollowerPace::Begin(const Seen& seen) {
  window_ = {seen.now, seen.ledger, seen.decided, false};
  worked_at_ = committed_at_ = seen.now;
}

void FollowerPace::Stepped(Steady::time_point begin, Steady::time_point end) {
  step_begin_ = begin;
  worked_at_ = end;
  burst_until_ = end + kBurstRest * (end - begin);
  gathered_ = false;
}

std::optional<FollowerPace::Rest> FollowerPace::Next(const Seen& seen) {
  if (gathered_) return std::nullopt;
  if (InBurst(seen) && seen.backlog < settings_.gives_way_below && seen.now < burst_until_)
    return Rest{std::min(seen.now + kBurstWindow, burst_until_), seen.texts_behind < kTextsRestBelow};
  if (seen.backlog >= kFewToTake || seen.now >= step_begin_ + kGather) return std::nullopt;
  gathered_ = true;
  return Rest{step_begin_ + kGather, false};
}

bool FollowerPace::TextsShallWait(const Seen& seen) const {
  return settings_.processors <= kFewProcessors && seen.backlog > kMuchToDecide && seen.texts_behind < kTextsRestBelow;
}

/// Whether more comes in than any day brings: looked at anew now and then.
bool FollowerPace::InBurst(const Seen& seen) {
  if (seen.now - window_.begin < kBurstWindow) return window_.burst;
  const std::uint64_t came = seen.ledger - window_.ledger, ours = seen.decided - window_.decided;
  const double seconds = std::chrono::duration<double>(seen.now - window_.begin).count();
  const bool burst = static_cast<double>(came - std::min(came, ours)) / seconds > kBurstPerSecond;
  window_ = {seen.now, seen.ledger, seen.decided, burst};
  return burst;
}

bool FollowerPace::CommitIsDue(Steady::time_point now) {
  if (now - committed_at_ <= kBusyCommit && now - worked_at_ <= kIdleCommit) return false;
  committed_at_ = now;
  return true;
}

}  // namespace gateway
