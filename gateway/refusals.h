// What reached a door and was not taken, as `refused` entries: one each, but for floods from callers without a key,
// which are summed up by door and minute so that nobody can fill the disk; of those callers' bytes only a few KiB are
// kept, beyond that hash and size. Memory is bounded. Threads: safe from any
// thread. Durable: an entry when Refuse answered its index; a sum when Flush wrote it (a crash loses at most the
// running minute's sum, never an entry).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gateway/intake.h"

namespace gateway {

/// Whether an error means that what came was turned away for what it is. Overload and our own faults are no refusals:
/// the sender is asked to come again.
bool IsRefusal(const petition::Error& error);

/// "line 3, column 7", "byte 12": the places that one of our messages names, and nothing else of it; "" when none.
std::string PositionIn(std::string_view message);

/// Where it was wrong: the position, the pointers and codes of its fields, at most 50.
petition::Json WhereOf(const petition::Error& error);

/// Bytes that may hold a key, with the key blanked: what is kept of a request that could not be read must not give
/// access to anything.
std::string WithoutKeys(std::string_view bytes);

class Refusals {
 public:
  Refusals(ledger::Ledger& ledger, const petition::Clock& clock, std::size_t per_minute)
      : ledger_(ledger), clock_(clock), per_minute_(per_minute) {}

  /// One answer each: the entry's index, kNoIndex when it was summed up, or why it could not be recorded.
  std::vector<petition::Result<std::uint64_t>> Refuse(std::span<const Refusal> refusals);
  /// Writes the sums of past minutes, or all of them.
  void Flush(bool all);

  std::uint64_t count() const;
  std::uint64_t summed() const;

 private:
  struct Sum {
    std::uint64_t count = 0, size = 0;
    std::map<std::string, std::uint64_t> reasons;
    void Merge(const Sum& other);
  };
  struct Window {
    std::int64_t minute = 0;
    std::size_t admitted = 0;
  };
  using DoorMinute = std::pair<std::string, std::int64_t>;

  /// True when it became part of a sum.
  bool SummedUp(const Refusal& refusal);
  void MergeInto(const DoorMinute& key, const Sum& sum);
  petition::Status AppendSum(const DoorMinute& key, const Sum& sum);

  ledger::Ledger& ledger_;
  const petition::Clock& clock_;
  const std::size_t per_minute_;

  mutable std::mutex mutex_;  ///< guards the following; never held while the ledger appends
  std::map<std::string, Window> windows_;
  std::map<DoorMinute, Sum> sums_;
  std::uint64_t count_ = 0, summed_ = 0;
};

}  // namespace gateway
