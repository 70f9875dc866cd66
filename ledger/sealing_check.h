// Whether a folder of keys has every key that a store was sealed under so far, told by the newest entry: keys that were
// rotated stand in a file of their own, which may have been left out of a backup of keys. Without it nothing new could
// be read, and what comes would be sealed under an older key again. Reads one row.
#pragma once

#include "ledger/crypto.h"
#include "ledger/store.h"

namespace ledger {

/// kUnauthorized "sealing_key_missing" when the newest entry was sealed by a key that is not there.
petition::Status CheckSealingKeys(const Store& store, const KeyRing& keys);

}  // namespace ledger
