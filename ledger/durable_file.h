// How files reach the disk: written to a temporary name, synced, renamed, and the folder synced through a handle that
// was opened before (an error of a write-back may show on the handle only). FileSystem is the seam at which tests make
// single steps fail; safe from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace ledger {

/// Every failure is kUnavailable with the step and the system's words in the detail; a missing file is kNotFound. No
/// path stands in a message for callers.
class FileSystem {
 public:
  class File {
   public:
    virtual ~File() = default;
    virtual petition::Status Write(std::string_view bytes) = 0;
    virtual petition::Status Sync() = 0;
  };
  class Folder {
   public:
    virtual ~Folder() = default;
    virtual petition::Status Sync() = 0;
  };

  class Source {
   public:
    virtual ~Source() = default;
    /// Exactly `bytes`, fewer only at the end.
    virtual petition::Result<std::string> Read(std::size_t bytes) = 0;
  };

  virtual ~FileSystem() = default;
  /// Makes a new file (mode 0600 when `secret`, else 0644), cutting an old one to nothing.
  virtual petition::Result<std::unique_ptr<File>> Create(const std::filesystem::path& file, bool secret) = 0;
  virtual petition::Result<std::unique_ptr<Folder>> OpenFolder(const std::filesystem::path& folder) = 0;
  virtual petition::Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual petition::Status Remove(const std::filesystem::path& file) = 0;
  /// Removes a folder with all that is in it; best effort, nothing is synced.
  virtual void RemoveTree(const std::filesystem::path& folder) = 0;
  /// Makes one folder; there already is fine.
  virtual petition::Status MakeFolder(const std::filesystem::path& folder) = 0;
  virtual petition::Result<std::unique_ptr<Source>> Open(const std::filesystem::path& file) = 0;
  /// The whole file; kCorrupt when it is larger than `bytes_max`.
  virtual petition::Result<std::string> Read(const std::filesystem::path& file, std::size_t bytes_max) = 0;
  virtual bool Exists(const std::filesystem::path& file) = 0;

  /// The operating system's.
  static FileSystem& Real();
};

/// Makes `folder` and its missing parents below `base` (which exists), each durable in its own parent.
petition::Status MakeFoldersDurably(FileSystem& files, const std::filesystem::path& base,
                                    const std::filesystem::path& folder);

/// Writes many files with one sync for each folder at the end. Files are visible before Finish, but only durable after
/// it.
class DurableWrites {
 public:
  /// Missing folders are made below `base`, which exists.
  DurableWrites(FileSystem& files, std::filesystem::path base) : files_(files), base_(std::move(base)) {}
  petition::Status Write(const std::filesystem::path& file, std::string_view bytes, bool secret = false);
  petition::Status Finish();

 private:
  FileSystem& files_;
  const std::filesystem::path base_;
  std::map<std::filesystem::path, std::unique_ptr<FileSystem::Folder>> folders_;
};

/// On return the file holds these bytes, and will after a power loss; before that, readers see the old file or none.
petition::Status WriteDurably(FileSystem& files, const std::filesystem::path& file, std::string_view bytes,
                              bool secret = false);

}  // namespace ledger
