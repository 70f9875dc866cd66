// JSON: one type for the whole project, a bounded parser and the canonical form of RFC 8785 (JCS).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "petition/result.h"

namespace petition {

using Json = nlohmann::json;

inline constexpr int kJsonDepthMax = 64;

/// Parses one JSON text (UTF-8, strict: bad UTF-8, trailing bytes, duplicate keys and nesting beyond kJsonDepthMax are
/// refused). Errors are kInvalid, reason "json_invalid", and name the byte; they never repeat the input.
Result<Json> ParseJson(std::string_view text);

/// RFC 8785: keys sorted by UTF-16 code units, shortest round-trip numbers as ECMAScript prints them, minimal escapes.
/// `value` holds no NaN or infinity and valid UTF-8 only. Integers beyond 2^53 are printed exactly (a deliberate
/// difference: we never emit any).
std::string CanonicalJson(const Json& value);

/// Plain compact text of a value; invalid UTF-8 becomes U+FFFD instead of an exception.
std::string DumpJson(const Json& value);

}  // namespace petition
