// A backup of a data folder, made while the hub runs: one consistent state of the ledger's store (SQLite's backup), the
// hub's other files of its own, then the attachments that its entries name, and last `backup.json`, which says what
// belongs to it with every file's hash. Without backup.json a folder is no backup. What follows from the ledger (state,
// index, tiles) is left out: it is folded again. Keys go to a folder apart, never into the backup: who finds a backup
// must not be able to read it, and who has no keys can't restore it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct BackupFile {
  std::string path;  ///< within the backup
  std::uint64_t size = 0;
  std::string sha256;
};

struct BackupManifest {
  std::string origin, vkey, checkpoint;  ///< of the ledger as it was copied
  std::uint64_t size = 0;                ///< entries
  std::string at;
  std::vector<BackupFile> files;
};

struct BackupOptions {
  std::filesystem::path data, target;
  std::filesystem::path keys;  ///< where the keys are copied to; "": they are not
  std::function<void(std::uint64_t files)> progress;
};

/// kConflict: the target is not empty; kInvalid: the keys' folder lies within the backup.
petition::Result<BackupManifest> MakeBackup(const BackupOptions& options, const petition::Clock& clock);

/// Reads backup.json and compares every file with it; kCorrupt names the first that differs.
petition::Result<BackupManifest> ReadBackup(const std::filesystem::path& backup);

inline constexpr const char* kBackupManifest = "backup.json";

}  // namespace gateway
