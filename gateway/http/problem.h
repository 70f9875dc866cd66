// Problem answers (RFC 9457): the one table that turns an Error into an HTTP status, a stable code and words for people
// in their language. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/http/message.h"
#include "petition/result.h"

namespace gateway::http {

/// The status an error is answered with: by its reason where HTTP has a finer word (413, 415, 429 ...), else by its
/// code.
int StatusOf(const petition::Error& error);

/// {"type", "title", "status", "detail", "code", "errors", "ledgerIndex"} as application/problem+json with the headers
/// its status needs (WWW-Authenticate, Retry-After). `ledger_index`: where the refusal stands on the ledger, when it
/// does.
Answer ProblemAnswer(const petition::Error& error, Language language, std::optional<std::uint64_t> ledger_index = {});

/// The same as a JSON value, for one row of a batch.
petition::Json ProblemJson(const petition::Error& error, Language language,
                           std::optional<std::uint64_t> ledger_index = {});

/// Reasons the door itself gives.
petition::Error Unauthorized();                      ///< no key, or an unknown one: 401
petition::Error Forbidden();                         ///< a key without the right: 403
petition::Error TooLarge(std::uint64_t bytes_max);   ///< 413
petition::Error WrongMediaType(std::string wanted);  ///< 415
petition::Error RateLimited();                       ///< 429

}  // namespace gateway::http
