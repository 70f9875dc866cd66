#include "gateway/fanout/fan_out_file.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Tuple.h>

#include "gateway/sqlite_file.h"

namespace gateway {

using petition::Result;
using petition::Status;
using namespace Poco::Data::Keywords;

struct FanOutFile::Impl {
  Poco::Data::Session session;
};

FanOutFile::FanOutFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FanOutFile::~FanOutFile() = default;

Result<std::unique_ptr<FanOutFile>> FanOutFile::Open(const std::filesystem::path& file) {
  GUIYI_TRY(auto session, sqlite::Open(file));
  try {
    session << "CREATE TABLE IF NOT EXISTS told(source TEXT PRIMARY KEY, cursor INTEGER NOT NULL, gone INTEGER NOT "
               "NULL)",
        now;
  } catch (...) {
    return sqlite::CaughtError("fanout.db");
  }
  return std::unique_ptr<FanOutFile>(new FanOutFile(std::make_unique<Impl>(Impl{std::move(session)})));
}

Result<FanOutFile::Place> FanOutFile::Of(const std::string& source) {
  const std::lock_guard lock(mutex_);
  try {
    std::string key = source;
    Poco::Int64 cursor = 0;
    int gone = 0;
    impl_->session << "SELECT cursor, gone FROM told WHERE source=$1", use(key), into(cursor), into(gone), now;
    return Place{static_cast<std::uint64_t>(cursor), gone != 0};
  } catch (...) {
    return sqlite::CaughtError("fanout.db");
  }
}

Status FanOutFile::Set(const std::string& source, const Place& place) {
  const std::lock_guard lock(mutex_);
  return sqlite::InTransaction(impl_->session, "fanout.db", [&]() -> Status {
    std::string key = source;
    auto cursor = static_cast<Poco::Int64>(place.cursor);
    int gone = place.gone ? 1 : 0;
    impl_->session << "INSERT OR REPLACE INTO told(source, cursor, gone) VALUES($1, $2, $3)", use(key), use(cursor),
        use(gone), now;
    return petition::Ok();
  });
}

}  // namespace gateway
