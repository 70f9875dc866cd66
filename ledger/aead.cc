#include "ledger/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <cstring>

namespace ledger::aead {
namespace {

// Of one thread and direction. Setting a key up costs more than sealing a small record, and nearly always it is the
// same key again.
struct CipherContext {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  Key key{};
  bool keyed = false;
  CipherContext() = default;
  CipherContext(const CipherContext&) = delete;
  CipherContext& operator=(const CipherContext&) = delete;
  ~CipherContext() {
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(key.data(), key.size());
  }
  bool Has(const Key& wanted) const { return keyed && CRYPTO_memcmp(key.data(), wanted.data(), key.size()) == 0; }
};

// Fetched once: a look-up by name costs more than sealing a small record.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const kCipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kCipher;
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(std::string& text, std::size_t at) { return reinterpret_cast<unsigned char*>(text.data() + at); }

using Init = int (*)(EVP_CIPHER_CTX*, const EVP_CIPHER*, const unsigned char*, const unsigned char*, const OSSL_PARAM*);
bool Begin(CipherContext& cipher, Init init, const Key& key, std::string_view nonce) {
  if (cipher.Has(key)) return init(cipher.ctx, nullptr, nullptr, Bytes(nonce), nullptr) == 1;
  cipher.key = key;
  cipher.keyed = init(cipher.ctx, Aes256Gcm(), key.data(), Bytes(nonce), nullptr) == 1;
  return cipher.keyed;
}

}  // namespace

void Encrypt(const Key& key, std::string_view nonce, std::string_view context, std::string_view plain,
             std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + plain.size() + kTagBytes);
  thread_local CipherContext cipher;
  EVP_CIPHER_CTX* const ctx = cipher.ctx;
  int length = 0;
  const bool ok = Begin(cipher, EVP_EncryptInit_ex2, key, nonce) &&
                  EVP_EncryptUpdate(ctx, nullptr, &length, Bytes(context), static_cast<int>(context.size())) == 1 &&
                  EVP_EncryptUpdate(ctx, Bytes(out, at), &length, Bytes(plain), static_cast<int>(plain.size())) == 1 &&
                  EVP_EncryptFinal_ex(ctx, Bytes(out, at + plain.size()), &length) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, kTagBytes, Bytes(out, at + plain.size())) == 1;
  if (!ok) std::abort();  // never store plain text because the cipher was missing
}

bool Decrypt(const Key& key, std::string_view nonce, std::string_view context, std::string_view sealed,
             std::string& out) {
  if (sealed.size() < kTagBytes) return false;
  const std::string_view body = sealed.substr(0, sealed.size() - kTagBytes);
  std::array<char, kTagBytes> tag;
  std::memcpy(tag.data(), sealed.data() + body.size(), kTagBytes);
  out.resize(body.size());
  thread_local CipherContext cipher;
  EVP_CIPHER_CTX* const ctx = cipher.ctx;
  int length = 0;
  return Begin(cipher, EVP_DecryptInit_ex2, key, nonce) &&
         EVP_DecryptUpdate(ctx, nullptr, &length, Bytes(context), static_cast<int>(context.size())) == 1 &&
         EVP_DecryptUpdate(ctx, Bytes(out, 0), &length, Bytes(body), static_cast<int>(body.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
         EVP_DecryptFinal_ex(ctx, Bytes(out, 0) + out.size(), &length) == 1;
}

}  // namespace ledger::aead
