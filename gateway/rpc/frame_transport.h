// A FrameTransport reads the frames of one connection from a stranger: a length that is too large is refused before
// anything is allocated, memory grows with what has really come, a frame must be complete in time, and all connections
// together share one budget of bytes. It also keeps the idle time short for callers that have not shown a key yet.
// Threads: one connection's thread; FrameBudget safe from any thread.
#pragma once

#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace gateway::rpc {

struct FrameLimits {
  std::uint32_t frame_max = 9u << 20;
  std::chrono::milliseconds frame_time{30'000};     ///< from its first byte to its last
  std::chrono::milliseconds stranger_idle{10'000};  ///< between calls, until a valid key was shown
  std::chrono::milliseconds known_idle{300'000};    ///< afterwards
  std::size_t budget = 64u << 20;                   ///< bytes of all large frames together
};

/// Bytes that large frames may take together; who finds none left waits for others to end their calls.
class FrameBudget {
 public:
  explicit FrameBudget(std::size_t bytes) : left_(bytes) {}
  bool Take(std::size_t bytes, std::chrono::milliseconds at_most);
  void Give(std::size_t bytes);

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t left_;  // guarded by mutex_
};

class FrameTransport final : public apache::thrift::transport::TFramedTransport {
 public:
  /// Called with a stable word, whose key the connection has shown, and what has come of the frame.
  using Refused = std::function<void(std::string_view reason, const std::string& source, std::string_view bytes,
                                     std::uint64_t size)>;

  FrameTransport(std::shared_ptr<apache::thrift::transport::TTransport> inner, const FrameLimits& limits,
                 FrameBudget& budget, Refused refused);
  ~FrameTransport() override;

  /// The frame that was read last, and how far it has been consumed.
  std::string_view frame() const { return {reinterpret_cast<const char*>(rBuf_.get()), frame_size_}; }
  std::size_t position() const { return static_cast<std::size_t>(rBase_ - rBuf_.get()); }
  /// A valid key of that source was shown on this connection.
  void Known(std::string source);
  /// "" while none was.
  const std::string& source() const { return source_; }
  /// The call has ended: its memory is given back.
  void EndCall();

 protected:
  bool readFrame() override;

 private:
  bool ReadHead(std::uint8_t (&head)[4]);
  void ReadBody(std::uint32_t size);
  void Grow(std::uint32_t held, std::uint32_t capacity);
  std::uint32_t ReadInTime(std::uint8_t* into, std::uint32_t most);
  [[noreturn]] void Refuse(std::string_view reason, std::string_view bytes, std::uint64_t size);
  void SetIdle();

  const FrameLimits& limits_;
  FrameBudget& budget_;
  const Refused refused_;
  const std::shared_ptr<apache::thrift::transport::TSocket> socket_;
  bool known_ = false;
  std::string source_;
  std::size_t frame_size_ = 0, taken_ = 0;
  std::chrono::steady_clock::time_point deadline_{};
};

}  // namespace gateway::rpc
