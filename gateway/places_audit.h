// The PlacesAudit holds what follows from no entry, how far somebody came, against the ledger as far as that goes:
// `feeds.db` (more registered through a feed than the ledger has of its source; a number owed to a source that is none
// of its intakes; a source nobody knows), `fanout.db` (told beyond the end of the feed of changes: never told again),
// `alerts/` (told beyond the end of the ledger, or no place at all), `sources/` (a folder of nobody's) and
// `witnessed/checkpoint` (not signed by this ledger, of another history, longer than the ledger). A cursor that was
// moved within its bounds can't be told from an honest one: what a source still has and we lack is found by
// reconciliation. Looks only, at copies made by Open; one thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/audit.h"
#include "petition/result.h"

namespace gateway {

class PlacesAudit {
 public:
  /// Reads the files as they stand, before the ledger is read.
  static petition::Result<std::unique_ptr<PlacesAudit>> Open(const std::filesystem::path& data);
  ~PlacesAudit();

  /// Each intake.
  void TakeIntake(const std::string& source, const std::string& intake_no);
  /// After the last entry.
  petition::Result<std::vector<ledger::AuditFinding>> Compare() const;

 private:
  struct Impl;
  explicit PlacesAudit(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
