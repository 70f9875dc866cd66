#include "ledger/witness.h"

#include <algorithm>

#include "ledger/merkle.h"
#include "ledger/witness_call.h"

namespace ledger {
namespace {

using petition::Result;
using petition::Status;

constexpr std::size_t kWitnessNoteBytesMax = 1 << 20;

Result<Signer> OpenKey(const std::filesystem::path& file, const std::string& name, FileSystem& files) {
  if (!files.Exists(file)) {
    if (name.empty()) return petition::Invalid("name_missing", "a new witness needs a name");
    if (!IsKeyName(name)) return petition::Invalid("name_invalid", "a witness' name may not hold '+' or blanks");
    Key seed;
    const std::string random = RandomBytes(seed.size());
    std::copy(random.begin(), random.end(), seed.begin());
    GUIYI_TRY(const Signer made, Signer::FromSeed(name, seed));
    GUIYI_CHECK(WriteDurably(files, file, made.FileText(), true));
  }
  GUIYI_TRY(Signer signer, Signer::Load(file));
  if (!name.empty() && signer.verifier().name != name)
    return petition::Conflict("name_differs", "the witness' key is of another name; logs know it by that");
  return signer;
}

}  // namespace

Witness::Witness(Signer signer, const petition::Clock& clock, FileSystem& files)
    : signer_(std::move(signer)),
      verifier_(VerifierKey::Make(signer_.verifier().name, kAlgorithmCosignature, signer_.verifier().key)),
      clock_(clock),
      files_(files) {}

Result<std::unique_ptr<Witness>> Witness::Open(const std::filesystem::path& folder, const std::string& name,
                                               std::vector<VerifierKey> logs, const petition::Clock& clock,
                                               FileSystem& files) {
  const std::filesystem::path absolute = std::filesystem::absolute(folder);
  GUIYI_CHECK(MakeFoldersDurably(files, absolute.root_path(), absolute));
  GUIYI_TRY(Signer signer, OpenKey(absolute / "witness.key", name, files));
  std::unique_ptr<Witness> witness(new Witness(std::move(signer), clock, files));
  for (VerifierKey& key : logs) {
    if (key.algorithm != kAlgorithmEd25519) return petition::Invalid("key_algorithm", "not the key of a log");
    auto log = std::make_unique<Log>();
    log->file = absolute / (Hex(AsBytes(Sha256(key.name))) + ".head");
    // An earlier process may have been killed between renaming the file and syncing the folder.
    log->doubtful = true;
    const std::string origin = key.name;
    log->key = std::move(key);
    if (!witness->logs_.emplace(origin, std::move(log)).second)
      return petition::Invalid("log_twice", "two keys for one log");
  }
  return witness;
}

Result<Checkpoint> Witness::Held(const Log& log) const {
  const auto note = files_.Read(log.file, kWitnessNoteBytesMax);
  if (!note.ok() && note.error().code == petition::Code::kNotFound) return Checkpoint{log.key.name, 0, EmptyRoot()};
  if (!note.ok()) return note.error();
  auto checkpoint = Checkpoint::Open(*note, log.key);
  if (!checkpoint.ok()) return petition::Corrupt("a stored checkpoint of the witness is damaged");
  return checkpoint;
}

// What is held must not be taken back by a power loss after it was answered for: the name of the file is made durable
// before anything is built on it.
Status Witness::Settle(Log& log) const {
  if (!log.doubtful) return petition::Ok();
  GUIYI_TRY(const auto folder, files_.OpenFolder(log.file.parent_path()));
  GUIYI_CHECK(folder->Sync());
  log.doubtful = false;
  return petition::Ok();
}

Result<std::uint64_t> Witness::SizeOf(std::string_view origin) {
  const auto found = logs_.find(origin);
  if (found == logs_.end()) return petition::NotFound("a log that is not known");
  const std::lock_guard lock(found->second->mutex);
  GUIYI_TRY(const Checkpoint held, Held(*found->second));
  return held.size;
}

Witness::Answer Witness::AddCheckpoint(std::string_view body) {
  const auto call = WitnessCall::Parse(body);
  if (!call.ok()) return {400, "malformed\n"};
  const auto note = Note::Parse(call->checkpoint);
  if (!note.ok()) return {400, "malformed\n"};
  const auto checkpoint = Checkpoint::FromText(note->text);
  if (!checkpoint.ok()) return {400, "malformed\n"};
  const auto log = logs_.find(checkpoint->origin);
  if (log == logs_.end()) return {404, "unknown log\n"};
  if (!note->Verify(log->second->key).ok()) return {403, "signature\n"};
  if (call->old_size > checkpoint->size) return {400, "old size beyond the new one\n"};
  const std::lock_guard lock(log->second->mutex);
  return Check(*log->second, call->old_size, call->proof, *checkpoint, *note, call->checkpoint);
}

Witness::Answer Witness::Check(Log& log, std::uint64_t old_size, const std::vector<Hash>& proof,
                               const Checkpoint& checkpoint, const Note& note, std::string_view text) {
  const auto held = Held(log);
  if (!held.ok() || !Settle(log).ok()) return {500, "state\n"};
  const Answer conflict{409, std::to_string(held->size) + "\n"};
  if (old_size != held->size) return conflict;
  if (checkpoint.size == held->size && checkpoint.root != held->root) return conflict;
  if (!VerifyConsistency(held->size, held->root, checkpoint.size, checkpoint.root, proof).ok()) return {422, "proof\n"};
  if (checkpoint.size != held->size || !files_.Exists(log.file)) {
    log.doubtful = true;
    if (!WriteDurably(files_, log.file, text).ok()) return {500, "state\n"};
    log.doubtful = false;
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count();
  return {200, signer_.CosignatureLine(note.text, static_cast<std::uint64_t>(now))};
}

}  // namespace ledger
