// Under which name the mark lies that a source has put an attachment: what AttachmentOwners writes and an audit
// expects. Pure function.
#pragma once

#include <string>
#include <string_view>

#include "ledger/crypto.h"

namespace gateway {

/// Hex SHA-256 of the mark, by which the blobs know it.
std::string NameOfMark(const ledger::Key& key, std::string_view source, std::string_view sha256_hex);

}  // namespace gateway
