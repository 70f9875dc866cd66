// Who read personal data or sealed intakes, as an entry of the ledger: one a request, not one a row. Threads: safe from
// any thread; blocks until durable. A reader gets the data only after this answered.
#pragma once

#include <cstdint>

#include "gateway/access.h"
#include "ledger/ledger.h"

namespace gateway {

/// `about`: the ledger index of the intake that was read, ledger::kNoIndex when the request was about many; `count`:
/// how many intakes the answer showed. Answers the entry's index; the time is the entry's own.
petition::Result<std::uint64_t> AppendAccess(ledger::Ledger& ledger, const Principal& who, Call call,
                                             std::uint64_t about, std::uint64_t count);

}  // namespace gateway
