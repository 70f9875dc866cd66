// While an EarlyWriting lives, what somebody writes to its files starts on its way to the disk at once instead of at
// the sync that ends the work: that sync finds little left, and so does everybody else's meanwhile, for a disk that is
// asked to make one file durable first takes whatever it was given before (measured: a commit of the ledger waited
// 30 ms for a neighbour's). It promises nothing: only a sync does, and on some file systems (a container's layers) it
// has no effect.
//
// Not for files that SQLite has open: closing a second descriptor would end its locks. Threads: one of its own.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

namespace ledger {

class EarlyWriting {
 public:
  /// A file that can't be opened is left out.
  explicit EarlyWriting(const std::vector<std::filesystem::path>& files);
  ~EarlyWriting();
  EarlyWriting(const EarlyWriting&) = delete;
  EarlyWriting& operator=(const EarlyWriting&) = delete;

 private:
  void Run();

  std::vector<int> files_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace ledger
