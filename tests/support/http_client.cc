#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace support {

std::string HttpAnswer::Header(std::string_view name) const {
  for (std::size_t at = head.find("\r\n"); at != std::string::npos && at + 2 < head.size();) {
    const std::size_t begin = at + 2, end = head.find("\r\n", begin);
    const std::string line = head.substr(begin, end == std::string::npos ? end : end - begin);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        strncasecmp(line.data(), name.data(), name.size()) == 0) {
      const auto value = line.find_first_not_of(' ', name.size() + 1);
      return value == std::string::npos ? "" : line.substr(value);
    }
    at = end;
  }
  return {};
}

bool HttpClient::Connect() {
  if (socket_ >= 0) return true;
  const auto colon = address_.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(address_.c_str() + colon + 1)));
  inet_pton(AF_INET, address_.substr(0, colon).c_str(), &to.sin_addr);
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval limit{60, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return true;
  Close();
  return false;
}

void HttpClient::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

HttpAnswer HttpClient::Send(std::string_view method, std::string_view path, std::string_view body,
                            std::string_view content_type) {
  std::string bytes;
  bytes.reserve(body.size() + 512);
  bytes.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(address_).append("\r\n");
  if (!key_.empty()) bytes.append("Authorization: Bearer ").append(key_).append("\r\n");
  if (!content_type.empty()) bytes.append("Content-Type: ").append(content_type).append("\r\n");
  if (method != "GET") bytes.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  bytes.append("\r\n").append(body);
  return SendBytes(bytes);
}

HttpAnswer HttpClient::SendBytes(std::string_view bytes) {
  if (!Connect()) return {};
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return Close(), HttpAnswer{};
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  HttpAnswer answer;
  std::string got;
  std::size_t head_end = std::string::npos, want = 0;
  while (true) {
    if (head_end == std::string::npos && (head_end = got.find("\r\n\r\n")) != std::string::npos) {
      answer.head = got.substr(0, head_end);
      want = head_end + 4 + static_cast<std::size_t>(std::atoll(answer.Header("Content-Length").c_str()));
    }
    if (head_end != std::string::npos && got.size() >= want) break;
    char chunk[65536];
    const ssize_t read = recv(socket_, chunk, sizeof chunk, 0);
    if (read <= 0) return Close(), HttpAnswer{};
    got.append(chunk, static_cast<std::size_t>(read));
  }
  answer.status = std::atoi(answer.head.c_str() + std::min<std::size_t>(answer.head.size(), 9));
  answer.body = got.substr(head_end + 4);
  if (strcasecmp(answer.Header("Connection").c_str(), "close") == 0) Close();
  return answer;
}

}  // namespace support
