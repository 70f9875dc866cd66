// The Webhook: notices to a source as signed HTTP calls. POST, application/json:
//   {"source", "notices": [{"seq", "intakeNo", "externalId", "at", "kind", "event", "word", "state", "text",
//   "detail"}]}
// with the headers
//   Guiyi-Timestamp: seconds since the epoch
//   Guiyi-Signature: v1=<hex HMAC-SHA256 over "<timestamp>.<body>" under the shared secret>
// so that the receiver knows whose it is, that nothing was changed, and how old it is (it should refuse what is older
// than five minutes). 2xx: taken, all of them. 410: no more, please. 429 and 5xx, and no answer: later (Retry-After is
// kept). Any other answer: refused. A source may get a notice twice: `seq` tells.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/state_sink.h"

namespace adapters {

struct WebhookOptions {
  std::string source;
  std::string url;
  std::string secret;
  std::filesystem::path authorities;  ///< PEM; "": the system's
  std::chrono::milliseconds time_max{15'000};
};

/// kInvalid: no http(s) URL, or a secret shorter than 16 bytes. The clock outlives it.
petition::Result<std::unique_ptr<StateSink>> MakeWebhook(WebhookOptions options, const petition::Clock& clock);

/// "v1=<hex>": what the header holds.
std::string WebhookSignature(std::string_view secret, std::string_view timestamp, std::string_view body);

}  // namespace adapters
