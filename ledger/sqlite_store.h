// The Store in one SQLite file (`ledger.db`, WAL): one connection for the writer, a small pool of others for readers. FORMAT.md lists the tables.
#pragma once

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
};

/// Opens the file or makes it. kCorrupt when it is no ledger of a version we know.
petition::Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options);

}  // namespace ledger
