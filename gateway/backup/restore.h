// Restoring a backup: every file is compared with backup.json, the keys with the ledger, and the ledger with what is
// known of it from elsewhere, before anything of the old folder is moved. A ledger that went back behind a checkpoint
// that was published or witnessed would sign a second history: that is refused unless a person says so. Nothing is
// deleted: what was there is renamed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/backup/backup.h"
#include "petition/result.h"

namespace gateway {

struct RestoreOptions {
  std::filesystem::path backup, data;
  std::filesystem::path keys;                  ///< folder of keys; "": those of the old data folder
  std::vector<std::filesystem::path> against;  ///< checkpoints kept elsewhere (an auditor's, a witness')
  bool replace = false;                        ///< there may be a data folder, which is renamed
  bool roll_back = false;                      ///< a person has decided that newer entries are given up
};

struct Restored {
  BackupManifest manifest;
  std::filesystem::path moved_to;        ///< the old data folder; "": there was none
  std::vector<std::string> rolled_back;  ///< what was newer, or contradicted; empty unless `roll_back`
};

/// kConflict: "newer_known" (with what), "history_differs", "data_exists"; kCorrupt: the backup; kUnauthorized: the
/// keys are not this ledger's.
petition::Result<Restored> Restore(const RestoreOptions& options);

}  // namespace gateway
