#include "gateway/witnessing/witness_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

#include "ledger/witness_call.h"

namespace gateway {
namespace {

namespace net = Poco::Net;

constexpr std::size_t kBodyBytesMax = 64u << 10;  // 63 hashes and a checkpoint with many signatures
constexpr int kThreads = 8, kQueued = 64;

void Respond(net::HTTPServerResponse& response, int status, const std::string& type, const std::string& body) {
  response.setStatus(static_cast<net::HTTPResponse::HTTPStatus>(status));
  response.setReason(net::HTTPResponse::getReasonForStatus(response.getStatus()));
  response.setContentType(type);
  response.sendBuffer(body.data(), body.size());
}

class Handler final : public net::HTTPRequestHandler {
 public:
  explicit Handler(ledger::Witness& witness) : witness_(witness) {}

  void handleRequest(net::HTTPServerRequest& request, net::HTTPServerResponse& response) override {
    const std::string plain = "text/plain; charset=utf-8", path = request.getURI();
    if (request.getMethod() == "GET" && path == "/vkey")
      return Respond(response, 200, plain, witness_.verifier().Text() + "\n");
    if (request.getMethod() == "GET" && path == "/healthz") return Respond(response, 200, plain, "ok\n");
    if (path != "/add-checkpoint") return Respond(response, 404, plain, "no such call\n");
    if (request.getMethod() != "POST") return Respond(response, 405, plain, "POST only\n");
    std::string body(kBodyBytesMax + 1, '\0');
    request.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
    body.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, request.stream().gcount())));
    if (body.size() > kBodyBytesMax) return Respond(response, 413, plain, "too large\n");
    const auto answer = witness_.AddCheckpoint(body);
    Respond(response, answer.status, answer.status == 409 ? std::string(ledger::kTlogSizeType) : plain, answer.body);
  }

 private:
  ledger::Witness& witness_;
};

class Factory final : public net::HTTPRequestHandlerFactory {
 public:
  explicit Factory(ledger::Witness& witness) : witness_(witness) {}
  net::HTTPRequestHandler* createRequestHandler(const net::HTTPServerRequest&) override {
    return new Handler(witness_);  // owned by Poco
  }

 private:
  ledger::Witness& witness_;
};

class PocoWitnessServer final : public WitnessServer {
 public:
  PocoWitnessServer(const net::SocketAddress& address, ledger::Witness& witness)
      : pool_(2, kThreads), socket_(address, kQueued), server_(new Factory(witness), pool_, socket_, Params()) {
    server_.start();
  }
  ~PocoWitnessServer() override { Stop(); }
  std::string address() const override { return socket_.address().toString(); }
  void Stop() override { server_.stopAll(true); }

 private:
  static net::HTTPServerParams* Params() {
    auto* const params = new net::HTTPServerParams;  // owned by Poco
    params->setMaxThreads(kThreads);
    params->setMaxQueued(kQueued);
    params->setTimeout(Poco::Timespan(10, 0));
    params->setKeepAliveTimeout(Poco::Timespan(15, 0));
    return params;
  }

  Poco::ThreadPool pool_;
  net::ServerSocket socket_;
  net::HTTPServer server_;
};

}  // namespace

petition::Result<std::unique_ptr<WitnessServer>> WitnessServer::Start(const std::string& listen,
                                                                      ledger::Witness& witness) {
  try {
    return std::unique_ptr<WitnessServer>(std::make_unique<PocoWitnessServer>(net::SocketAddress(listen), witness));
  } catch (const Poco::Exception& error) {
    return petition::Unavailable("the witness can't listen at " + listen, error.displayText());
  }
}

}  // namespace gateway
