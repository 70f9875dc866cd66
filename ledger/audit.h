// Holds a ledger's store against the ledger, in both directions: every entry the signed tree covers must stand in every
// table as it was committed to, and no row may stand there that no entry accounts for. Each thing that is wrong is
// named by its index. Looks only; beside a running hub it sees one consistent state. What the records themselves say of
// the side tables (numbers, keyed hashes, attachments) is the caller's to tell (`look`).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"

namespace ledger {

struct AuditFinding {
  std::string code;                    ///< entry_missing, payload_wrong, row_without_entry ... (README beside)
  std::optional<std::uint64_t> index;  ///< of the entry
  std::string where;                   ///< table, tile or file
};

/// What an entry's own record says must stand beside it.
struct AuditExpectation {
  std::optional<IntakeKey> intake;  ///< of an intake; content and people empty: not compared
  std::optional<std::uint64_t> about;
  bool about_known = false;  ///< whether `about` says anything
};

struct AuditOptions {
  std::filesystem::path data;
  std::size_t findings_max = 1'000;  ///< further ones are only counted
  /// Called for each entry that could be opened, with its raw bytes; may add findings of its own.
  std::function<AuditExpectation(const Stored&, std::vector<AuditFinding>&)> look;
  std::function<void(std::uint64_t done, std::uint64_t size)> progress;
};

struct AuditReport {
  std::uint64_t size = 0, payloads = 0;
  std::uint64_t dropped = 0;  ///< payloads whose retention ended, as a decision on the ledger says
  std::vector<AuditFinding> findings;
  std::uint64_t finding_count = 0;
  bool ok() const { return finding_count == 0; }
};

/// A store that is wrong is a report with findings; an error means that it could not be looked at.
petition::Result<AuditReport> AuditStore(const AuditOptions& options, const KeyRing& keys);

}  // namespace ledger
