#include "gateway/commands/bench_folder.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace gateway {
namespace {

namespace fs = std::filesystem;

std::uint64_t StatusLine(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

BenchFolder::BenchFolder(const fs::path& parent) {
  std::string path = (parent / "guiyi-bench-XXXXXX").string();
  if (::mkdtemp(path.data()) != nullptr) path_ = path;
}

BenchFolder::~BenchFolder() {
  std::error_code error;
  if (!path_.empty() && !kept_) fs::remove_all(path_, error);
}

std::uint64_t BytesIn(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& item : fs::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) bytes += item.file_size();
  }
  return bytes;
}

std::uint64_t ResidentKib() { return StatusLine("VmRSS:"); }
std::uint64_t ResidentAnonymousKib() { return StatusLine("RssAnon:"); }

void Progress(const char* what, std::uint64_t done, std::uint64_t all) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r%-28s %3d %%%s", what, static_cast<int>(done * 100 / std::max<std::uint64_t>(all, 1)),
               done == all ? "\n" : "");
}

}  // namespace gateway
