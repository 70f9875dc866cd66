// Instructions takes over what a destination sends down: each becomes an `event` entry about its intake (or, for a new
// item, an intake), then the cursor moves, and then it is acknowledged. Any step may be repeated: one whose id is in
// the instruction book is on the ledger and is only acknowledged again. One that can't be understood is put on the
// ledger as it came; an acknowledgement that is not taken is tried again beside the others. Threads: one thread at a
// time.
#pragma once

#include <cstddef>
#include <string>

#include "adapters/destination.h"
#include "dedup/case_book.h"
#include "gateway/state/instruction_book.h"
#include "gateway/uplink.h"
#include "ledger/ledger.h"

namespace gateway {

class InstructionsTaken {
 public:
  InstructionsTaken(const UplinkOptions& options, ledger::Ledger& ledger, InstructionBook& book,
                    const petition::Clock& clock)
      : options_(options), ledger_(ledger), book_(book), clock_(clock) {}

  struct Page {
    std::size_t recorded = 0;
    bool more = false;
  };
  /// Takes one page over. On failure (of ours, or none is to be had) the cursor stays, and the same page comes again.
  petition::Result<Page> Take(adapters::Destination& destination);

 private:
  petition::Result<bool> TakeOne(std::string_view destination, const adapters::Instruction& instruction);
  petition::Status Record(std::string_view destination, const adapters::Instruction& instruction,
                          const std::string& problem);
  petition::Result<std::uint64_t> IntakeOf(const adapters::Instruction& instruction) const;
  petition::Status Acknowledge(adapters::Destination& destination);

  const UplinkOptions& options_;
  ledger::Ledger& ledger_;
  InstructionBook& book_;
  const petition::Clock& clock_;
};

}  // namespace gateway
