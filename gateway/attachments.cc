#include "gateway/attachments.h"

#include <string>

#include "gateway/attachment_marks.h"

namespace gateway {

namespace {

// Keyed, so that no source can make a mark by handing in its bytes.
std::string MarkOf(const ledger::Key& key, std::string_view source, std::string_view sha256_hex) {
  return ledger::KeyedHash(key, std::string(sha256_hex) + "\n" + std::string(source), 32);
}

std::string NameOf(const std::string& mark) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(mark))); }

}  // namespace

std::string NameOfMark(const ledger::Key& key, std::string_view source, std::string_view sha256_hex) {
  return NameOf(MarkOf(key, source, sha256_hex));
}

bool AttachmentOwners::Has(std::string_view source, std::string_view sha256_hex) const {
  return blobs_.Exists(sha256_hex) && blobs_.Exists(NameOf(MarkOf(key_, source, sha256_hex)));
}

petition::Status AttachmentOwners::Remember(std::string_view source, std::string_view sha256_hex) const {
  const std::string mark = MarkOf(key_, source, sha256_hex), name = NameOf(mark);
  if (blobs_.Exists(name)) return petition::Ok();
  GUIYI_TRY(const auto writer, blobs_.Put(name));
  GUIYI_CHECK(writer->Write(mark));
  GUIYI_TRY(const auto size, writer->Finish());
  (void)size;
  return petition::Ok();
}

petition::Status AttachmentOwners::Keep(std::string_view source, std::string_view sha256_hex) const {
  GUIYI_CHECK(Remember(source, sha256_hex));
  GUIYI_TRY([[maybe_unused]] const bool kept, blobs_.Keep(NameOf(MarkOf(key_, source, sha256_hex))));
  return petition::Ok();
}

}  // namespace gateway
