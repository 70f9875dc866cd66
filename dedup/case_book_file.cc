#include "dedup/case_book_file.h"

#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Exception.h>

#include "ledger/sqlite_session.h"

namespace dedup {

namespace {

Poco::Data::Session OpenSession(const std::filesystem::path& file, const std::string& vfs, bool writes) {
  auto session = ledger::sqlite::OpenSession({file, vfs, true, !writes});
  if (!session.ok()) throw Poco::IOException(session.error().detail);
  return std::move(session).value();
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, const std::string& vfs, bool writes)
    : session_(OpenSession(file, vfs, writes)) {
  Exec("PRAGMA busy_timeout=10000");
  if (writes) {
    // The ledger is what must survive; this file is folded from it again, so it may lose its last transactions
    // (never their order) in a power loss. What is personal in it is sealed, so nothing needs to be wiped.
    Exec("PRAGMA synchronous=NORMAL");
    Exec("PRAGMA wal_autocheckpoint=2000");
    Exec("PRAGMA secure_delete=OFF");
    Exec("PRAGMA cache_size=-32768");
  } else {
    Exec("PRAGMA cache_size=-4096");
  }
}

void Connection::Exec(const std::string& sql) {
  Poco::Data::Statement statement(session_);
  statement << sql;
  statement.execute();
}

StateFile::StateFile(std::filesystem::path file, std::string vfs)
    : path_(std::move(file)), vfs_(std::move(vfs)), writer_(path_, vfs_, true) {}

std::unique_ptr<Connection> StateFile::Take() {
  std::unique_lock lock(pool_mutex_);
  pool_freed_.wait(lock, [this] { return !pool_.empty() || readers_ < kReadersMax; });
  if (!pool_.empty()) {
    auto connection = std::move(pool_.back());
    pool_.pop_back();
    return connection;
  }
  ++readers_;
  lock.unlock();
  try {
    return std::make_unique<Connection>(path_, vfs_, false);
  } catch (...) {
    lock.lock();
    --readers_;
    pool_freed_.notify_one();
    throw;
  }
}

void StateFile::Give(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(pool_mutex_);
  pool_.push_back(std::move(connection));
  pool_freed_.notify_one();
}

petition::Error SqlError(std::string_view what) {
  const std::string where(what);
  try {
    throw;
  } catch (const Poco::Data::SQLite::CorruptImageException&) {
    return petition::Corrupt("state.db: " + where);
  } catch (const Poco::Exception& error) {
    return petition::Unavailable("the state store is not available", where + ": " + error.className());
  } catch (const std::exception& error) {
    return petition::Internal("state.db, " + where + ": " + typeid(error).name());
  }
}

}  // namespace dedup
