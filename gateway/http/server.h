// A Server listens on one address and serves a Door: threads, TLS, the watchdog that ends slow connections, metrics and
// the access log. It knows nothing of petitions. Threads: Start and Stop by the owner; everything else inside. Stop
// lets requests under way end, then closes. Failure to bind or to read a certificate is an Error of Start.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/door.h"
#include "gateway/http/metrics.h"

namespace gateway::http {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  ///< host:port or [v6]:port; port 0: any free one
  std::filesystem::path certificate;      ///< PEM chain; TLS when this and the key are given
  std::filesystem::path private_key;
  std::size_t connections_max = 512;
  std::size_t header_bytes_max = 32u << 10;
  int header_fields_max = 64;
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds body_time{60'000};
  std::chrono::milliseconds stranger_body_time{10'000};  ///< for a whole body, until a key was shown
  std::chrono::milliseconds give_way_after{1'000};  ///< when all connections are taken, one that has said nothing for
                                                    ///< so long makes room for another
  std::chrono::milliseconds send_time{30'000};
  std::chrono::milliseconds keep_alive_time{75'000};
  std::chrono::milliseconds stop_grace{5'000};
  std::filesystem::path access_log;  ///< "": none. Method, route pattern, status, microseconds, principal; begun anew
                                     ///< at 64 MiB, one old file kept
};

class Server {
 public:
  virtual ~Server() = default;  ///< stops
  static petition::Result<std::unique_ptr<Server>> Start(const ServerOptions& options, Door& door, Metrics& metrics);

  /// "127.0.0.1:43117"
  virtual std::string address() const = 0;
  virtual bool tls() const = 0;
  virtual std::size_t connections() const = 0;
  virtual void Stop() = 0;
};

/// The routes of a table as metrics name them.
std::vector<std::string> RouteNames(const Routes& routes);

}  // namespace gateway::http
