// The tables of frequencies lie beside the candidate index as files named by document count; metadata of the same
// commit as the postings say which ones belong. Used by whoever commits, one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "petition/result.h"
#include "search/rarity.h"

namespace search {

namespace store {
class TermStore;
}

class RarityFiles {
 public:
  explicit RarityFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Writes what changed; adds the metadata for the commit that makes it count.
  petition::Status Save(const Rarity& rarity, std::vector<std::pair<std::string, std::string>>& metadata);
  petition::Result<Rarity> Load(const store::TermStore& store);
  /// Deletes files that no commit names any more.
  void Tidy() const;

 private:
  petition::Result<std::string> Write(const std::string& name, std::uint64_t count, const std::string& bytes) const;
  petition::Result<std::string> Read(const std::string& entry) const;

  const std::filesystem::path folder_;
  std::string learning_, in_use_;  ///< entries: "NAME.COUNT HASH"
  std::uint64_t epoch_ = 0;
};

}  // namespace search
