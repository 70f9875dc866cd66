// What tools may ask of a data folder beside a running hub, or with none running: the log's public key, and proofs.
// Reads only; takes no lock; opens payloads only where keys are given.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "ledger/crypto.h"
#include "ledger/ledger.h"

namespace ledger {

/// The verifier key of the ledger in a data folder.
petition::Result<std::string> OfflineVkey(const std::filesystem::path& data);

/// Inclusion of an intake, by day and serial of its number, under the newest stored checkpoint. kNotFound when there is
/// none.
petition::Result<Proof> OfflineProof(const std::filesystem::path& data, std::string_view day, std::uint64_t serial);

/// Proof that the tree of `old_size` entries is a prefix of that of `size`. kNotFound when the store is not that large.
petition::Result<std::vector<Hash>> OfflineConsistency(const std::filesystem::path& data, std::uint64_t old_size,
                                                       std::uint64_t size);

/// Every entry of a `ledger.db` with its record (not its raw bytes), in order, a stretch at a time; ends at the first
/// error, of `each` or of a record that does not open.
petition::Status OfflineRecords(const std::filesystem::path& file, const KeyRing& keys,
                                const std::function<petition::Status(const Stored&)>& each);

}  // namespace ledger
