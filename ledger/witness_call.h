// The call by which a log asks a witness for its cosignature (C2SP tlog-witness, add-checkpoint): the body as text, and
// the media type of the answer that tells a size. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace ledger {

inline constexpr std::size_t kWitnessProofMax = 63;
inline constexpr std::string_view kTlogSizeType = "text/x.tlog.size";

/// "old <size>", the consistency proof from there, a blank line, the signed checkpoint.
struct WitnessCall {
  std::uint64_t old_size = 0;
  std::vector<Hash> proof;
  std::string checkpoint;

  std::string Text() const;
  /// kInvalid, reason "request_malformed".
  static petition::Result<WitnessCall> Parse(std::string_view body);
};

/// A size as decimal text without leading zeros, up to 18 digits; kInvalid otherwise.
petition::Result<std::uint64_t> ParseTreeSize(std::string_view text);

}  // namespace ledger
