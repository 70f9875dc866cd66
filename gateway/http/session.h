// A Session reads the bytes of one connection, those first that somebody else has read from it already. Blocking; one
// thread at a time. What the socket throws (Poco) passes through.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

class Session {
 public:
  /// `early`: what has been read from the socket and comes first.
  Session(const Poco::Net::StreamSocket& socket, std::string_view early)
      : socket_(socket),
        buffer_(std::max(kBufferBytes, early.size())),
        end_(early.copy(buffer_.data(), early.size())) {}

  /// Waits for a byte without taking it; false: the connection ended.
  bool Await() {
    if (at_ < end_) return true;
    at_ = end_ = 0;  // first: receiving may throw
    const int got = socket_.receiveBytes(buffer_.data(), static_cast<int>(buffer_.size()));
    if (got > 0) end_ = static_cast<std::size_t>(got);
    return got > 0;
  }
  /// The next byte as 0..255; -1: the connection ended.
  int Get() { return Await() ? static_cast<unsigned char>(buffer_[at_++]) : -1; }
  /// At most `size` bytes; 0: the connection ended.
  std::size_t Read(char* into, std::size_t size) {
    if (buffered() == 0 && size >= kBufferBytes) {
      const int got = socket_.receiveBytes(into, static_cast<int>(size));
      return got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    if (!Await()) return 0;
    const auto taken = std::min(size, buffered());
    std::memcpy(into, buffer_.data() + at_, taken);
    at_ += taken;
    return taken;
  }
  /// Bytes that were read from the socket and not taken yet.
  std::size_t buffered() const { return end_ - at_; }
  std::string TakeBuffered() {
    std::string left(buffer_.data() + at_, buffered());
    at_ = end_ = 0;
    return left;
  }
  Poco::Net::StreamSocket& socket() { return socket_; }

 private:
  static constexpr std::size_t kBufferBytes = 8192;

  Poco::Net::StreamSocket socket_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, end_;
};

}  // namespace gateway::http
