// The HttpServer is the HTTP door of a hub: the calls of the outside interface, served over Poco's sockets. It owns no
// state of its own but counters and token buckets; everything else is the hub's, which must outlive it. Threads: Start
// and Stop by the owner. Stop lets requests under way end. Failure to bind or to read a certificate is an Error of
// Start.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/door.h"
#include "gateway/http/rate_limit.h"
#include "gateway/http/server.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

class Hub;

struct HttpOptions {
  http::ServerOptions server;  ///< address, TLS, connections, times, log of requests
  http::DoorLimits limits;     ///< sizes
  std::filesystem::path
      data;  ///< the hub's data folder: the published files of the ledger are read from `tiles/` in it
  http::RateLimit::Options anonymous{.per_minute = 20, .burst = 20};  ///< progress, registered: for each address
  http::RateLimit::Options previews{.per_minute = 240, .burst = 60};  ///< for each operator
  http::RateLimit::Options checks{.per_minute = 120, .burst = 60};    ///< channel-check, for each caller
  std::size_t batch_rows_max = 10'000;
  petition::Json names;     ///< of sources and divisions (config/names.h); null: none
  petition::Json settings;  ///< what the process was started with, as /api/v1/system shows it; null: nothing
  /// /metrics to anybody; else to keys of admin and oversight with the right to sealed intakes and no divisions
  bool metrics_for_all = false;
  std::function<void(std::string_view)> log;  ///< lines for the program's own log; none: standard error
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;  ///< stops
  static petition::Result<std::unique_ptr<HttpServer>> Start(HttpOptions options, Hub& hub);

  /// "127.0.0.1:43117": what was bound.
  virtual std::string address() const = 0;
  /// Idempotent.
  virtual void Stop() = 0;
  /// The one route table: who may call what.
  virtual const http::Routes& routes() const = 0;
};

}  // namespace gateway
