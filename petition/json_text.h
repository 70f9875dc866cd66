// Pieces of JSON text, for what is written down without a tree of values in between.
#pragma once

#include <string>
#include <string_view>

#include "petition/json.h"

namespace petition {

/// Appends a string as JSON, quotes and the escapes of RFC 8785 included. `text` is valid UTF-8.
void AppendJsonString(std::string& out, std::string_view text);

/// Appends what CanonicalJson answers.
void AppendCanonicalJson(std::string& out, const Json& value);

}  // namespace petition
