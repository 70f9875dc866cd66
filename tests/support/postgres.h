// A PostgreSQL server of a test program's own: on a socket in a temporary folder, without network, gone at the end.
// Started with the first use; none where PostgreSQL is not installed. One thread.
#pragma once

#include <optional>
#include <string>

namespace support {

/// The connection string of a fresh, empty database; nullopt: no server can be had here.
std::optional<std::string> FreshPostgresDatabase();

}  // namespace support
