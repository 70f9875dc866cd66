#include "dedup/prepared_cache.h"

namespace dedup {

SharedPrepared PreparedCache::Find(std::uint64_t index) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(index);
  if (place == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, place->second);
  return place->second->second;
}

void PreparedCache::Put(std::uint64_t index, SharedPrepared prepared, std::uint64_t read_at) {
  const std::lock_guard lock(mutex_);
  if (places_.contains(index) || read_at != generation_) return;
  entries_.emplace_front(index, std::move(prepared));
  places_[index] = entries_.begin();
  if (entries_.size() <= size_max_) return;
  places_.erase(entries_.back().first);
  entries_.pop_back();
}

void PreparedCache::Clear() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  places_.clear();
  entries_.clear();
}

}  // namespace dedup
