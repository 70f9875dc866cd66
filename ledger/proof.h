// Receipts as text (C2SP tlog-proof): an index, an inclusion proof and the checkpoint it leads to. Proof itself stands
// in ledger.h. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "ledger/checkpoint.h"
#include "ledger/ledger.h"
#include "ledger/merkle.h"

namespace ledger {

/// Reads the text form; an `extra` line is passed over (it is not authenticated). kInvalid, reason "proof_malformed".
petition::Result<Proof> ParseProof(std::string_view text);

/// Whether `entry` stands at the proof's index in the log of `key`: checks signature, origin and path. Answers the
/// checkpoint.
petition::Result<Checkpoint> VerifyProof(const Proof& proof, std::string_view entry, const VerifierKey& key);

/// Whether an entry commits to these bytes: base64(SHA-256(salt || SHA-256(raw) || SHA-256(record))).
std::string Commitment(std::string_view salt, std::string_view raw, std::string_view record);
/// The published line for a commitment.
std::string EntryLine(std::string_view commitment, std::string_view time);

}  // namespace ledger
