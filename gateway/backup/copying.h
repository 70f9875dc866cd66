// How files are copied for a backup: databases through SQLite's own backup, which sees one state while others write,
// and plain files; each durable on return, readable for the owner only.
#pragma once

#include <filesystem>
#include <string>

#include "petition/result.h"

namespace gateway {

petition::Status CopyDatabase(const std::filesystem::path& from, const std::filesystem::path& to);
/// kNotFound when it is gone meanwhile.
petition::Status CopyPlain(const std::filesystem::path& from, const std::filesystem::path& to);
petition::Status SyncFolder(const std::filesystem::path& folder);
/// Hex SHA-256 of a file, read in pieces.
petition::Result<std::string> HashOfFile(const std::filesystem::path& file);

}  // namespace gateway
