// What a FaultDisk remembers: the order of operations, which of them fails, and all changes that were not synced yet.
// Safe from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/fault_vfs.h"

namespace support {

class FaultLog {
 public:
  enum class Step { kWrite, kSync, kTruncate, kDirectory };
  /// What the next operation shall do.
  struct Ruling {
    bool act = true;    ///< do it
    bool fail = false;  ///< answer an error
    bool full = false;  ///< the error is: disk full
  };

  void Arm(Fault fault, std::uint64_t at);
  Ruling Next(Step step);
  std::uint64_t operations() const;
  bool struck() const;

  // To be called before the change is made; the lock of a file's own writer orders changes to one file.
  void WillWrite(const std::string& file, std::uint64_t offset, std::string_view bytes);
  void WillTruncate(const std::string& file, std::uint64_t size);
  void WillCreate(const std::string& file);
  void WillRename(const std::string& from, const std::string& to);
  void Synced(const std::string& file);
  void FolderSynced(const std::string& folder);
  void Removed(const std::string& file);

  void Crash(Kept kept, std::uint64_t seed);

 private:
  struct Change {
    std::uint64_t offset = 0;
    std::string before, after;  // bytes there; `before` is shorter where the file ended
    std::uint64_t old_size = 0;
    bool truncation = false;
  };
  struct NameChange {
    std::string from;  // empty: a creation
    std::string to;
    std::optional<std::string> replaced;  // what stood at `to`
  };

  static std::string Bytes(const std::string& file, std::uint64_t offset, std::uint64_t count);
  static void Put(const std::string& file, std::uint64_t offset, std::string_view bytes);

  mutable std::mutex mutex_;
  Fault fault_ = Fault::kNone;
  std::uint64_t at_ = 0, count_ = 0;
  bool struck_ = false;
  std::map<std::string, std::vector<Change>> unsynced_;  // by file
  std::vector<NameChange> names_;                        // in order
};

}  // namespace support
