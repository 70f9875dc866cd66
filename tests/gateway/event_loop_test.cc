// Requests that are answered without a thread that waits (Route::soon), beside ones that are not, on plain connections.
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "gateway/http/server.h"
#include "http_client.h"

namespace gateway::http {
namespace {

using namespace std::chrono_literals;
using http_test::Client;

std::string PostText(const std::string& path, const std::string& body, const std::string& more = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class EventLoopTest : public testing::Test {
 protected:
  void SetUp() override { Begin({}); }
  void TearDown() override {
    if (server_) AnswerAll();
    server_.reset();
  }

  void Begin(ServerOptions options) {
    server_.reset();
    DoorParts parts;
    parts.authenticate = [](std::string_view) -> petition::Result<Principal> {
      return petition::Error{petition::Code::kUnauthorized, "key_unknown", "unknown key", {}, {}};
    };
    parts.refuse = [](const Refusal&) -> petition::Result<std::uint64_t> { return std::uint64_t{0}; };
    parts.log = [](std::string_view) {};
    door_ = std::make_unique<Door>(Routes(Table()), parts, DoorLimits{}, anonymous_);
    metrics_ = std::make_unique<Metrics>(RouteNames(door_->routes()));
    options.listen = "127.0.0.1:0";
    auto server = Server::Start(options, *door_, *metrics_);
    ASSERT_TRUE(server.ok());
    server_ = std::move(server).value();
  }

  // "/soon" waits for the test, without a thread; "/plain" is answered by a thread. Both say the body.
  std::vector<Route> Table() {
    const auto echo = [](Request& request) -> petition::Result<Answer> { return JsonAnswer({{"slow", request.body}}); };
    Route soon{"POST", "/soon", Access::kAnyone, {}, Body::kJson, false, echo};
    soon.soon = [this](Request& request, http::Post post, http::Reply reply) {
      if (request.body == "\"slow\"") return false;
      const std::lock_guard lock(mutex_);
      waiting_.push_back({request.body, std::move(post), std::move(reply)});
      came_.notify_all();
      return true;
    };
    return {soon, {"POST", "/plain", Access::kAnyone, {}, Body::kJson, false, echo}};
  }

  struct Waiting {
    std::string body;
    http::Post post;
    http::Reply reply;
  };
  Waiting Take() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, 10s, [&] { return !waiting_.empty(); }));
    Waiting first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
  }
  static void Give(const Waiting& one) {
    one.post([one] { one.reply(petition::Result<Answer>(JsonAnswer({{"soon", one.body}}))); });
  }
  void AnswerAll() {
    const std::lock_guard lock(mutex_);
    for (const Waiting& one : waiting_) Give(one);
    waiting_.clear();
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  petition::SystemClock clock_;
  RateLimit anonymous_{{.per_minute = 1, .burst = 3, .callers_max = 10}, clock_};
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Waiting> waiting_;  // guarded by mutex_
  std::unique_ptr<Door> door_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Server> server_;
};

TEST_F(EventLoopTest, ManyWaitAtOnceAndEachGetsItsOwnAnswer) {
  std::deque<Client> clients;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back(server_->address());
    clients.back().SendRaw(PostText("/soon", std::to_string(i)));
  }
  for (int i = 0; i < 40; ++i) Give(Take());
  for (int i = 0; i < 40; ++i) {
    const auto reply = clients[static_cast<std::size_t>(i)].ReadReply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.Json()["soon"], std::to_string(i));
  }
}

TEST_F(EventLoopTest, PipelinedRequestsOfBothKindsAreAnsweredInOrder) {
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1") + PostText("/plain", "2") + "\r\n" + PostText("/soon", "3") +
                 PostText("/soon", "\"slow\"") + PostText("/soon", "5"));
  for (const auto& [kind, body] : std::vector<std::pair<std::string, std::string>>{
           {"soon", "1"}, {"slow", "2"}, {"soon", "3"}, {"slow", "\"slow\""}, {"soon", "5"}}) {
    if (kind == "soon") {
      const Waiting one = Take();
      EXPECT_EQ(one.body, body);
      EXPECT_EQ(waiting(), 0u) << "the next one is not begun before this one is answered";
      Give(one);
    }
    EXPECT_EQ(client.ReadReply().Json()[kind], body);
  }
}

TEST_F(EventLoopTest, HeadAndBodyMayComeApartAndByteByByte) {
  Client client(server_->address());
  const std::string request = PostText("/soon", "12345");
  client.SendRaw(request.substr(0, request.size() - 5));
  std::this_thread::sleep_for(1ms);
  client.SendRaw("12345");
  Give(Take());
  EXPECT_EQ(client.ReadReply().Json()["soon"], "12345");
  for (const char byte : request) client.SendRaw({&byte, 1});
  // A body that dawdles is read by a thread, which serves it the same way or waits for it there.
  std::jthread helper([&] {
    for (int i = 0; i < 50; ++i) {
      std::this_thread::sleep_for(5ms);
      AnswerAll();
    }
  });
  EXPECT_EQ(client.ReadReply().status, 200);
  helper.join();
}

TEST_F(EventLoopTest, DawdlingBodyIsServedAllTheSame) {
  Client client(server_->address());
  const std::string request = PostText("/soon", "12345");
  client.SendRaw(request.substr(0, request.size() - 2));
  std::this_thread::sleep_for(100ms);
  client.SendRaw("45");
  EXPECT_EQ(client.ReadReply().Json()["slow"], "12345") << "by a thread";
  client.SendRaw(PostText("/soon", "6"));
  Give(Take());
  EXPECT_EQ(client.ReadReply().Json()["soon"], "6") << "and back again";
}

TEST_F(EventLoopTest, ConnectionThatVanishesHarmsNoOther) {
  auto gone = std::make_unique<Client>(server_->address());
  gone->SendRaw(PostText("/soon", "1"));
  const Waiting first = Take();
  gone.reset();
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "2"));
  const Waiting second = Take();
  Give(first);
  Give(second);
  EXPECT_EQ(client.ReadReply().Json()["soon"], "2");
}

TEST_F(EventLoopTest, HalfClosedCallerIsStillAnswered) {
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1"));
  client.CloseSending();
  Give(Take());
  EXPECT_EQ(client.ReadReply().Json()["soon"], "1");
  EXPECT_TRUE(client.Closed());
}

TEST_F(EventLoopTest, NoAnswerMeansThatAThreadServesIt) {
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1"));
  const Waiting one = Take();
  one.post([one] { one.reply(std::nullopt); });
  EXPECT_EQ(client.ReadReply().Json()["slow"], "1");
  client.SendRaw(PostText("/soon", "2"));
  const Waiting refused = Take();
  refused.post([refused] { refused.reply(petition::Result<Answer>(petition::Invalid("bad", "bad"))); });
  EXPECT_EQ(client.ReadReply().Json()["slow"], "2") << "what is refused is recorded by who may wait";
}

TEST_F(EventLoopTest, OverloadIsAnsweredAtOnce) {
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1"));
  const Waiting one = Take();
  one.post([one] {
    one.reply(petition::Result<Answer>(petition::Error{petition::Code::kPushback, "ledger_busy", "busy", {}, {}}));
  });
  const auto reply = client.ReadReply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_FALSE(reply.Header("retry-after").empty());
}

TEST_F(EventLoopTest, CallerWhoWantsNoMoreIsClosedAfterTheAnswer) {
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1", "Connection: close\r\n"));
  Give(Take());
  const auto reply = client.ReadReply();
  EXPECT_EQ(reply.Header("connection"), "close");
  EXPECT_TRUE(client.Closed());
}

TEST_F(EventLoopTest, StopWaitsForWhatIsUnderWayAndEndsIdleOnes) {
  Client idle(server_->address());
  idle.SendRaw(PostText("/plain", "1"));
  EXPECT_EQ(idle.ReadReply().status, 200);
  Client client(server_->address());
  client.SendRaw(PostText("/soon", "1"));
  std::optional<Waiting> one = Take();
  auto stopped = std::async(std::launch::async, [&] { server_->Stop(); });
  EXPECT_TRUE(idle.Closed());
  EXPECT_EQ(stopped.wait_for(50ms), std::future_status::timeout);
  Give(*one);
  one.reset();  // whoever holds the answer's way holds its connection
  EXPECT_EQ(client.ReadReply().Json()["soon"], "1");
  EXPECT_TRUE(client.Closed());
  stopped.get();
}

TEST_F(EventLoopTest, AnswersBeyondTheSocketsRoomArriveWhole) {
  Client client(server_->address());
  const std::string big(30'000, '7');
  std::string requests;
  for (int i = 0; i < 400; ++i) requests += PostText("/soon", big);
  std::jthread sender([&] { client.SendRaw(requests); });
  std::jthread answerer([&] {
    for (int i = 0; i < 400; ++i) Give(Take());
  });
  std::this_thread::sleep_for(200ms);  // nobody reads: the sockets fill
  for (int i = 0; i < 400; ++i) ASSERT_EQ(client.ReadReply().Json()["soon"].get<std::string>().size(), big.size()) << i;
  sender.join();
  answerer.join();
}

TEST_F(EventLoopTest, SlowHeadersAreCutOffHereToo) {
  ServerOptions options;
  options.header_time = 150ms;
  Begin(options);
  Client client(server_->address());
  client.SendRaw("POST /soon HTTP/1.1\r\nHost: x\r\n");
  EXPECT_EQ(client.ReadReply().status, 408);
  EXPECT_TRUE(client.Closed());
}

}  // namespace
}  // namespace gateway::http
