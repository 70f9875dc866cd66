// The record of an intake as canonical JSON: prepared as far as possible by the caller's thread, finished on the
// ledger's writer thread by putting in what only its place in the ledger tells. Plain data; no thread guarantee of its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/intake.h"

namespace gateway {

/// What Compose finds out.
struct RecordPlace {
  std::string_view intake_no;
  std::string_view registered_at;  ///< as FormatTime writes it
  std::uint64_t revision_of = ledger::kNoIndex;
  bool number_reused = false;
};

class PreparedRecord {
 public:
  /// `flags`: sorted by itself. `submission` without the bytes of its attachments. `operator_name`: "" when the source
  /// itself handed it in.
  PreparedRecord(const petition::Submission& submission, std::string_view source, std::string_view operator_name,
                 std::string_view media_type, bool historic, bool sealed, std::string_view sealing_rule,
                 std::vector<std::string> flags);

  /// The canonical JSON: {"flags","historic","intakeNo","kind","mediaType","operator","registeredAt","revisionOf",
  /// "sealed","sealingRule","source","submission","v"}, members with default values left out.
  std::string Finish(const RecordPlace& place) const;

 private:
  std::string FlagsMember(bool number_reused) const;

  std::vector<std::string> flags_;
  std::string historic_;  ///< `"historic":true,` or nothing
  std::string media_;     ///< `","kind":"intake","mediaType":..., ... "registeredAt":"`
  std::string tail_;      ///< from `"sealed"` to the end
};

}  // namespace gateway
