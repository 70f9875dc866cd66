#include "gateway/witnessing/cosigned.h"

namespace gateway {

using ledger::Checkpoint;
using petition::Result;
using petition::Status;

namespace {
constexpr std::size_t kCosignedBytesMax = 1 << 20;
}  // namespace

std::string CosignedCheckpoint::Text() const {
  std::string text = note;
  for (const auto& [witness, line] : lines) text += line;
  return text;
}

Result<std::map<std::string, Cosigned::Known>> Cosigned::Load(const ledger::VerifierKey& log,
                                                              const std::vector<ledger::VerifierKey>& witnesses) {
  std::map<std::string, Known> known;
  const auto text = files_.Read(file_, kCosignedBytesMax);
  if (!text.ok() && text.error().code == petition::Code::kNotFound) return known;
  if (!text.ok()) return text.error();
  const auto checkpoint = Checkpoint::Open(*text, log);
  const auto note = ledger::Note::Parse(*text);
  if (!checkpoint.ok() || !note.ok())
    return petition::Corrupt("the witnessed checkpoint is not signed by this ledger's key");
  CosignedCheckpoint found{*checkpoint, note->text + "\n", {}};
  for (const auto& signature : note->signatures) {
    if (signature.name == log.name && signature.id == log.id) found.note += signature.line + "\n";
  }
  for (const auto& witness : witnesses) {
    const auto seconds = note->VerifyCosignature(witness);
    if (!seconds.ok()) continue;
    known[witness.Text()] = {checkpoint->size, *seconds};
    for (const auto& signature : note->signatures) {
      if (signature.name == witness.name && signature.id == witness.id)
        found.lines[witness.Text()] = signature.line + "\n";
    }
  }
  if (found.lines.size() >= quorum_) witnessed_ = std::move(found);
  return known;
}

void Cosigned::Begin(Checkpoint checkpoint, std::string note) {
  round_ = CosignedCheckpoint{std::move(checkpoint), std::move(note), {}};
}

Status Cosigned::Add(const Checkpoint& checkpoint, const std::string& witness, const std::string& line) {
  if (!round_ || round_->checkpoint.size != checkpoint.size || round_->checkpoint.root != checkpoint.root)
    return petition::Ok();
  round_->lines[witness] = line;
  if (round_->lines.size() < quorum_) return petition::Ok();
  // On disk before anybody is shown it: what was served as witnessed stays so.
  GUIYI_CHECK(ledger::MakeFoldersDurably(files_, file_.parent_path().parent_path(), file_.parent_path()));
  GUIYI_CHECK(ledger::WriteDurably(files_, file_, round_->Text()));
  witnessed_ = round_;
  return petition::Ok();
}

}  // namespace gateway
