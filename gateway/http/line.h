// Lines are the open connections of the HTTP door as its watchdog sees them: whoever is past a deadline is ended, and
// whoever says nothing, or little by little, makes room for others. Internal to gateway/http.
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace gateway::http {

/// One open connection. Its keeper (one thread at a time) writes, the watchdog reads and cuts.
struct Line {
  explicit Line(const Poco::Net::StreamSocket& its_socket);

  /// It waits for somebody who has shown no key (with this request): from now on its place may be given to somebody
  /// else. False: it was.
  bool BeginWaiting();
  /// What was waited for is there: its place is its own. False: too late.
  bool EndWaiting();

  Poco::Net::StreamSocket
      socket;  // shares the descriptor, so that its number can't be reused while the watchdog holds it
  std::atomic<std::int64_t> deadline_ms{0};  // of the steady clock; 0: none
  std::atomic<bool> idle{true};              // between two requests
  std::atomic<bool> cut{false};              // the watchdog ended it
  static constexpr std::int64_t kGivenAway = -1;
  std::atomic<std::int64_t> waiting_since_ms;  // 0: it is not waiting
};

/// All open connections; ends those that are past their deadline. Threads: safe from any thread.
class Lines {
 public:
  /// nullptr when the server is stopping.
  std::shared_ptr<Line> Enter(const Poco::Net::StreamSocket& socket);
  void Leave(const std::shared_ptr<Line>& line);
  /// Ends what is past its deadline. Called a few times a second.
  void Sweep();
  /// Ends the one that waits longest, if that is longer than `after`: whoever says nothing, or little by little, keeps
  /// nobody out. False: there is none.
  bool MakeRoom(std::chrono::milliseconds after);
  /// Ends idle ones now, the others when their request is done or the time is over. Returns when all are gone.
  void EndAll(std::chrono::milliseconds grace);
  bool stopping() const { return stopping_.load(); }
  std::size_t size() const;

  static std::int64_t NowMs();

 private:
  static void Cut(Line& line);

  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable gone_;
  std::unordered_set<std::shared_ptr<Line>> lines_;  // guarded by mutex_
};

/// A line's place among the open ones, given up when this goes. Empty when the server is stopping.
class Seat {
 public:
  Seat(Lines& lines, const Poco::Net::StreamSocket& socket) : lines_(&lines), line_(lines.Enter(socket)) {}
  ~Seat() {
    if (line_) lines_->Leave(line_);
  }
  Seat(Seat&& other) noexcept : lines_(other.lines_), line_(std::move(other.line_)) {}
  Seat& operator=(Seat&&) = delete;
  explicit operator bool() const { return line_ != nullptr; }
  Line& line() const { return *line_; }

 private:
  Lines* lines_;
  std::shared_ptr<Line> line_;
};

}  // namespace gateway::http
