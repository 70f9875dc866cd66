// Registers that nobody has to hand in: a destination that can be asked what it holds, and a source whose own table
// lists what it registered, are asked for each day that is over and whose register did not come since, of the last
// week, and once more at its end. What they say goes on the ledger as if it had been handed in, and is reconciled like
// that. Threads: safe from any thread; blocks for the other side's answer. Failure: whoever does not answer is asked at
// the next time.
#pragma once

#include <string>

#include "adapters/destination.h"
#include "adapters/feed.h"

namespace gateway {

class Hub;

/// Nothing for a destination that can't be asked, or that nothing is delivered to.
void AskUpstreamRegisters(Hub& hub, adapters::Destination& destination);
/// Nothing for a feed that keeps no register.
void AskSourceRegister(Hub& hub, const std::string& source, adapters::Feed& feed);

}  // namespace gateway
