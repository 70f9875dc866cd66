// Whose an attachment is. Bytes are stored once whoever hands them in; a mark beside them, a small blob of its own
// under an unguessable name, says which source did. A source names its own only, so that nobody learns from an answer
// what others (in a sealed matter, perhaps) have handed in. Threads: safe from any thread. Durable: on return.
#pragma once

#include <string_view>

#include "ledger/blobs.h"

namespace gateway {

class AttachmentOwners {
 public:
  AttachmentOwners(ledger::BlobStore& blobs, const ledger::KeyRing& keys)
      : blobs_(blobs), key_(keys.Derive("attachment-owner")) {}

  /// Whether the attachment is here and this source's.
  bool Has(std::string_view source, std::string_view sha256_hex) const;
  /// Called when the bytes are durable; once is enough.
  petition::Status Remember(std::string_view source, std::string_view sha256_hex) const;
  /// For good, since an entry is about to name it; else the mark ends with the attachment that nobody named.
  petition::Status Keep(std::string_view source, std::string_view sha256_hex) const;

 private:
  ledger::BlobStore& blobs_;
  const ledger::Key key_;
};

}  // namespace gateway
