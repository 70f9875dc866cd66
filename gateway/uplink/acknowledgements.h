// Acknowledgements puts on the ledger what became of deliveries: `delivered` entries of what a destination answered
// (and of what was given up), `decision` entries of what a person did with a delivery. Threads: safe from any thread.
// Durable on return. Failure: as Ledger::Append.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/state/deliveries.h"
#include "ledger/ledger.h"
#include "petition/time.h"

namespace gateway {

/// How a delivery ended. `outcome`: done | permanent (refused for good) | parked (given up after so many attempts).
struct Ending {
  std::string outcome, national_no, state, reason;
  std::string owner;  ///< who is to look at it, unless done
  std::uint32_t attempt = 0;
};

class Acknowledgements {
 public:
  Acknowledgements(ledger::Ledger& ledger, const petition::Clock& clock) : ledger_(ledger), clock_(clock) {}

  petition::Result<std::uint64_t> Delivered(const Delivery& row, const Ending& ending);
  /// Whether the ledger already says how this delivery ended (done, parked or skipped; the row does not say so yet),
  /// and nobody has asked for another try since.
  petition::Result<bool> Stands(const Delivery& row) const;
  /// `what`: delivery_retry | delivery_skip | delivery_assign (with the owner).
  petition::Result<std::uint64_t> Decided(const Delivery& row, std::string_view what, std::string_view by,
                                          std::string_view reason, std::string_view owner = {});

 private:
  ledger::Ledger& ledger_;
  const petition::Clock& clock_;
};

}  // namespace gateway
