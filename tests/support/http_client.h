// A small HTTP client for tests and load: one keep-alive connection, whole answers. One thread. A cut connection shows
// as status 0.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

struct HttpAnswer {
  int status = 0;  ///< 0: no whole answer came
  std::string head;
  std::string body;
  std::string Header(std::string_view name) const;  ///< "" when absent; names compare without case
};

class HttpClient {
 public:
  /// "127.0.0.1:8080"
  HttpClient(std::string address, std::string key) : address_(std::move(address)), key_(std::move(key)) {}
  ~HttpClient() { Close(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpAnswer Post(std::string_view path, std::string_view json_body) {
    return Send("POST", path, json_body, "application/json");
  }
  HttpAnswer Get(std::string_view path) { return Send("GET", path, {}, {}); }
  HttpAnswer Send(std::string_view method, std::string_view path, std::string_view body, std::string_view content_type);
  /// Bytes as they are; reads one answer.
  HttpAnswer SendBytes(std::string_view bytes);
  void Close();

 private:
  bool Connect();

  std::string address_, key_;
  int socket_ = -1;
};

}  // namespace support
