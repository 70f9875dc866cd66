// The head of one request (RFC 9112), parsed strictly: whatever a server may be generous about (folded lines, bare line
// feeds, blanks around names, control characters, more than one length) is where two readers of the same bytes part
// ways, and how requests are smuggled past one of them. Pure functions; safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http/message.h"
#include "petition/result.h"

namespace gateway::http {

struct RequestHead {
  std::string method, target;
  int minor = 1;                                            ///< of the version HTTP/1.x
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, values without blanks around

  std::optional<std::uint64_t> length = 0;  ///< of the body; nullopt: chunked
  bool expects_continue = false;

  /// First value of a field; "" when absent.
  std::string_view Field(std::string_view name) const;
  /// Whether the sender keeps the connection for more.
  bool KeepsConnection() const;
};

/// Of everything from the method to the empty line. kInvalid: "request_malformed", "version_unsupported",
/// "headers_too_large", "expectation_failed", "target_invalid".
petition::Result<RequestHead> ParseHead(std::string_view bytes, std::size_t fields_max);

/// Method, path, query, key, media type and language of the request.
void FillRequest(const RequestHead& head, Request& request);

/// Chinese unless another language is asked for before it.
Language LanguageOf(std::string_view accept);

/// Letters, digits and the signs that methods and names of fields are made of.
bool IsTokenChar(char c);

}  // namespace gateway::http
