// The world of the drill: six sources and what happens at them, hour by hour, drawn from the seed. It knows what each
// source wrote into its own register, whatever became of it. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "config/calendar.h"
#include "gateway/intake.h"
#include "petition/time.h"

namespace gateway::drill {

struct SourceKind {
  std::string name, channel;
  double per_day = 0;
  enum class Numbering { kDaily, kYearly, kRunning, kNone } numbering = Numbering::kDaily;
  std::string prefix;
  bool manifest = false;
};
const std::vector<SourceKind>& SourceKinds();

/// One thing that happened at a source.
struct Item {
  std::string source, number, call_id;
  petition::Time happened_at{}, handed_in_at{};
  std::string raw;  ///< the bytes that the source hands in
  bool registered_there = true;
};

class World {
 public:
  World(std::uint64_t seed, double volume, petition::Time start, const config::Calendar& calendar)
      : random_(seed), volume_(volume), start_(start), calendar_(calendar) {}

  /// What happens at that source on that day, in order.
  std::vector<Item> Day(const SourceKind& kind, std::int64_t day);
  /// How many usually come within these hours, for telling when silence could be noticed.
  double Usual(const SourceKind& kind, petition::Time from, petition::Time to) const;

  /// From now on letters are numbered in another way, and that source claims first-time for all.
  void Renumber() { renumbered_ = true; }
  void ClaimFirst(const std::string& source) { always_first_ = source; }
  /// Another number of the source for the same item.
  Item Again(const SourceKind& kind, Item item, std::int64_t day);

  petition::Time Midnight(std::int64_t day) const { return start_ + std::chrono::hours(24 * day); }
  std::mt19937_64& random() { return random_; }

 private:
  double RateOf(const SourceKind& kind, std::int64_t day, int hour) const;
  std::string NextNumber(const SourceKind& kind, std::int64_t day);
  std::string Words(const SourceKind& kind);
  std::string RawOf(const SourceKind& kind, const Item& item);

  std::mt19937_64 random_;
  const double volume_;
  const petition::Time start_;
  const config::Calendar& calendar_;
  std::map<std::string, std::uint64_t> serials_;  ///< by source and period
  std::uint64_t calls_ = 0, told_ = 0;
  bool renumbered_ = false;
  std::string always_first_;
};

}  // namespace gateway::drill
