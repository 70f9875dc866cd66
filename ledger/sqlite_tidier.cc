#include "ledger/sqlite_tidier.h"

#include <Poco/Exception.h>

namespace ledger::sqlite {

using Poco::Data::Keywords::into;
using Poco::Data::Keywords::now;

namespace {

// From so many pages on the journal shall begin anew, which it does once all of it is in place. What comes in during a
// round is less each time.
constexpr int kLongJournal = 2048;
constexpr int kRoundsMax = 4;

}  // namespace

Tidier::Tidier(Poco::Data::Session session, std::size_t every_bytes, std::chrono::milliseconds empty_after,
               bool dropped)
    : session_(std::move(session)),
      every_bytes_(every_bytes),
      empty_after_(empty_after),
      dropped_(dropped),
      thread_([this] { Run(); }) {}

Tidier::~Tidier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Tidier::Wrote(std::size_t bytes) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    written_ += bytes;
    enough = written_ >= every_bytes_;
  }
  if (enough) changed_.notify_one();
}

void Tidier::Dropped() {
  {
    const std::lock_guard lock(mutex_);
    dropped_ = true;
  }
  changed_.notify_one();
}

void Tidier::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || dropped_ || written_ >= every_bytes_; });
    // More drops, or the time is over: either way all of them.
    if (dropped_) changed_.wait_for(lock, empty_after_, [&] { return stopping_ || written_ >= every_bytes_; });
    if (stopping_) return;
    const bool empty = std::exchange(dropped_, false);
    written_ = 0;
    lock.unlock();
    MovePages();
    const bool emptied = !empty || Empty();
    lock.lock();
    if (!emptied) dropped_ = true;
  }
}

void Tidier::MovePages() {
  try {
    const std::lock_guard moving(moving_);
    // PASSIVE waits for nobody. What it can't move now (a reader still needs it, the writer just added it) the next
    // round moves.
    int busy = 1, pages = 0, moved = 0;
    for (int round = 0; round < kRoundsMax; ++round) {
      session_ << "PRAGMA wal_checkpoint(PASSIVE)", into(busy), into(pages), into(moved), now;
      if (busy != 0 || pages < kLongJournal || moved >= pages) return;
    }
  } catch (const Poco::Exception&) {
    // Nothing is lost: the journal holds it. The writer meets the same disk and reports it.
  }
}

// Moves the rest and cuts the journal to nothing. It keeps the writer waiting, for as long as a reader needs, but not
// for a long one; most was moved just before. False: not now.
bool Tidier::Empty() {
  try {
    const std::lock_guard moving(moving_);
    session_ << "PRAGMA busy_timeout=50", now;
    int busy = 1, pages = 0, moved = 0;
    session_ << "PRAGMA wal_checkpoint(TRUNCATE)", into(busy), into(pages), into(moved), now;
    return busy == 0;
  } catch (const Poco::Exception&) {
    return false;
  }
}

}  // namespace ledger::sqlite
