// How this folder speaks to SQLite through Poco::Data: opening with the settings that durability needs, and turning
// exceptions into errors. Included by the .cc files of the SQLite store only. A session belongs to one thread at a
// time.
#pragma once

#include <Poco/Data/LOB.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace ledger::sqlite {

struct Settings {
  std::filesystem::path file;
  std::string vfs;   ///< by name; empty: the default one
  bool sync = true;  ///< synchronous=FULL, else OFF
  bool reader = false;
  bool scattered = false;  ///< it is read a page here and a page there: the system reads nothing ahead
};

/// Opens a session; the file is made when it is missing.
petition::Result<Poco::Data::Session> OpenSession(const Settings& settings);

/// The error that a caught exception of Poco::Data stands for; call it inside a catch block. Statement texts stay out:
/// they hold no values, but say nothing to a caller.
petition::Error CaughtError(const char* step);
/// How long a session waits for another one's lock, as every session is opened: five seconds.
void SetPatience(Poco::Data::Session& session);

inline std::string ToString(const Poco::Data::BLOB& blob) {
  return blob.size() == 0 ? std::string() : std::string(reinterpret_cast<const char*>(blob.rawContent()), blob.size());
}
inline Poco::Data::BLOB ToBlob(std::string_view bytes) {
  return bytes.empty() ? Poco::Data::BLOB()
                       : Poco::Data::BLOB(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace ledger::sqlite
