// Both doors behind TLS, asked by a real TLS client: who is let in, who is not, and that nobody who is not keeps a
// place.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSSLSocket.h>

#include "PetitionExchange.h"
#include "adapters/thrift_tls.h"
#include "gateway/rpc/rpc_server.h"
#include "http_hub.h"
#include "support/test_certificate.h"
#include "support/tls_client.h"

namespace gateway {
namespace {

namespace transport = apache::thrift::transport;
namespace protocol = apache::thrift::protocol;
using http_test::Client;
using support::TlsClient;
using namespace std::chrono_literals;

class TlsTest : public http_test::HttpHubTest {
 protected:
  void SetUp() override {
    certificates_ =
        std::filesystem::path(testing::TempDir()) / ("guiyi-tls-" + std::to_string(::getpid()) + "-" +
                                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(certificates_ / "other");
    ours_ = support::MakeTestCertificate(certificates_);
    other_ = support::MakeTestCertificate(certificates_ / "other");
    options_.server.certificate = ours_.certificate;
    options_.server.private_key = ours_.key;
    options_.server.header_time = 100ms;
    HttpHubTest::SetUp();
  }
  void TearDown() override {
    rpc_.reset();
    HttpHubTest::TearDown();
    std::filesystem::remove_all(certificates_);
  }

  int HttpPort() const { return std::stoi(address().substr(address().rfind(':') + 1)); }
  void ServeRpc(const std::string& client_authority = {}) {
    RpcOptions options;
    options.certificate_file = ours_.certificate;
    options.key_file = ours_.key;
    options.client_ca_file = client_authority;
    options.connections_max = 2;
    options.stranger_idle = 50ms;
    auto server = RpcServer::Start(options, *hub_);
    ASSERT_TRUE(server.ok()) << server.error().message << server.error().detail;
    rpc_ = std::move(server).value();
  }

  /// One call over Thrift; false: the connection was not let in.
  bool Submits(const adapters::TlsFiles& files) {
    auto tls = adapters::MakeTlsFactory(files, adapters::TlsSide::kClient);
    EXPECT_TRUE(tls.ok());
    const std::shared_ptr<transport::TSocket> socket = (*tls)->createSocket("127.0.0.1", rpc_->port());
    socket->setRecvTimeout(20'000);
    exchange_wire::PetitionExchangeClient client(
        std::make_shared<protocol::TBinaryProtocol>(std::make_shared<transport::TFramedTransport>(socket)));
    exchange_wire::Credential key;
    key.key = KeyOf("portal");
    exchange_wire::Submission submission;
    submission.content = "楼道灯坏了两周";
    exchange_wire::Receipt receipt;
    try {
      socket->open();
      client.submit(receipt, key, submission, 0);
    } catch (const transport::TTransportException&) {
      return false;
    }
    return !receipt.intakeNo.empty();
  }

  /// Connects without TLS, says `bytes` and waits until it is thrown out; true when nothing of a right answer came.
  static bool ThrownOut(int port, std::string_view bytes) {
    Client plain("127.0.0.1:" + std::to_string(port));
    plain.SendRaw(bytes);
    const auto reply = plain.ReadReply();  // a TLS alert at most
    return reply.status == 0;
  }

  std::filesystem::path certificates_;
  support::TestCertificate ours_, other_;
  std::unique_ptr<RpcServer> rpc_;
};

TEST_F(TlsTest, HttpIsServedToWhoeverTrustsTheCertificate) {
  TlsClient client(HttpPort(), ours_.certificate);
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"));
    EXPECT_TRUE(client.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 200 ")) << "over one connection";
  }
  TlsClient other(HttpPort(), other_.certificate);
  EXPECT_FALSE(other.connected());
  EXPECT_TRUE(other.untrusted());
}

TEST_F(TlsTest, OldProtocolsAreRefusedByBothDoors) {
  ServeRpc();
  for (const int port : {HttpPort(), rpc_->port()}) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
      TlsClient old(port, ours_.certificate, version);
      EXPECT_FALSE(old.connected()) << port << " " << version;
      EXPECT_FALSE(old.untrusted()) << "refused for its protocol, not by this side";
    }
    TlsClient second(port, ours_.certificate, TLS1_2_VERSION);
    EXPECT_TRUE(second.connected());
    EXPECT_EQ(second.version(), "TLSv1.2");
  }
}

TEST_F(TlsTest, PlainTextAndSilenceKeepNoPlaceAtTheHttpDoor) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(ThrownOut(HttpPort(), "POST /api/v1/intakes HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}"));
    EXPECT_TRUE(ThrownOut(HttpPort(), "\x16\x03\x01\x02\x00 no hello"));
  }
  EXPECT_TRUE(ThrownOut(HttpPort(), "")) << "who never begins the handshake is cut off after the header's time";
  TlsClient client(HttpPort(), ours_.certificate);
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n"));
  EXPECT_TRUE(client.ReadUntil("\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(Count(ledger::Kind::kIntake), 0u);
}

TEST_F(TlsTest, ThriftIsServedToWhoeverTrustsTheCertificate) {
  ServeRpc();
  EXPECT_TRUE(Submits({"", "", ours_.certificate}));
  EXPECT_FALSE(Submits({"", "", other_.certificate}));
}

TEST_F(TlsTest, PlainTextAndSilenceKeepNoPlaceAtTheThriftDoor) {
  ServeRpc();  // two places
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(ThrownOut(rpc_->port(), std::string("\0\0\0\5hello", 9)));
    EXPECT_TRUE(ThrownOut(rpc_->port(), "GET / HTTP/1.1\r\n\r\n"));
  }
  Client first("127.0.0.1:" + std::to_string(rpc_->port())), second("127.0.0.1:" + std::to_string(rpc_->port()));
  EXPECT_TRUE(Submits({"", "", ours_.certificate})) << "the silent ones have lost their places";
}

TEST_F(TlsTest, ThriftAsksForAClientCertificateOfItsAuthority) {
  ServeRpc(ours_.certificate);
  EXPECT_FALSE(Submits({"", "", ours_.certificate})) << "shows none";
  EXPECT_FALSE(Submits({other_.certificate, other_.key, ours_.certificate})) << "shows one of another authority";
  EXPECT_TRUE(Submits({ours_.certificate, ours_.key, ours_.certificate}));
  EXPECT_EQ(Count(ledger::Kind::kIntake), 1u);
}

}  // namespace
}  // namespace gateway
