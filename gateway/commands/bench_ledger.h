// Measures the ledger alone, in process: batches of 64 and one closed-loop appender, beside what the disk and SQLite's
// own interface do in the same run. Medians of alternating rounds. Everything happens in a folder of its own, which is
// removed at the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

struct LedgerBenchOptions {
  std::filesystem::path folder;    ///< where to work; a new folder is made in it. The disk that counts
  std::uint64_t records = 40'000;  ///< a round, ours and the peers'
  int rounds = 5;
  std::uint64_t prefill = 0;             ///< entries stored before a second measurement; 0: none
  std::uint64_t single_appends = 3'000;  ///< of the closed-loop appender
  bool progress = false;                 ///< a line now and then on standard error
};

/// {"pwrite_64": {...}, "sqlite_64": {...}, "ledger_64": {..., "of_sqlite"}, "ledger_1": {...}, "ledger_64_full": {...,
/// "of_empty"}, "start_up_ms"}; rates a second, times in ms.
petition::Result<petition::Json> BenchLedger(const LedgerBenchOptions& options);

/// The same as a table for people.
std::string LedgerBenchTable(const petition::Json& figures);

}  // namespace gateway
