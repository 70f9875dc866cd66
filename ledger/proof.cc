#include "ledger/proof.h"

#include <cstring>

namespace ledger {
namespace {

constexpr std::string_view kProofMagic = "c2sp.org/tlog-proof@v1\n";
constexpr std::size_t kPathMax = 63;

using petition::Invalid;
using petition::Result;

}  // namespace

std::string Proof::Text() const {
  std::string text(kProofMagic);
  text += "index " + std::to_string(index) + "\n";
  for (const Hash& hash : path) text += Base64(AsBytes(hash)) + "\n";
  return text + "\n" + checkpoint;
}

Result<Proof> ParseProof(std::string_view text) {
  const auto wrong = [] { return Invalid("proof_malformed", "not a proof"); };
  if (!text.starts_with(kProofMagic)) return wrong();
  text.remove_prefix(kProofMagic.size());
  const auto line = [&]() -> std::optional<std::string_view> {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(end + 1);
    return found;
  };
  auto next = line();
  if (next && next->starts_with("extra ")) {
    if (!FromBase64(next->substr(6)).ok()) return wrong();
    next = line();
  }
  if (!next || !next->starts_with("index ")) return wrong();
  const std::string_view digits = next->substr(6);
  if (digits.empty() || digits.size() > 18 || (digits.size() > 1 && digits[0] == '0')) return wrong();
  Proof proof;
  for (const char c : digits) {
    if (c < '0' || c > '9') return wrong();
    proof.index = proof.index * 10 + static_cast<std::uint64_t>(c - '0');
  }
  for (next = line(); next && !next->empty(); next = line()) {
    const auto bytes = FromBase64(*next);
    Hash hash;
    if (!bytes.ok() || bytes->size() != hash.size() || proof.path.size() == kPathMax) return wrong();
    std::memcpy(hash.data(), bytes->data(), hash.size());
    proof.path.push_back(hash);
  }
  if (!next) return wrong();
  proof.checkpoint = text;
  return proof;
}

Result<Checkpoint> VerifyProof(const Proof& proof, std::string_view entry, const VerifierKey& key) {
  GUIYI_TRY(Checkpoint checkpoint, Checkpoint::Open(proof.checkpoint, key));
  GUIYI_CHECK(VerifyInclusion(LeafHash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root));
  return checkpoint;
}

std::string Commitment(std::string_view salt, std::string_view raw, std::string_view record) {
  return Base64(AsBytes(Sha256({salt, AsBytes(Sha256(raw)), AsBytes(Sha256(record))})));
}

std::string EntryLine(std::string_view commitment, std::string_view time) {
  // Members in the order of RFC 8785; neither value holds a character that JSON escapes.
  std::string line = R"({"commit":")";
  line += commitment;
  line += R"(","time":")";
  line += time;
  line += R"(","v":1})";
  return line;
}

}  // namespace ledger
