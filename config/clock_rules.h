// The table of clocks: which event starts and stops each, how long it runs, for which items (config/clocks.yaml is the
// documented one that comes with the program). Plain data, constant after loading.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "petition/result.h"

namespace config {

struct ClockRule {
  enum class Unit { kDays, kWorkdays, kHours, kMinutes };
  std::string name, title, basis;
  std::vector<std::string> start, stop;  ///< names of events; "arrived": the earlier of received and registered
  int limit = 0;
  Unit unit = Unit::kDays;
  int yellow_percent = 20, yellow_min = 3;
  std::vector<std::string> purposes, not_purposes, channels;  ///< empty: all, none, all
  bool petitioner = false;  ///< the petitioner's own time limit: shown, never red for the office
  bool named_only = false;  ///< not for anonymous ones
  std::string extend_event;
  int extend_days_max = 0;
  std::string pause_from, pause_to;
};

struct ClockTable {
  bool count_from_next_day = true;
  std::vector<ClockRule> rules;
  std::string fingerprint;  ///< the text it was read from

  static ClockTable BuiltIn();
  static petition::Result<ClockTable> Load(const std::filesystem::path& file);
  /// kInvalid "clocks_invalid" names the line.
  static petition::Result<ClockTable> Parse(const std::string& yaml, const std::string& name);
};

}  // namespace config
