// The life of a source: draft - connected - shadow - live, and suspended from anywhere. A step towards live is a step
// at a time, and the last one needs control totals: how many submissions the source says it handed in while it was
// tried out, held against what the hub saw, all of which the mapping must take. Whoever goes live without gives a
// reason, which is recorded. Threads: safe from any thread. Durable: the registry's change, and soon after its `config`
// entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/feeds/adapter_book.h"
#include "gateway/registry.h"
#include "gateway/state/quarantine.h"
#include "ledger/ledger.h"

namespace gateway {

struct StateChange {
  std::string state, by;
  std::optional<std::uint64_t> control_count;  ///< submissions the source counts in its shadow time
  std::string reason;                          ///< needed to go live without totals
};

/// What shadow showed.
struct ShadowTotals {
  std::uint64_t numbers = 0;  ///< different submissions that the mapping takes now
  std::uint64_t failed = 0;   ///< records it does not take
};

class SourceLife {
 public:
  SourceLife(Registry& registry, const AdapterBook& adapters, const Quarantine& quarantine,
             const ledger::Ledger& ledger)
      : registry_(registry), adapters_(adapters), quarantine_(quarantine), ledger_(ledger) {}

  /// kNotFound; kConflict: "step_not_allowed", "control_totals_differ", "same_state"; kInvalid:
  /// "control_totals_missing" or what is wrong with the source's file.
  petition::Status Change(std::string_view source, const StateChange& change);
  /// Records that failed at the time are read again by the mapping of now.
  petition::Result<ShadowTotals> TotalsOf(std::string_view source) const;

 private:
  petition::Result<bool> Reads(const Adapter& adapter, const QuarantineRow& row, std::string& external_id) const;

  Registry& registry_;
  const AdapterBook& adapters_;
  const Quarantine& quarantine_;
  const ledger::Ledger& ledger_;
};

}  // namespace gateway
