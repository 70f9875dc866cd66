// The field mapping between the hub's Parcel, Update and Instruction and the structs of national_system.thrift. Pure
// functions, safe from any thread. A sealed parcel or update maps to its own fields only: no words and no people,
// whatever the submission holds.
#pragma once

#include "adapters/destination.h"
#include "national_system_types.h"

namespace adapters {

national_wire::Registration ToWire(const Parcel& parcel);
national_wire::PetitionUpdate ToWire(const Update& update);
/// One without id or kind, or with a time that is none, comes with its problem and as it came.
Instruction FromWire(const national_wire::Instruction& instruction);
/// Text of the other side: invalid UTF-8 becomes U+FFFD, so that it can stand in a ledger record.
std::string CleanText(const std::string& text);

}  // namespace adapters
