// One HTTP call that the hub makes to somebody else (a witness, a source's callback): http or https, bounded in time
// and in what it takes as an answer, no redirects followed, certificates checked. Threads: safe from any thread, each
// call on its own. Failure: kUnavailable when no answer came (refused, timed out, broken off, stopped), with curl's
// words as detail and never the address, which may hold a secret.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "petition/result.h"

namespace adapters {

struct OutgoingCall {
  std::string method = "POST";
  std::string url;
  std::string media_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds time_max{10'000};
  std::size_t answer_bytes_max = 64u << 10;
  std::filesystem::path authorities;           ///< PEM; "": the system's
  const std::atomic<bool>* stopped = nullptr;  ///< breaks the call off when it turns true; may be null
};

struct OutgoingAnswer {
  int status = 0;
  std::string body;
  std::chrono::seconds retry_after{0};  ///< of a Retry-After in seconds; 0: none
};

petition::Result<OutgoingAnswer> Call(const OutgoingCall& call);

/// http:// or https:// with a host, without user, blanks and control characters.
bool IsHttpUrl(const std::string& url);

}  // namespace adapters
