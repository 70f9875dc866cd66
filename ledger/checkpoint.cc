#include "ledger/checkpoint.h"

#include <cstring>

namespace ledger {

using petition::Invalid;
using petition::Result;

std::string Checkpoint::Text() const {
  return origin + "\n" + std::to_string(size) + "\n" + Base64(AsBytes(root)) + "\n";
}

Result<Checkpoint> Checkpoint::FromText(std::string_view text) {
  const auto wrong = [] { return Invalid("checkpoint_malformed", "not a checkpoint"); };
  std::string_view lines[3];
  for (std::string_view& line : lines) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return wrong();
    line = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return wrong();
    text.remove_prefix(end + 1);
  }
  Checkpoint checkpoint;
  checkpoint.origin = lines[0];
  if (lines[1].size() > 18 || (lines[1].size() > 1 && lines[1][0] == '0')) return wrong();
  for (const char c : lines[1]) {
    if (c < '0' || c > '9') return wrong();
    checkpoint.size = checkpoint.size * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const auto root = FromBase64(lines[2]);
  if (!root.ok() || root->size() != checkpoint.root.size()) return wrong();
  std::memcpy(checkpoint.root.data(), root->data(), root->size());
  return checkpoint;
}

Result<Checkpoint> Checkpoint::Open(std::string_view note, const VerifierKey& key) {
  GUIYI_TRY(const Note parsed, Note::Parse(note));
  GUIYI_CHECK(parsed.Verify(key));
  GUIYI_TRY(Checkpoint checkpoint, FromText(parsed.text));
  // A server that signs under the right key for another log must not pass for this one.
  if (checkpoint.origin != key.name) return Invalid("origin_wrong", "the checkpoint is of another log");
  return checkpoint;
}

}  // namespace ledger
