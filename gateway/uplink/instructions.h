// Instructions takes over what a destination sends down: each becomes an `event` entry about its intake (or, for a new
// item, an intake), and only then is it acknowledged and the cursor moved. Any step may be repeated: an instruction
// whose id is on the ledger already is acknowledged again and not recorded twice. Threads: one thread at a time.
#pragma once

#include <cstddef>
#include <string>

#include "adapters/destination.h"
#include "dedup/case_book.h"
#include "gateway/state/instruction_cursor.h"
#include "gateway/uplink.h"
#include "ledger/ledger.h"

namespace gateway {

class InstructionsTaken {
 public:
  InstructionsTaken(const UplinkOptions& options, ledger::Ledger& ledger, InstructionCursor cursor,
                    const petition::Clock& clock)
      : options_(options), ledger_(ledger), cursor_(cursor), clock_(clock) {}

  struct Page {
    std::size_t recorded = 0;
    bool more = false;
  };
  /// Takes one page over. On failure the cursor stays, and the same page comes again.
  petition::Result<Page> Take(adapters::Destination& destination);

 private:
  petition::Result<bool> Record(std::string_view destination, const adapters::Instruction& instruction);
  petition::Result<std::uint64_t> IntakeOf(const adapters::Instruction& instruction) const;
  petition::Result<bool> Known(std::uint64_t intake, std::string_view destination, std::string_view id) const;

  const UplinkOptions& options_;
  ledger::Ledger& ledger_;
  InstructionCursor cursor_;
  const petition::Clock& clock_;
};

}  // namespace gateway
