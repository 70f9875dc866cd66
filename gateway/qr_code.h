// A text as a QR code, drawn as SVG: black modules on white with the quiet zone around, one path, nothing to be loaded.
// Pure function.
#pragma once

#include <string>
#include <string_view>

#include "petition/result.h"

namespace gateway {

inline constexpr std::size_t kQrBytesMax = 2'900;  ///< of the largest symbol at the lowest level of correction

/// kInvalid ("too_large") beyond kQrBytesMax. `label`: for those who don't see it; plain words.
petition::Result<std::string> QrSvg(std::string_view text, std::string_view label);

}  // namespace gateway
