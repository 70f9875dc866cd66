// What registering one and registering many have in common. Internal to gateway/http.
#pragma once

#include <string>

#include "gateway/http/calls.h"

namespace gateway::http {

/// The source a submission of this request comes from.
petition::Result<std::string> SourceOf(Desk& desk, const Request& request);
/// Channel and division of the source where the submission says none; who decided a tie.
void FillIn(Desk& desk, const Principal& who, const std::string& source, petition::Submission& submission);
/// The receipt with the decision as far as it is known; `wait`: up to two seconds for it.
petition::Json ReceiptView(Desk& desk, const Principal& who, const Receipt& receipt, bool wait);

/// The elements of a JSON array, uncut and unparsed, so that one that is wrong spoils no other; kInvalid when the array
/// itself can't be followed.
petition::Result<std::vector<std::string_view>> SplitArray(std::string_view json, std::size_t rows_max);
/// The lines that hold anything.
petition::Result<std::vector<std::string_view>> SplitLines(std::string_view text, std::size_t rows_max);

}  // namespace gateway::http
