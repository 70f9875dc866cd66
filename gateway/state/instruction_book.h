// An InstructionBook is what is known of the instructions that destinations send down, in `state.db`: how far they have
// been fetched, which of them are on the ledger, and which are still to be acknowledged. The follower fills it from the
// ledger, so that one that comes again (a lost cursor, a rebuilt state) is known by its id; losing the rest costs only
// asking for all of them and acknowledging them again. Threads: safe from any thread. Durable on return, in order.
// Failure: kUnavailable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "petition/result.h"

namespace gateway {

class InstructionBook {
 public:
  /// Makes its tables when missing. The book must outlive it.
  static petition::Result<InstructionBook> Open(dedup::CaseBook& book);

  petition::Result<std::string> Cursor(std::string_view destination) const;  ///< "" at first
  petition::Status SetCursor(std::string_view destination, std::string_view cursor);

  petition::Result<bool> Has(std::string_view destination, std::string_view id) const;
  /// It is on the ledger.
  petition::Status Add(std::string_view destination, std::string_view id);

  // Acknowledgements: owed once the instruction is on the ledger, until the destination takes them.
  petition::Status Owe(std::string_view destination, std::string_view id);  ///< adds it, too
  /// Those tried least often first.
  petition::Result<std::vector<std::string>> Owed(std::string_view destination, std::size_t limit) const;
  petition::Status MarkTried(std::string_view destination, std::string_view id);
  petition::Status MarkAcknowledged(std::string_view destination, std::string_view id);

 private:
  explicit InstructionBook(dedup::CaseBook& book) : book_(&book) {}
  dedup::CaseBook* book_;
};

}  // namespace gateway
