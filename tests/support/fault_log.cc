#include "support/fault_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

namespace support {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kSector = 512;

std::uint64_t SizeOf(const std::string& file) {
  struct stat info {};
  return stat(file.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

}  // namespace

void FaultLog::Arm(Fault fault, std::uint64_t at) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  at_ = at;
  count_ = 0;
  struck_ = false;
}

FaultLog::Ruling FaultLog::Next(Step step) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t now = count_++;
  if (fault_ == Fault::kNone || now < at_) return {};
  const bool first = now == at_;
  switch (fault_) {
    case Fault::kFailBefore:
      if (first) struck_ = true;
      return first ? Ruling{false, true, false} : Ruling{};
    case Fault::kFailAfter:
      if (first) struck_ = true;
      return first ? Ruling{true, true, false} : Ruling{};
    case Fault::kDiskFull:
      if (step == Step::kSync || step == Step::kDirectory) return {};
      struck_ = true;
      return {false, true, true};
    case Fault::kCrash:
      struck_ = true;
      return {false, true, false};
    case Fault::kNone:
      break;
  }
  return {};
}

std::uint64_t FaultLog::operations() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

bool FaultLog::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

std::string FaultLog::Bytes(const std::string& file, std::uint64_t offset, std::uint64_t count) {
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  std::string bytes(count, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return bytes;
}

void FaultLog::Put(const std::string& file, std::uint64_t offset, std::string_view bytes) {
  const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  close(fd);
}

void FaultLog::WillWrite(const std::string& file, std::uint64_t offset, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  unsynced_[file].push_back({offset, Bytes(file, offset, bytes.size()), std::string(bytes), SizeOf(file), false});
}

void FaultLog::WillTruncate(const std::string& file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t old_size = SizeOf(file);
  unsynced_[file].push_back({size, size < old_size ? Bytes(file, size, old_size - size) : "", "", old_size, true});
}

void FaultLog::WillCreate(const std::string& file) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  if (fs::exists(file, error)) {
    const std::uint64_t old_size = SizeOf(file);
    unsynced_[file].push_back({0, Bytes(file, 0, old_size), "", old_size, true});
  } else {
    names_.push_back({"", file, std::nullopt});
  }
}

void FaultLog::WillRename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  NameChange change{from, to, std::nullopt};
  if (fs::exists(to, error)) change.replaced = Bytes(to, 0, SizeOf(to));
  names_.push_back(std::move(change));
  // What was not synced follows the file to its new name.
  const auto moved = unsynced_.find(from);
  std::vector<Change> changes;
  if (moved != unsynced_.end()) changes = std::move(moved->second);
  unsynced_.erase(from);
  unsynced_[to] = std::move(changes);
}

void FaultLog::Synced(const std::string& file) {
  const std::lock_guard lock(mutex_);
  unsynced_.erase(file);
}

void FaultLog::FolderSynced(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::erase_if(names_, [&](const NameChange& change) { return fs::path(change.to).parent_path() == folder; });
}

void FaultLog::Removed(const std::string& file) {
  const std::lock_guard lock(mutex_);
  unsynced_.erase(file);
  std::erase_if(names_, [&](const NameChange& change) { return change.to == file; });
}

void FaultLog::Crash(Kept kept, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  if (kept != Kept::kEverything) {
    for (auto& [file, changes] : unsynced_) {
      for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        Put(file, change->offset, change->before);
        std::error_code ignored;
        fs::resize_file(file, change->old_size, ignored);
      }
      if (kept == Kept::kNothing) continue;
      // The disk wrote some of them, in no order, and perhaps half of one.
      for (const Change& change : changes) {
        if (change.truncation || random() % 2 == 0) continue;
        std::uint64_t length = change.after.size();
        if (random() % 4 == 0) length = std::min(length, random() % (length / kSector + 1) * kSector);
        Put(file, change.offset, std::string_view(change.after).substr(0, length));
      }
    }
    // Names go back, the newest first. A file system keeps their order, so some means: an older part of them.
    const std::size_t keep = kept == Kept::kSome && !names_.empty() ? random() % (names_.size() + 1) : 0;
    while (names_.size() > keep) {
      const NameChange& change = names_.back();
      std::error_code ignored;
      if (change.from.empty()) {
        fs::remove_all(change.to, ignored);
      } else {
        fs::rename(change.to, change.from, ignored);
        if (change.replaced) std::ofstream(change.to, std::ios::binary) << *change.replaced;
      }
      names_.pop_back();
    }
  }
  unsynced_.clear();
  names_.clear();
  fault_ = Fault::kNone;
  count_ = 0;
}

}  // namespace support
