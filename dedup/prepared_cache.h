// A PreparedCache keeps the submissions compared most recently, made ready for comparing: what a decision costs is
// mostly making its candidates ready. Of a submission's profile only the side of the seal ever changes: then clear it.
// Threads: any. What it hands out stays valid as long as it is held.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "dedup/features.h"

namespace dedup {

using SharedPrepared = std::shared_ptr<const Prepared>;

class PreparedCache {
 public:
  explicit PreparedCache(std::size_t size_max) : size_max_(size_max) {}
  /// Null when it is not held.
  SharedPrepared Find(std::uint64_t index);
  /// `read_at`: generation() before its profile was read; what was read before a Clear is not kept.
  void Put(std::uint64_t index, SharedPrepared prepared, std::uint64_t read_at);
  std::uint64_t generation() const { return generation_.load(); }
  void Clear();

 private:
  using Entry = std::pair<std::uint64_t, SharedPrepared>;
  const std::size_t size_max_;
  std::atomic<std::uint64_t> generation_{0};  // times cleared; changed under mutex_
  std::mutex mutex_;
  std::list<Entry> entries_;                                              // most recently used first; guarded by mutex_
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> places_;  // guarded by mutex_
};

}  // namespace dedup
