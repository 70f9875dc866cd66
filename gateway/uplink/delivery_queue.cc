#include "gateway/uplink/delivery_queue.h"

#include <algorithm>

namespace gateway {
namespace {
constexpr std::size_t kLookAt = 64;
constexpr std::chrono::milliseconds kLookEvery{500};
}  // namespace

std::optional<Delivery> DeliveryQueue::Take(petition::Time now) {
  std::unique_lock lock(mutex_);
  const bool look = news_ || (next_due_ && *next_due_ <= now) || std::chrono::steady_clock::now() >= next_look_;
  if (waiting_.empty() && !looking_ && look) Fill(lock, now);
  if (waiting_.empty()) return {};
  auto row = std::move(waiting_.front());
  waiting_.pop_front();
  return row;
}

void DeliveryQueue::Fill(std::unique_lock<std::mutex>& lock, petition::Time now) {
  looking_ = true;
  news_ = false;
  finished_.clear();
  const std::size_t limit = kLookAt + taken_.size();
  lock.unlock();
  auto due = deliveries_.NextDue(destination_, now, limit);
  auto later = deliveries_.NextTime(destination_);
  lock.lock();
  looking_ = false;
  next_due_ = later.ok() && *later && **later > now ? *later : std::nullopt;
  next_look_ = std::chrono::steady_clock::now() + kLookEvery;
  if (!due.ok()) return;
  for (auto& row : *due) {
    if (finished_.contains(row.id) || !taken_.insert(row.id).second) continue;
    waiting_.push_back(std::move(row));
  }
}

void DeliveryQueue::Finished(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  taken_.erase(id);
  if (looking_) finished_.insert(id);
  news_ = true;
}

bool DeliveryQueue::Hold(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  // A row that only waits here is the person's; it is looked up anew afterwards.
  const auto waiting =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const Delivery& row) { return row.id == id; });
  if (waiting != waiting_.end()) {
    waiting_.erase(waiting);
    return true;
  }
  return taken_.insert(id).second;
}

void DeliveryQueue::Notify() {
  std::lock_guard lock(mutex_);
  news_ = true;
}

std::chrono::milliseconds DeliveryQueue::IdleFor(petition::Time now, std::chrono::milliseconds most) const {
  std::lock_guard lock(mutex_);
  if (!next_due_) return most;
  return std::clamp(std::chrono::milliseconds(*next_due_ - now), std::chrono::milliseconds(1), most);
}

std::size_t DeliveryQueue::in_work() const {
  std::lock_guard lock(mutex_);
  return taken_.size() - waiting_.size();
}

}  // namespace gateway
