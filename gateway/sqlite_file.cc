#include "gateway/sqlite_file.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Exception.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace gateway::sqlite {

using Poco::Data::Keywords::now;

petition::Result<Poco::Data::Session> Open(const std::filesystem::path& file) {
  static std::once_flag registered;
  std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
  // Made here so that it, and the journals that inherit its mode, are never readable for others. One that is there is
  // never opened beside SQLite: closing it again would drop this process's locks on it, whoever here holds them, and
  // the next program that comes by would take the journal away from under an open session.
  const int made = open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool there = made < 0 && errno == EEXIST;
  if (made >= 0) close(made);
  std::error_code failed;
  if ((made < 0 && !there) || std::filesystem::is_symlink(file, failed)) {
    return petition::Unavailable("a file of the data folder can't be opened", file.filename().string());
  }
  try {
    Poco::Data::Session session(Poco::Data::SQLite::Connector::KEY, file.string());
    session << "PRAGMA busy_timeout=5000", now;
    session << "PRAGMA journal_mode=WAL", now;
    session << "PRAGMA synchronous=FULL", now;
    session << "PRAGMA secure_delete=ON", now;
    return session;
  } catch (...) {
    return CaughtError(file.filename().c_str());
  }
}

petition::Error CaughtError(const char* what) {
  namespace lite = Poco::Data::SQLite;
  const std::string where = std::string(what) + ": ";
  try {
    throw;
  } catch (const lite::CorruptImageException&) {
    return petition::Corrupt(where + "database image is malformed");
  } catch (const lite::DatabaseFullException&) {
    petition::Error error = petition::Unavailable("the disk is full", where + "full");
    error.reason = "disk_full";
    return error;
  } catch (const Poco::Exception& e) {
    return petition::Unavailable("a file of the data folder does not answer", where + e.name());
  } catch (const std::exception& e) {
    return petition::Internal(where + e.what());
  }
}

petition::Status InTransaction(Poco::Data::Session& session, const char* what,
                               const std::function<petition::Status()>& body) {
  petition::Status answer = petition::Ok();
  try {
    session << "BEGIN IMMEDIATE", now;
    try {
      answer = body();
      if (answer.ok()) session << "COMMIT", now;
    } catch (...) {
      answer = CaughtError(what);
    }
    if (!answer.ok()) session << "ROLLBACK", now;
  } catch (...) {
    if (answer.ok()) answer = CaughtError(what);
  }
  return answer;
}

}  // namespace gateway::sqlite
