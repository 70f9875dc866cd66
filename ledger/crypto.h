// The cryptography the hub uses, and no more: SHA-256, keyed hashes, AES-256-GCM for what lies on disk, Ed25519 for
// checkpoints, and the folder of keys they come from. All calls are safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"

namespace ledger {

using Hash = std::array<std::uint8_t, 32>;
using Key = std::array<std::uint8_t, 32>;

/// SHA-256 over the parts, one after the other.
Hash Sha256(std::initializer_list<std::string_view> parts);
inline Hash Sha256(std::string_view bytes) { return Sha256({bytes}); }
std::string_view AsBytes(const Hash& hash);

/// SHA-256 of bytes that come piece by piece. One thread at a time.
class RunningSha256 {
 public:
  RunningSha256();
  ~RunningSha256();
  RunningSha256(const RunningSha256&) = delete;
  RunningSha256& operator=(const RunningSha256&) = delete;
  void Add(std::string_view bytes);
  /// Lower-case hex of all that was added. Called once, at the end.
  std::string HexDigest();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

std::string Hex(std::string_view bytes);
petition::Result<std::string> FromHex(std::string_view text);
std::string Base64(std::string_view bytes);
/// Strict: standard alphabet, padded, canonical.
petition::Result<std::string> FromBase64(std::string_view text);

/// `bytes` random bytes from the kernel.
std::string RandomBytes(std::size_t bytes);
/// Equal or not, in a time that does not depend on where they differ.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

/// A pseudo-random function: keyed BLAKE2b of `data`, `bytes` long (8..64). The way personal identifiers and index
/// terms are hashed.
std::string KeyedHash(const Key& key, std::string_view data, std::size_t bytes = 16);
/// The same in 64 bits by SipHash-2-4, for terms that are computed by the hundred.
std::uint64_t KeyedHash64(const Key& key, std::string_view data);

/// Encrypts what is stored: AES-256-GCM, random 96-bit nonce, output = version byte || key id[4] || nonce[12] ||
/// ciphertext || tag[16]. `context` is authenticated with it (what the blob is for), so that one blob can't stand in
/// for another.
class Sealer {
 public:
  explicit Sealer(const Key& key) : Sealer(std::vector<Key>{key}) {}
  /// The first seals; each opens what it sealed. At least one.
  explicit Sealer(const std::vector<Key>& keys);
  ~Sealer();
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;

  std::string Seal(std::string_view plain, std::string_view context) const;
  /// kCorrupt when it was changed, cut, or sealed by a key that is none of these.
  petition::Result<std::string> Open(std::string_view sealed, std::string_view context) const;
  /// Whether one of the keys is the one that it says it was sealed by.
  bool Knows(std::string_view sealed) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The folder of keys (`keys/` in the data folder, mode 0700, files 0600). Everything is derived from `master.key` (32
/// random bytes, hex) by HKDF-SHA256 with the purpose as label, but for the ledger's own signing seed, which stands
/// apart in `ledger.key` (see note.h for its form), and for what seals since the keys were rotated: `sealing.keys`
/// holds one more secret of 32 bytes a line, the newest last, and none of them tells another. What is matched or named
/// by a keyed hash (people, terms, query codes, attachments' names) stays under the master key: it has to be found
/// again.
class KeyRing {
 public:
  /// Opens the folder; makes it, with new keys, only when `create` and neither file exists. Group- or world-readable
  /// key files are refused.
  static petition::Result<KeyRing> Open(const std::filesystem::path& folder, bool create);

  Key Derive(std::string_view purpose) const;  ///< "identity", "terms", "query-code", "session" ...
  /// What seals at rest: "payload", "blob", "profile". The newest first, the master key's own last.
  std::vector<Key> Sealing(std::string_view purpose) const;
  /// How often the keys were rotated.
  std::size_t rotations() const { return later_.size(); }

  /// One more secret, durable on return: whoever opens the folder from now on seals with it, and opens what older ones
  /// sealed. Nothing that is stored is sealed anew. One process at a time: who holds the ledger.
  static petition::Result<KeyRing> Rotate(const std::filesystem::path& folder);

 private:
  KeyRing() = default;
  Key master_{};
  std::vector<Key> later_;  ///< oldest first
};

}  // namespace ledger
