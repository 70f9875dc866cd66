// A receipt as a page to be printed: number, times, place in the ledger, and the whole proof as text and as a QR code,
// so that a sheet of paper can be checked without asking the hub. It holds nothing of what was handed in. Pure
// functions.
#pragma once

#include "gateway/http/message.h"
#include "gateway/intake.h"

namespace gateway::http {

/// `with_query_code`: for the intake's own source only.
Answer ReceiptPage(const Receipt& receipt, std::string_view origin, std::string_view vkey, bool with_query_code);

/// The receipt's tlog-proof with the entry in its `extra` line: what the QR code holds.
std::string ReceiptProofText(const Receipt& receipt);

}  // namespace gateway::http
