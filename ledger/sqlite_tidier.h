// Keeps SQLite's journal (the `-wal` file) small: a thread with a connection of its own moves committed pages to their
// place, so that no commit has to; and empties it when something was dropped, since what is dropped still stands in it.
// Wrote, Dropped and HoldStill may be called from one thread; Wrote and Dropped never wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/sqlite_session.h"

namespace ledger::sqlite {

class Tidier {
 public:
  /// `dropped`: there may be a journal of an earlier process in which something dropped still stands.
  Tidier(Poco::Data::Session session, std::size_t every_bytes, std::chrono::milliseconds empty_after, bool dropped);
  ~Tidier();
  /// About this many bytes were committed.
  void Wrote(std::size_t bytes);
  /// Something was dropped: the journal is emptied within `empty_after` and the time of a few reads.
  void Dropped();
  /// Keeps the thread from moving pages while it is held: SQLite lets only one connection do that, and refuses the
  /// other. Waits for a move under way.
  std::unique_lock<std::mutex> HoldStill() { return std::unique_lock(moving_); }

 private:
  void Run();
  void MovePages();
  bool Empty();

  Poco::Data::Session session_;  // owned by the thread
  const std::size_t every_bytes_;
  const std::chrono::milliseconds empty_after_;  // drops come in crowds: one emptying serves all of that time

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t written_ = 0;  // guarded by mutex_
  bool dropped_ = false;     // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::mutex moving_;        // held while pages are moved; taken without mutex_
  std::thread thread_;
};

}  // namespace ledger::sqlite
