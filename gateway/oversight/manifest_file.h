// A manifest as a file: the JSON of the HTTP call, or lines of "number" or "number,sha256" with an optional heading.
// Pure functions over the text.
#pragma once

#include <string>
#include <string_view>

#include "gateway/manifest.h"

namespace gateway {

inline constexpr std::size_t kManifestFileBytesMax = 64u << 20;

/// `day`: for a file of lines, which says none; in place of the JSON's when not empty. Errors name the line.
petition::Result<Manifest> ReadManifest(std::string_view text, const std::string& source, const std::string& day);

}  // namespace gateway
