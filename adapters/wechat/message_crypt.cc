#include "adapters/wechat/message_crypt.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "ledger/crypto.h"
#include "petition/base64.h"

namespace adapters::wechat {
namespace {

constexpr std::size_t kBlock = 32;  // of the padding; AES itself has 16
constexpr std::size_t kIv = 16, kRandom = 16, kLength = 4;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// AES-256-CBC without OpenSSL's padding, which knows blocks of 16 only. nullopt when the length is no whole blocks.
std::optional<std::string> Aes(const std::string& key, std::string_view in, bool encrypt) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  std::string out(in.size() + kIv, '\0');
  int length = 0, tail = 0;
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  if (!context || EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, Bytes(key), Bytes(key), encrypt) != 1)
    return std::nullopt;
  EVP_CIPHER_CTX_set_padding(context.get(), 0);
  if (EVP_CipherUpdate(context.get(), to, &length, Bytes(in), static_cast<int>(in.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), to + length, &tail) != 1)
    return std::nullopt;
  out.resize(static_cast<std::size_t>(length + tail));
  return out;
}

// The XML of a plain text: random[16] length[4] xml appid padding[1..32].
std::optional<std::string> Unpack(std::string_view plain, std::string_view app_id) {
  if (plain.size() < kRandom + kLength + 1) return std::nullopt;
  const auto pad = static_cast<unsigned char>(plain.back());
  if (pad < 1 || pad > kBlock || plain.size() < kRandom + kLength + pad) return std::nullopt;
  const auto padding = plain.substr(plain.size() - pad);
  if (padding.find_first_not_of(static_cast<char>(pad)) != std::string_view::npos) return std::nullopt;
  plain.remove_suffix(pad);
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) length = length << 8 | static_cast<unsigned char>(plain[kRandom + i]);
  plain.remove_prefix(kRandom + kLength);
  if (length > plain.size() || plain.substr(length) != app_id) return std::nullopt;
  return std::string(plain.substr(0, length));
}

petition::Error NotOurs() {
  return {petition::Code::kUnauthorized,
          "message_not_ours",
          "the message can't be opened with this account's keys",
          {},
          {}};
}

}  // namespace

std::string Signature(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string joined;
  for (const auto& part : parts) joined += part;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(joined.data(), joined.size(), digest, &length, EVP_sha1(), nullptr) != 1) return {};
  return ledger::Hex({reinterpret_cast<const char*>(digest), length});
}

petition::Result<MessageCrypt> MessageCrypt::Make(const std::vector<std::string>& encoding_aes_keys,
                                                  std::string app_id) {
  std::vector<std::string> keys;
  for (const auto& text : encoding_aes_keys) {
    // 43 characters carry 258 bits: two are left over, and real keys do not always have them zero.
    std::string canonical = text;
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (canonical.size() == 43) {
      if (const auto last = kAlphabet.find(canonical.back()); last != std::string_view::npos)
        canonical.back() = kAlphabet[last & ~std::size_t{3}];
    }
    const auto key = petition::DecodeBase64(canonical + "=");
    if (text.size() != 43 || !key || key->size() != 32)
      return petition::Invalid("key_invalid", "an EncodingAESKey is 43 characters of base64");
    keys.push_back(*key);
  }
  return MessageCrypt(std::move(keys), std::move(app_id));
}

petition::Result<std::string> MessageCrypt::Decrypt(std::string_view base64) const {
  const auto cipher = petition::DecodeBase64(base64);
  if (!cipher || cipher->empty() || cipher->size() % kIv != 0) return NotOurs();
  for (const auto& key : keys_) {
    const auto plain = Aes(key, *cipher, false);
    if (!plain) continue;
    if (auto xml = Unpack(*plain, app_id_)) return *std::move(xml);
  }
  return NotOurs();
}

petition::Result<std::string> MessageCrypt::Encrypt(std::string_view xml, std::string_view random16) const {
  if (keys_.empty()) return petition::Internal("no key to answer with");
  std::string plain(random16);
  for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(xml.size() >> shift & 0xFF);
  plain += xml;
  plain += app_id_;
  const std::size_t pad = kBlock - plain.size() % kBlock;
  plain.append(pad, static_cast<char>(pad));
  const auto cipher = Aes(keys_.front(), plain, true);
  if (!cipher) return petition::Internal("AES did not encrypt");
  return petition::EncodeBase64(*cipher);
}

}  // namespace adapters::wechat
