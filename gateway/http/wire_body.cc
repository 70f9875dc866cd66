#include "gateway/http/wire_body.h"

#include <Poco/Exception.h>

#include <algorithm>

namespace gateway::http {

using petition::Error;
using petition::Ok;
using petition::Result;
using petition::Status;

namespace {

constexpr std::uint64_t kDrainMax = 256u << 10;
constexpr std::uint64_t kProgressStep = 1u << 20;
constexpr int kChunkLineMax = 256;
constexpr int kTrailerBytesMax = 8192;

int HexValue(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Error WireBody::Broken(std::string reason) {
  broken_ = true;
  if (line_.cut) return petition::Invalid("timeout", "the body took too long to arrive");
  return petition::Invalid(std::move(reason), "the body broke off or is malformed");
}

bool WireBody::Begin() {
  begun_ = true;
  line_.deadline_ms = Lines::NowMs() + (trusted_ ? limits_.body_time : limits_.stranger_body_time).count();
  if (!trusted_ && !line_.BeginWaiting()) return false;
  if (expects_) {
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    session_.socket().sendBytes(kContinue.data(), static_cast<int>(kContinue.size()));
  }
  return true;
}

Result<std::size_t> WireBody::Read(char* into, std::size_t size) {
  if (broken_) return Broken("body_incomplete");
  if (done_ || size == 0) return std::size_t{0};
  try {
    if (!begun_ && !Begin()) return Broken("body_incomplete");
    Result<std::size_t> got = std::size_t{0};
    if (!length_) {
      got = ReadChunked(into, size);
    } else {
      const auto want = std::min<std::uint64_t>({size, left_, 1u << 20});
      const std::size_t n = session_.Read(into, static_cast<std::size_t>(want));
      if (n == 0) return Broken("body_incomplete");
      left_ -= n;
      done_ = left_ == 0;
      got = n;
    }
    if (got.ok() && trusted_ && (since_deadline_ += *got) >= kProgressStep) {
      since_deadline_ = 0;
      line_.deadline_ms = Lines::NowMs() + limits_.body_time.count();
    }
    if (done_) {
      line_.deadline_ms = 0;
      if (!line_.EndWaiting()) return Broken("body_incomplete");
    }
    return got;
  } catch (const Poco::Exception&) {
    return Broken("body_incomplete");
  }
}

Result<std::size_t> WireBody::ReadChunked(char* into, std::size_t size) {
  if (left_ == 0) GUIYI_CHECK(NextChunk());
  if (done_) return std::size_t{0};
  const auto want = std::min<std::uint64_t>({size, left_, 1u << 20});
  const std::size_t n = session_.Read(into, static_cast<std::size_t>(want));
  if (n == 0) return Broken("body_incomplete");
  left_ -= n;
  return n;
}

// chunk = size-in-hex [";" extension] CRLF bytes CRLF; the last has size 0 and is followed by trailer lines and an
// empty one (RFC 9112, 7.1).
Status WireBody::NextChunk() {
  if (in_chunk_) GUIYI_CHECK(EndOfLine());
  in_chunk_ = true;
  std::uint64_t size = 0;
  int digits = 0, c = session_.Get();
  for (; HexValue(c) >= 0; c = session_.Get()) {
    if (++digits > 15) return Broken("body_malformed");
    size = size << 4 | static_cast<std::uint64_t>(HexValue(c));
  }
  if (digits == 0) return Broken(c < 0 ? "body_incomplete" : "body_malformed");
  if (c == ';') {
    for (int n = 0; c != '\r'; c = session_.Get()) {
      if (c < 0 || c == '\n' || ++n > kChunkLineMax) return Broken(c < 0 ? "body_incomplete" : "body_malformed");
    }
  }
  if (c != '\r' || session_.Get() != '\n') return Broken(c < 0 ? "body_incomplete" : "body_malformed");
  left_ = size;
  return size ? Ok() : Trailers();
}

Status WireBody::EndOfLine() {
  const int c = session_.Get();
  if (c == '\r' && session_.Get() == '\n') return Ok();
  return Broken(c < 0 ? "body_incomplete" : "body_malformed");
}

Status WireBody::Trailers() {
  int on_line = 0, before = 0;
  for (int bytes = 0; bytes < kTrailerBytesMax; ++bytes) {
    const int c = session_.Get();
    if (c < 0) return Broken("body_incomplete");
    if ((before == '\r') != (c == '\n')) break;
    before = c;
    if (c != '\n') {
      on_line += c != '\r';
      continue;
    }
    if (on_line == 0) {
      done_ = true;
      return Ok();
    }
    on_line = 0;
  }
  return Broken("body_malformed");
}

bool WireBody::Drain() {
  if (done_) return true;
  if (broken_ || (expects_ && !begun_) || (length_ && left_ > kDrainMax)) return false;
  std::string scratch(16u << 10, '\0');
  for (std::uint64_t drained = 0; drained < kDrainMax;) {
    const auto got = Read(scratch.data(), scratch.size());
    if (!got.ok()) return false;
    if (done_ || *got == 0) return done_;
    drained += *got;
  }
  return false;
}

}  // namespace gateway::http
