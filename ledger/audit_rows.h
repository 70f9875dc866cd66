// What an audit reads: rows of the store's tables as they stand, without trusting any. One connection, one read
// transaction, one thread. Included by the audit's .cc files only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "ledger/store.h"

namespace ledger::audit {

/// Rows of one stretch of indices, by index.
struct Stretch {
  std::map<std::uint64_t, std::pair<int, std::string>> entries;  ///< kind, line
  struct Payload {
    std::string record, raw;
  };
  std::map<std::uint64_t, Payload> payloads;
  std::map<std::uint64_t, IntakeKey> intakes;
  std::map<std::uint64_t, std::vector<std::pair<std::uint64_t, int>>> about;  ///< by idx: about, kind
};

class Tables {
 public:
  static petition::Result<std::unique_ptr<Tables>> Open(const std::filesystem::path& file);
  ~Tables();

  petition::Result<Head> LoadHead();
  petition::Result<Stretch> Read(std::uint64_t first, std::uint64_t count);
  /// nullopt: there is no such row.
  petition::Result<std::optional<std::string>> Tile(int level, std::uint64_t n);
  /// Indices at or beyond `size`, by table; tiles that the tree of that size doesn't have.
  petition::Result<std::vector<std::pair<std::string, std::uint64_t>>> Beyond(std::uint64_t size);
  /// Intakes that the table of numbers doesn't lead to, or leads to under what isn't theirs.
  petition::Result<std::vector<std::uint64_t>> NumbersAstray();
  petition::Result<std::uint64_t> TileRows();
  petition::Result<std::optional<std::string>> Fact(const std::string& name);

 private:
  struct Impl;
  explicit Tables(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ledger::audit
