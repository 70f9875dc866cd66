// The Store in one SQLite file (`ledger.db`, WAL): one connection for the writer, a small pool of others for readers.
// FORMAT.md lists the tables.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "ledger/store.h"

namespace ledger {

struct SqliteStoreOptions {
  std::filesystem::path file;
  std::string vfs;
  bool sync = true;
  std::size_t readers_max = 8;  ///< connections; further readers wait for one
  std::size_t tidy_bytes =
      1u << 20;  ///< committed bytes after which the journal is moved into place, beside the writer
  std::chrono::milliseconds empty_after{1'000};  ///< a drop: within this the journal is emptied of it
  std::size_t journal_bytes_max = 128u << 20;    ///< a journal larger than this makes the writer stop and move it
};

/// Opens the file or makes it. kCorrupt when it is no ledger of a version we know.
petition::Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options);

/// A store that is only read, also while another process appends to it: for tools beside a running hub. Appending to it
/// is kInternal.
petition::Result<std::unique_ptr<Store>> OpenSqliteStoreForReading(const std::filesystem::path& file);

}  // namespace ledger
