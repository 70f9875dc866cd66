// A Checkpoint is a log's head as text (C2SP tlog-checkpoint): origin, size, root. Plain data and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/crypto.h"
#include "ledger/note.h"
#include "petition/result.h"

namespace ledger {

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};

  /// The text a note signs: three lines, each with its newline.
  std::string Text() const;
  /// Reads the text of a note. Further lines are passed over; sizes with leading zeros or beyond 63 bits and roots that
  /// are no 32 bytes are refused (kInvalid).
  static petition::Result<Checkpoint> FromText(std::string_view text);
  /// Reads a signed checkpoint: the note must verify under the key, and the origin be the key's name.
  static petition::Result<Checkpoint> Open(std::string_view note, const VerifierKey& key);
};

}  // namespace ledger
