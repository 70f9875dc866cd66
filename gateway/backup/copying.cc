#include "gateway/backup/copying.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "ledger/crypto.h"
#include "ledger/durable_file.h"

namespace gateway {
namespace {

using petition::Result;
using petition::Status;

constexpr std::size_t kPiece = 1u << 20;
constexpr int kBusyMillis = 10'000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

petition::Error Failed(const std::filesystem::path& file, const char* why) {
  return petition::Unavailable("can't copy " + file.filename().string(), why);
}

Result<Database> OpenDatabase(const std::filesystem::path& file, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return Failed(file, sqlite3_errstr(code));
  sqlite3_busy_timeout(raw, kBusyMillis);
  return database;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

Status CopyDatabase(const std::filesystem::path& from, const std::filesystem::path& to) {
  // Made here, so that nobody else can ever read it.
  { const Descriptor made(open(to.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600)); }
  GUIYI_TRY(const auto source, OpenDatabase(from, SQLITE_OPEN_READONLY));
  GUIYI_TRY(const auto target, OpenDatabase(to, SQLITE_OPEN_READWRITE));
  sqlite3_backup* const backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (backup == nullptr) return Failed(from, sqlite3_errmsg(target.get()));
  // In one step: it holds one reader's view of the source, beside which the hub goes on writing. In several steps it
  // would begin anew after each write.
  int code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) code = finished;
  if (code != SQLITE_OK) return Failed(from, sqlite3_errstr(code));
  // One file and no journal beside it.
  if (sqlite3_exec(target.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failed(to, sqlite3_errmsg(target.get()));
  return petition::Ok();
}

Status CopyPlain(const std::filesystem::path& from, const std::filesystem::path& to) {
  const Descriptor in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (in.get() < 0)
    return errno == ENOENT ? Status(petition::NotFound("a file is gone")) : Status(Failed(from, strerror(errno)));
  const Descriptor out(open(to.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (out.get() < 0) return Failed(to, strerror(errno));
  std::string piece(kPiece, '\0');
  for (;;) {
    const ssize_t got = read(in.get(), piece.data(), piece.size());
    if (got < 0) return Failed(from, strerror(errno));
    if (got == 0) break;
    for (ssize_t at = 0; at < got;) {
      const ssize_t put = write(out.get(), piece.data() + at, static_cast<std::size_t>(got - at));
      if (put <= 0) return Failed(to, strerror(errno));
      at += put;
    }
  }
  if (fsync(out.get()) != 0) return Failed(to, strerror(errno));
  return petition::Ok();
}

Status SyncFolder(const std::filesystem::path& folder) {
  GUIYI_TRY(const auto handle, ledger::FileSystem::Real().OpenFolder(folder));
  return handle->Sync();
}

Result<std::string> HashOfFile(const std::filesystem::path& file) {
  GUIYI_TRY(const auto source, ledger::FileSystem::Real().Open(file));
  ledger::RunningSha256 hash;
  for (;;) {
    GUIYI_TRY(const std::string piece, source->Read(kPiece));
    hash.Add(piece);
    if (piece.size() < kPiece) return hash.HexDigest();
  }
}

}  // namespace gateway
