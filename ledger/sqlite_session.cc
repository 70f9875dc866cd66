#include "ledger/sqlite_session.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Exception.h>

#include <mutex>

#include "ledger/read_ahead.h"

namespace ledger::sqlite {
namespace {

using Poco::Data::Keywords::now;

constexpr std::string_view kUriPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";

// A file name as SQLite's URI form, the only way to name a VFS through Poco.
std::string Uri(const Settings& settings) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : settings.file.string()) {
    if (kUriPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[static_cast<unsigned char>(c) >> 4];
      uri += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  if (!settings.vfs.empty()) uri += "?vfs=" + settings.vfs;
  return uri;
}

}  // namespace

petition::Result<Poco::Data::Session> OpenSession(const Settings& settings) {
  static std::once_flag registered;
  std::call_once(registered, [] { Poco::Data::SQLite::Connector::registerConnector(); });
  try {
    Poco::Data::Session session(Poco::Data::SQLite::Connector::KEY, Uri(settings));
    SetPatience(session);
    if (settings.reader) {
      session << "PRAGMA query_only=ON", now;
      session << "PRAGMA mmap_size=0", now;
      if (settings.scattered) ReadNothingAhead(settings.file, OpenFor::kAny);
      return session;
    }
    // Before the first table is made; later it changes nothing. Rows are a few KiB: two or three fill a page without
    // much waste.
    session << "PRAGMA page_size=8192", now;
    session << "PRAGMA journal_mode=WAL", now;
    session << (settings.sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF"), now;
    // Moving pages from the journal into place is Tidy's work, on a thread of its own: within a commit it would cost
    // milliseconds.
    session << "PRAGMA wal_autocheckpoint=0", now;
    session << "PRAGMA cache_size=-16384", now;
    // What is dropped shall be gone from the file, not only from its index.
    session << "PRAGMA secure_delete=ON", now;
    session << "PRAGMA temp_store=MEMORY", now;
    if (settings.scattered) ReadNothingAhead(settings.file, OpenFor::kAny);
    return session;
  } catch (...) {
    return CaughtError("open");
  }
}

void SetPatience(Poco::Data::Session& session) { session << "PRAGMA busy_timeout=5000", now; }

petition::Error CaughtError(const char* step) {
  namespace lite = Poco::Data::SQLite;
  const std::string where = std::string("ledger store, ") + step + ": ";
  try {
    throw;
  } catch (const lite::CorruptImageException&) {
    return petition::Corrupt(where + "database image is malformed");
  } catch (const lite::DBLockedException&) {
    petition::Error error = petition::Unavailable("the ledger's store is busy", where + "locked");
    error.reason = "store_busy";
    return error;
  } catch (const lite::DatabaseFullException&) {
    petition::Error error = petition::Unavailable("the disk is full", where + "full");
    error.reason = "disk_full";
    return error;
  } catch (const Poco::Exception& e) {
    return petition::Unavailable("the ledger's store does not answer", where + e.name());
  } catch (const std::exception& e) {
    return petition::Internal(where + e.what());
  }
}

}  // namespace ledger::sqlite
