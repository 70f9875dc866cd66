// What tools may ask of a data folder beside a running hub, or with none running: the log's public key, and proofs.
// Reads only; takes no lock; opens no payload.
#pragma once

#include <filesystem>
#include <string>

#include "ledger/ledger.h"

namespace ledger {

/// The verifier key of the ledger in a data folder.
petition::Result<std::string> OfflineVkey(const std::filesystem::path& data);

/// Inclusion of an intake, by day and serial of its number, under the newest stored checkpoint. kNotFound when there is
/// none.
petition::Result<Proof> OfflineProof(const std::filesystem::path& data, std::string_view day, std::uint64_t serial);

}  // namespace ledger
