#include "gateway/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace gateway {
namespace {

constexpr int kBarWidth = 24;
constexpr std::chrono::milliseconds kDrawEvery{100};

std::string Grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

}  // namespace

std::string ClockText(double seconds) {
  if (!(seconds >= 0) || seconds > 3.6e6) return "--:--";
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%u:%02u:%02u", static_cast<unsigned>(whole / 3600),
                  static_cast<unsigned>(whole / 60 % 60), static_cast<unsigned>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%02u:%02u", static_cast<unsigned>(whole / 60), static_cast<unsigned>(whole % 60));
  }
  return text;
}

std::string ProgressLine(std::string_view label, std::string_view unit, std::uint64_t done, std::uint64_t total,
                         double share, double rate, double seconds_left, std::string_view note) {
  std::string line(label);
  if (share >= 0) {
    share = std::min(share, 1.0);
    const int full = static_cast<int>(share * kBarWidth);
    char percent[16];
    std::snprintf(percent, sizeof percent, "] %3d%% ", static_cast<int>(share * 100));
    line += " [" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(kBarWidth - full), '.') + percent;
  } else {
    line += ' ';
  }
  line += Grouped(done);
  if (total > 0) line += "/" + Grouped(total);
  line += " " + std::string(unit) + "  " + Grouped(static_cast<std::uint64_t>(std::max(0.0, rate))) + "/s";
  if (share >= 0) line += "  ETA " + ClockText(seconds_left);
  if (!note.empty()) line += "  " + std::string(note);
  return line;
}

ProgressBar::ProgressBar(std::string label, std::string unit, std::uint64_t total)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      shown_(isatty(STDERR_FILENO) == 1),
      started_(std::chrono::steady_clock::now()),
      total_(total) {}

ProgressBar::~ProgressBar() {
  if (shown_ && drawn_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::Update(std::uint64_t done, std::string_view note) { Update(done, done, total_, note); }

void ProgressBar::Update(std::uint64_t done, std::uint64_t measure, std::uint64_t measure_total,
                         std::string_view note) {
  if (!shown_) return;
  done_ = done;
  share_ = measure_total > 0 ? static_cast<double>(measure) / static_cast<double>(measure_total) : -1;
  // What an earlier run had done already says nothing about the speed of this one.
  if (first_) first_done_ = done, first_share_ = std::max(0.0, share_), first_ = false;
  if (note != note_) note_ = note;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < kDrawEvery) return;
  last_drawn_ = now;
  Draw();
}

void ProgressBar::Draw() {
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_ - std::min(done_, first_done_)) / elapsed : 0;
  const double moved = share_ - first_share_;
  const double left = share_ >= 1 ? 0 : moved > 0 ? elapsed * (1 - share_) / moved : -1;
  const std::string line = ProgressLine(label_, unit_, done_, total_, share_, rate, left, note_);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  drawn_ = true;
}

void ProgressBar::Finish() {
  if (!shown_ || first_) return;
  Draw();
  std::fputc('\n', stderr);
  drawn_ = false;
}

}  // namespace gateway
