// AES-256-GCM with the nonce given by the caller, for the two formats of this folder that use it (sealer.cc, blobs.cc).
// A nonce must never serve twice under one key. Pure functions, safe from any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "ledger/crypto.h"

namespace ledger::aead {

inline constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

/// Appends ciphertext and tag to `out`.
void Encrypt(const Key& key, std::string_view nonce, std::string_view context, std::string_view plain,
             std::string& out);
/// False when anything was changed; `out` is then of no use.
bool Decrypt(const Key& key, std::string_view nonce, std::string_view context, std::string_view sealed,
             std::string& out);

}  // namespace ledger::aead
