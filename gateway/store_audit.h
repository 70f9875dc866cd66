// What an audit of the store needs to know about records: which number and keyed hashes an intake's row must hold, what
// an entry is about, and that every attachment an intake names is there whole. Beside it the files that stand next to
// the ledger: `registry.db` (registry_audit.h), `feeds.db`, `fanout.db`, `alerts/`, `sources/` and `witnessed/`
// (places_audit.h). Reads only.
#pragma once

#include <filesystem>
#include <functional>

#include "ledger/audit.h"

namespace gateway {

struct StoreAuditOptions {
  std::filesystem::path data;
  bool blobs = true;  ///< read every attachment through
  std::function<void(std::uint64_t done, std::uint64_t size)> progress;
};

petition::Result<ledger::AuditReport> AuditDataFolder(const StoreAuditOptions& options);

/// In the reader's words.
std::string ExplainFinding(const std::string& code);

}  // namespace gateway
