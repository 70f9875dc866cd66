#include "gateway/http/line.h"

#include <sys/socket.h>

namespace gateway::http {

Line::Line(const Poco::Net::StreamSocket& its_socket) : socket(its_socket), waiting_since_ms(Lines::NowMs()) {}

bool Line::BeginWaiting() {
  std::int64_t busy = 0;
  return waiting_since_ms.compare_exchange_strong(busy, Lines::NowMs()) || busy > 0;
}

bool Line::EndWaiting() {
  auto since = waiting_since_ms.load();
  return since == 0 || (since > 0 && waiting_since_ms.compare_exchange_strong(since, 0));
}

std::int64_t Lines::NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::shared_ptr<Line> Lines::Enter(const Poco::Net::StreamSocket& socket) {
  auto line = std::make_shared<Line>(socket);
  std::lock_guard lock(mutex_);
  if (stopping_) return nullptr;
  lines_.insert(line);
  return line;
}

void Lines::Leave(const std::shared_ptr<Line>& line) {
  std::lock_guard lock(mutex_);
  lines_.erase(line);
  if (lines_.empty()) gone_.notify_all();
}

// Plain shutdown(2) on the descriptor: it wakes a thread blocked in recv, and unlike TLS shutdown it may be called
// beside that thread.
void Lines::Cut(Line& line) {
  line.cut = true;
  ::shutdown(line.socket.impl()->sockfd(), SHUT_RDWR);
}

void Lines::Sweep() {
  const auto now = NowMs();
  std::lock_guard lock(mutex_);
  for (const auto& line : lines_) {
    const auto deadline = line->deadline_ms.load();
    // Only the reading side is ended first, so that a request that came too slowly can still be told so.
    if (deadline == 0 || now < deadline) continue;
    if (line->cut.exchange(true) || line->idle) {
      Cut(*line);
    } else {
      ::shutdown(line->socket.impl()->sockfd(), SHUT_RD);
      line->deadline_ms = now + 2000;
    }
  }
}

bool Lines::MakeRoom(std::chrono::milliseconds after) {
  std::lock_guard lock(mutex_);
  Line* longest = nullptr;
  std::int64_t since = NowMs() - after.count() + 1;
  for (const auto& line : lines_) {
    const auto waiting = line->waiting_since_ms.load();
    if (waiting > 0 && waiting < since) {
      since = waiting;
      longest = line.get();
    }
  }
  if (!longest || !longest->waiting_since_ms.compare_exchange_strong(since, Line::kGivenAway)) return false;
  Cut(*longest);
  return true;
}

void Lines::EndAll(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& line : lines_) {
    if (line->idle) Cut(*line);
  }
  if (!gone_.wait_for(lock, grace, [&] { return lines_.empty(); })) {
    for (const auto& line : lines_) Cut(*line);
    gone_.wait(lock, [&] { return lines_.empty(); });
  }
}

std::size_t Lines::size() const {
  std::lock_guard lock(mutex_);
  return lines_.size();
}

}  // namespace gateway::http
