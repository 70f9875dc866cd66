// What of a source's settings ends at some time: the certificates in the files that its options name. Read anew at each
// call, since files are replaced where they lie. Pure but for reading files; safe from any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/time.h"

namespace adapters {

struct Expiry {
  std::string what;  ///< "/options/imap/ca_file", as in the source's file
  petition::Time at{};
};

/// Of the certificates in a PEM file, the end of the one that ends first; nullopt when it holds none or can't be read.
std::optional<petition::Time> CertificateEnd(const std::filesystem::path& file);

/// Of every option whose name ends in `_file` or `_files` and whose file holds certificates; relative paths are meant
/// from `folder`.
std::vector<Expiry> ExpiriesOf(const petition::Json& options, const std::filesystem::path& folder);

}  // namespace adapters
