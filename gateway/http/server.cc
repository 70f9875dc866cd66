#include "gateway/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/http/connection.h"
#include "gateway/http/event_loop.h"
#include "gateway/http/request_log.h"

namespace gateway::http {

namespace {

namespace net = Poco::Net;

/// A connection that was just accepted. Over TLS its thread serves it to the end; a plain one goes to the loop.
class Accepted final : public net::TCPServerConnection {
 public:
  Accepted(const net::StreamSocket& socket, Wire& wire, EventLoop* loop)
      : TCPServerConnection(socket), wire_(wire), loop_(loop) {}
  void run() override {
    Seat seat(wire_.lines, socket());
    if (!seat) return;
    try {
      auto peer = socket().peerAddress().host().toString();
      socket().setNoDelay(true);
      const Poco::Timespan backstop(
          std::chrono::microseconds(wire_.limits.keep_alive_time + wire_.limits.body_time).count());
      socket().setReceiveTimeout(backstop);
      socket().setSendTimeout(Poco::Timespan(std::chrono::microseconds(wire_.limits.send_time).count()));
      seat.line().deadline_ms = Lines::NowMs() + wire_.limits.header_time.count();
      if (loop_ != nullptr) return loop_->Take({std::move(seat), std::move(peer), {}});
      Conversation conversation(seat.line(), wire_, std::move(peer), {});
      while (conversation.ServeOne()) {
      }
    } catch (const Poco::Exception&) {
      // The other side went away or broke TLS: nobody is left to be told.
    } catch (const std::exception&) {
    }
  }

 private:
  Wire& wire_;
  EventLoop* const loop_;
};

class Factory final : public net::TCPServerConnectionFactory {
 public:
  Factory(Wire& wire, EventLoop* loop) : wire_(wire), loop_(loop) {}
  net::TCPServerConnection* createConnection(const net::StreamSocket& socket) override {
    return new Accepted(socket, wire_, loop_);
  }

 private:
  Wire& wire_;
  EventLoop* const loop_;
};

/// One request that the loop handed over, on a thread of the pool; deletes itself.
class Errand final : public Poco::Runnable {
 public:
  Errand(Held held, Wire& wire, EventLoop& loop) : held_(std::move(held)), wire_(wire), loop_(loop) {}
  void run() override {
    const std::unique_ptr<Errand> myself(this);
    try {
      if (ServeOne()) loop_.Take(std::move(held_));
    } catch (const Poco::Exception&) {
      // The other side went away.
    } catch (const std::exception&) {
    }
  }

 private:
  /// The conversation ends, and its share of the socket with it, before the loop has the line.
  bool ServeOne() {
    Conversation conversation(held_.seat.line(), wire_, held_.peer, held_.early);
    if (!conversation.ServeOne()) return false;
    held_.early = conversation.TakeBuffered();
    return true;
  }

  Held held_;
  Wire& wire_;
  EventLoop& loop_;
};

/// Beyond the bound whoever waits longest makes room; when nobody does, a caller is told to come back instead of
/// waiting for a thread. TLS callers are only dropped: their handshake would need one.
class Gate final : public net::TCPServerConnectionFilter {
 public:
  Gate(Lines& lines, const ServerOptions& options, bool tls) : lines_(lines), options_(options), tls_(tls) {}
  bool accept(const net::StreamSocket& socket) override {
    if (lines_.size() < options_.connections_max || lines_.MakeRoom(options_.give_way_after)) return true;
    if (!tls_) {
      constexpr std::string_view kBusy =
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      try {
        net::StreamSocket(socket).sendBytes(kBusy.data(), static_cast<int>(kBusy.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
      } catch (const Poco::Exception&) {
      }
    }
    return false;
  }

 private:
  Lines& lines_;
  const ServerOptions& options_;
  const bool tls_;
};

net::Context::Ptr MakeContext(const ServerOptions& options) {
  net::initializeSSL();
  net::Context::Params params;
  params.privateKeyFile = options.private_key.string();
  params.certificateFile = options.certificate.string();
  params.verificationMode = net::Context::VERIFY_NONE;  // callers show keys, not certificates
  params.loadDefaultCAs = false;
  params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";
  net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, params);
  context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
  return context;
}

net::ServerSocket Listen(const ServerOptions& options, bool tls) {
  const net::SocketAddress address(options.listen);
  constexpr int kBacklog = 256;
  if (tls) {
    net::SecureServerSocket socket(MakeContext(options));
    socket.bind(address, true);
    socket.listen(kBacklog);
    return socket;  // NOLINT(cppcoreguidelines-slicing): a handle; what accepts by TLS is behind it
  }
  net::ServerSocket socket;
  socket.bind(address, true);
  socket.listen(kBacklog);
  return socket;
}

WireLimits LimitsOf(const ServerOptions& options) {
  return {options.header_bytes_max,   options.header_fields_max, options.header_time,    options.body_time,
          options.stranger_body_time, options.send_time,         options.keep_alive_time};
}

class PocoServer final : public Server {
 public:
  PocoServer(const ServerOptions& options, Door& door, Metrics& metrics, std::unique_ptr<RequestLog> log)
      : options_(options),
        log_(std::move(log)),
        tls_(!options.certificate.empty() && !options.private_key.empty()),
        wire_{door, metrics, lines_, LimitsOf(options), {}},
        // A thread may still be winding up when its line has left: a few more than lines.
        threads_("http", 2, static_cast<int>(options.connections_max) + 16, 30) {
    if (log_) {
      wire_.access_log = [this](std::string_view method, std::string_view route, int status, std::int64_t micros,
                                std::string_view who) { log_->Write(method, route, status, micros, who); };
    }
  }
  ~PocoServer() override { Stop(); }

  void Begin() {
    const auto socket = Listen(options_, tls_);
    net::TCPServerParams::Ptr params = new net::TCPServerParams;
    params->setMaxThreads(static_cast<int>(options_.connections_max) + 8);
    params->setMaxQueued(64);
    // Poco's waking of idle threads at the end can miss one that is just about to wait; it then waits this long.
    params->setThreadIdleTime(Poco::Timespan(0, 250'000));
    if (!tls_) {
      loop_ = std::make_unique<EventLoop>(wire_, [this](Held held) {
        auto errand = std::make_unique<Errand>(std::move(held), wire_, *loop_);
        threads_.start(*errand);  // throws when there is no thread
        (void)errand.release();
      });
    }
    tcp_ = std::make_unique<net::TCPServer>(new Factory(wire_, loop_.get()), threads_, socket, params);
    tcp_->setConnectionFilter(new Gate(lines_, options_, tls_));
    address_ = socket.address().toString();
    watchdog_ = std::thread([this] { Watch(); });
    tcp_->start();
  }

  std::string address() const override { return address_; }
  bool tls() const override { return tls_; }
  std::size_t connections() const override { return lines_.size(); }

  void Stop() override {
    if (!tcp_) return;
    tcp_->stop();
    lines_.EndAll(options_.stop_grace);
    threads_.joinAll();
    loop_.reset();
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    if (watchdog_.joinable()) watchdog_.join();
    tcp_.reset();
    if (log_) log_->Flush();
  }

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    for (int round = 0; !stopped_; ++round) {
      wake_.wait_for(lock, std::chrono::milliseconds(200));
      lines_.Sweep();
      if (log_ && round % 5 == 0) log_->Flush();
    }
  }

  const ServerOptions options_;
  const std::unique_ptr<RequestLog> log_;
  const bool tls_;
  Lines lines_;
  Wire wire_;
  Poco::ThreadPool threads_;
  std::string address_;
  std::unique_ptr<EventLoop> loop_;  // of plain connections
  std::unique_ptr<net::TCPServer> tcp_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread watchdog_;
};

}  // namespace

std::vector<std::string> RouteNames(const Routes& routes) {
  std::vector<std::string> names;
  for (const auto& route : routes.table()) names.push_back(route.method + " " + route.pattern);
  return names;
}

petition::Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Door& door, Metrics& metrics) {
  std::unique_ptr<RequestLog> log;
  if (!options.access_log.empty()) {
    GUIYI_TRY(log, RequestLog::Open(options.access_log));
  }
  if (options.certificate.empty() != options.private_key.empty()) {
    return petition::Invalid("tls_incomplete", "TLS needs both a certificate and its private key");
  }
  try {
    auto server = std::make_unique<PocoServer>(options, door, metrics, std::move(log));
    server->Begin();
    return std::unique_ptr<Server>(std::move(server));
  } catch (const Poco::Exception& error) {
    return petition::Unavailable("can't listen on " + options.listen, error.displayText());
  }
}

}  // namespace gateway::http
