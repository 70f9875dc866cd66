// Keeps SQLite's journal (the `-wal` file) small: a thread with a connection of its own moves committed pages to their
// place, so that no commit has to. Wrote and HoldStill may be called from one thread; Wrote never waits.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/sqlite_session.h"

namespace ledger::sqlite {

class Tidier {
 public:
  Tidier(Poco::Data::Session session, std::size_t every_bytes);
  ~Tidier();
  /// About this many bytes were committed.
  void Wrote(std::size_t bytes);
  /// Keeps the thread from moving pages while it is held: SQLite lets only one connection do that, and refuses the
  /// other. Waits for a move under way.
  std::unique_lock<std::mutex> HoldStill() { return std::unique_lock(moving_); }

 private:
  void Run();

  Poco::Data::Session session_;  // owned by the thread
  const std::size_t every_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::mutex moving_;        // held while pages are moved; taken without mutex_
  std::thread thread_;
};

}  // namespace ledger::sqlite
