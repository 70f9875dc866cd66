// A receipt as a petitioner hands it in again, held against the ledger's key: does its proof lead from the entry to a
// checkpoint that this ledger has signed? Takes the receipt as JSON, the text under a printed receipt's code, or the
// printed receipt saved as a page. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/note.h"

namespace gateway::http {

struct ReceiptChecked {
  enum class Outcome {
    kUnreadable,  ///< no receipt, or not all of it
    kBroken,      ///< entry, proof and signature do not belong together
    kHolds,
  } outcome = Outcome::kUnreadable;
  std::uint64_t index = 0;  ///< its place in the ledger, when it holds
  std::string intake_no;    ///< as the receipt says; nothing vouches for it
};

ReceiptChecked CheckReceipt(std::string_view text, const ledger::VerifierKey& key);

}  // namespace gateway::http
