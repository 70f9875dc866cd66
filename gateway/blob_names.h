// BlobNames gathers which files of the blobs the entries of a ledger name: attachments, the marks of the sources that
// put them, documents of answers. What an audit holds the folder against, and what a backup takes along. One thread at
// a time; holds 64 bytes a name.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "ledger/crypto.h"
#include "ledger/ledger.h"

namespace gateway {

class BlobNames {
 public:
  explicit BlobNames(const ledger::KeyRing& keys)
      : mark_key_(keys.Derive("attachment-owner")), name_key_(keys.Derive("blob name")) {}

  /// What an opened entry names. An intake whose record does not read is an error: nobody knows what it names.
  petition::Status Take(const ledger::Stored& stored);
  /// An attachment, and the mark of the source that put it.
  void TakeAttachment(std::string_view source, const std::string& sha256);
  void TakeDocument(const std::string& sha256);

  /// `file`: as it is called in the folder.
  bool Has(const std::string& file) const { return names_.contains(file); }

 private:
  const ledger::Key mark_key_, name_key_;
  std::unordered_set<std::string> names_;
};

}  // namespace gateway
