// A PreparedCache keeps the submissions compared most recently, made ready for comparing: what a decision costs is
// mostly making its candidates ready. A submission's profile never changes, so nothing in it is ever stale.
// Threads: any. What it hands out stays valid as long as it is held.
#pragma once

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
  void Put(std::uint64_t index, SharedPrepared prepared);
  void Clear();

 private:
  using Entry = std::pair<std::uint64_t, SharedPrepared>;
  const std::size_t size_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;                                              // most recently used first; guarded by mutex_
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> places_;  // guarded by mutex_
};

}  // namespace dedup
