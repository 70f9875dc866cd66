// The leak drill: a year of six made-up sources is handed in to a real hub (registry, ledger, intake, follower,
// oversight; a clock that is set) in a temporary folder, with one leak of each kind planted. Told is when each could be
// seen, when oversight found it, and what it found that was none. The same seed gives the same year. One thread; what
// fails ends the drill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/oversight/drill/leaks.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway::drill {

struct DrillOptions {
  std::int64_t days = 365;  ///< at least 60
  std::uint64_t seed = 1;
  double volume = 1;             ///< 1: about eighty items on a working day, all sources together
  std::filesystem::path folder;  ///< an empty folder; what is made in it stays
  std::function<void(std::int64_t day, std::int64_t days)> progress;
};

struct FalseAlarm {
  std::string kind, source, key;
  petition::Time at{};
};

struct DrillResult {
  std::vector<Planted> leaks;
  std::vector<FalseAlarm> false_alarms;
  std::map<std::string, double> alarms_a_month;  ///< false ones, by source
  std::uint64_t items = 0, findings = 0, entries = 0;
  double seconds = 0;

  /// Each kind found within a day of becoming visible, and at most one false alarm a source a month.
  bool Passed() const;
};
/// Hours from when it could be seen until it was found; -1: not found.
double DelayHours(const Planted& planted);

petition::Result<DrillResult> RunDrill(const DrillOptions& options);
petition::Json DrillToJson(const DrillOptions& options, const DrillResult& result);
/// A table with a bar for each leak's delay.
std::string DrillToText(const DrillOptions& options, const DrillResult& result);

}  // namespace gateway::drill
