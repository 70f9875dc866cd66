// The field mapping between the structs of petition_exchange.thrift and the hub's own. Pure functions, safe from any
// thread.
#pragma once

#include <string>

#include "gateway/decisions.h"
#include "gateway/intake.h"
#include "gateway/manifest.h"
#include "petition/json.h"
#include "petition/submission.h"
#include "petition_exchange_types.h"

namespace gateway::rpc {

/// Reads it by the same rules as the JSON of other doors, so that one place says what a right submission is. kInvalid
/// with all wrong fields; "encoding_invalid" for text that is no UTF-8.
petition::Result<petition::Submission> FromWire(const exchange_wire::Submission& wire);
petition::Result<EventReport> FromWire(const exchange_wire::Event& wire);
Manifest FromWire(const exchange_wire::Manifest& wire, std::string source);

exchange_wire::Receipt ToWire(const Receipt& receipt);
/// From what DecisionToJson shows the caller.
exchange_wire::Decision DecisionToWire(const petition::Json& decision);
exchange_wire::ManifestAnswer ToWire(const ManifestAnswer& answer);
exchange_wire::ExchangeError ToWire(const petition::Error& error);

}  // namespace gateway::rpc
