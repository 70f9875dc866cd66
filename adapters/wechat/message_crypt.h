// The signatures and the safe mode of WeChat official-account pushes: SHA-1 over sorted texts, AES-256-CBC with a
// padding to 32 bytes, and the account's own id at the end of each plain text. A MessageCrypt knows the current key
// and, during a change, the previous one. Immutable; safe from any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "petition/result.h"

namespace adapters::wechat {

/// SHA-1, in hex, of the parts sorted as bytes and joined: of token, timestamp, nonce (and the cipher text).
std::string Signature(std::vector<std::string> parts);

class MessageCrypt {
 public:
  /// `encoding_aes_keys`: 43 characters each, the current one first. kInvalid "key_invalid" for any other.
  static petition::Result<MessageCrypt> Make(const std::vector<std::string>& encoding_aes_keys, std::string app_id);

  /// The XML in an `Encrypt` text. kUnauthorized when no key opens it or it is for another account: which of them is
  /// not told, so that nobody can feel their way along the padding.
  petition::Result<std::string> Decrypt(std::string_view base64) const;
  /// For answers, by the current key; `random16`: 16 random bytes.
  petition::Result<std::string> Encrypt(std::string_view xml, std::string_view random16) const;

 private:
  MessageCrypt(std::vector<std::string> keys, std::string app_id)
      : keys_(std::move(keys)), app_id_(std::move(app_id)) {}
  std::vector<std::string> keys_;  ///< 32 bytes each
  std::string app_id_;
};

}  // namespace adapters::wechat
