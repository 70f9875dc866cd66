// What benchmarks measure time with: quantiles of many short calls, and the sum of what lies between Start and Stop,
// each by the wall clock and by what this thread itself has used. On a machine that others use too, the wall clock's
// tail shows their turns, not ours. One thread each.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace gateway {

class Stopwatch {
 public:
  void Start();
  void Stop();
  double wall_seconds() const { return wall_; }
  double cpu_seconds() const { return cpu_; }
  /// Sets adds_per_second and adds_per_cpu_second.
  void Report(std::uint64_t added, nlohmann::json& out) const;

 private:
  std::chrono::steady_clock::time_point started_;
  double cpu_started_ = 0, wall_ = 0, cpu_ = 0;
};

/// Times of many calls, taken by whoever calls.
class Samples {
 public:
  void Add(double wall_ms, double cpu_ms) {
    wall_ms_.push_back(wall_ms);
    cpu_ms_.push_back(cpu_ms);
  }
  /// queries, p50_ms, p99_ms, cpu_p50_ms, cpu_p99_ms.
  nlohmann::json Report() const;

 private:
  std::vector<double> wall_ms_, cpu_ms_;
};

class Timings {
 public:
  template <typename Work>
  void Time(Work&& work) {
    Stopwatch watch;
    watch.Start();
    std::forward<Work>(work)();
    watch.Stop();
    samples_.Add(watch.wall_seconds() * 1000, watch.cpu_seconds() * 1000);
  }
  nlohmann::json Report() const { return samples_.Report(); }

 private:
  Samples samples_;
};

}  // namespace gateway
