// A Replay takes labelled or plain submissions through the real pipeline (ledger, intake, follower) in a temporary
// store, in the order of their times, and says what was decided about each. Changes nothing but its temporary folder,
// which it removes. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct ReplayLine {
  petition::Time at{};
  bool closure = false;
  std::string id;
  petition::Json json;
  std::string where;  ///< "FILE:LINE", for messages
};

/// All lines of all files, merged in time order; lines of one time stay in the order of files and lines. kInvalid names
/// the line.
petition::Result<std::vector<ReplayLine>> ReadReplay(const std::vector<std::string>& files);

struct ReplayReport {
  std::uint64_t submissions = 0, closures = 0,
                skipped = 0;  ///< skipped: refused by intake, or a closure of an unknown submission
  std::map<std::string, std::uint64_t> relations, modes;
  std::int64_t micros_p50 = 0, micros_p99 = 0;
  double seconds = 0;
  std::vector<std::string> problems;  ///< the first few: where and a stable word
};

/// `predict` is called with one line a submission, as score.py reads them; `progress` with the lines done.
petition::Result<ReplayReport> Replay(const std::vector<ReplayLine>& lines, const std::filesystem::path& model,
                                      const std::function<void(const petition::Json&)>& predict,
                                      const std::function<void(std::uint64_t)>& progress);

}  // namespace gateway
