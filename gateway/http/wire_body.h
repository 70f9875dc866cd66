// The body of one request on the wire: by Content-Length or chunked, read strictly. Internal to gateway/http; one
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/http/connection.h"
#include "gateway/http/message.h"

namespace gateway::http {

class WireBody final : public BodyReader {
 public:
  /// `length` nullopt: chunked. `expects`: the client waits for "100 Continue" before it sends.
  WireBody(Session& session, Line& line, const WireLimits& limits, std::optional<std::uint64_t> length, bool expects)
      : session_(session),
        line_(line),
        limits_(limits),
        length_(length),
        left_(length.value_or(0)),
        done_(length == 0),
        expects_(expects) {}

  std::optional<std::uint64_t> declared() const override { return length_; }
  petition::Result<std::size_t> Read(char* into, std::size_t size) override;

  bool done() const override { return done_; }
  void Trust() override { trusted_ = true; }
  /// Reads what is left when that is little; false: it is not, so the connection can't be used again.
  bool Drain();

 private:
  petition::Result<std::size_t> ReadChunked(char* into, std::size_t size);
  petition::Status NextChunk();
  petition::Status EndOfLine();
  petition::Status Trailers();
  petition::Error Broken(std::string reason);
  bool Begin();

  Session& session_;
  Line& line_;
  const WireLimits& limits_;
  const std::optional<std::uint64_t> length_;
  std::uint64_t left_;  // of the body, or of the chunk
  bool in_chunk_ = false;
  bool done_;
  bool broken_ = false;
  bool expects_;
  bool begun_ = false;
  bool trusted_ = false;
  std::uint64_t since_deadline_ = 0;  // bytes read since the deadline was set
};

}  // namespace gateway::http
