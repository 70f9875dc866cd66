#include "gateway/commands/bench_timings.h"

#include <time.h>

#include <algorithm>

namespace gateway {
namespace {

double CpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace

void Stopwatch::Start() {
  started_ = std::chrono::steady_clock::now();
  cpu_started_ = CpuSeconds();
}

void Stopwatch::Stop() {
  wall_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  cpu_ += CpuSeconds() - cpu_started_;
}

void Stopwatch::Report(std::uint64_t added, nlohmann::json& out) const {
  out["adds_per_second"] = static_cast<double>(added) / wall_;
  out["adds_per_cpu_second"] = static_cast<double>(added) / cpu_;
}

nlohmann::json Samples::Report() const {
  return {{"queries", wall_ms_.size()},
          {"p50_ms", Quantile(wall_ms_, 0.5)},
          {"p99_ms", Quantile(wall_ms_, 0.99)},
          {"cpu_p50_ms", Quantile(cpu_ms_, 0.5)},
          {"cpu_p99_ms", Quantile(cpu_ms_, 0.99)}};
}

}  // namespace gateway
