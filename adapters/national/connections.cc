#include "adapters/national/connections.h"

#include <sys/socket.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <unistd.h>

#include <cerrno>

namespace adapters {
namespace {

namespace transport = apache::thrift::transport;
namespace protocol = apache::thrift::protocol;

constexpr std::size_t kIdleMax = 16;
constexpr std::int32_t kContainerMax = 10'000;  // instructions of a page, persons of an item

// A kept connection that the other side has closed meanwhile is readable (end of file); one with bytes left over from
// an earlier answer is out of step. Both are of no use.
bool LooksAlive(int descriptor) {
  char byte;
  const auto got = ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

petition::Error Interrupted() {
  auto error = petition::Unavailable("the delivery is being stopped");
  error.reason = "interrupted";
  return error;
}

}  // namespace

struct Connections::Open {
  std::shared_ptr<transport::TSocket> socket;
  std::unique_ptr<Client> client;
  int watch =
      -1;  ///< a second descriptor of the same socket: shut down from another thread without a race with Thrift's close
  std::list<int>::iterator watched{};  ///< its place in watched_ while in use
  ~Open() {
    client.reset();
    socket.reset();
    if (watch >= 0) ::close(watch);
  }
};

Connections::Connections(NationalOptions options, std::shared_ptr<transport::TSSLSocketFactory> tls)
    : options_(std::move(options)), tls_(std::move(tls)) {}

Connections::~Connections() = default;

petition::Result<std::unique_ptr<Connections::Open>> Connections::Connect() {
  try {
    auto open = std::make_unique<Open>();
    auto limits = std::make_shared<apache::thrift::TConfiguration>(static_cast<int>(options_.frame_max),
                                                                   static_cast<int>(options_.frame_max));
    open->socket = tls_ ? std::static_pointer_cast<transport::TSocket>(tls_->createSocket(options_.host, options_.port))
                        : std::make_shared<transport::TSocket>(options_.host, options_.port, limits);
    open->socket->setConnTimeout(static_cast<int>(options_.connect_timeout.count()));
    open->socket->setSendTimeout(static_cast<int>(options_.send_timeout.count()));
    open->socket->setRecvTimeout(static_cast<int>(options_.receive_timeout.count()));
    open->socket->setNoDelay(true);
    open->socket->open();
    open->watch = ::dup(open->socket->getSocketFD());
    if (open->watch < 0) return petition::Unavailable("too many open files");
    auto framed = std::make_shared<transport::TFramedTransport>(open->socket, limits);
    auto binary = std::make_shared<protocol::TBinaryProtocol>(framed, static_cast<std::int32_t>(options_.frame_max),
                                                              kContainerMax, true, true);
    open->client = std::make_unique<Client>(binary);
    return open;
  } catch (const std::exception& e) {
    auto error = petition::Unavailable("the national system cannot be reached", e.what());
    error.reason = "unreachable";
    return error;
  }
}

petition::Result<Connections::Lease> Connections::Take(bool kept) {
  std::unique_ptr<Open> open;
  {
    std::lock_guard lock(mutex_);
    if (interrupted_) return Interrupted();
    while (kept && !open && !idle_.empty()) {
      open = std::move(idle_.back());
      idle_.pop_back();
      if (!LooksAlive(open->watch)) open.reset();
    }
  }
  const bool fresh = !open;
  if (fresh) {
    GUIYI_TRY(open, Connect());
  }
  std::lock_guard lock(mutex_);
  if (interrupted_) return Interrupted();
  open->watched = watched_.insert(watched_.end(), open->watch);
  return Lease(*this, std::move(open), fresh);
}

void Connections::GiveBack(std::unique_ptr<Open> open, bool keep) {
  std::lock_guard lock(mutex_);
  watched_.erase(open->watched);
  if (keep && !interrupted_ && idle_.size() < kIdleMax) idle_.push_back(std::move(open));
}

void Connections::Interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  for (int descriptor : watched_) ::shutdown(descriptor, SHUT_RDWR);
  idle_.clear();
}

bool Connections::interrupted() const {
  std::lock_guard lock(mutex_);
  return interrupted_;
}

Connections::Lease::Lease(Connections& owner, std::unique_ptr<Open> open, bool fresh)
    : owner_(&owner), open_(std::move(open)), fresh_(fresh) {}
Connections::Lease::Lease(Lease&& other) noexcept
    : owner_(other.owner_), open_(std::move(other.open_)), fresh_(other.fresh_), keep_(other.keep_) {}
Connections::Lease::~Lease() {
  if (open_) owner_->GiveBack(std::move(open_), keep_);
}
Connections::Client& Connections::Lease::client() { return *open_->client; }

}  // namespace adapters
