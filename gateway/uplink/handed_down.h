// An item that a destination hands down becomes an intake like any other: channel upper_transfer, its source the
// destination, its external id the instruction's, so that the same instruction told twice is one intake. Safe from any
// thread; durable on return.
#pragma once

#include <string_view>

#include "adapters/destination.h"
#include "gateway/intake.h"

namespace gateway {

/// kPushback and kUnavailable may pass; anything else is what is wrong with the item.
petition::Status TakeHandedDown(Intake& intake, std::string_view destination, const adapters::Instruction& instruction);

}  // namespace gateway
