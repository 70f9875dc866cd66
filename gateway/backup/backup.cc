#include "gateway/backup/backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "gateway/backup/copying.h"
#include "gateway/blob_names.h"
#include "ledger/checkpoint.h"
#include "ledger/durable_file.h"
#include "ledger/offline.h"
#include "ledger/sqlite_store.h"
#include "petition/json.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using petition::Json;
using petition::Result;
using petition::Status;

constexpr std::size_t kManifestBytesMax = 256u << 20;

/// What follows from the ledger, or is another program's.
bool LeftOut(const std::string& name) { return name == "ledger.db" || name == "state.db" || name == "national-sim.db"; }

Status MakeTarget(const fs::path& target) {
  std::error_code failed;
  if (fs::exists(target, failed) && !fs::is_empty(target, failed))
    return petition::Conflict("target_not_empty", "the backup's folder is not empty: " + target.string());
  fs::create_directories(target, failed);
  if (failed || chmod(target.c_str(), 0700) != 0)
    return petition::Unavailable("the backup's folder can't be made", failed.message());
  return petition::Ok();
}

bool Within(const fs::path& inner, const fs::path& outer) {
  const auto in = fs::weakly_canonical(inner), out = fs::weakly_canonical(outer);
  return std::mismatch(out.begin(), out.end(), in.begin(), in.end()).first == out.end();
}

class Backup {
 public:
  Backup(const BackupOptions& options, const petition::Clock& clock) : options_(options), clock_(clock) {}

  Result<BackupManifest> Run() {
    if (!fs::is_regular_file(options_.data / "ledger.db"))
      return petition::NotFound("there is no ledger in " + options_.data.string());
    if (!options_.keys.empty() && Within(options_.keys, options_.target))
      return petition::Invalid("keys_within", "the keys belong apart from the backup, not into it");
    GUIYI_TRY(manifest_.vkey, ledger::OfflineVkey(options_.data));
    GUIYI_CHECK(MakeTarget(options_.target));
    // The hub's other files first: what they remember of the ledger must not be ahead of it.
    GUIYI_CHECK(CopyOthers());
    GUIYI_CHECK(CopyDatabase(options_.data / "ledger.db", options_.target / "ledger.db"));
    GUIYI_CHECK(Add("ledger.db"));
    GUIYI_CHECK(ReadHead());
    // After the ledger, since an attachment is there before the entry that names it; and of those only what the copied
    // entries name.
    GUIYI_CHECK(ReadNames());
    GUIYI_CHECK(CopyBlobs());
    if (!options_.keys.empty()) GUIYI_CHECK(CopyKeys());
    GUIYI_CHECK(SyncFolder(options_.target));
    GUIYI_CHECK(WriteManifest());
    return std::move(manifest_);
  }

 private:
  Status Add(const std::string& path) {
    const fs::path file = options_.target / path;
    GUIYI_TRY(auto sha256, HashOfFile(file));
    std::error_code failed;
    manifest_.files.push_back({path, fs::file_size(file, failed), std::move(sha256)});
    if (options_.progress) options_.progress(manifest_.files.size());
    return petition::Ok();
  }

  Status CopyOthers() {
    std::error_code failed;
    for (fs::directory_iterator at(options_.data, failed), end; !failed && at != end; at.increment(failed)) {
      const std::string name = at->path().filename().string();
      if (!at->is_regular_file() || at->path().extension() != ".db" || LeftOut(name)) continue;
      GUIYI_CHECK(CopyDatabase(at->path(), options_.target / name));
      GUIYI_CHECK(Add(name));
    }
    return failed ? Status(petition::Unavailable("the data folder can't be read", failed.message())) : petition::Ok();
  }

  Status ReadHead() {
    GUIYI_TRY(const auto store, ledger::OpenSqliteStoreForReading(options_.target / "ledger.db"));
    GUIYI_TRY(const auto head, store->LoadHead());
    GUIYI_TRY(const auto key, ledger::VerifierKey::Parse(manifest_.vkey));
    GUIYI_TRY(const auto checkpoint, ledger::Checkpoint::Open(head.checkpoint, key));
    manifest_.origin = checkpoint.origin;
    manifest_.size = checkpoint.size;
    manifest_.checkpoint = head.checkpoint;
    return petition::Ok();
  }

  Status ReadNames() {
    std::error_code failed;
    if (!fs::is_directory(options_.data / "blobs", failed)) return petition::Ok();
    GUIYI_TRY(const auto keys, ledger::KeyRing::Open(options_.data / "keys", false));
    names_.emplace(keys);
    const Status read = ledger::OfflineRecords(options_.target / "ledger.db", keys,
                                               [this](const ledger::Stored& stored) { return names_->Take(stored); });
    // Of a damaged store everything is worth keeping.
    if (!read.ok()) names_.reset();
    return petition::Ok();
  }

  Status CopyBlobs() {
    const fs::path from = options_.data / "blobs";
    std::error_code failed;
    if (!fs::is_directory(from, failed)) return petition::Ok();
    for (const auto& folder : fs::directory_iterator(from)) {
      const std::string name = folder.path().filename().string();
      if (!folder.is_directory() || name.size() != 2) continue;  // those that no entry names stay behind
      const fs::path to = options_.target / "blobs" / name;
      fs::create_directories(to, failed);
      for (const auto& file : fs::directory_iterator(folder.path())) {
        if (!file.is_regular_file()) continue;
        const std::string blob = file.path().filename().string();
        if (names_ && !names_->Has(blob)) continue;
        GUIYI_CHECK(CopyPlain(file.path(), to / blob));
        GUIYI_CHECK(Add("blobs/" + name + "/" + blob));
      }
      GUIYI_CHECK(SyncFolder(to));
    }
    return petition::Ok();
  }

  Status CopyKeys() {
    GUIYI_CHECK(MakeTarget(options_.keys));
    for (const auto& file : fs::directory_iterator(options_.data / "keys")) {
      if (file.is_regular_file()) GUIYI_CHECK(CopyPlain(file.path(), options_.keys / file.path().filename()));
    }
    return SyncFolder(options_.keys);
  }

  Status WriteManifest() {
    manifest_.at = petition::FormatTime(clock_.Now());
    Json files = Json::array();
    for (const auto& file : manifest_.files)
      files.push_back({{"path", file.path}, {"size", file.size}, {"sha256", file.sha256}});
    const Json json{{"v", 1},
                    {"origin", manifest_.origin},
                    {"vkey", manifest_.vkey},
                    {"size", manifest_.size},
                    {"checkpoint", manifest_.checkpoint},
                    {"at", manifest_.at},
                    {"files", std::move(files)}};
    return ledger::WriteDurably(ledger::FileSystem::Real(), fs::absolute(options_.target) / kBackupManifest,
                                json.dump(1) + "\n", true);
  }

  const BackupOptions& options_;
  const petition::Clock& clock_;
  BackupManifest manifest_;
  std::optional<BlobNames> names_;  // what the copied entries name; none: not known
};

bool PlainPath(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos;
}

}  // namespace

Result<BackupManifest> MakeBackup(const BackupOptions& options, const petition::Clock& clock) {
  try {
    return Backup(options, clock).Run();
  } catch (const fs::filesystem_error& error) {
    return petition::Unavailable("a folder can't be read or made", error.code().message());
  }
}

Result<BackupManifest> ReadBackup(const fs::path& backup) {
  auto text = ledger::FileSystem::Real().Read(backup / kBackupManifest, kManifestBytesMax);
  if (!text.ok())
    return petition::NotFound("this is no complete backup: there is no backup.json in " + backup.string());
  const auto json = Json::parse(*text, nullptr, false);
  const auto wrong = petition::Corrupt("backup.json is damaged");
  if (!json.is_object() || json.value("v", 0) != 1 || !json.contains("files") || !json["files"].is_array())
    return wrong;
  BackupManifest manifest;
  try {
    manifest.origin = json.at("origin").get<std::string>();
    manifest.vkey = json.at("vkey").get<std::string>();
    manifest.checkpoint = json.at("checkpoint").get<std::string>();
    manifest.size = json.at("size").get<std::uint64_t>();
    manifest.at = json.at("at").get<std::string>();
    for (const auto& file : json["files"])
      manifest.files.push_back({file.at("path").get<std::string>(), file.at("size").get<std::uint64_t>(),
                                file.at("sha256").get<std::string>()});
  } catch (const Json::exception&) {
    return wrong;
  }
  for (const auto& file : manifest.files) {
    if (!PlainPath(file.path)) return wrong;
    const auto sha256 = HashOfFile(backup / file.path);
    if (!sha256.ok() || *sha256 != file.sha256)
      return petition::Corrupt("a file of the backup is missing or was changed: " + file.path);
  }
  return manifest;
}

}  // namespace gateway
