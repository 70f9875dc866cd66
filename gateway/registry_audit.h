// The RegistryAudit holds `registry.db` against the ledger: every source, user, password, file of a source and end of a
// key was put on the ledger by the change that made it. What was altered, taken out or slipped in since is named by its
// table and key; so is a change that the ledger lacks, and one that was taken out of the list of changes. Changes that
// the hub has not recorded yet count as they stand in that list. Looks only, at a copy made by Open; one thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/audit.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

class RegistryAudit {
 public:
  /// Reads the file as it stands, before the ledger is read. Without a file: nothing is compared.
  static petition::Result<std::unique_ptr<RegistryAudit>> Open(const std::filesystem::path& data);
  ~RegistryAudit();

  /// Each `config` entry, in the ledger's order.
  void Take(std::uint64_t index, const petition::Json& record);
  /// After the last entry.
  std::vector<ledger::AuditFinding> Compare() const;

 private:
  struct Impl;
  explicit RegistryAudit(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
