#include "gateway/http/http_server.h"

#include <atomic>
#include <cstdio>

#include "gateway/http/calls.h"
#include "gateway/http/staff.h"
#include "gateway/hub.h"

namespace gateway {

namespace {

using namespace http;  // NOLINT(google-build-using-namespace): this file puts the door's parts together

void LogToStandardError(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::fputs(text.c_str(), stderr);
}

class HubServer final : public HttpServer {
 public:
  HubServer(HttpOptions options, Hub& hub)
      : desk_(hub, std::move(options)),
        door_(Routes(Table(desk_)), PartsOf(), desk_.options.limits, desk_.anonymous),
        metrics_(RouteNames(door_.routes())) {
    desk_.metrics = &metrics_;
    desk_.connections = [this] {
      const auto* serving = serving_.load();
      return serving ? serving->connections() : 0;
    };
  }
  ~HubServer() override { Stop(); }

  petition::Status Begin() {
    GUIYI_TRY(auto passwords, Passwords::Open(desk_.options.data, desk_.hub.clock()));
    const auto& listens = desk_.options.server;
    const bool tls = !listens.certificate.empty() && !listens.private_key.empty();
    desk_.staff = std::make_unique<Staff>(desk_.hub.registry(), std::move(passwords), desk_.hub.clock(), tls);
    GUIYI_TRY(auto server, Server::Start(desk_.options.server, door_, metrics_));
    address_ = server->address();
    server_ = std::move(server);
    serving_ = server_.get();
    return petition::Ok();
  }

  std::string address() const override { return address_; }
  void Stop() override {
    if (server_) server_->Stop();
  }
  const Routes& routes() const override { return door_.routes(); }

 private:
  DoorParts PartsOf() {
    DoorParts parts;
    parts.authenticate = [this](std::string_view key) { return desk_.hub.registry().Authenticate(key); };
    parts.signed_in = [this](const Request& request) { return desk_.staff->Identify(request); };
    parts.refuse = [this](const Refusal& refusal) {
      desk_.sources.CountRefused(refusal.source, desk_.hub.clock().Now());
      return desk_.hub.intake().Refuse(refusal);
    };
    parts.log = desk_.options.log ? desk_.options.log : LogToStandardError;
    return parts;
  }

  Desk desk_;
  Door door_;
  Metrics metrics_;
  std::string address_;
  std::unique_ptr<Server> server_;
  std::atomic<const Server*> serving_{nullptr};  // what requests may look at while Begin has not returned
};

}  // namespace

petition::Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpOptions options, Hub& hub) {
  auto server = std::make_unique<HubServer>(std::move(options), hub);
  GUIYI_CHECK(server->Begin());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace gateway
