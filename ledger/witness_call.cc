#include "ledger/witness_call.h"

#include <cstring>

namespace ledger {
namespace {

using petition::Result;

constexpr std::string_view kOldWord = "old ";
constexpr std::size_t kSizeDigitsMax = 18;

petition::Error MalformedCall() { return petition::Invalid("request_malformed", "not an add-checkpoint request"); }

}  // namespace

Result<std::uint64_t> ParseTreeSize(std::string_view text) {
  if (text.empty() || text.size() > kSizeDigitsMax || (text.size() > 1 && text[0] == '0')) return MalformedCall();
  std::uint64_t size = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return MalformedCall();
    size = size * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

std::string WitnessCall::Text() const {
  std::string text = std::string(kOldWord) + std::to_string(old_size) + "\n";
  for (const Hash& hash : proof) text += Base64(AsBytes(hash)) + "\n";
  return text + "\n" + checkpoint;
}

Result<WitnessCall> WitnessCall::Parse(std::string_view body) {
  WitnessCall call;
  const auto line = [&body]() -> std::optional<std::string_view> {
    const std::size_t end = body.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view found = body.substr(0, end);
    body.remove_prefix(end + 1);
    return found;
  };
  const auto first = line();
  if (!first || !first->starts_with(kOldWord)) return MalformedCall();
  GUIYI_TRY(call.old_size, ParseTreeSize(first->substr(kOldWord.size())));
  for (;;) {
    const auto next = line();
    if (!next) return MalformedCall();
    if (next->empty()) break;
    const auto bytes = FromBase64(*next);
    Hash hash;
    if (!bytes.ok() || bytes->size() != hash.size() || call.proof.size() == kWitnessProofMax) return MalformedCall();
    std::memcpy(hash.data(), bytes->data(), hash.size());
    call.proof.push_back(hash);
  }
  if (body.empty()) return MalformedCall();
  call.checkpoint = body;
  return call;
}

}  // namespace ledger
