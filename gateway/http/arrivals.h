// What registering one and registering many have in common. Internal to gateway/http.
#pragma once

#include <string>

#include "gateway/http/batch_rows.h"
#include "gateway/http/calls.h"

namespace gateway::http {

/// The source a submission of this request comes from.
petition::Result<std::string> SourceOf(Desk& desk, const Request& request);
/// Channel and division of its source where the submission says none; which operator handed it in.
void FillIn(Desk& desk, const Principal& who, Arrival& arrival);
/// The receipt with the decision as far as it is known; `wait`: up to two seconds for it.
petition::Json ReceiptView(Desk& desk, const Principal& who, const Receipt& receipt, bool wait);

}  // namespace gateway::http
