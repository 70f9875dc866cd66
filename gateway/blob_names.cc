#include "gateway/blob_names.h"

#include "gateway/attachment_marks.h"
#include "gateway/intake.h"

namespace gateway {

void BlobNames::TakeDocument(const std::string& sha256) {
  if (!sha256.empty()) names_.insert(ledger::Hex(ledger::KeyedHash(name_key_, sha256, 32)));
}

void BlobNames::TakeAttachment(std::string_view source, const std::string& sha256) {
  TakeDocument(sha256);
  TakeDocument(NameOfMark(mark_key_, source, sha256));
}

petition::Status BlobNames::Take(const ledger::Stored& stored) {
  if (stored.dropped) return petition::Ok();
  if (stored.kind == ledger::Kind::kEvent) {
    const auto json = petition::Json::parse(stored.record, nullptr, false);
    if (json.is_object()) TakeDocument(json.value("documentSha256", ""));
  }
  if (stored.kind != ledger::Kind::kIntake) return petition::Ok();
  GUIYI_TRY(const auto record, ReadIntakeRecord(stored));
  for (const auto& attachment : record.submission.attachments) TakeAttachment(record.source, attachment.sha256);
  return petition::Ok();
}

}  // namespace gateway
