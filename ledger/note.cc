#include "ledger/note.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "ledger/utf8.h"

namespace ledger {
namespace {

using petition::Error;
using petition::Invalid;
using petition::Result;

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";
constexpr std::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr std::size_t kNoteBytesMax = 1 << 20, kSignaturesMax = 100, kSignatureBytes = 64;

std::array<std::uint8_t, 4> KeyId(std::string_view name, std::uint8_t algorithm, const Key& key) {
  const char type = static_cast<char>(algorithm);
  const Hash hash = Sha256({name, "\n", {&type, 1}, AsBytes(key)});
  return {hash[0], hash[1], hash[2], hash[3]};
}

std::string_view IdBytes(const std::array<std::uint8_t, 4>& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct KeyParts {
  std::string name;
  std::array<std::uint8_t, 4> id{};
  std::string body;  // algorithm byte and key
};

// name+hex+base64, split at the first two '+' only: base64 may hold more of them.
Result<KeyParts> SplitKey(std::string_view text) {
  const auto wrong = [] { return Invalid("key_malformed", "not a key of the form name+id+key"); };
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos) return wrong();
  const std::size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos || second - first != 9) return wrong();
  KeyParts parts;
  parts.name = text.substr(0, first);
  const std::string_view hex = text.substr(first + 1, 8);
  if (!IsKeyName(parts.name) || std::any_of(hex.begin(), hex.end(), [](char c) { return c >= 'A' && c <= 'F'; }))
    return wrong();
  const auto id = FromHex(hex);
  const auto body = FromBase64(text.substr(second + 1));
  if (!id.ok() || !body.ok() || body->size() != 33) return wrong();
  std::memcpy(parts.id.data(), id->data(), 4);
  parts.body = *body;
  return parts;
}

std::string CosignedMessage(std::string_view checkpoint_text, std::uint64_t unix_seconds) {
  return "cosignature/v1\ntime " + std::to_string(unix_seconds) + "\n" + std::string(checkpoint_text);
}

std::string SignatureLine(const VerifierKey& key, std::string_view payload) {
  std::string bytes(IdBytes(key.id));
  bytes += payload;
  return std::string(kSignaturePrefix) + key.name + " " + Base64(bytes) + "\n";
}

}  // namespace

bool IsKeyName(std::string_view name) {
  if (name.empty() || name.size() > 1000) return false;
  for (std::size_t at = 0; at < name.size();) {
    const std::optional<char32_t> c = NextCodePoint(name, at);
    if (!c || *c == U'+' || *c < 0x20 || *c == 0x7f || IsUnicodeSpace(*c)) return false;
  }
  return true;
}

VerifierKey VerifierKey::Make(std::string name, std::uint8_t algorithm, const Key& key) {
  VerifierKey made;
  made.id = KeyId(name, algorithm, key);
  made.name = std::move(name);
  made.algorithm = algorithm;
  made.key = key;
  return made;
}

Result<VerifierKey> VerifierKey::Parse(std::string_view vkey) {
  GUIYI_TRY(const KeyParts parts, SplitKey(vkey));
  const auto algorithm = static_cast<std::uint8_t>(parts.body[0]);
  if (algorithm != kAlgorithmEd25519 && algorithm != kAlgorithmCosignature) {
    return Invalid("key_algorithm", "the key is of an algorithm this program does not know");
  }
  Key key;
  std::memcpy(key.data(), parts.body.data() + 1, key.size());
  VerifierKey made = Make(parts.name, algorithm, key);
  if (made.id != parts.id) return Invalid("key_malformed", "the key's id does not belong to the key");
  return made;
}

std::string VerifierKey::Text() const {
  const char type = static_cast<char>(algorithm);
  return name + "+" + Hex(IdBytes(id)) + "+" + Base64(std::string(1, type) + std::string(AsBytes(key)));
}

bool VerifierKey::Verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kSignatureBytes) return false;
  EVP_PKEY* const pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size());
  EVP_MD_CTX* const ctx = EVP_MD_CTX_new();
  const bool ok = pkey != nullptr && ctx != nullptr &&
                  EVP_DigestVerifyInit(ctx, nullptr, nullptr, nullptr, pkey) == 1 &&
                  EVP_DigestVerify(ctx, Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  EVP_MD_CTX_free(ctx);
  EVP_PKEY_free(pkey);
  return ok;
}

struct Signer::Impl {
  Key seed{};
  EVP_PKEY* pkey = nullptr;
  ~Impl() {
    OPENSSL_cleanse(seed.data(), seed.size());
    EVP_PKEY_free(pkey);
  }
};

Signer::Signer() : impl_(std::make_unique<Impl>()) {}
Signer::~Signer() = default;
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;

Result<Signer> Signer::FromSeed(std::string name, const Key& seed) {
  if (!IsKeyName(name)) return Invalid("key_name", "a key's name may not be empty nor hold '+' or blanks");
  Signer signer;
  signer.impl_->seed = seed;
  signer.impl_->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size());
  Key key;
  std::size_t length = key.size();
  if (signer.impl_->pkey == nullptr || EVP_PKEY_get_raw_public_key(signer.impl_->pkey, key.data(), &length) != 1) {
    return petition::Internal("Ed25519 is not available");
  }
  signer.verifier_ = VerifierKey::Make(std::move(name), kAlgorithmEd25519, key);
  return signer;
}

Result<Signer> Signer::Parse(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (!text.starts_with(kPrivatePrefix)) return Invalid("key_malformed", "not a signer key");
  GUIYI_TRY(const KeyParts parts, SplitKey(text.substr(kPrivatePrefix.size())));
  if (static_cast<std::uint8_t>(parts.body[0]) != kAlgorithmEd25519)
    return Invalid("key_algorithm", "not an Ed25519 signer key");
  Key seed;
  std::memcpy(seed.data(), parts.body.data() + 1, seed.size());
  GUIYI_TRY(Signer signer, FromSeed(parts.name, seed));
  if (signer.verifier().id != parts.id) return Invalid("key_malformed", "the signer key's id does not belong to it");
  return signer;
}

Result<Signer> Signer::Load(const std::filesystem::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0) return petition::NotFound("the ledger's signing key is missing");
  if ((info.st_mode & 077) != 0)
    return petition::Error{petition::Code::kUnauthorized,
                           "key_exposed",
                           "the ledger's signing key can be read by others than its owner: chmod 600",
                           {},
                           {}};
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) return petition::Unavailable("the ledger's signing key can't be read");
  return Parse(text.str());
}

std::string Signer::FileText() const {
  return std::string(kPrivatePrefix) + verifier_.name + "+" + Hex(IdBytes(verifier_.id)) + "+" +
         Base64(std::string(1, static_cast<char>(kAlgorithmEd25519)) + std::string(AsBytes(impl_->seed))) + "\n";
}

std::string Signer::Sign(std::string_view message) const {
  std::string signature(kSignatureBytes, '\0');
  std::size_t length = signature.size();
  EVP_MD_CTX* const ctx = EVP_MD_CTX_new();
  const bool ok = ctx != nullptr && EVP_DigestSignInit(ctx, nullptr, nullptr, nullptr, impl_->pkey) == 1 &&
                  EVP_DigestSign(ctx, reinterpret_cast<unsigned char*>(signature.data()), &length, Bytes(message),
                                 message.size()) == 1;
  EVP_MD_CTX_free(ctx);
  if (!ok) std::abort();  // an unsigned head must never be stored
  return signature;
}

std::string Signer::SignNote(std::string_view text) const {
  return std::string(text) + "\n" + SignatureLine(verifier_, Sign(text));
}

std::string Signer::CosignatureLine(std::string_view checkpoint_text, std::uint64_t unix_seconds) const {
  std::string payload;
  for (int shift = 56; shift >= 0; shift -= 8) payload += static_cast<char>(unix_seconds >> shift);
  payload += Sign(CosignedMessage(checkpoint_text, unix_seconds));
  return SignatureLine(VerifierKey::Make(verifier_.name, kAlgorithmCosignature, verifier_.key), payload);
}

Result<Note> Note::Parse(std::string_view note) {
  const auto wrong = [] { return Invalid("note_malformed", "not a signed note"); };
  if (note.size() > kNoteBytesMax || !note.ends_with('\n')) return wrong();
  for (std::size_t at = 0; at < note.size();) {
    const std::optional<char32_t> c = NextCodePoint(note, at);
    if (!c || (*c < 0x20 && *c != U'\n') || *c == 0x7f) return wrong();
  }
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return wrong();
  Note parsed;
  parsed.text = note.substr(0, blank + 1);
  std::string_view rest = note.substr(blank + 2);
  if (rest.empty()) return wrong();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (!line.starts_with(kSignaturePrefix)) return wrong();
    const std::string_view body = line.substr(kSignaturePrefix.size());
    const std::size_t space = body.find(' ');
    if (space == std::string_view::npos || !IsKeyName(body.substr(0, space))) return wrong();
    const auto bytes = FromBase64(body.substr(space + 1));
    if (!bytes.ok() || bytes->size() < 5 || parsed.signatures.size() == kSignaturesMax) return wrong();
    Signature signature;
    signature.name = body.substr(0, space);
    std::memcpy(signature.id.data(), bytes->data(), 4);
    signature.bytes = bytes->substr(4);
    signature.line = line;
    parsed.signatures.push_back(std::move(signature));
  }
  return parsed;
}

petition::Status Note::Verify(const VerifierKey& key) const {
  bool found = false;
  for (const Signature& signature : signatures) {
    if (signature.name != key.name || signature.id != key.id) continue;
    if (!key.Verify(text, signature.bytes)) return Invalid("signature_wrong", "a signature of the key does not verify");
    found = true;
  }
  if (!found) return Error{petition::Code::kUnauthorized, "signature_missing", "no signature of the key", {}, {}};
  return petition::Ok();
}

Result<std::uint64_t> Note::VerifyCosignature(const VerifierKey& witness) const {
  for (const Signature& signature : signatures) {
    if (signature.name != witness.name || signature.id != witness.id) continue;
    if (signature.bytes.size() != 8 + kSignatureBytes)
      return Invalid("signature_wrong", "a cosignature has the wrong length");
    std::uint64_t seconds = 0;
    for (int i = 0; i < 8; ++i)
      seconds = seconds << 8 | static_cast<unsigned char>(signature.bytes[static_cast<std::size_t>(i)]);
    if (!witness.Verify(CosignedMessage(text, seconds), std::string_view(signature.bytes).substr(8))) {
      return Invalid("signature_wrong", "a cosignature does not verify");
    }
    return seconds;
  }
  return Error{petition::Code::kUnauthorized, "signature_missing", "no cosignature of this witness", {}, {}};
}

}  // namespace ledger
