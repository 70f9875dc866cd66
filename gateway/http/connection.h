// The wire side of the HTTP door: a keep-alive connection read request by request with hard limits (header size and
// count, times, lengths that lie), and answers written in one send. Poco gives sockets, TLS and threads; the reading is
// strict by hand, because a body that breaks off must never pass for a whole one. Internal to gateway/http.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/http/door.h"
#include "gateway/http/line.h"
#include "gateway/http/metrics.h"
#include "gateway/http/session.h"

namespace gateway::http {

struct WireLimits {
  std::size_t header_bytes_max = 32u << 10;
  int header_fields_max = 64;
  std::chrono::milliseconds header_time{10'000};         ///< first byte to last byte of a header
  std::chrono::milliseconds body_time{60'000};           ///< a body, begun anew with every MiB that came
  std::chrono::milliseconds stranger_body_time{10'000};  ///< the whole body of somebody who has shown no key
  std::chrono::milliseconds send_time{30'000};
  std::chrono::milliseconds keep_alive_time{75'000};  ///< quiet between two requests
};

/// What connections share. Outlives them.
struct Wire {
  Door& door;
  Metrics& metrics;
  Lines& lines;
  const WireLimits limits;
  /// method, route pattern, status, micros, principal: never a path or a body.
  std::function<void(std::string_view method, std::string_view route, int status, std::int64_t micros,
                     std::string_view who)>
      access_log;

  /// One more request was answered: metrics and log.
  void Count(const Door::Served& served, std::chrono::steady_clock::time_point begun) const;
};

/// Serves requests of one line on the calling thread, which waits: for bytes, for the ledger, for the other side to
/// read. What the socket throws (Poco) passes through: nobody is left to be told.
class Conversation {
 public:
  /// `peer`: address without port. `early`: what has been read of the line already.
  Conversation(Line& line, Wire& wire, std::string peer, std::string_view early)
      : line_(line), wire_(wire), peer_(std::move(peer)), session_(line.socket, early) {}

  /// Serves one request; false: the connection ends.
  bool ServeOne();
  /// What has come behind that request.
  std::string TakeBuffered() { return session_.TakeBuffered(); }

 private:
  void Send(std::string_view bytes);
  /// Waits a little for the other side to read the answer before the socket closes on bytes that were never read.
  void Linger();

  Line& line_;
  Wire& wire_;
  const std::string peer_;
  Session session_;
};

}  // namespace gateway::http
