// A PreparedCache keeps the submissions compared lately, made ready for comparing: what a decision costs is mostly
// making its candidates ready. Of a submission's profile only the side of the seal ever changes: then clear it. When it
// is full, one goes that was not asked for since its turn last came (the clock algorithm).
// Threads: any. What it hands out stays valid as long as it is held.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "dedup/features.h"

namespace dedup {

using SharedPrepared = std::shared_ptr<const Prepared>;

class PreparedCache {
 public:
  explicit PreparedCache(std::size_t size_max) : size_max_(size_max) {}
  /// Null when it is not held.
  SharedPrepared Find(std::uint64_t index);
  /// The same for many at once, in their order.
  std::vector<SharedPrepared> FindAll(const std::vector<std::uint64_t>& indices);
  /// `read_at`: generation() before its profile was read; what was read before a Clear is not kept.
  void Put(std::uint64_t index, SharedPrepared prepared, std::uint64_t read_at);
  std::uint64_t generation() const { return generation_.load(); }
  void Clear();

 private:
  struct Entry {
    std::uint64_t index = 0;
    SharedPrepared prepared;
    bool asked = false;  ///< since its turn last came
  };
  SharedPrepared FindLocked(std::uint64_t index);

  const std::size_t size_max_;
  std::atomic<std::uint64_t> generation_{0};  // times cleared; changed under mutex_
  std::mutex mutex_;
  std::vector<Entry> entries_;                               // guarded by mutex_
  std::size_t turn_ = 0;                                     // of entries_; guarded by mutex_
  std::unordered_map<std::uint64_t, std::uint32_t> places_;  // guarded by mutex_
};

}  // namespace dedup
