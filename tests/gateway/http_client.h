// A small HTTP client for tests: plain sockets, so that a test can say exactly what goes over the wire, also what no
// library would send.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "petition/json.h"

namespace gateway::http_test {

struct Reply {
  int status = 0;                              ///< 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  petition::Json Json() const { return petition::Json::parse(body, nullptr, false); }
  std::string Code() const;  ///< of a problem
  std::string Header(const std::string& name) const;
};

class Client {
 public:
  explicit Client(const std::string& address);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void SendRaw(std::string_view bytes);
  /// Reads one answer; `head`: the answer to a HEAD request, which has no body.
  Reply ReadReply(bool head = false);
  /// Waits for "100 Continue".
  bool ReadContinue();
  /// Nothing more comes: the other side has closed.
  bool Closed();
  void CloseSending();

  std::string key;       ///< sent as bearer key when not empty
  std::string language;  ///< Accept-Language when not empty
  Reply Get(const std::string& target) { return Call("GET", target, {}, {}); }
  Reply Post(const std::string& target, const petition::Json& json) {
    return Call("POST", target, json.dump(), "application/json");
  }
  Reply Call(const std::string& method, const std::string& target, std::string_view body,
             const std::string& media_type);

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
};

}  // namespace gateway::http_test
