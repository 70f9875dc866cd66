// What benchmarks do with folders and the terminal: a folder to work in that goes with everything in it, sizes, this
// process's memory, progress on a terminal.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gateway {

/// A new folder inside `parent`, removed at the end unless it is kept. path() is empty when it could not be made.
class BenchFolder {
 public:
  explicit BenchFolder(const std::filesystem::path& parent);
  ~BenchFolder();
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  void Keep() { kept_ = true; }  ///< it stays, to be looked at

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

std::uint64_t BytesIn(const std::filesystem::path& folder);
/// Resident memory of this process, in KiB: all of it, and what is not pages of files.
std::uint64_t ResidentKib();
std::uint64_t ResidentAnonymousKib();
/// On stderr when that is a terminal.
void Progress(const char* what, std::uint64_t done, std::uint64_t all);

}  // namespace gateway
