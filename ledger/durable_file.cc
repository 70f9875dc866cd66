#include "ledger/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace ledger {
namespace {

using petition::Result;
using petition::Status;

petition::Error Failed(const char* step) {
  const int error = errno;
  if (error == ENOENT) return petition::NotFound("no such file");
  return petition::Unavailable("the disk does not take or give data at the moment",
                               std::string(step) + ": " + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class RealFile final : public FileSystem::File {
 public:
  explicit RealFile(int fd) : fd_(fd) {}
  Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t done = write(fd_.get(), bytes.data(), bytes.size());
      if (done < 0) {
        if (errno == EINTR) continue;
        return Failed("write");
      }
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return petition::Ok();
  }
  Status Sync() override {
    if (fsync(fd_.get()) != 0) return Failed("fsync");
    return petition::Ok();
  }

 private:
  Descriptor fd_;
};

// Exactly `count` bytes, fewer at the end of the file.
Result<std::string> ReadBytes(int fd, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t at = 0;
  while (at < count) {
    const ssize_t got = read(fd, bytes.data() + at, count - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read");
    if (got == 0) break;
    at += static_cast<std::size_t>(got);
  }
  bytes.resize(at);
  return bytes;
}

class RealSource final : public FileSystem::Source {
 public:
  explicit RealSource(int fd) : fd_(fd) {}
  Result<std::string> Read(std::size_t bytes) override { return ReadBytes(fd_.get(), bytes); }

 private:
  Descriptor fd_;
};

class RealFolder final : public FileSystem::Folder {
 public:
  explicit RealFolder(int fd) : fd_(fd) {}
  Status Sync() override {
    if (fsync(fd_.get()) != 0) return Failed("fsync of a folder");
    return petition::Ok();
  }

 private:
  Descriptor fd_;
};

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Create(const std::filesystem::path& file, bool secret) override {
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, secret ? 0600 : 0644);
    if (fd < 0) return Failed("create");
    return std::unique_ptr<File>(std::make_unique<RealFile>(fd));
  }
  Result<std::unique_ptr<Folder>> OpenFolder(const std::filesystem::path& folder) override {
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Failed("open of a folder");
    return std::unique_ptr<Folder>(std::make_unique<RealFolder>(fd));
  }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return Failed("rename");
    return petition::Ok();
  }
  Status Remove(const std::filesystem::path& file) override {
    if (unlink(file.c_str()) != 0) return Failed("unlink");
    return petition::Ok();
  }
  void RemoveTree(const std::filesystem::path& folder) override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  Status MakeFolder(const std::filesystem::path& folder) override {
    if (mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return Failed("mkdir");
    return petition::Ok();
  }
  Result<std::unique_ptr<Source>> Open(const std::filesystem::path& file) override {
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return Failed("open");
    return std::unique_ptr<Source>(std::make_unique<RealSource>(fd));
  }
  Result<std::string> Read(const std::filesystem::path& file, std::size_t bytes_max) override {
    const Descriptor fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return Failed("open");
    struct stat info {};
    if (fstat(fd.get(), &info) != 0) return Failed("stat");
    if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) > bytes_max) {
      return petition::Corrupt("a file is larger than it can be");
    }
    return ReadBytes(fd.get(), static_cast<std::size_t>(info.st_size));
  }
  bool Exists(const std::filesystem::path& file) override { return access(file.c_str(), F_OK) == 0; }
};

}  // namespace

FileSystem& FileSystem::Real() {
  static RealFileSystem files;
  return files;
}

Status MakeFoldersDurably(FileSystem& files, const std::filesystem::path& base, const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> missing;
  for (std::filesystem::path at = folder; at != base && at.has_relative_path() && !files.Exists(at);
       at = at.parent_path()) {
    missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    GUIYI_TRY(const auto parent, files.OpenFolder(at->parent_path()));
    GUIYI_CHECK(files.MakeFolder(*at));
    GUIYI_CHECK(parent->Sync());
  }
  return petition::Ok();
}

Status DurableWrites::Write(const std::filesystem::path& file, std::string_view bytes, bool secret) {
  const std::filesystem::path folder = file.parent_path();
  if (!folders_.contains(folder)) {
    GUIYI_CHECK(MakeFoldersDurably(files_, base_, folder));
    // Opened before the rename and held: an error of an earlier write-back must not get lost with a handle that was
    // closed meanwhile.
    GUIYI_TRY(auto handle, files_.OpenFolder(folder));
    folders_.emplace(folder, std::move(handle));
  }
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  {
    GUIYI_TRY(const auto out, files_.Create(temporary, secret));
    GUIYI_CHECK(out->Write(bytes));
    GUIYI_CHECK(out->Sync());
  }
  return files_.Rename(temporary, file);
}

Status DurableWrites::Finish() {
  for (const auto& [path, folder] : folders_) GUIYI_CHECK(folder->Sync());
  folders_.clear();
  return petition::Ok();
}

Status WriteDurably(FileSystem& files, const std::filesystem::path& file, std::string_view bytes, bool secret) {
  DurableWrites writes(files, file.parent_path());
  GUIYI_CHECK(writes.Write(file, bytes, secret));
  return writes.Finish();
}

}  // namespace ledger
