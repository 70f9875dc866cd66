#include <openssl/evp.h>

#include <cstdlib>
#include <cstring>

#include "ledger/crypto.h"

namespace ledger {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kKeyIdBytes = 4, kNonceBytes = 12, kTagBytes = 16;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes + kNonceBytes;

struct CipherContext {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  ~CipherContext() { EVP_CIPHER_CTX_free(ctx); }
};

EVP_CIPHER_CTX* ThreadContext() {
  thread_local CipherContext context;
  return context.ctx;
}

const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kCipher;
}

// A page of random bytes at a time: one system call for some 340 nonces.
void Nonce(char* out) {
  thread_local std::string pool;
  thread_local std::size_t used = 0;
  if (used + kNonceBytes > pool.size()) {
    pool = RandomBytes(4096);
    used = 0;
  }
  std::memcpy(out, pool.data() + used, kNonceBytes);
  used += kNonceBytes;
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text, std::size_t at) { return reinterpret_cast<unsigned char*>(text.data() + at); }

}  // namespace

struct Sealer::Impl {
  Key key{};
  std::array<char, 1 + kKeyIdBytes> prefix{};  // version byte and key id
};

Sealer::Sealer(const Key& key) : impl_(std::make_unique<Impl>()) {
  impl_->key = key;
  const std::string id = KeyedHash(key, "key id", 16);
  impl_->prefix[0] = kVersion;
  std::memcpy(impl_->prefix.data() + 1, id.data(), kKeyIdBytes);
}
Sealer::~Sealer() {
  if (impl_) OPENSSL_cleanse(impl_->key.data(), impl_->key.size());
}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;

std::string Sealer::Seal(std::string_view plain, std::string_view context) const {
  std::string out(kHeaderBytes + plain.size() + kTagBytes, '\0');
  std::memcpy(out.data(), impl_->prefix.data(), impl_->prefix.size());
  Nonce(out.data() + impl_->prefix.size());
  EVP_CIPHER_CTX* const ctx = ThreadContext();
  int length = 0;
  // The header needs no authentication of its own: another nonce or key id fails the tag, another version is refused.
  const bool ok =
      EVP_EncryptInit_ex2(ctx, Aes256Gcm(), impl_->key.data(), Bytes(out, impl_->prefix.size()), nullptr) == 1 &&
      EVP_EncryptUpdate(ctx, nullptr, &length, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(ctx, Bytes(out, kHeaderBytes), &length, Bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(ctx, Bytes(out, kHeaderBytes + plain.size()), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(out, kHeaderBytes + plain.size())) == 1;
  if (!ok) std::abort();  // never store plain text because the cipher was missing
  return out;
}

petition::Result<std::string> Sealer::Open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kHeaderBytes + kTagBytes) return petition::Corrupt("sealed blob is cut");
  if (std::memcmp(sealed.data(), impl_->prefix.data(), impl_->prefix.size()) != 0) {
    return petition::Corrupt("sealed blob has another version or key");
  }
  const std::string_view body = sealed.substr(kHeaderBytes, sealed.size() - kHeaderBytes - kTagBytes);
  std::string out(body.size(), '\0');
  std::array<char, kTagBytes> tag;
  std::memcpy(tag.data(), sealed.data() + sealed.size() - kTagBytes, kTagBytes);
  EVP_CIPHER_CTX* const ctx = ThreadContext();
  int length = 0;
  const bool ok =
      EVP_DecryptInit_ex2(ctx, Aes256Gcm(), impl_->key.data(), Bytes(sealed) + impl_->prefix.size(), nullptr) == 1 &&
      EVP_DecryptUpdate(ctx, nullptr, &length, Bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(ctx, Bytes(out, 0), &length, Bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(ctx, Bytes(out, 0) + out.size(), &length) == 1;
  if (!ok) return petition::Corrupt("sealed blob was changed");
  return out;
}

}  // namespace ledger
