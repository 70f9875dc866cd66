// The pages that need no JavaScript: what this is, and the petitioner's progress by a plain form. Self-contained,
// Chinese first with English beside it. Pure functions; safe from any thread.
#pragma once

#include <string>
#include <string_view>

#include "gateway/http/message.h"
#include "gateway/http/receipt_check.h"
#include "petition/json.h"

namespace gateway::http {

std::string EscapeHtml(std::string_view text);

/// The front page with the form.
Answer FrontPageAnswer();
/// What Progress found; null: nothing with this number and code.
Answer ResultPage(const petition::Json& progress);
/// What became of a receipt that was held against the ledger; `registered_at`: of its entry, when it holds.
Answer ReceiptResultPage(const ReceiptChecked& checked, const std::string& registered_at);

}  // namespace gateway::http
