// Signed notes (C2SP signed-note): a text and the signature lines below it, the keys they are checked with, and
// witnesses' cosignatures. A Signer signs from any thread; everything else is plain data and pure functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace ledger {

inline constexpr std::uint8_t kAlgorithmEd25519 = 0x01;
inline constexpr std::uint8_t kAlgorithmCosignature = 0x04;

/// Whether a name may stand in a key: not empty, no '+', no Unicode space, no control character, valid UTF-8.
bool IsKeyName(std::string_view name);

/// A public key with its name: `name+8 hex digits+base64(algorithm || key)`. Ed25519 only, for notes (0x01) and
/// cosignatures (0x04).
struct VerifierKey {
  std::string name;
  std::array<std::uint8_t, 4> id{};
  std::uint8_t algorithm = kAlgorithmEd25519;
  Key key{};

  static VerifierKey Make(std::string name, std::uint8_t algorithm, const Key& key);
  static petition::Result<VerifierKey> Parse(std::string_view vkey);
  std::string Text() const;
  /// Plain Ed25519 over the message.
  bool Verify(std::string_view message, std::string_view signature) const;
};

/// Signs notes. The key comes from a file in the form of the Go tools: `PRIVATE+KEY+name+hex+base64(0x01 || seed)`.
class Signer {
 public:
  static petition::Result<Signer> FromSeed(std::string name, const Key& seed);
  static petition::Result<Signer> Parse(std::string_view text);
  /// Reads a signer file; a file that others than its owner can read is refused.
  static petition::Result<Signer> Load(const std::filesystem::path& file);

  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  const VerifierKey& verifier() const { return verifier_; }
  std::string FileText() const;
  /// `text` (which ends in a newline) with the blank line and our signature line.
  std::string SignNote(std::string_view text) const;
  /// A cosignature line over a checkpoint's text (for witnesses; the key's lines carry type 0x04).
  std::string CosignatureLine(std::string_view checkpoint_text, std::uint64_t unix_seconds) const;

 private:
  Signer();
  std::string Sign(std::string_view message) const;
  struct Impl;
  std::unique_ptr<Impl> impl_;
  VerifierKey verifier_;
};

/// A note taken apart: nothing is verified yet.
struct Note {
  struct Signature {
    std::string name;
    std::array<std::uint8_t, 4> id{};
    std::string bytes;  // what stands behind the id
    std::string line;   // as it stood, without newline
  };
  std::string text;  ///< with its last newline
  std::vector<Signature> signatures;

  /// At most 1 MiB and 100 lines of signatures; kInvalid (reason "note_malformed") otherwise.
  static petition::Result<Note> Parse(std::string_view note);
  /// Lines of other keys are passed over; one of this key that does not verify spoils the note; none at all is an error
  /// (kUnauthorized).
  petition::Status Verify(const VerifierKey& key) const;
  /// The time (POSIX seconds) of this witness' cosignature, when there is one that verifies.
  petition::Result<std::uint64_t> VerifyCosignature(const VerifierKey& witness) const;
};

}  // namespace ledger
