// How far each import has come, in a small SQLite file of the data folder: so that one that was killed goes on where it
// stopped, and a closing finds the submission it belongs to. What it says may lag behind the ledger by one batch, never
// be ahead of it. One thread; one process at a time (the ledger's lock sees to that). Durable: what Save returned on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "petition/result.h"

namespace gateway {

/// What became of the rows of a file.
struct ImportCounts {
  std::uint64_t rows = 0;  ///< all of them: registered + existing + refused + closures + closures_known
  std::uint64_t registered = 0, existing = 0, refused = 0, closures = 0, closures_known = 0;
  std::uint64_t revisions = 0, numbers_reused = 0, sealed = 0;  ///< among the registered
};

struct ImportState {
  std::uint64_t offset = 0, line = 1;  ///< of the next row
  std::uint64_t ledger_size = 0;       ///< when it was saved: what this import appended after that lies beyond
  bool started = false, done = false;
  ImportCounts counts;
};

/// Where a row went, by the file's own id for it.
struct ImportedId {
  std::string id;
  std::uint64_t index = 0;  ///< ledger index; 0 towards a hub reached over HTTP
  std::string intake_no;
};

class ImportProgress {
 public:
  ~ImportProgress();
  /// `name` tells imports apart: file, source and manner. An empty `file`: kept in a temporary place until the end.
  static petition::Result<std::unique_ptr<ImportProgress>> Open(const std::filesystem::path& file, std::string name);

  petition::Result<std::optional<ImportState>> Load();
  petition::Status Save(const ImportState& state, const std::vector<ImportedId>& ids);
  petition::Result<std::optional<ImportedId>> Find(const std::string& id);
  /// Forgets what was known, to read the file from its beginning.
  petition::Status Forget();

 private:
  struct Impl;
  explicit ImportProgress(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
