#include "gateway/rpc/rpc_server.h"

#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TSSLServerSocket.h>
#include <thrift/transport/TServerSocket.h>

#include <future>
#include <thread>

#include "adapters/thrift_tls.h"
#include "gateway/rpc/exchange_service.h"

namespace gateway {
namespace {

namespace transport = apache::thrift::transport;
namespace protocol = apache::thrift::protocol;
namespace server = apache::thrift::server;

/// Around the generated processor: gives the call its context, and cuts off whoever sends what can't be read.
class GuardedProcessor final : public apache::thrift::TProcessor {
 public:
  explicit GuardedProcessor(std::shared_ptr<rpc::ExchangeService> service) : service_(service), inner_(service) {}

  bool process(std::shared_ptr<protocol::TProtocol> in, std::shared_ptr<protocol::TProtocol> out,
               void* context) override {
    const auto exchange = std::dynamic_pointer_cast<rpc::ExchangeProtocol>(in);
    if (!exchange) return false;
    bool go_on = false;
    try {
      const rpc::CallScope scope(*exchange);
      go_on = inner_.process(in, out, context);
    } catch (const transport::TTransportException& e) {
      // Inside a complete frame there is no end of file: a length in it points beyond its end.
      const bool in_frame =
          !exchange->frames().frame().empty() && e.getType() == transport::TTransportException::END_OF_FILE;
      if (!in_frame) throw;
      Malformed(*exchange);
    } catch (const std::exception&) {
      Malformed(*exchange);
    }
    exchange->frames().EndCall();
    return go_on;
  }

 private:
  void Malformed(rpc::ExchangeProtocol& exchange) {
    const auto frame = exchange.frames().frame();
    service_->RefuseFrame("malformed", exchange.frames().source(), frame, frame.size());
  }

  const std::shared_ptr<rpc::ExchangeService> service_;
  exchange_wire::PetitionExchangeProcessor inner_;
};

class Frames final : public transport::TTransportFactory {
 public:
  Frames(const rpc::FrameLimits& limits, rpc::FrameBudget& budget, rpc::ExchangeService& service)
      : limits_(limits), budget_(budget), service_(service) {}
  std::shared_ptr<transport::TTransport> getTransport(std::shared_ptr<transport::TTransport> inner) override {
    return std::make_shared<rpc::FrameTransport>(
        inner, limits_, budget_,
        [this](std::string_view reason, const std::string& source, std::string_view bytes, std::uint64_t size) {
          service_.RefuseFrame(reason, source, bytes, size);
        });
  }

 private:
  const rpc::FrameLimits& limits_;
  rpc::FrameBudget& budget_;
  rpc::ExchangeService& service_;
};

class Protocols final : public protocol::TProtocolFactory {
 public:
  std::shared_ptr<protocol::TProtocol> getProtocol(std::shared_ptr<transport::TTransport> frames) override {
    return std::make_shared<rpc::ExchangeProtocol>(std::dynamic_pointer_cast<rpc::FrameTransport>(frames));
  }
};

struct Ready final : server::TServerEventHandler {
  void preServe() override { listening.set_value(); }
  std::promise<void> listening;
};

}  // namespace

struct RpcServer::Impl {
  petition::Status Listen(RpcOptions options, Hub& hub);
  void Stop() {
    if (thrift) thrift->stop();
    if (serving.joinable()) serving.join();
  }

  rpc::FrameLimits limits;
  std::unique_ptr<rpc::FrameBudget> budget;
  std::shared_ptr<rpc::ExchangeService> service;
  std::shared_ptr<transport::TServerSocket> socket;
  std::unique_ptr<server::TThreadedServer> thrift;
  std::thread serving;
};

petition::Status RpcServer::Impl::Listen(RpcOptions options, Hub& hub) {
  limits = {options.frame_max, options.frame_time, options.stranger_idle, options.known_idle, options.memory_max};
  budget = std::make_unique<rpc::FrameBudget>(std::max<std::size_t>(options.memory_max, options.frame_max));
  service = std::make_shared<rpc::ExchangeService>(hub);
  if (options.certificate_file.empty()) {
    socket = std::make_shared<transport::TServerSocket>(options.host, options.port);
  } else {
    GUIYI_TRY(auto tls, adapters::MakeTlsFactory({options.certificate_file, options.key_file, options.client_ca_file},
                                                 adapters::TlsSide::kServer));
    socket = std::make_shared<transport::TSSLServerSocket>(options.host, options.port, tls);
  }
  socket->setSendTimeout(static_cast<int>(options.send_time.count()));
  socket->setRecvTimeout(static_cast<int>(options.stranger_idle.count()));
  thrift = std::make_unique<server::TThreadedServer>(std::make_shared<GuardedProcessor>(service), socket,
                                                     std::make_shared<Frames>(limits, *budget, *service),
                                                     std::make_shared<Protocols>());
  thrift->setConcurrentClientLimit(static_cast<std::int64_t>(std::max<std::size_t>(options.connections_max, 1)));
  auto ready = std::make_shared<Ready>();
  auto listening = ready->listening.get_future();
  thrift->setServerEventHandler(ready);
  std::promise<std::string> ended;
  auto failure = ended.get_future();
  serving = std::thread([this, ended = std::move(ended)]() mutable {
    try {
      thrift->serve();
      ended.set_value({});
    } catch (const std::exception& e) {
      ended.set_value(e.what());
    }
  });
  while (listening.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    if (failure.wait_for(std::chrono::milliseconds(0)) == std::future_status::ready)
      return petition::Unavailable("the rpc door cannot listen on " + options.host + ":" + std::to_string(options.port),
                                   failure.get());
  }
  return petition::Ok();
}

petition::Result<std::unique_ptr<RpcServer>> RpcServer::Start(RpcOptions options, Hub& hub) {
  adapters::SilenceThrift();
  std::unique_ptr<RpcServer> rpc(new RpcServer(std::make_unique<Impl>()));
  GUIYI_CHECK(rpc->impl_->Listen(std::move(options), hub));
  return rpc;
}

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::~RpcServer() { Stop(); }
void RpcServer::Stop() { impl_->Stop(); }
int RpcServer::port() const { return impl_->socket->getPort(); }

}  // namespace gateway
