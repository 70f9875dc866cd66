#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "ledger/aead.h"
#include "ledger/crypto.h"

namespace ledger {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kSealKeyIdBytes = 4;
constexpr std::size_t kSealHeaderBytes = 1 + kSealKeyIdBytes + aead::kNonceBytes;

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
  struct Named {
    Key key{};
    std::string prefix;  // version byte and key id
  };
  std::vector<Named> keys;

  /// Null when it was sealed by none of them.
  const Named* Of(std::string_view sealed) const {
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const Named& key) { return sealed.starts_with(key.prefix); });
    return found == keys.end() ? nullptr : &*found;
  }
};

Sealer::Sealer(const std::vector<Key>& keys) : impl_(std::make_unique<Impl>()) {
  for (const Key& key : keys)
    impl_->keys.push_back({key, kVersion + KeyedHash(key, "key id", 16).substr(0, kSealKeyIdBytes)});
}
Sealer::~Sealer() {
  if (!impl_) return;
  for (auto& named : impl_->keys) OPENSSL_cleanse(named.key.data(), named.key.size());
}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;

std::string Sealer::Seal(std::string_view plain, std::string_view context) const {
  std::string out;
  out.reserve(kSealHeaderBytes + plain.size() + aead::kTagBytes);
  const std::string_view nonce = NextNonce();
  const auto& newest = impl_->keys.front();
  out += newest.prefix;
  out += nonce;
  // The header needs no authentication of its own: another nonce or key fails the tag, another version or key id is
  // refused.
  aead::Encrypt(newest.key, nonce, context, plain, out);
  return out;
}

bool Sealer::Knows(std::string_view sealed) const { return impl_->Of(sealed) != nullptr; }

petition::Result<std::string> Sealer::Open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kSealHeaderBytes + aead::kTagBytes) return petition::Corrupt("sealed blob is cut");
  const auto* const named = impl_->Of(sealed);
  if (named == nullptr) return petition::Corrupt("sealed blob has another version or key");
  std::string out;
  if (!aead::Decrypt(named->key, sealed.substr(named->prefix.size(), aead::kNonceBytes), context,
                     sealed.substr(kSealHeaderBytes), out)) {
    return petition::Corrupt("sealed blob was changed");
  }
  return out;
}

}  // namespace ledger
