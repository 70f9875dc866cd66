#include "door_host.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace adapters::door_test {

const petition::Time kNow = *petition::ParseTime("2025-03-04T10:12:00+08:00");

Settled LedgerStandIn::Take(const Record& record) {
  std::lock_guard lock(mutex_);
  records_.push_back(record);
  Settled settled;
  settled.ledger_index = records_.size() - 1;
  if (record.refusal) {
    settled.error = record.refusal;
    return settled;
  }
  const auto [it, fresh] = numbers_.emplace(record.submission ? record.submission->external_id : record.place,
                                            "439900-20250304-" + std::to_string(100000 + numbers_.size()) + "-X");
  settled.kind = fresh ? Settled::Kind::kRegistered : Settled::Kind::kExisting;
  settled.intake_no = it->second;
  settled.query_code = "QUERYCODE";
  return settled;
}

std::vector<Record> LedgerStandIn::records() const {
  std::lock_guard lock(mutex_);
  return records_;
}

std::size_t LedgerStandIn::registered() const {
  std::lock_guard lock(mutex_);
  return numbers_.size();
}

DoorAnswer Through(Door& door, const DoorCall& call, bool bearer_ok, LedgerStandIn& ledger) {
  if (auto verified = door.Verify(call, bearer_ok); !verified.ok()) return door.Refuse(call, verified.error());
  auto decoded = door.Decode(call);
  if (!decoded.ok()) return door.Refuse(call, decoded.error());
  std::vector<Settled> settled;
  for (const auto& record : decoded->records) settled.push_back(ledger.Take(record));
  return door.Reply(call, *decoded, settled);
}

struct DoorHost::Server {
  Door& door;
  const std::string route, key;
  LedgerStandIn& ledger;
  std::unique_ptr<Poco::Net::HTTPServer> http;

  class Handler : public Poco::Net::HTTPRequestHandler {
   public:
    explicit Handler(Server& server) : server_(server) {}
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
      const Poco::URI uri(request.getURI());
      DoorCall call;
      call.method = request.getMethod();
      call.path = uri.getPath().substr(std::min(server_.route.size(), uri.getPath().size()));
      call.query = uri.getQueryParameters();
      for (const auto& [name, value] : request) {
        std::string lower = name;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        call.headers.emplace_back(lower, value);
      }
      Poco::StreamCopier::copyToString(request.stream(), call.body);
      call.at = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
      const bool bearer = !server_.key.empty() && call.Header("authorization") == "Bearer " + server_.key;
      const auto answer = Through(server_.door, call, bearer, server_.ledger);
      response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
      response.setContentType(answer.media_type);
      response.sendBuffer(answer.body.data(), answer.body.size());
    }

   private:
    Server& server_;
  };
  class Factory : public Poco::Net::HTTPRequestHandlerFactory {
   public:
    explicit Factory(Server& server) : server_(server) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
      return new Handler(server_);
    }

   private:
    Server& server_;
  };
};

DoorHost::DoorHost(Door& door, std::string route, std::string key, LedgerStandIn& ledger)
    : server_(new Server{door, std::move(route), std::move(key), ledger, nullptr}) {
  const Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
  server_->http =
      std::make_unique<Poco::Net::HTTPServer>(new Server::Factory(*server_), socket, new Poco::Net::HTTPServerParams);
  server_->http->start();
}

DoorHost::~DoorHost() { server_->http->stopAll(true); }

std::string DoorHost::address() const { return "127.0.0.1:" + std::to_string(server_->http->port()); }

DoorCall Post(std::string path, std::string body, std::string content_type) {
  DoorCall call;
  call.method = "POST";
  call.path = std::move(path);
  call.body = std::move(body);
  call.headers.emplace_back("content-type", std::move(content_type));
  call.at = kNow;
  return call;
}

DoorCall Get(std::string path, std::vector<std::pair<std::string, std::string>> query) {
  DoorCall call;
  call.method = "GET";
  call.path = std::move(path);
  call.query = std::move(query);
  call.at = kNow;
  return call;
}

std::string FreshFolder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::temp_directory_path() / ("guiyi-" + std::string(test->test_suite_name()) + "-" +
                                                                test->name() + "-" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder.string();
}

}  // namespace adapters::door_test
