// A FaultDisk stands between the product and the disk: as a SQLite VFS (`vfs()` goes into ledger::Options) and as a
// ledger::FileSystem. It counts every write, sync, truncation, rename, creation and deletion; it can make any one of
// them fail, before or after it was done, or stop the world there, and then throw away what was not synced, as a power
// loss does. Syncs are only noted, never asked of the real disk, so that thousands of runs are quick.
//
// Threads: safe from any thread while files are open; Arm and Crash only while nothing is. One FaultDisk at a time uses
// a name. What SQLite keeps in shared memory and what it deletes is not brought back by a crash (its own recovery does
// not need either).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ledger/durable_file.h"

namespace support {

enum class Fault {
  kNone,
  kFailBefore,  ///< the operation answers an error and did nothing; the next ones work
  kFailAfter,   ///< the operation was done and answers an error all the same
  kDiskFull,    ///< this one and all later writes answer that the disk is full; syncs work
  kCrash,       ///< this operation and all later ones do nothing: the power is off
};

/// What of the unsynced writes the disk kept.
enum class Kept { kNothing, kEverything, kSome };

class FaultDisk {
 public:
  explicit FaultDisk(const std::string& name);
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  const std::string& vfs() const;
  ledger::FileSystem& files();
  /// Whether SQLite files opened from now on without naming a VFS are on this disk, too.
  void TakeOver(bool all);

  /// Counts from zero; operation `at` (0-based) meets the fault.
  void Arm(Fault fault, std::uint64_t at);
  void Disarm() { Arm(Fault::kNone, 0); }
  std::uint64_t operations() const;  ///< since Arm
  bool struck() const;               ///< whether the fault happened

  /// The power comes back: unsynced changes are gone (or some of them, by `seed`; torn at sectors), and the disk works
  /// again.
  void Crash(Kept kept, std::uint64_t seed = 0);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace support
