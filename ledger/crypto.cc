#include "ledger/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <sys/random.h>

#include <cstdlib>

namespace ledger {
namespace {

struct DigestContext {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  ~DigestContext() { EVP_MD_CTX_free(ctx); }
};

// Fetched once: looking an algorithm up by name costs more than hashing a tree node.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kAlgorithm;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Hash Sha256(std::initializer_list<std::string_view> parts) {
  thread_local DigestContext context;
  Hash out;
  EVP_DigestInit_ex2(context.ctx, Sha256Algorithm(), nullptr);
  for (const std::string_view part : parts) EVP_DigestUpdate(context.ctx, part.data(), part.size());
  // Can only fail without memory or without the algorithm; a wrong hash must never go on.
  if (EVP_DigestFinal_ex(context.ctx, out.data(), nullptr) != 1) std::abort();
  return out;
}

struct RunningSha256::Impl : DigestContext {};

RunningSha256::RunningSha256() : impl_(std::make_unique<Impl>()) {
  if (EVP_DigestInit_ex2(impl_->ctx, Sha256Algorithm(), nullptr) != 1) std::abort();
}
RunningSha256::~RunningSha256() = default;

void RunningSha256::Add(std::string_view bytes) { EVP_DigestUpdate(impl_->ctx, bytes.data(), bytes.size()); }

std::string RunningSha256::HexDigest() {
  Hash out;
  if (EVP_DigestFinal_ex(impl_->ctx, out.data(), nullptr) != 1) std::abort();
  return Hex(AsBytes(out));
}

std::string_view AsBytes(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

petition::Result<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return petition::Invalid("hex_invalid", "not hexadecimal");
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return petition::Invalid("hex_invalid", "not hexadecimal");
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

petition::Result<std::string> FromBase64(std::string_view text) {
  const auto wrong = [] { return petition::Invalid("base64_invalid", "not standard padded base64"); };
  if (text.size() % 4 != 0) return wrong();
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string out(text.size() / 4 * 3, '\0');
  std::uint32_t group = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      value = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    else if (i < text.size() - padding)
      return wrong();
    group = group << 6 | value;
    if (i % 4 == 3) {
      out[at++] = static_cast<char>(group >> 16);
      out[at++] = static_cast<char>(group >> 8);
      out[at++] = static_cast<char>(group);
      // The bits that padding leaves over must be zero, or two texts would stand for one value.
      if (i + 1 == text.size() && ((padding == 1 && (group & 0xff)) || (padding == 2 && (group & 0xffff))))
        return wrong();
      group = 0;
    }
  }
  for (; padding > 0; --padding) out.pop_back();
  return out;
}

std::string RandomBytes(std::size_t bytes) {
  std::string out(bytes, '\0');
  std::size_t at = 0;
  while (at < bytes) {
    const ssize_t got = getrandom(out.data() + at, bytes - at, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // without random bytes nothing may be encrypted
    }
    at += static_cast<std::size_t>(got);
  }
  return out;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string KeyedHash(const Key& key, std::string_view data, std::size_t bytes) {
  std::string out(bytes, '\0');
  if (crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), bytes,
                         reinterpret_cast<const unsigned char*>(data.data()), data.size(), key.data(),
                         key.size()) != 0) {
    std::abort();  // a length outside 8..64 is our own bug
  }
  return out;
}

std::uint64_t KeyedHash64(const Key& key, std::string_view data) {
  static_assert(crypto_shorthash_BYTES == 8 && crypto_shorthash_KEYBYTES <= std::tuple_size_v<Key>);
  unsigned char out[crypto_shorthash_BYTES];
  crypto_shorthash(out, reinterpret_cast<const unsigned char*>(data.data()), data.size(), key.data());
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | out[i];
  return value;
}

}  // namespace ledger
