#include "ledger/sqlite_tidier.h"

#include <Poco/Exception.h>

namespace ledger::sqlite {

using Poco::Data::Keywords::now;

Tidier::Tidier(Poco::Data::Session session, std::size_t every_bytes)
    : session_(std::move(session)), every_bytes_(every_bytes), thread_([this] { Run(); }) {}

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

void Tidier::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || written_ >= every_bytes_; });
    if (stopping_) return;
    written_ = 0;
    lock.unlock();
    try {
      const std::lock_guard moving(moving_);
      // PASSIVE waits for nobody. What it can't move now (a reader still needs it, the writer just added it) the next
      // round moves.
      session_ << "PRAGMA wal_checkpoint(PASSIVE)", now;
    } catch (const Poco::Exception&) {
      // Nothing is lost: the journal holds it. The writer meets the same disk and reports it.
    }
    lock.lock();
  }
}

}  // namespace ledger::sqlite
