// Metrics count what the HTTP door does: requests by route and status, and how long they took. They hold no personal
// data: routes are named by pattern. Threads: Count is wait-free and safe from any thread; Text gives a picture that
// may miss what happens meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gateway::http {

class Metrics {
 public:
  /// `routes`: "POST /api/v1/intakes" ...; what fits none is counted under the last one, "other".
  explicit Metrics(std::vector<std::string> routes);

  static constexpr std::size_t kOther = ~std::size_t{0};
  void Count(std::size_t route, int status, std::chrono::microseconds took);

  /// Prometheus text format.
  std::string Text() const;

 private:
  static constexpr std::array<int, 27> kStatuses{200, 201, 202, 204, 206, 207, 302, 304, 400, 401, 403, 404, 405, 406,
                                                 408, 409, 411, 413, 415, 417, 422, 429, 431, 500, 503, 505, 0};
  static constexpr std::array<std::uint64_t, 13> kMicros{100,    250,    500,     1'000,   2'500,     5'000,    10'000,
                                                         25'000, 50'000, 100'000, 500'000, 1'000'000, 2'500'000};
  struct Row {
    std::array<std::atomic<std::uint64_t>, kStatuses.size()> by_status{};
    std::array<std::atomic<std::uint64_t>, kMicros.size() + 1> by_time{};
    std::atomic<std::uint64_t> micros{0};
  };

  const std::vector<std::string> routes_;
  const std::unique_ptr<Row[]> rows_;
};

/// One sample line; `labels` as `name="value"`, already escaped, or "".
void AppendSample(std::string& text, std::string_view name, std::string_view labels, double value);
void AppendSample(std::string& text, std::string_view name, std::string_view labels, std::uint64_t value);
/// "# HELP" and "# TYPE".
void AppendHead(std::string& text, std::string_view name, std::string_view type, std::string_view help);
/// Escapes a label value.
std::string Label(std::string_view name, std::string_view value);

}  // namespace gateway::http
