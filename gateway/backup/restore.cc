#include "gateway/backup/restore.h"

#include <sys/stat.h>
#include <unistd.h>

#include "gateway/backup/copying.h"
#include "ledger/checkpoint.h"
#include "ledger/crypto.h"
#include "ledger/durable_file.h"
#include "ledger/sealing_check.h"
#include "ledger/sqlite_store.h"
#include "ledger/tree.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using petition::Result;
using petition::Status;

constexpr std::size_t kKnownNoteBytesMax = 1 << 20;

struct Known {
  std::string where;
  ledger::Checkpoint checkpoint;
};

/// Checkpoints of this log that are known beside the backup. One that is not signed by its key is an error where a
/// person named it, and nothing where it only lies about.
Result<std::vector<Known>> KnownElsewhere(const RestoreOptions& options, const ledger::VerifierKey& key) {
  std::vector<Known> known;
  auto& files = ledger::FileSystem::Real();
  for (const char* place : {"tiles/checkpoint", "witnessed/checkpoint"}) {
    const auto note = files.Read(options.data / place, kKnownNoteBytesMax);
    if (!note.ok()) continue;
    if (auto checkpoint = ledger::Checkpoint::Open(*note, key); checkpoint.ok())
      known.push_back({(options.data / place).string(), std::move(*checkpoint)});
  }
  if (std::error_code failed; fs::is_regular_file(options.data / "ledger.db", failed)) {
    const auto store = ledger::OpenSqliteStoreForReading(options.data / "ledger.db");
    const auto head = store.ok() ? (*store)->LoadHead() : Result<ledger::Head>(store.error());
    if (head.ok()) {
      if (auto checkpoint = ledger::Checkpoint::Open(head->checkpoint, key); checkpoint.ok())
        known.push_back({(options.data / "ledger.db").string(), std::move(*checkpoint)});
    }
  }
  for (const auto& file : options.against) {
    GUIYI_TRY(const auto note, files.Read(file, kKnownNoteBytesMax));
    auto checkpoint = ledger::Checkpoint::Open(note, key);
    if (!checkpoint.ok())
      return petition::Invalid("against_unreadable", "this is no checkpoint of the backup's ledger: " + file.string());
    known.push_back({file.string(), std::move(*checkpoint)});
  }
  return known;
}

/// What the backup lacks or contradicts of what is known.
Result<std::vector<std::string>> Objections(const RestoreOptions& options, const BackupManifest& manifest,
                                            const std::vector<Known>& known) {
  GUIYI_TRY(const auto store, ledger::OpenSqliteStoreForReading(options.backup / "ledger.db"));
  GUIYI_TRY(const auto head, store->LoadHead());
  if (head.size != manifest.size) return petition::Corrupt("the backup's ledger is not of the size it says");
  ledger::Tree tree(*store);
  GUIYI_CHECK(tree.Load(head));
  std::vector<std::string> objections;
  for (const auto& one : known) {
    if (one.checkpoint.size > head.size) {
      objections.push_back(one.where + ": " + std::to_string(one.checkpoint.size) + " > " + std::to_string(head.size));
      continue;
    }
    GUIYI_TRY(const auto root, tree.Root(one.checkpoint.size));
    if (root != one.checkpoint.root) objections.push_back(one.where + ": another history");
  }
  return objections;
}

Status CheckKeys(const fs::path& keys, const BackupManifest& manifest, const fs::path& backup) {
  const auto wrong = [](const std::string& message) {
    return petition::Error{petition::Code::kUnauthorized, "keys_differ", message, {}, {}};
  };
  const auto signer = ledger::Signer::Load(keys / "ledger.key");
  if (!signer.ok()) return wrong("the ledger's key is missing: give the folder of keys (--keys)");
  if (signer->verifier().Text() != manifest.vkey) return wrong("these keys are of another ledger");
  GUIYI_TRY(const auto ring, ledger::KeyRing::Open(keys, false));
  GUIYI_TRY(const auto store, ledger::OpenSqliteStoreForReading(backup / "ledger.db"));
  GUIYI_TRY(const auto fact, store->Fact("payload key"));
  if (fact != ledger::Hex(ledger::KeyedHash(ring.Derive("payload"), "which key is this", 16)))
    return wrong("the master key is not the one the backup was written with");
  return ledger::CheckSealingKeys(*store, ring);
}

Status CopyInto(const BackupManifest& manifest, const fs::path& backup, const fs::path& keys, const fs::path& target) {
  fs::create_directories(target / "keys");
  if (chmod(target.c_str(), 0700) != 0 || chmod((target / "keys").c_str(), 0700) != 0)
    return petition::Unavailable("the new data folder can't be made");
  for (const auto& file : manifest.files) {
    const fs::path to = target / file.path;
    fs::create_directories(to.parent_path());
    GUIYI_CHECK(CopyPlain(backup / file.path, to));
    GUIYI_CHECK(SyncFolder(to.parent_path()));
  }
  for (const auto& file : fs::directory_iterator(keys)) {
    if (file.is_regular_file()) GUIYI_CHECK(CopyPlain(file.path(), target / "keys" / file.path().filename()));
  }
  GUIYI_CHECK(SyncFolder(target / "keys"));
  return SyncFolder(target);
}

fs::path FreeName(const fs::path& data, const char* why) {
  for (int n = 1;; ++n) {
    const fs::path name = data.string() + "." + why + "-" + std::to_string(n);
    if (!fs::exists(name)) return name;
  }
}

Result<Restored> Run(const RestoreOptions& options) {
  Restored restored;
  GUIYI_TRY(restored.manifest, ReadBackup(options.backup));
  GUIYI_TRY(const auto key, ledger::VerifierKey::Parse(restored.manifest.vkey));
  GUIYI_TRY(const auto signed_head, ledger::Checkpoint::Open(restored.manifest.checkpoint, key));
  (void)signed_head;
  const bool there = fs::exists(options.data) && !fs::is_empty(options.data);
  if (there && !options.replace)
    return petition::Conflict("data_exists", "there is a data folder already: --replace renames it");
  const fs::path keys = options.keys.empty() ? options.data / "keys" : options.keys;
  GUIYI_CHECK(CheckKeys(keys, restored.manifest, options.backup));
  GUIYI_TRY(const auto known, KnownElsewhere(options, key));
  GUIYI_TRY(auto objections, Objections(options, restored.manifest, known));
  if (!objections.empty() && !options.roll_back) {
    auto error =
        petition::Conflict("newer_known", "the ledger is known beyond this backup, or as another: " + objections[0]);
    for (const auto& objection : objections) error.fields.push_back({"/against", "newer_known", objection});
    return error;
  }
  restored.rolled_back = std::move(objections);
  fs::path data = fs::absolute(options.data).lexically_normal();
  if (data.filename().empty()) data = data.parent_path();  // "data/"
  const fs::path fresh = FreeName(data, "restoring");
  GUIYI_CHECK(CopyInto(restored.manifest, options.backup, keys, fresh));
  if (there) {
    restored.moved_to = FreeName(data, "replaced");
    fs::rename(data, restored.moved_to);
  } else if (fs::exists(data)) {
    fs::remove(data);
  }
  fs::rename(fresh, data);
  GUIYI_CHECK(SyncFolder(data.parent_path()));
  return restored;
}

}  // namespace

Result<Restored> Restore(const RestoreOptions& options) {
  try {
    return Run(options);
  } catch (const fs::filesystem_error& error) {
    return petition::Unavailable("a folder can't be read or made", error.code().message());
  }
}

}  // namespace gateway
