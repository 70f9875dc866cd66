#include "ledger/sqlite_gathering_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

namespace ledger::sqlite {
namespace {

constexpr std::size_t kGatheredMax = 1u << 20;
// SQLite's own VFS takes a write's length modulo 128 KiB: more has to come in parts.
constexpr std::size_t kWriteMax = 64u << 10;

// A journal file. SQLite lays it out: our part first, the real VFS' part behind it.
struct Journal {
  sqlite3_file base;
  std::string* gathered;  // written nowhere yet
  sqlite3_int64 at;       // where it belongs
  bool gathers;           // see Open
  bool lost;              // some of it could not be written: no sync may say that it is there
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

Journal& Of(sqlite3_file* file) { return *reinterpret_cast<Journal*>(file); }
sqlite3_file* Real(sqlite3_file* file) { return Of(file).real(); }

int WriteGathered(sqlite3_file* file) {
  Journal& journal = Of(file);
  if (journal.gathered->empty()) return SQLITE_OK;
  int status = SQLITE_OK;
  for (std::size_t done = 0; done < journal.gathered->size() && status == SQLITE_OK; done += kWriteMax) {
    const std::size_t part = std::min(kWriteMax, journal.gathered->size() - done);
    status = Real(file)->pMethods->xWrite(Real(file), journal.gathered->data() + done, static_cast<int>(part),
                                          journal.at + static_cast<sqlite3_int64>(done));
  }
  // Also when it failed: the commit they belong to fails with it, and no later one may bring them back.
  journal.gathered->clear();
  journal.lost = journal.lost || status != SQLITE_OK;
  return status;
}

int Write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  Journal& journal = Of(file);
  if (!journal.gathers) return Real(file)->pMethods->xWrite(Real(file), bytes, count, offset);
  std::string& gathered = *journal.gathered;
  const bool follows = offset == journal.at + static_cast<sqlite3_int64>(gathered.size());
  if (!follows || gathered.size() + static_cast<std::size_t>(count) > kGatheredMax) {
    if (const int status = WriteGathered(file); status != SQLITE_OK) return status;
  }
  if (gathered.empty()) journal.at = offset;
  try {
    gathered.append(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
  } catch (const std::bad_alloc&) {
    return SQLITE_IOERR_NOMEM;
  }
  return SQLITE_OK;
}

int Sync(sqlite3_file* file, int flags) {
  const int status = WriteGathered(file);
  // What SQLite reads back within a transaction is written first: where that failed, it may have taken back the
  // statement only.
  if (std::exchange(Of(file).lost, false)) return status != SQLITE_OK ? status : SQLITE_IOERR_WRITE;
  return Real(file)->pMethods->xSync(Real(file), flags);
}
int Read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
  if (const int status = WriteGathered(file); status != SQLITE_OK) return status;
  return Real(file)->pMethods->xRead(Real(file), into, count, offset);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int status = WriteGathered(file); status != SQLITE_OK) return status;
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  if (const int status = WriteGathered(file); status != SQLITE_OK) return status;
  return Real(file)->pMethods->xFileSize(Real(file), size);
}
int Close(sqlite3_file* file) {
  const int written = WriteGathered(file);
  delete Of(file).gathered;
  const int closed = Real(file)->pMethods->xClose(Real(file));
  return written != SQLITE_OK ? written : closed;
}
int Lock(sqlite3_file* file, int level) { return Real(file)->pMethods->xLock(Real(file), level); }
int Unlock(sqlite3_file* file, int level) { return Real(file)->pMethods->xUnlock(Real(file), level); }
int CheckReservedLock(sqlite3_file* file, int* held) {
  return Real(file)->pMethods->xCheckReservedLock(Real(file), held);
}
int FileControl(sqlite3_file* file, int op, void* arg) {
  return Real(file)->pMethods->xFileControl(Real(file), op, arg);
}
int SectorSize(sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); }
int DeviceCharacteristics(sqlite3_file* file) { return Real(file)->pMethods->xDeviceCharacteristics(Real(file)); }

// A journal needs no shared memory and is not mapped: version 1.
const sqlite3_io_methods kJournalMethods = {
    1,
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
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

sqlite3_vfs* Base(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  sqlite3_vfs* const base = Base(vfs);
  if ((flags & SQLITE_OPEN_WAL) == 0) return base->xOpen(base, name, file, flags, flags_out);
  file->pMethods = nullptr;
  auto* const gathered = new (std::nothrow) std::string;
  if (gathered == nullptr) return SQLITE_NOMEM;
  const int status = base->xOpen(base, name, Real(file), flags, flags_out);
  if (status != SQLITE_OK) {
    delete gathered;
    return status;
  }
  Of(file).gathered = gathered;
  Of(file).at = 0;
  Of(file).lost = false;
  // Without this promise of the disk SQLite fills the last sector of a commit up with a copy of its last page and
  // writes the end of that behind the sync: then nothing may wait for it.
  Of(file).gathers = (Real(file)->pMethods->xDeviceCharacteristics(Real(file)) & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
  file->pMethods = &kJournalMethods;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync) { return Base(vfs)->xDelete(Base(vfs), name, sync); }
int Access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  return Base(vfs)->xAccess(Base(vfs), name, flags, out);
}
int FullPathname(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return Base(vfs)->xFullPathname(Base(vfs), name, size, out);
}
int Randomness(sqlite3_vfs* vfs, int size, char* out) { return Base(vfs)->xRandomness(Base(vfs), size, out); }
int Sleep(sqlite3_vfs* vfs, int micros) { return Base(vfs)->xSleep(Base(vfs), micros); }
int GetLastError(sqlite3_vfs* vfs, int size, char* out) { return Base(vfs)->xGetLastError(Base(vfs), size, out); }
int CurrentTime(sqlite3_vfs* vfs, double* out) { return Base(vfs)->xCurrentTime(Base(vfs), out); }
int CurrentTimeInt64(sqlite3_vfs* vfs, sqlite3_int64* out) { return Base(vfs)->xCurrentTimeInt64(Base(vfs), out); }

struct Layer {
  std::string name;
  sqlite3_vfs vfs{};
};

}  // namespace

std::string GatheringVfs(const std::string& base) {
  static std::mutex mutex;
  static std::map<std::string, Layer>& layers = *new std::map<std::string, Layer>;  // SQLite keeps them for good
  const std::lock_guard lock(mutex);
  sqlite3_vfs* const found = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (found == nullptr || found->iVersion < 2) return base;  // opening will say what is wrong with it
  Layer& layer = layers[found->zName];
  // One of that name may have gone and come again.
  if (layer.vfs.pAppData == found) return layer.name;
  if (layer.vfs.pAppData != nullptr) sqlite3_vfs_unregister(&layer.vfs);
  layer.name = "gathering-" + std::string(found->zName);
  layer.vfs = {};
  layer.vfs.iVersion = 2;
  layer.vfs.szOsFile = static_cast<int>(sizeof(Journal)) + found->szOsFile;
  layer.vfs.mxPathname = found->mxPathname;
  layer.vfs.zName = layer.name.c_str();
  layer.vfs.pAppData = found;
  layer.vfs.xOpen = Open;
  layer.vfs.xDelete = Delete;
  layer.vfs.xAccess = Access;
  layer.vfs.xFullPathname = FullPathname;
  layer.vfs.xRandomness = Randomness;
  layer.vfs.xSleep = Sleep;
  layer.vfs.xGetLastError = GetLastError;
  layer.vfs.xCurrentTime = CurrentTime;
  layer.vfs.xCurrentTimeInt64 = CurrentTimeInt64;
  return sqlite3_vfs_register(&layer.vfs, 0) == SQLITE_OK ? layer.name : base;
}

}  // namespace ledger::sqlite
