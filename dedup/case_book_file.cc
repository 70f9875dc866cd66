#include "dedup/case_book_file.h"

#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <sqlite3.h>

#include "ledger/sqlite_session.h"

namespace dedup {

namespace sql_detail {

namespace lite = Poco::Data::SQLite;

Statement::Statement(sqlite3* database, const char* sql) : database_(database) {
  const int status = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (status != SQLITE_OK) lite::Utility::throwException(database_, status);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::CheckCount(int parameters, int columns) const {
  if (sqlite3_bind_parameter_count(statement_) != parameters || sqlite3_column_count(statement_) < columns)
    throw Poco::InvalidArgumentException("a statement with another number of parameters or columns");
}

bool Statement::Step() {
  const int status = sqlite3_step(statement_);
  if (status == SQLITE_ROW) return true;
  if (status != SQLITE_DONE) lite::Utility::throwException(database_, status);
  return false;
}

void Statement::Reset() { sqlite3_reset(statement_); }

void Statement::BindNumber(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }
void Statement::BindReal(int at, double value) { sqlite3_bind_double(statement_, at, value); }
void Statement::BindText(int at, std::string_view value) {
  // A null pointer would be NULL.
  sqlite3_bind_text64(statement_, at, value.empty() ? "" : value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
}
void Statement::BindBytes(int at, std::string_view value) {
  if (value.empty()) {
    sqlite3_bind_zeroblob(statement_, at, 0);
  } else {
    sqlite3_bind_blob64(statement_, at, value.data(), value.size(), SQLITE_STATIC);
  }
}

std::int64_t Statement::NumberOf(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::RealOf(int column) const { return sqlite3_column_double(statement_, column); }
std::string Statement::TextOf(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string()
                         : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}
std::string Statement::BytesOf(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return bytes == nullptr ? std::string()
                          : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

}  // namespace sql_detail

namespace {

Poco::Data::Session OpenSession(const std::filesystem::path& file, const std::string& vfs, bool writes) {
  auto session = ledger::sqlite::OpenSession({.file = file, .vfs = vfs, .reader = !writes, .scattered = true});
  if (!session.ok()) throw Poco::IOException(session.error().detail);
  return std::move(session).value();
}

}  // namespace

Connection::Connection(const std::filesystem::path& file, const std::string& vfs, bool writes)
    : session_(OpenSession(file, vfs, writes)), database_(Poco::Data::SQLite::Utility::dbHandle(session_)) {
  Exec("PRAGMA busy_timeout=10000");
  if (writes) {
    // The ledger is what must survive; this file is folded from it again. It is synced all the same, and moved into
    // place by little: what gathers is written at once some day, and meanwhile whoever waits for the ledger's own sync
    // waits for all of it.
    Exec("PRAGMA synchronous=FULL");
    Exec("PRAGMA wal_autocheckpoint=500");
    // What is personal in it is sealed, so nothing needs to be wiped.
    Exec("PRAGMA secure_delete=OFF");
    Exec("PRAGMA cache_size=-32768");
  } else {
    Exec("PRAGMA cache_size=-12288");  // what leads to a million profiles, and some of them
  }
}

void Connection::OnWrite(Told told) {
  told_ = std::move(told);
  sqlite3_update_hook(
      database_,
      [](void* self, int, const char*, const char* table, sqlite3_int64 row) {
        static_cast<Connection*>(self)->told_(table, row);
      },
      this);
  sqlite3_rollback_hook(
      database_, [](void* self) { static_cast<Connection*>(self)->told_({}, 0); }, this);
}

void Connection::Exec(const std::string& sql) {
  Poco::Data::Statement statement(session_);
  statement << sql;
  statement.execute();
}

void Connection::Whole(const std::function<void()>& work) {
  Exec("BEGIN IMMEDIATE");
  try {
    work();
    Exec("COMMIT");
  } catch (...) {
    Exec("ROLLBACK");
    throw;
  }
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
