// A LoadGenerator posts submissions of about 1 KiB over keep-alive connections, each connection waiting for its answer
// before it sends the next, and times every answer. One thread drives them all. Used by `guiyi bench`. Traffic goes to
// the given loopback address only and ends by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "petition/result.h"

namespace gateway {

struct LoadOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string key;
  std::size_t connections = 16;
  std::chrono::seconds duration{10};
  std::string id_prefix = "b";  ///< external ids are prefix-connection-count: unique within a run
  std::string path = "/api/v1/intakes";
  std::function<std::string(std::uint64_t sent)> body;  ///< what is posted; empty: SampleSubmission
  double per_second = 0;                                ///< over all connections; 0: as fast as answers come
};

struct LoadResult {
  std::uint64_t answered = 0, refused = 0, broken = 0;  ///< 2xx, other statuses, cut connections
  double seconds = 0;
  double cpu_micros =
      0;  ///< of this whole process, hub and load generator, for each 2xx answer: holds on a noisy machine
  std::vector<double> millis;  ///< of each 2xx answer, ascending
  double PerSecond() const { return seconds > 0 ? static_cast<double>(answered) / seconds : 0; }
  double Percentile(double share) const;  ///< 0.5: median; 0 when nothing was answered
};

/// Blocks until the time is over and every connection has ended. kInvalid when the host is not loopback.
petition::Result<LoadResult> GenerateLoad(const LoadOptions& options);

/// A submission of about 1 KiB of invented text, different for each number.
std::string SampleSubmission(std::uint64_t number, const std::string& external_id);

}  // namespace gateway
