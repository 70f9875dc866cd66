// How far the instructions of each destination have been taken over, in `state.db`. Losing it costs only asking for all
// of them again: one that is on the ledger already is known by its id. Threads: safe from any thread. Durable on return
// of Set. Failure: kUnavailable.
#pragma once

#include <string>
#include <string_view>

#include "dedup/case_book.h"
#include "petition/result.h"

namespace gateway {

class InstructionCursor {
 public:
  /// Makes its table when missing. The book must outlive it.
  static petition::Result<InstructionCursor> Open(dedup::CaseBook& book);

  petition::Result<std::string> Get(std::string_view destination) const;  ///< "" at first
  petition::Status Set(std::string_view destination, std::string_view cursor);

 private:
  explicit InstructionCursor(dedup::CaseBook& book) : book_(&book) {}
  dedup::CaseBook* book_;
};

}  // namespace gateway
