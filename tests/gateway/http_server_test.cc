// The wire side of the HTTP door, over loopback: what a well-behaved caller gets, and what a hostile one doesn't.
// Handlers are simple ones; the calls themselves are tested in http_calls_test.cc.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/http/problem.h"
#include "gateway/http/server.h"
#include "http_client.h"

namespace gateway::http {
namespace {

using http_test::Client;
using http_test::Reply;
using petition::Json;

class HttpServerTest : public testing::Test {
 protected:
  void SetUp() override { Begin({}); }

  void Begin(ServerOptions options, DoorLimits limits = {}) {
    server_.reset();
    DoorParts parts;
    parts.authenticate = [](std::string_view key) -> petition::Result<Principal> {
      Principal who;
      who.name = "portal";
      if (key == "source-key") {
        who.source = "portal";
        return who;
      }
      if (key == "oversight-key") {
        who.role = Role::kOversight;
        who.name = "li";
        return who;
      }
      return petition::Error{petition::Code::kUnauthorized, "key_unknown", "unknown key", {}, {}};
    };
    parts.refuse = [this](const Refusal& refusal) -> petition::Result<std::uint64_t> {
      std::lock_guard lock(mutex_);
      refusals_.push_back(refusal);
      return std::uint64_t{refusals_.size() - 1};
    };
    parts.log = [this](std::string_view line) {
      std::lock_guard lock(mutex_);
      log_ += std::string(line) + "\n";
    };
    door_ = std::make_unique<Door>(Routes(Table()), parts, limits, anonymous_);
    metrics_ = std::make_unique<Metrics>(RouteNames(door_->routes()));
    options.listen = "127.0.0.1:0";
    auto server = Server::Start(options, *door_, *metrics_);
    ASSERT_TRUE(server.ok());
    server_ = std::move(server).value();
  }

  std::vector<Route> Table() {
    const auto echo = [](Request& request) -> petition::Result<Answer> {
      return JsonAnswer(
          {{"size", request.body.size()}, {"body", request.body.substr(0, 64)}, {"captures", request.captures}});
    };
    return {
        {"POST", "/echo", Access::kAnyone, {}, Body::kJson, false, echo},
        {"GET", "/things/{no}", Access::kAnyone, {}, Body::kNone, false, echo},
        {"POST", "/things/{no}", Access::kAnyone, {}, Body::kJson, false, echo},
        {"GET", "/files/{rest...}", Access::kAnyone, {}, Body::kNone, false, echo},
        {"POST", "/intakes", Access::kKey, Call::kRegister, Body::kJson, true,
         [](Request& request) -> petition::Result<Answer> {
           GUIYI_TRY(auto json, petition::ParseJson(request.body));
           return JsonAnswer(json, 201);
         }},
        {"GET", "/norule", Access::kKey, {}, Body::kNone, false, echo},
        {"POST", "/limited", Access::kLimited, {}, Body::kJson, false, echo},
        {"PUT",
         "/stream",
         Access::kAnyone,
         {},
         Body::kStream,
         false,
         [](Request& request) -> petition::Result<Answer> {
           std::uint64_t size = 0;
           std::string piece(64u << 10, '\0');
           while (true) {
             GUIYI_TRY(const auto got, request.stream->Read(piece.data(), piece.size()));
             if (got == 0) return JsonAnswer({{"size", size}});
             size += got;
           }
         }},
        {"POST",
         "/throws",
         Access::kAnyone,
         {},
         Body::kNone,
         false,
         [](Request&) -> petition::Result<Answer> { throw std::runtime_error("SECRET WORDS"); }},
        {"GET",
         "/waits",
         Access::kAnyone,
         {},
         Body::kNone,
         false,
         [this](Request&) -> petition::Result<Answer> {
           entered_.set_value();
           leave_.get_future().wait();
           return JsonAnswer({{"done", true}});
         }},
    };
  }

  std::string address() const { return server_->address(); }
  /// One request on a connection of its own, said byte by byte.
  Reply Raw(std::string_view bytes) {
    Client client(address());
    client.SendRaw(bytes);
    return client.ReadReply();
  }

  petition::SystemClock clock_;
  RateLimit anonymous_{{.per_minute = 1, .burst = 3, .callers_max = 10}, clock_};
  std::mutex mutex_;
  std::vector<Refusal> refusals_;
  std::string log_;
  std::promise<void> entered_, leave_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServerTest, AnswersManyRequestsOnOneConnection) {
  Client client(address());
  for (int i = 0; i < 300; ++i) {
    const auto reply = client.Post("/echo", {{"i", i}});
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.Header("connection"), "keep-alive");
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Client client(address());
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += "GET /things/" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  client.SendRaw(bytes);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.ReadReply().Json()["captures"][0], std::to_string(i));
}

TEST_F(HttpServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  Client client(address());
  const auto get = client.Get("/things/1");
  const auto head = client.Call("HEAD", "/things/1", "", "");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), get.Header("content-length"));
  EXPECT_EQ(client.Get("/things/2").status, 200) << "the connection stays in step";
}

TEST_F(HttpServerTest, UnknownPathIs404AndUnknownMethodNamesThoseTaken) {
  Client client(address());
  const auto missing = client.Get("/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.Header("content-type"), "application/problem+json");
  EXPECT_EQ(missing.Code(), "no_such_route");
  const auto method = client.Call("PUT", "/things/1", "", "");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.Header("allow"), "GET, HEAD, POST");
  EXPECT_EQ(client.Call("DELETE", "/echo", "", "").status, 405);
}

TEST_F(HttpServerTest, ProblemsAreSaidInTheCallersLanguage) {
  Client client(address());
  EXPECT_EQ(client.Get("/nothing").Json()["title"], "未找到");
  client.language = "en-GB,en;q=0.8,zh;q=0.5";
  EXPECT_EQ(client.Get("/nothing").Json()["title"], "Not found");
}

TEST_F(HttpServerTest, KeyDecidesBeforeAnyHandlerRuns) {
  Client client(address());
  const auto none = client.Post("/intakes", {{"a", 1}});
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.Header("www-authenticate"), "Bearer realm=\"guiyi\"");
  client.key = "wrong";
  EXPECT_EQ(client.Post("/intakes", {{"a", 1}}).status, 401);
  client.key = "oversight-key";
  EXPECT_EQ(client.Post("/intakes", {{"a", 1}}).status, 403);
  client.key = "source-key";
  EXPECT_EQ(client.Post("/intakes", {{"a", 1}}).status, 201);
}

TEST_F(HttpServerTest, RouteWithoutARuleIsRefusedToEverybody) {
  Client client(address());
  for (const auto* key : {"source-key", "oversight-key"}) {
    client.key = key;
    EXPECT_EQ(client.Get("/norule").status, 403);
  }
}

TEST_F(HttpServerTest, RefusedIntakesAreRecordedWithTheirBytes) {
  Client client(address());
  EXPECT_EQ(client.Call("POST", "/intakes", "{\"a\":1}", "application/json").status, 401);
  client.key = "source-key";
  const auto bad = client.Call("POST", "/intakes", "{\"a\":", "application/json");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.Json()["ledgerIndex"], 1);
  EXPECT_EQ(client.Call("POST", "/intakes", "<a/>", "text/xml").status, 415);
  ASSERT_EQ(refusals_.size(), 3u);
  EXPECT_EQ(refusals_[0].raw, "{\"a\":1}");
  EXPECT_EQ(refusals_[0].source, "");
  EXPECT_EQ(refusals_[1].reason, "json_invalid");
  EXPECT_EQ(refusals_[1].raw, "{\"a\":");
  EXPECT_EQ(refusals_[1].source, "portal");
  EXPECT_EQ(refusals_[2].reason, "media_type");
  EXPECT_EQ(refusals_[2].raw, "<a/>");
}

TEST_F(HttpServerTest, FourGigabyteLengthIsRefusedAtOnce) {
  Client client(address());
  client.SendRaw(
      "POST /intakes HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer source-key\r\nContent-Type: "
      "application/json\r\nContent-Length: 4294967296\r\n\r\n");
  const auto reply = client.ReadReply();  // no byte of the body was sent
  EXPECT_EQ(reply.status, 413);
  EXPECT_EQ(reply.Header("connection"), "close");
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].raw_size, 4294967296u);
  EXPECT_EQ(refusals_[0].raw, "");
}

TEST_F(HttpServerTest, BodyBeyondTheBoundIsRefusedAlsoWhenChunked) {
  Begin({}, {.body_bytes_max = 1000});
  EXPECT_EQ(Client(address()).Call("POST", "/echo", std::string(1000, 'x'), "application/json").status, 200);
  EXPECT_EQ(Client(address()).Call("POST", "/echo", std::string(1001, 'x'), "application/json").status, 413);
  EXPECT_EQ(Raw("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                "chunked\r\n\r\n3E9\r\n" +
                std::string(1001, 'x') + "\r\n0\r\n\r\n")
                .status,
            413);
}

TEST_F(HttpServerTest, BodiesTogetherAreBoundedToo) {
  Begin({}, {.body_bytes_max = 1000, .bodies_bytes_max = 1500});
  std::optional<Client> slow;
  int status = 0;
  // The first one's memory is taken once its header is read; which is refused when that is just while another's is.
  for (int i = 0; i < 1000 && status != 503; ++i) {
    if (i % 100 == 0) {
      slow.emplace(address());
      slow->SendRaw(
          "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\nx");
    }
    status = Client(address()).Call("POST", "/echo", std::string(900, 'x'), "application/json").status;
  }
  EXPECT_EQ(status, 503);
  slow->SendRaw(std::string(999, 'x'));
  EXPECT_EQ(slow->ReadReply().status, 200);
  EXPECT_EQ(Client(address()).Call("POST", "/echo", std::string(900, 'x'), "application/json").status, 200);
}

TEST_F(HttpServerTest, ChunkedBodyIsReadWhole) {
  Client client(address());
  client.SendRaw(
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\nGET /things/7 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.ReadReply().Json()["body"], "hello world");
  EXPECT_EQ(client.ReadReply().Json()["captures"][0], "7");
}

TEST_F(HttpServerTest, TruncatedBodiesNeverPassForWholeOnes) {
  const std::string head =
      "POST /intakes HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer source-key\r\nContent-Type: application/json\r\n";
  for (const auto& bytes :
       {head + "Content-Length: 50\r\n\r\n{\"a\":1}", head + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\nF\r\n{\"a\":1}",
        head + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}"}) {
    Client client(address());
    client.SendRaw(bytes);
    client.CloseSending();
    const auto reply = client.ReadReply();
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.Code(), "body_incomplete");
  }
  EXPECT_EQ(refusals_.size(), 4u);
}

TEST_F(HttpServerTest, MalformedChunksAreRefusedAndEndTheConnection) {
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const auto* chunks : {"zz\r\nhello\r\n0\r\n\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
                             "-5\r\nhello\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFF1\r\nhello\r\n"}) {
    Client client(address());
    client.SendRaw(head + chunks);
    const auto reply = client.ReadReply();
    EXPECT_EQ(reply.status, 400) << chunks;
    EXPECT_EQ(reply.Header("connection"), "close");
    EXPECT_TRUE(client.Closed());
  }
}

TEST_F(HttpServerTest, AmbiguousLengthsAreRefused) {
  const std::string head = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n";
  for (const auto* lengths :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: -5\r\n", "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: 99999999999999999999\r\n", "Content-Length: \r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n"}) {
    const auto reply = Raw(head + lengths + "\r\nhello");
    EXPECT_EQ(reply.status, 400) << lengths;
    EXPECT_EQ(reply.Header("connection"), "close") << lengths;
  }
}

TEST_F(HttpServerTest, MalformedRequestsAreAnsweredAndTheServerLives) {
  for (const auto& bytes : {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 random tls hello\r\n\r\n"),
                            std::string("GET\r\n\r\n"), std::string("GET /things/1 HTTP/1.1\r\n\r\n"),
                            std::string("GET /things/1 HTTP/2.0\r\nHost: t\r\n\r\n"),
                            std::string("GET /things/\x01 HTTP/1.1\r\nHost: t\r\n\r\n"),
                            std::string("GET /things/1 HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n", 43),
                            std::string("GET /things/%00 HTTP/1.1\r\nHost: t\r\n\r\n"),
                            std::string("GET /things/%zz HTTP/1.1\r\nHost: t\r\n\r\n"),
                            std::string("GET things/1 HTTP/1.1\r\nHost: t\r\n\r\n"),
                            std::string(40, 'A') + " / HTTP/1.1\r\nHost: t\r\n\r\n"}) {
    Client client(address());
    client.SendRaw(bytes);
    client.CloseSending();
    const auto reply = client.ReadReply();
    EXPECT_TRUE(reply.status == 0 || reply.status == 400 || reply.status == 505) << reply.status << " " << bytes;
  }
  EXPECT_EQ(Client(address()).Get("/things/1").status, 200);
}

TEST_F(HttpServerTest, OversizedHeadersAreRefused) {
  EXPECT_EQ(Raw("GET /things/1 HTTP/1.1\r\nHost: t\r\nX-A: " + std::string(7000, 'a') +
                "\r\nX-B: " + std::string(7000, 'a') + "\r\nX-C: " + std::string(7000, 'a') +
                "\r\nX-D: " + std::string(7000, 'a') + "\r\nX-E: " + std::string(7000, 'a') + "\r\n\r\n")
                .status,
            431);
  std::string many = "GET /things/1 HTTP/1.1\r\nHost: t\r\n";
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(Raw(many + "\r\n").status, 431);
  EXPECT_GE(Raw("GET /" + std::string(20000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n").status, 400);
}

TEST_F(HttpServerTest, SlowHeadersAndBodiesAreCutOff) {
  ServerOptions options;
  options.header_time = std::chrono::milliseconds(100);
  options.stranger_body_time = std::chrono::milliseconds(100);
  Begin(options);
  EXPECT_EQ(Raw("GET /things/1 HTTP/1.1\r\nHost: ").status, 408);
  EXPECT_EQ(
      Raw("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\nhel").status,
      408);
  Client silent(address());
  EXPECT_TRUE(silent.Closed()) << "a connection that never says anything is closed without words";
}

TEST_F(HttpServerTest, QuietConnectionsAreClosed) {
  ServerOptions options;
  options.keep_alive_time = std::chrono::milliseconds(100);
  Begin(options);
  Client client(address());
  EXPECT_EQ(client.Get("/things/1").status, 200);
  EXPECT_TRUE(client.Closed());
}

TEST_F(HttpServerTest, CallersBeyondTheBoundAreToldToComeBack) {
  ServerOptions options;
  options.connections_max = 1;
  options.give_way_after = std::chrono::milliseconds(0);
  Begin(options);
  Client busy(address());
  busy.SendRaw("GET /waits HTTP/1.1\r\nHost: t\r\n\r\n");
  entered_.get_future().wait();
  const auto reply = Raw("GET /things/1 HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.Header("retry-after"), "5");
  leave_.set_value();
  EXPECT_EQ(busy.ReadReply().status, 200);
}

TEST_F(HttpServerTest, QuietAndSlowCallersMakeRoomForOthers) {
  ServerOptions options;
  options.connections_max = 3;
  options.give_way_after = std::chrono::milliseconds(0);
  Begin(options);
  Client quiet(address());
  EXPECT_EQ(quiet.Get("/things/1").status, 200);
  Client slow_head(address()), slow_body(address());
  slow_head.SendRaw("POST /echo HTTP/1.1\r\nHo");
  slow_body.SendRaw(
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\nhel");
  while (server_->connections() < 3) std::this_thread::yield();
  // Each newcomer stays, and takes the place of whoever has waited longest. The slow ones wait from the moment their
  // first bytes were read, and one that was answered from when its turn has ended: until then a newcomer may find no
  // place to take, and comes back.
  std::vector<std::unique_ptr<Client>> newcomers;
  for (int i = 0; i < 20; ++i) {
    int status = 503;
    for (int times = 0; status == 503 && times < 1000; ++times) {
      newcomers.push_back(std::make_unique<Client>(address()));
      status = newcomers.back()->Get("/things/1").status;
    }
    EXPECT_EQ(status, 200);
  }
  EXPECT_TRUE(quiet.Closed());
  EXPECT_EQ(slow_head.ReadReply().status, 0);
  EXPECT_EQ(slow_body.ReadReply().status, 0);
}

TEST_F(HttpServerTest, OneWhoShowedAKeyKeepsTheirPlaceWhileTheBodyComes) {
  ServerOptions options;
  options.connections_max = 1;
  options.give_way_after = std::chrono::milliseconds(0);
  options.stranger_body_time = std::chrono::milliseconds(1);
  Begin(options);
  Client known(address());
  known.SendRaw(
      "POST /intakes HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer source-key\r\nContent-Type: "
      "application/json\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(known.ReadContinue()) << "its body is being read";
  EXPECT_EQ(Raw("GET /things/1 HTTP/1.1\r\nHost: t\r\n\r\n").status, 503);
  known.SendRaw("{\"a\":1}");
  EXPECT_EQ(known.ReadReply().status, 201);
}

TEST_F(HttpServerTest, StrangersBodiesMustComeInShortTime) {
  ServerOptions options;
  options.stranger_body_time = std::chrono::milliseconds(50);
  Begin(options);
  EXPECT_EQ(Raw("POST /intakes HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nhel").status, 401);
  ASSERT_EQ(refusals_.size(), 1u);
  EXPECT_EQ(refusals_[0].raw, "hel");
  EXPECT_TRUE(refusals_[0].truncated);
}

TEST_F(HttpServerTest, WhatTwoReadersCouldTakeDifferentlyIsRefused) {
  const std::string next = "GET /things/9 HTTP/1.1\r\nHost: t\r\n\r\n";
  const std::string post = "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n";
  for (const auto& bytes :
       {post + "Transfer-Encoding: \x0b" + "chunked\r\n\r\n0\r\n\r\n", post + "Content-Length:\r\n 5\r\n\r\nhello",
        post + "X: a\r\n Content-Length: 5\r\n\r\n", post + "Content-Length : 5\r\n\r\nhello",
        post + "X: a\rContent-Length: 5\r\n\r\nhello", post + "nonsense\r\n\r\n", post + ": x\r\n\r\n",
        post + "Host: u\r\n\r\n", std::string("GET /things/1 HTTP/1.1\nHost: t\n\n"),
        std::string("GET  /things/1 HTTP/1.1\r\nHost: t\r\n\r\n"), std::string("GET /things/1\r\n\r\n"),
        std::string("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\n\n",
        post + "Transfer-Encoding: chunked\r\n\r\n2;\n{}\r\n0\r\n\r\n"}) {
    Client client(address());
    client.SendRaw(bytes + next);
    EXPECT_EQ(client.ReadReply().status, 400) << bytes;
    EXPECT_TRUE(client.Closed()) << "what followed was answered: " << bytes;
  }
}

TEST_F(HttpServerTest, FieldsMayHoldBytesBeyondAsciiAndPathsMustBeUtf8) {
  EXPECT_EQ(Raw("GET /things/1 HTTP/1.1\r\nHost: t\r\nUser-Agent: \xff\xfe \xe4\xb8\xad\r\n\r\n").status, 200);
  EXPECT_EQ(Raw("GET /things/\xff HTTP/1.1\r\nHost: t\r\n\r\n").Code(), "target_invalid");
  EXPECT_EQ(Raw("GET /things/%ff%fe HTTP/1.1\r\nHost: t\r\n\r\n").Code(), "target_invalid");
  EXPECT_EQ(Raw("GET /things/%e4%b8%ad HTTP/1.1\r\nHost: t\r\n\r\n").Json()["captures"][0], "中");
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(address());
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += "GET /things/" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  std::jthread sending([&] { client.SendRaw(bytes); });
  for (int i = 0; i < 500; ++i) EXPECT_EQ(client.ReadReply().Json()["captures"][0], std::to_string(i));
  sending.join();
}

TEST_F(HttpServerTest, StreamedBodyIsNotHeldInMemory) {
  Client client(address());
  constexpr std::size_t kSize = 24u << 20;
  EXPECT_EQ(client.Call("PUT", "/stream", std::string(kSize, 'x'), "application/octet-stream").Json()["size"], kSize);
  EXPECT_EQ(client.Get("/things/1").status, 200);
}

TEST_F(HttpServerTest, ContinueIsSaidOnlyWhenTheBodyIsWanted) {
  Client wanted(address());
  wanted.SendRaw(
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 5\r\nExpect: "
      "100-continue\r\n\r\n");
  wanted.SendRaw("hello");
  EXPECT_EQ(wanted.ReadReply().status, 200);
  EXPECT_EQ(Raw("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Type: text/html\r\nContent-Length: 5\r\nExpect: "
                "100-continue\r\n\r\n")
                .status,
            415);
  EXPECT_EQ(Raw("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nExpect: magic\r\n\r\n").status, 417);
}

TEST_F(HttpServerTest, ExceptionsBecomeA500WithoutDetails) {
  Client client(address());
  const auto reply = client.Post("/throws", Json::object());
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.body.find("SECRET"), std::string::npos);
  EXPECT_EQ(log_.find("SECRET"), std::string::npos);
  EXPECT_NE(log_, "");
  EXPECT_EQ(client.Get("/things/1").status, 200);
}

TEST_F(HttpServerTest, AnonymousCallsAreLimitedByAddress) {
  Client client(address());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Post("/limited", Json::object()).status, 200);
  const auto reply = client.Post("/limited", Json::object());
  EXPECT_EQ(reply.status, 429);
  EXPECT_NE(reply.Header("retry-after"), "");
}

TEST_F(HttpServerTest, StopLetsTheRequestUnderWayEnd) {
  Client client(address());
  client.SendRaw("GET /waits HTTP/1.1\r\nHost: t\r\n\r\n");
  entered_.get_future().wait();
  std::jthread stopping([&] { server_->Stop(); });
  leave_.set_value();
  EXPECT_EQ(client.ReadReply().status, 200);
  stopping.join();
  EXPECT_TRUE(client.Closed());
}

TEST_F(HttpServerTest, MetricsCountByRouteNotByPath) {
  Client client(address());
  client.Get("/things/4711");
  client.Get("/nothing/4711");
  const auto text = metrics_->Text();
  EXPECT_NE(text.find("guiyi_http_requests_total{route=\"GET /things/{no}\",status=\"200\"} 1"), std::string::npos)
      << text;
  EXPECT_NE(text.find("{route=\"other\",status=\"404\"} 1"), std::string::npos) << text;
  EXPECT_EQ(text.find("4711"), std::string::npos);
}

TEST_F(HttpServerTest, AccessLogHasRoutesAndNames) {
  const auto file = std::filesystem::path(testing::TempDir()) / ("access-" + std::to_string(::getpid()) + ".log");
  std::filesystem::remove(file);
  ServerOptions options;
  options.access_log = file;
  Begin(options);
  Client client(address());
  client.key = "source-key";
  client.Post("/intakes", {{"name", "PLANTED"}});
  client.Get("/things/PLANTED");
  server_->Stop();
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  EXPECT_NE(text.find(" POST /intakes 201 "), std::string::npos) << text;
  EXPECT_NE(text.find(" portal\n"), std::string::npos);
  EXPECT_EQ(text.find("PLANTED"), std::string::npos);
  EXPECT_EQ(text.find("source-key"), std::string::npos);
  std::filesystem::remove(file);
}

TEST(HttpRoutesTest, RestTakesWhatRemainsAndNothingElseDoes) {
  const Routes routes({{"GET", "/ledger/tile/{path...}", Access::kAnyone, {}, Body::kNone, false, {}},
                       {"GET", "/a/{x}/b", Access::kAnyone, {}, Body::kNone, false, {}},
                       {"GET", "/", Access::kAnyone, {}, Body::kNone, false, {}}});
  EXPECT_EQ(routes.Find("GET", "/ledger/tile/0/x001/000")->captures[0], "0/x001/000");
  EXPECT_FALSE(routes.Find("GET", "/ledger/tile")->route);
  EXPECT_FALSE(routes.Find("GET", "/a//b")->route);
  EXPECT_FALSE(routes.Find("GET", "/a/x/y/b")->route);
  EXPECT_EQ(routes.Find("GET", "/a/%E4%BA%BA/b")->captures[0], "人");
  EXPECT_EQ(routes.Find("GET", "/")->route->pattern, "/");
  EXPECT_FALSE(routes.Find("GET", "/nothing")->route);
  EXPECT_FALSE(routes.Find("GET", "//")->route);
  EXPECT_FALSE(routes.Find("GET", "/a/x%00/b").ok());
}

TEST(HttpRateLimitTest, CrowdsOfAddressesShareOneBucketAndMemoryIsBounded) {
  petition::ManualClock clock(petition::Time(std::chrono::hours(1)));
  RateLimit limit({.per_minute = 60, .burst = 5, .callers_max = 100}, clock);
  int taken = 0;
  for (int i = 0; i < 10'000; ++i)
    taken += limit.Take("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250));
  EXPECT_LE(taken, 100 + 5);
  EXPECT_LE(limit.callers(), 100u);
  clock.Advance(std::chrono::minutes(1));
  EXPECT_TRUE(limit.Take("10.0.0.1"));
  EXPECT_TRUE(limit.Take("192.0.2.1"));
}

TEST(HttpRateLimitTest, BucketsFillWithTime) {
  petition::ManualClock clock(petition::Time(std::chrono::hours(1)));
  RateLimit limit({.per_minute = 6, .burst = 2, .callers_max = 100}, clock);
  EXPECT_TRUE(limit.Take("a"));
  EXPECT_TRUE(limit.Take("a"));
  EXPECT_FALSE(limit.Take("a"));
  clock.Advance(std::chrono::seconds(10));
  EXPECT_TRUE(limit.Take("a"));
  EXPECT_FALSE(limit.Take("a"));
}

TEST(HttpRateLimitTest, SixthVersionAddressesCountByNetwork) {
  EXPECT_EQ(CallerOf("2001:db8:1:2:3:4:5:6"), CallerOf("2001:db8:1:2:ffff::1"));
  EXPECT_EQ(CallerOf("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(CallerOf("192.0.2.1"), "192.0.2.1");
}

}  // namespace
}  // namespace gateway::http
