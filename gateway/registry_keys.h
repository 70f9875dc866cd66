// Keys of connected systems and users: made here, shown once, and kept as their hashes.
#pragma once

#include <string>
#include <string_view>

namespace gateway {

std::string NewKey();
/// Whether it can be a key at all: told before anything is hashed.
bool LooksLikeKey(std::string_view key);
std::string KeyHash(std::string_view key);

}  // namespace gateway
