// A LogSource is where a verifier gets a log's files from: a folder, or a web server. One thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace ledger {

class LogSource {
 public:
  virtual ~LogSource() = default;
  /// The bytes at a path of the log ("checkpoint", "tile/0/000" ...). kNotFound when the source says that there is
  /// none; kCorrupt when it is larger than `bytes_max`; kUnavailable when the source itself can't be asked.
  virtual petition::Result<std::string> Fetch(std::string_view path, std::size_t bytes_max) = 0;
};

/// A folder with `checkpoint` and `tile/` in it, or a data folder with them in its `tiles/`. kNotFound when it is
/// neither.
petition::Result<std::unique_ptr<LogSource>> OpenFolderSource(const std::filesystem::path& folder);

/// `http://` or `https://`, the prefix before "/checkpoint". Redirects are not followed; passing failures are tried
/// three times.
petition::Result<std::unique_ptr<LogSource>> OpenHttpSource(std::string url);

}  // namespace ledger
