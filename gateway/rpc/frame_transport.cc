#include "gateway/rpc/frame_transport.h"

#include <algorithm>
#include <cstring>

namespace gateway::rpc {

using apache::thrift::transport::TTransportException;
using std::chrono::milliseconds;

namespace {
constexpr std::uint32_t kSmall = 64u << 10;  // frames up to that need no place in the budget
}

bool FrameBudget::Take(std::size_t bytes, milliseconds at_most) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_for(lock, at_most, [&] { return left_ >= bytes; })) return false;
  left_ -= bytes;
  return true;
}

void FrameBudget::Give(std::size_t bytes) {
  {
    std::lock_guard lock(mutex_);
    left_ += bytes;
  }
  freed_.notify_all();
}

FrameTransport::FrameTransport(std::shared_ptr<apache::thrift::transport::TTransport> inner, const FrameLimits& limits,
                               FrameBudget& budget, Refused refused)
    : TFramedTransport(inner, std::make_shared<apache::thrift::TConfiguration>(static_cast<int>(limits.frame_max),
                                                                               static_cast<int>(limits.frame_max))),
      limits_(limits),
      budget_(budget),
      refused_(std::move(refused)),
      socket_(std::dynamic_pointer_cast<apache::thrift::transport::TSocket>(inner)) {
  SetIdle();
}

FrameTransport::~FrameTransport() { budget_.Give(taken_); }

void FrameTransport::SetIdle() {
  if (socket_) socket_->setRecvTimeout(static_cast<int>((known_ ? limits_.known_idle : limits_.stranger_idle).count()));
}

void FrameTransport::Known(std::string source) {
  known_ = true;
  source_ = std::move(source);
}

void FrameTransport::EndCall() {
  if (rBufSize_ > kSmall) {
    rBuf_.reset();
    rBufSize_ = 0;
    setReadBuffer(nullptr, 0);
  }
  frame_size_ = 0;
  budget_.Give(std::exchange(taken_, 0));
  SetIdle();
}

bool FrameTransport::readFrame() {
  // Thrift 0.17 counts what was read on a connection and forgets it only when the same transport writes; ours only
  // reads: without this a connection would end once it has carried a frame's worth (THRIFT-5371, THRIFT-5492).
  resetConsumedMessageSize();
  deadline_ = std::chrono::steady_clock::now() + limits_.frame_time;
  frame_size_ = 0;
  std::uint8_t head[4];
  if (!ReadHead(head)) return false;
  const std::uint32_t size =
      std::uint32_t{head[0]} << 24 | std::uint32_t{head[1]} << 16 | std::uint32_t{head[2]} << 8 | head[3];
  if (size > limits_.frame_max || size == 0)
    Refuse(size == 0 ? "frame_empty" : "frame_too_large", {reinterpret_cast<const char*>(head), 4}, size);
  if (size > kSmall) {
    if (!budget_.Take(size, limits_.frame_time))
      throw TTransportException(TTransportException::TIMED_OUT, "no memory for the frame");
    taken_ = size;
  }
  ReadBody(size);
  return true;
}

bool FrameTransport::ReadHead(std::uint8_t (&head)[4]) {
  std::uint32_t have = 0;
  while (have < 4) {
    const auto got = ReadInTime(head + have, 4 - have);
    if (got == 0 && have == 0) return false;
    if (got == 0) Refuse("frame_incomplete", {reinterpret_cast<const char*>(head), have}, have);
    have += got;
  }
  return true;
}

// The buffer grows with what has come: whoever announces much and sends little holds little.
void FrameTransport::ReadBody(std::uint32_t size) {
  std::uint32_t have = 0;
  setReadBuffer(nullptr, 0);
  while (have < size) {
    if (have == rBufSize_ || rBufSize_ == 0) Grow(have, std::min(size, std::max(kSmall, have * 2)));
    const auto got = ReadInTime(rBuf_.get() + have, std::min(size, rBufSize_) - have);
    if (got == 0) Refuse("frame_incomplete", {reinterpret_cast<const char*>(rBuf_.get()), have}, have);
    have += got;
  }
  frame_size_ = size;
  setReadBuffer(rBuf_.get(), size);
}

void FrameTransport::Grow(std::uint32_t held, std::uint32_t capacity) {
  boost::scoped_array<std::uint8_t> larger(new std::uint8_t[capacity]);
  if (held > 0) std::memcpy(larger.get(), rBuf_.get(), held);
  rBuf_.swap(larger);
  rBufSize_ = capacity;
}

// 0: the connection ended or the time is over.
std::uint32_t FrameTransport::ReadInTime(std::uint8_t* into, std::uint32_t most) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return 0;
  if (socket_) socket_->setRecvTimeout(static_cast<int>(left.count()));
  try {
    return transport_->read(into, most);
  } catch (const TTransportException& e) {
    if (e.getType() == TTransportException::TIMED_OUT || e.getType() == TTransportException::NOT_OPEN) return 0;
    throw;
  }
}

void FrameTransport::Refuse(std::string_view reason, std::string_view bytes, std::uint64_t size) {
  refused_(reason, source_, bytes, size);
  throw TTransportException(TTransportException::END_OF_FILE, "frame refused");
}

}  // namespace gateway::rpc
