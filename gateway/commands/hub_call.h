// A HubCall is one command's calls to a running hub over HTTP(S), with a key from a file. Threads: one at a time.
// Failure: what the hub answered as a problem, with its fields; kUnavailable when it does not answer.
#pragma once

#include <memory>
#include <string>

#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

/// The first line of the file.
petition::Result<std::string> ReadKeyFile(const std::string& file);

class HubCall {
 public:
  /// `url`: http://HOST:PORT or https://HOST:PORT, with a path before the hub's own if there is one.
  static petition::Result<std::unique_ptr<HubCall>> Open(const std::string& url, std::string key);
  ~HubCall();
  petition::Result<petition::Json> Post(const std::string& path, const petition::Json& body) const;
  /// As one part of a path.
  static std::string Escaped(const std::string& text);

 private:
  struct Impl;
  explicit HubCall(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace gateway
