#include "adapters/files/landing.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesMax = 10'000;  // looked at in one go; the others come when these are gone
constexpr std::size_t kNameMax = 180;      // bytes of a name that are kept behind the digest
constexpr std::array<std::string_view, 5> kOnTheWay = {".tmp", ".part", ".filepart", ".uploading", ".crdownload"};

bool OnItsWay(std::string_view name) {
  return name.starts_with('.') || std::any_of(kOnTheWay.begin(), kOnTheWay.end(),
                                              [&](std::string_view suffix) { return name.ends_with(suffix); });
}

petition::Status SyncFolder(const fs::path& folder) {
  const int handle = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return petition::Unavailable("a folder can't be opened");
  const bool synced = fsync(handle) == 0;
  close(handle);
  return synced ? petition::Ok() : petition::Status(petition::Unavailable("a folder can't be synced"));
}

}  // namespace

bool NameFits(std::string_view name, std::string_view pattern) {
  std::size_t n = 0, p = 0, star = std::string_view::npos, from = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<LandedFile> Landing::Look(const fs::path& path) const {
  struct stat status {};
  // A link could lead anywhere: what lies in the folder itself counts.
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const std::int64_t changed = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  return LandedFile{path, static_cast<std::uint64_t>(status.st_size), changed,
                    static_cast<std::int64_t>(status.st_ino)};
}

petition::Result<std::vector<LandedFile>> Landing::Whole() const {
  std::error_code failed;
  std::vector<LandedFile> files;
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.Now().time_since_epoch()).count();
  for (fs::directory_iterator item(options_.folder, failed), end; !failed && item != end; item.increment(failed)) {
    const std::string name = item->path().filename().string();
    if (OnItsWay(name) || (!options_.done_suffix.empty() && name.ends_with(options_.done_suffix))) continue;
    const auto& patterns = options_.patterns;
    if (!patterns.empty() && std::none_of(patterns.begin(), patterns.end(),
                                          [&](const std::string& pattern) { return NameFits(name, pattern); })) {
      continue;
    }
    const auto file = Look(item->path());
    if (!file) continue;
    if (!options_.done_suffix.empty()) {
      if (!Look(item->path().string() + options_.done_suffix)) continue;
    } else if (options_.stable.count() > 0 &&
               now - file->changed_ns < std::chrono::nanoseconds(options_.stable).count()) {
      continue;
    }
    files.push_back(*file);
    if (files.size() == kFilesMax) break;
  }
  if (failed) return petition::Unavailable("the folder can't be read", failed.message());
  std::sort(files.begin(), files.end(), [](const LandedFile& a, const LandedFile& b) {
    return std::tie(a.changed_ns, a.path) < std::tie(b.changed_ns, b.path);
  });
  return files;
}

bool Landing::Unchanged(const LandedFile& file) const { return Look(file.path) == file; }

petition::Status Landing::Archive(const LandedFile& file, const std::string& digest, bool refused) const {
  std::error_code failed;
  const fs::path into = refused ? options_.archive / "refused" : options_.archive;
  fs::create_directories(into, failed);
  if (failed) return petition::Unavailable("the archive can't be made", failed.message());
  std::string name = file.path.filename().string();
  if (name.size() > kNameMax) name = name.substr(name.size() - kNameMax);
  if (!Look(file.path)) return petition::Ok();  // moved by an earlier attempt
  fs::rename(file.path, into / (digest + "-" + name), failed);
  if (failed) return petition::Unavailable("the file can't be moved to the archive", failed.message());
  if (!options_.done_suffix.empty()) fs::remove(file.path.string() + options_.done_suffix, failed);
  GUIYI_CHECK(SyncFolder(into));
  return SyncFolder(options_.folder);
}

}  // namespace adapters
