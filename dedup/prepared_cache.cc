#include "dedup/prepared_cache.h"

#include <utility>

namespace dedup {

SharedPrepared PreparedCache::FindLocked(std::uint64_t index) {
  const auto place = places_.find(index);
  if (place == places_.end()) return nullptr;
  Entry& entry = entries_[place->second];
  entry.asked = true;
  return entry.prepared;
}

SharedPrepared PreparedCache::Find(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  return FindLocked(index);
}

std::vector<SharedPrepared> PreparedCache::FindAll(const std::vector<std::uint64_t>& indices) {
  std::vector<SharedPrepared> found;
  found.reserve(indices.size());
  const std::lock_guard lock(mutex_);
  for (const std::uint64_t index : indices) found.push_back(FindLocked(index));
  return found;
}

void PreparedCache::Put(std::uint64_t index, SharedPrepared prepared, std::uint64_t read_at) {
  SharedPrepared gone;  // freed without the lock
  const std::lock_guard lock(mutex_);
  if (size_max_ == 0 || places_.contains(index) || read_at != generation_) return;
  if (entries_.size() < size_max_) {
    places_[index] = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({index, std::move(prepared), false});
    return;
  }
  while (std::exchange(entries_[turn_].asked, false)) turn_ = (turn_ + 1) % entries_.size();
  Entry& entry = entries_[turn_];
  gone = std::exchange(entry.prepared, std::move(prepared));
  places_.erase(std::exchange(entry.index, index));
  places_[index] = static_cast<std::uint32_t>(turn_);
  turn_ = (turn_ + 1) % entries_.size();
}

void PreparedCache::Clear() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  places_.clear();
  entries_.clear();
  turn_ = 0;
}

}  // namespace dedup
