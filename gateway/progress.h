// A ProgressBar shows how far a long command has come, on one line of the terminal: share, count, rate, time left. It
// is silent when standard error is not a terminal. Threads: one at a time. Nothing durable; never fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

class ProgressBar {
 public:
  /// `unit`: what is counted, e.g. "行". `total` 0: not known, then only count and rate are shown.
  ProgressBar(std::string label, std::string unit, std::uint64_t total);
  ~ProgressBar();  ///< clears the line, unless Finish did
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void SetTotal(std::uint64_t total) { total_ = total; }
  /// Cheap; draws at most ten times a second. `note` is shown at the end of the line ("3 refused").
  void Update(std::uint64_t done, std::string_view note = {});
  /// Progress where share and time left follow another measure than what is counted (bytes of a file whose rows count).
  void Update(std::uint64_t done, std::uint64_t measure, std::uint64_t measure_total, std::string_view note = {});
  /// Draws the last state and ends the line.
  void Finish();

 private:
  void Draw();

  const std::string label_, unit_;
  const bool shown_;
  const std::chrono::steady_clock::time_point started_;
  std::uint64_t total_;
  std::uint64_t done_ = 0, first_done_ = 0;
  double share_ = -1, first_share_ = 0;  ///< -1: not known
  bool first_ = true, drawn_ = false;
  std::string note_;
  std::chrono::steady_clock::time_point last_drawn_{};
};

/// "1:02:05", "02:05"; "--:--" for a time that is not known (negative).
std::string ClockText(double seconds);

/// The line as it is shown, without the terminal's control characters: pure, so that it can be tested.
std::string ProgressLine(std::string_view label, std::string_view unit, std::uint64_t done, std::uint64_t total,
                         double share, double rate, double seconds_left, std::string_view note);

}  // namespace gateway
