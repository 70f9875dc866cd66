// Base64 (RFC 4648, padded). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace petition {

std::string EncodeBase64(std::string_view bytes);
/// Strict: canonical padding and no stray characters, except line ends, which mail and old portals put in. nullopt
/// otherwise.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace petition
