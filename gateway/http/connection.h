// The wire side of the HTTP door: one keep-alive connection read request by request with hard limits (header size and
// count, times, lengths that lie), and answers written in one send. Poco gives sockets, TLS and threads; the reading is
// strict by hand, because a body that breaks off must never pass for a whole one. Internal to gateway/http.
#pragma once

#include <Poco/Net/HTTPSession.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnection.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "gateway/http/door.h"
#include "gateway/http/metrics.h"

namespace gateway::http {

struct WireLimits {
  std::size_t header_bytes_max = 32u << 10;
  int header_fields_max = 64;
  std::chrono::milliseconds header_time{10'000};         ///< first byte to last byte of a header
  std::chrono::milliseconds body_time{60'000};           ///< a body, begun anew with every MiB that came
  std::chrono::milliseconds stranger_body_time{10'000};  ///< the whole body of somebody who has shown no key
  std::chrono::milliseconds send_time{30'000};
  std::chrono::milliseconds keep_alive_time{75'000};  ///< quiet between two requests
};

/// One open connection as the watchdog sees it.
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

/// What connections share. Outlives them.
struct Wire {
  Door& door;
  Metrics& metrics;
  Lines& lines;
  const WireLimits limits;
  /// method, route pattern, status, micros, principal: never a path or a body.
  std::function<void(std::string_view method, std::string_view route, int status, std::int64_t micros,
                     std::string_view who)>
      access_log;
};

/// Reads bytes of one connection; makes Poco's protected reading available.
class Session final : public Poco::Net::HTTPSession {
 public:
  explicit Session(const Poco::Net::StreamSocket& socket) : HTTPSession(socket, true) {}
  /// Waits for a byte without taking it; false: the connection ended.
  bool Await() { return buffered() > 0 || (peek(), buffered() > 0); }
  /// The next byte as 0..255; -1: the connection ended. Poco's own answers bytes from 128 on as negative numbers.
  int Get() { return Await() ? static_cast<unsigned char>(get()) : -1; }
  using HTTPSession::buffered;
  using HTTPSession::read;
};

class Connection final : public Poco::Net::TCPServerConnection {
 public:
  Connection(const Poco::Net::StreamSocket& socket, Wire& wire) : TCPServerConnection(socket), wire_(wire) {}
  void run() override;

 private:
  /// Serves one request; false: the connection ends.
  bool ServeOne(Session& session, Line& line);
  void Send(std::string_view bytes, Line& line);
  /// Waits a little for the other side to read the answer before the socket closes on bytes that were never read.
  void Linger(Session& session, Line& line);

  Wire& wire_;
  std::string peer_;  // address without port
};

}  // namespace gateway::http
