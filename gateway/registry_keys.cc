#include "gateway/registry_keys.h"

#include <algorithm>

#include "ledger/crypto.h"

namespace gateway {
namespace {

constexpr std::string_view kKeyPrefix = "guiyi_";
constexpr std::size_t kKeyLetters = 43;  // 32 bytes in base64url

}  // namespace

std::string NewKey() {
  std::string key = ledger::Base64(ledger::RandomBytes(32));
  while (!key.empty() && key.back() == '=') key.pop_back();
  std::replace(key.begin(), key.end(), '+', '-');
  std::replace(key.begin(), key.end(), '/', '_');
  return std::string(kKeyPrefix) + key;
}

bool LooksLikeKey(std::string_view key) {
  if (key.size() != kKeyPrefix.size() + kKeyLetters || !key.starts_with(kKeyPrefix)) return false;
  key.remove_prefix(kKeyPrefix.size());
  return std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string KeyHash(std::string_view key) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(key))); }

}  // namespace gateway
