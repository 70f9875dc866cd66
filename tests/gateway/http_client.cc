#include "http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace gateway::http_test {

std::string Reply::Code() const {
  const auto json = Json();
  return json.is_object() ? json.value("code", std::string()) : std::string();
}

std::string Reply::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

Client::Client(const std::string& address) {
  const auto colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{20, 0};  // a hung test fails instead of hanging
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0) << address;
}

Client::~Client() { ::close(socket_); }

void Client::SendRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server may rightly have closed; what it answered is still read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void Client::CloseSending() { ::shutdown(socket_, SHUT_WR); }

bool Client::Fill() {
  char piece[16384];
  const auto got = ::recv(socket_, piece, sizeof piece, 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

bool Client::Closed() { return buffer_.empty() && !Fill(); }

bool Client::ReadContinue() {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!Fill()) return false;
  }
  if (buffer_.compare(0, 12, "HTTP/1.1 100") != 0) return false;
  buffer_.erase(0, buffer_.find("\r\n\r\n") + 4);
  return true;
}

Reply Client::ReadReply(bool head) {
  Reply reply;
  std::size_t end = 0;
  while (true) {
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return reply;
    }
    if (buffer_.compare(0, 12, "HTTP/1.1 100") != 0) break;
    buffer_.erase(0, end + 4);
  }
  std::string header = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  reply.status = std::stoi(header.substr(9, 3));
  for (std::size_t at = header.find("\r\n") + 2; at < header.size();) {
    const auto stop = header.find("\r\n", at);
    const auto line = header.substr(at, stop - at);
    const auto colon = line.find(": ");
    std::string name = line.substr(0, colon);
    for (auto& c : name) c = static_cast<char>(std::tolower(c));
    reply.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
    at = stop + 2;
  }
  const auto length = head ? 0 : static_cast<std::size_t>(std::stoull("0" + reply.Header("content-length")));
  while (buffer_.size() < length && Fill()) {
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, std::min(length, buffer_.size()));
  return reply;
}

Reply Client::Call(const std::string& method, const std::string& target, std::string_view body,
                   const std::string& media_type) {
  std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
  if (!key.empty()) bytes += "Authorization: Bearer " + key + "\r\n";
  if (!language.empty()) bytes += "Accept-Language: " + language + "\r\n";
  if (!media_type.empty()) bytes += "Content-Type: " + media_type + "\r\n";
  if (method != "GET" && method != "HEAD") bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  bytes += "\r\n";
  bytes += body;
  SendRaw(bytes);
  return ReadReply(method == "HEAD");
}

}  // namespace gateway::http_test
