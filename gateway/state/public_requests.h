// The requests of Open311 sources as anybody may see them, over the case book and the ledger. Only intakes of such a
// source stand in it, never sealed ones or accusations, and what people wrote goes through the masks for phone and id
// numbers. One that was tied to an earlier intake stays open until that one (its lead) closes, and says which it is.
// Threads: safe from any thread.
#pragma once

#include <memory>

#include "adapters/open311/request_book.h"
#include "dedup/case_book.h"
#include "ledger/ledger.h"

namespace gateway {

/// Borrows both.
std::unique_ptr<adapters::open311::RequestBook> MakePublicRequests(const dedup::CaseBook& book,
                                                                   const ledger::Ledger& ledger);

}  // namespace gateway
