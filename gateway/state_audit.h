// Holds `state.db` against the ledger, in both directions: everything that follows from the ledger is folded once more,
// into a folder apart, and table by table what stands must be what was folded. Each row that was changed, taken out or
// slipped in is named by its table and key, and so is a trigger that is gone or another. Works on copies: beside a
// running hub it sees one state of it. Needs as much room again as `ledger.db` and `state.db` take. What does not
// follow from the ledger (attempts, times of the next one, cursors) is not compared. Reads only; one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/calendar.h"
#include "config/clock_rules.h"
#include "ledger/audit.h"

namespace gateway {

struct StateAuditOptions {
  std::filesystem::path data;
  std::filesystem::path work;  ///< folder for the copies; empty: the system's own for temporary ones
  config::ClockTable clocks = config::ClockTable::BuiltIn();
  config::Calendar calendar = config::Calendar::BuiltIn();
  std::size_t findings_max = 1'000;
  std::function<void(std::uint64_t done, std::uint64_t size)> progress;
};

struct StateAuditReport {
  std::uint64_t tables = 0, rows = 0;
  std::vector<std::string> skipped;  ///< tables that another configuration worked out
  std::vector<ledger::AuditFinding> findings;
  std::uint64_t finding_count = 0;
  bool ok() const { return finding_count == 0; }
};

petition::Result<StateAuditReport> AuditState(const StateAuditOptions& options);

}  // namespace gateway
