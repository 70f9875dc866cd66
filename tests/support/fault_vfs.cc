#include "support/fault_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

#include "support/fault_log.h"

namespace support {
namespace {

using ledger::FileSystem;
using petition::Result;
using petition::Status;
using Step = FaultLog::Step;

petition::Error Refused(const FaultLog::Ruling& ruling) {
  return petition::Unavailable("the disk does not take or give data at the moment",
                               ruling.full ? "disk full (test)" : "fault (test)");
}

// --- SQLite's side. A FaultFile is laid out by SQLite: our part first, the real VFS' part behind it.

struct FaultFile {
  sqlite3_file base;
  FaultLog* log;
  std::string* name;  // nullptr: a temporary file, passed through
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

FaultFile* Of(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Of(file)->real(); }

int Close(sqlite3_file* file) {
  const int status = Real(file)->pMethods->xClose(Real(file));
  delete Of(file)->name;
  return status;
}
int Read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), bytes, count, offset);
}
int Write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  if (Of(file)->name == nullptr) return Real(file)->pMethods->xWrite(Real(file), bytes, count, offset);
  const auto ruling = Of(file)->log->Next(Step::kWrite);
  int status = SQLITE_OK;
  if (ruling.act) {
    Of(file)->log->WillWrite(*Of(file)->name, static_cast<std::uint64_t>(offset),
                             {static_cast<const char*>(bytes), static_cast<std::size_t>(count)});
    status = Real(file)->pMethods->xWrite(Real(file), bytes, count, offset);
  }
  if (ruling.fail) return ruling.full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  return status;
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (Of(file)->name == nullptr) return Real(file)->pMethods->xTruncate(Real(file), size);
  const auto ruling = Of(file)->log->Next(Step::kTruncate);
  int status = SQLITE_OK;
  if (ruling.act) {
    Of(file)->log->WillTruncate(*Of(file)->name, static_cast<std::uint64_t>(size));
    status = Real(file)->pMethods->xTruncate(Real(file), size);
  }
  return ruling.fail ? SQLITE_IOERR_TRUNCATE : status;
}
int Sync(sqlite3_file* file, int) {
  if (Of(file)->name == nullptr) return SQLITE_OK;
  const auto ruling = Of(file)->log->Next(Step::kSync);
  if (ruling.act) Of(file)->log->Synced(*Of(file)->name);
  return ruling.fail ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) { return Real(file)->pMethods->xFileSize(Real(file), size); }
int Lock(sqlite3_file* file, int level) { return Real(file)->pMethods->xLock(Real(file), level); }
int Unlock(sqlite3_file* file, int level) { return Real(file)->pMethods->xUnlock(Real(file), level); }
int CheckReservedLock(sqlite3_file* file, int* held) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), held);
}
int FileControl(sqlite3_file* file, int op, void* arg) {
  // Hints by which the file would grow or be written past us.
  if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE || op == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_OK;
  return Real(file)->pMethods->xFileControl(Real(file), op, arg);
}
int SectorSize(sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); }
// No promise beyond what a plain disk gives: no atomic writes, no safe append.
int DeviceCharacteristics(sqlite3_file*) { return 0; }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, out);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }
int ShmUnmap(sqlite3_file* file, int remove) { return Real(file)->pMethods->xShmUnmap(Real(file), remove); }

const sqlite3_io_methods kMethods{2,
                                  Close,
                                  Read,
                                  Write,
                                  Truncate,
                                  Sync,
                                  FileSize,
                                  Lock,
                                  Unlock,
                                  CheckReservedLock,
                                  FileControl,
                                  SectorSize,
                                  DeviceCharacteristics,
                                  ShmMap,
                                  ShmLock,
                                  ShmBarrier,
                                  ShmUnmap,
                                  nullptr,
                                  nullptr};

// The one that was the default before any of ours.
sqlite3_vfs* Default() {
  static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
  return found;
}
FaultLog* LogOf(sqlite3_vfs* vfs) { return static_cast<FaultLog*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* const ours = new (file) FaultFile{{nullptr}, LogOf(vfs), nullptr};
  const int status = Default()->xOpen(Default(), name, ours->real(), flags, out_flags);
  if (ours->real()->pMethods == nullptr) return status;
  if (status == SQLITE_OK && name != nullptr && (flags & SQLITE_OPEN_DELETEONCLOSE) == 0)
    ours->name = new std::string(name);
  ours->base.pMethods = &kMethods;
  return status;
}
int Delete(sqlite3_vfs* vfs, const char* name, int) {
  const auto ruling = LogOf(vfs)->Next(Step::kDirectory);
  int status = SQLITE_OK;
  if (ruling.act) {
    status = Default()->xDelete(Default(), name, 0);
    LogOf(vfs)->Removed(name);
  }
  return ruling.fail ? SQLITE_IOERR_DELETE : status;
}
int Access(sqlite3_vfs*, const char* name, int flags, int* out) {
  return Default()->xAccess(Default(), name, flags, out);
}
int FullPathname(sqlite3_vfs*, const char* name, int count, char* out) {
  return Default()->xFullPathname(Default(), name, count, out);
}
int Randomness(sqlite3_vfs*, int count, char* out) { return Default()->xRandomness(Default(), count, out); }
int Sleep(sqlite3_vfs*, int micros) { return Default()->xSleep(Default(), micros); }
int CurrentTime(sqlite3_vfs*, double* out) { return Default()->xCurrentTime(Default(), out); }
int GetLastError(sqlite3_vfs*, int count, char* out) { return Default()->xGetLastError(Default(), count, out); }
int CurrentTimeInt64(sqlite3_vfs*, sqlite3_int64* out) { return Default()->xCurrentTimeInt64(Default(), out); }

// --- The file system's side.

class ShimFile final : public FileSystem::File {
 public:
  ShimFile(FaultLog& log, std::string name, std::unique_ptr<File> real)
      : log_(log), name_(std::move(name)), real_(std::move(real)) {}
  Status Write(std::string_view bytes) override {
    const auto ruling = log_.Next(Step::kWrite);
    if (ruling.act) {
      log_.WillWrite(name_, offset_, bytes);
      GUIYI_CHECK(real_->Write(bytes));
      offset_ += bytes.size();
    }
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }
  Status Sync() override {
    const auto ruling = log_.Next(Step::kSync);
    if (ruling.act) log_.Synced(name_);
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }

 private:
  FaultLog& log_;
  const std::string name_;
  const std::unique_ptr<File> real_;
  std::uint64_t offset_ = 0;
};

class ShimFolder final : public FileSystem::Folder {
 public:
  ShimFolder(FaultLog& log, std::string name) : log_(log), name_(std::move(name)) {}
  Status Sync() override {
    const auto ruling = log_.Next(Step::kSync);
    if (ruling.act) log_.FolderSynced(name_);
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }

 private:
  FaultLog& log_;
  const std::string name_;
};

class ShimFileSystem final : public FileSystem {
 public:
  explicit ShimFileSystem(FaultLog& log) : log_(log) {}
  Result<std::unique_ptr<File>> Create(const std::filesystem::path& file, bool secret) override {
    const auto ruling = log_.Next(Step::kDirectory);
    if (!ruling.act) return Refused(ruling);
    log_.WillCreate(file.string());
    GUIYI_TRY(auto real, Real().Create(file, secret));
    if (ruling.fail) return Refused(ruling);
    return std::unique_ptr<File>(std::make_unique<ShimFile>(log_, file.string(), std::move(real)));
  }
  Result<std::unique_ptr<Folder>> OpenFolder(const std::filesystem::path& folder) override {
    GUIYI_TRY(const auto real, Real().OpenFolder(folder));
    return std::unique_ptr<Folder>(std::make_unique<ShimFolder>(log_, folder.string()));
  }
  Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    const auto ruling = log_.Next(Step::kDirectory);
    if (ruling.act) {
      log_.WillRename(from.string(), to.string());
      GUIYI_CHECK(Real().Rename(from, to));
    }
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }
  Status Remove(const std::filesystem::path& file) override {
    const auto ruling = log_.Next(Step::kDirectory);
    if (ruling.act) {
      GUIYI_CHECK(Real().Remove(file));
      log_.Removed(file.string());
    }
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }
  void RemoveTree(const std::filesystem::path& folder) override {
    if (log_.Next(Step::kDirectory).act) Real().RemoveTree(folder);
  }
  Status MakeFolder(const std::filesystem::path& folder) override {
    const auto ruling = log_.Next(Step::kDirectory);
    if (ruling.act) {
      if (!Exists(folder)) log_.WillCreate(folder.string());
      GUIYI_CHECK(Real().MakeFolder(folder));
    }
    if (ruling.fail) return Refused(ruling);
    return petition::Ok();
  }
  Result<std::unique_ptr<Source>> Open(const std::filesystem::path& file) override { return Real().Open(file); }
  Result<std::string> Read(const std::filesystem::path& file, std::size_t bytes_max) override {
    return Real().Read(file, bytes_max);
  }
  bool Exists(const std::filesystem::path& file) override { return Real().Exists(file); }

 private:
  FaultLog& log_;
};

}  // namespace

struct FaultDisk::Impl {
  explicit Impl(std::string vfs_name) : name(std::move(vfs_name)), files(log) {
    vfs.iVersion = 2;
    vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + Default()->szOsFile;
    vfs.mxPathname = Default()->mxPathname;
    vfs.zName = name.c_str();
    vfs.pAppData = &log;
    vfs.xOpen = ::support::Open;
    vfs.xDelete = Delete;
    vfs.xAccess = Access;
    vfs.xFullPathname = FullPathname;
    vfs.xRandomness = Randomness;
    vfs.xSleep = Sleep;
    vfs.xCurrentTime = CurrentTime;
    vfs.xGetLastError = GetLastError;
    vfs.xCurrentTimeInt64 = CurrentTimeInt64;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) std::abort();
  }
  ~Impl() {
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(Default(), 1);
  }

  const std::string name;
  FaultLog log;
  ShimFileSystem files;
  sqlite3_vfs vfs{};
};

FaultDisk::FaultDisk(const std::string& name) : impl_(std::make_unique<Impl>(name)) {}
FaultDisk::~FaultDisk() = default;
const std::string& FaultDisk::vfs() const { return impl_->name; }
ledger::FileSystem& FaultDisk::files() { return impl_->files; }
void FaultDisk::TakeOver(bool all) { sqlite3_vfs_register(all ? &impl_->vfs : Default(), 1); }
void FaultDisk::Arm(Fault fault, std::uint64_t at) { impl_->log.Arm(fault, at); }
std::uint64_t FaultDisk::operations() const { return impl_->log.operations(); }
bool FaultDisk::struck() const { return impl_->log.struck(); }
void FaultDisk::Crash(Kept kept, std::uint64_t seed) { impl_->log.Crash(kept, seed); }

}  // namespace support
