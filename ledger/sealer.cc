#include <openssl/crypto.h>

#include <cstring>

#include "ledger/aead.h"
#include "ledger/crypto.h"

namespace ledger {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes + aead::kNonceBytes;

// A page of random bytes at a time: one system call for some 340 nonces.
std::string_view NextNonce() {
  thread_local std::string pool;
  thread_local std::size_t used = 0;
  if (used + aead::kNonceBytes > pool.size()) {
    pool = RandomBytes(4096);
    used = 0;
  }
  used += aead::kNonceBytes;
  return std::string_view(pool).substr(used - aead::kNonceBytes, aead::kNonceBytes);
}

}  // namespace

struct Sealer::Impl {
  Key key{};
  std::string prefix;  // version byte and key id
};

Sealer::Sealer(const Key& key) : impl_(std::make_unique<Impl>()) {
  impl_->key = key;
  impl_->prefix = kVersion + KeyedHash(key, "key id", 16).substr(0, kKeyIdBytes);
}
Sealer::~Sealer() {
  if (impl_) OPENSSL_cleanse(impl_->key.data(), impl_->key.size());
}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;

std::string Sealer::Seal(std::string_view plain, std::string_view context) const {
  std::string out;
  out.reserve(kHeaderBytes + plain.size() + aead::kTagBytes);
  const std::string_view nonce = NextNonce();
  out += impl_->prefix;
  out += nonce;
  // The header needs no authentication of its own: another nonce or key fails the tag, another version or key id is
  // refused.
  aead::Encrypt(impl_->key, nonce, context, plain, out);
  return out;
}

petition::Result<std::string> Sealer::Open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kHeaderBytes + aead::kTagBytes) return petition::Corrupt("sealed blob is cut");
  if (!sealed.starts_with(impl_->prefix)) return petition::Corrupt("sealed blob has another version or key");
  std::string out;
  if (!aead::Decrypt(impl_->key, sealed.substr(impl_->prefix.size(), aead::kNonceBytes), context,
                     sealed.substr(kHeaderBytes), out)) {
    return petition::Corrupt("sealed blob was changed");
  }
  return out;
}

}  // namespace ledger
