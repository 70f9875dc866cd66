// A Landing is a watched folder: which of its files are whole, and where they go afterwards. Internal to
// adapters/files. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "petition/result.h"
#include "petition/time.h"

namespace adapters {

struct LandingOptions {
  std::filesystem::path folder, archive;
  std::vector<std::string> patterns;  ///< none: every file
  std::chrono::seconds stable{10};
  std::string done_suffix;
};

/// A file as it was when it was looked at; another size or time is another file.
struct LandedFile {
  std::filesystem::path path;
  std::uint64_t size = 0;
  std::int64_t changed_ns = 0, inode = 0;
  bool operator==(const LandedFile&) const = default;
};

/// Whether the name fits a pattern of * and ?.
bool NameFits(std::string_view name, std::string_view pattern);

class Landing {
 public:
  Landing(LandingOptions options, const petition::Clock& clock) : options_(std::move(options)), clock_(clock) {}

  /// The whole files, oldest first. kUnavailable when the folder can't be read.
  petition::Result<std::vector<LandedFile>> Whole() const;
  /// Whether the file is still as it was.
  bool Unchanged(const LandedFile& file) const;
  /// Moves it to the archive as DIGEST-NAME (`refused`: to refused/ of it) and syncs both folders; done already is
  /// done.
  petition::Status Archive(const LandedFile& file, const std::string& digest, bool refused) const;

  const LandingOptions& options() const { return options_; }

 private:
  std::optional<LandedFile> Look(const std::filesystem::path& path) const;

  const LandingOptions options_;
  const petition::Clock& clock_;
};

}  // namespace adapters
