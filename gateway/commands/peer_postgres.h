// PostgreSQL as a peer in benchmarks: a throw-away server of its own on a local socket, one-row inserts of 1 KiB with
// synchronous_commit=on by pgbench. Nothing is installed; when PostgreSQL is not there, the peer is left out and said
// so.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace gateway {

struct PeerRate {
  double per_second = 0;
  double median_ms = 0;  ///< pgbench's average latency
};

/// Commits a second of bare one-row inserts from `clients` closed-loop clients, or why it could not be measured.
struct PostgresPeer {
  std::optional<PeerRate> rate;
  std::string why_not;
};
PostgresPeer MeasurePostgres(std::size_t clients, std::chrono::seconds duration);

}  // namespace gateway
