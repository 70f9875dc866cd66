// A TemporaryFolder is a folder for copies, readable for its owner only, gone with everything in it at the end. One
// thread. Failure: an empty path.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace gateway {

class TemporaryFolder {
 public:
  /// `parent` empty: the system's folder for temporary files.
  explicit TemporaryFolder(const std::string& name, const std::filesystem::path& parent = {}) {
    std::error_code failed;
    const auto within = parent.empty() ? std::filesystem::temp_directory_path(failed) : parent;
    std::string path = (within / (name + "-XXXXXX")).string();
    if (!failed && mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gateway
