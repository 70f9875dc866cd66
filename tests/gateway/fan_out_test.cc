// What sources are told: signed, in order, in their own words, until it was taken; by a sink of memory where order and
// retries matter, and over a real socket where the wire does.
#include "gateway/fanout/fan_out.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/StreamCopier.h>
#include <gtest/gtest.h>

#include <mutex>

#include "adapters/webhook/webhook.h"
#include "followed_house.h"

namespace gateway {
namespace {

using namespace std::chrono_literals;
using adapters::SourceNotice;
using adapters::Told;

/// A source's system in memory. What it answers is what the test says.
struct System {
  std::mutex mutex;
  std::vector<SourceNotice> taken;
  std::vector<Told> answers;  ///< one a call; then kTaken
  int calls = 0;
  std::vector<SourceNotice> Taken() {
    const std::lock_guard lock(mutex);
    return taken;
  }
  int Calls() {
    const std::lock_guard lock(mutex);
    return calls;
  }
};

class MemorySink final : public adapters::StateSink {
 public:
  explicit MemorySink(System& system) : system_(system) {}
  std::string_view kind() const override { return "memory"; }
  void Interrupt() override {}
  Told Tell(std::span<const SourceNotice> notices) override {
    const std::lock_guard lock(system_.mutex);
    ++system_.calls;
    Told told{Told::Outcome::kTaken, "", {}};
    if (!system_.answers.empty()) {
      told = system_.answers.front();
      system_.answers.erase(system_.answers.begin());
    }
    if (told.outcome == Told::Outcome::kTaken)
      system_.taken.insert(system_.taken.end(), notices.begin(), notices.end());
    return told;
  }

 private:
  System& system_;
};

class FanOutTest : public testing::Test {
 protected:
  std::unique_ptr<FanOut> Start(System& system, const std::string& source, const std::string& words = "{}") {
    std::vector<SinkOfSource> sinks;
    sinks.push_back({source, std::make_unique<MemorySink>(system), adapters::WordTable::Parse(words).value()});
    return Start(std::move(sinks));
  }
  std::unique_ptr<FanOut> Start(std::vector<SinkOfSource> sinks) {
    FanOutOptions options;
    options.data = house_.folder();
    options.look_every = 5ms;
    options.backoff_first = options.backoff_max = 1ms;
    auto made = FanOut::Make(options, house_.ledger(), house_.book(), house_.clock());
    EXPECT_TRUE(made.ok());
    EXPECT_TRUE((*made)->Start(std::move(sinks)).ok());
    return std::move(*made);
  }
  /// Time passes for those who wait to try again.
  template <typename F>
  bool Soon(F&& holds) {
    for (int i = 0; i < 2'000; ++i) {
      if (holds()) return true;
      house_.clock().Advance(1s);
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }
  void Event(std::uint64_t index, const std::string& event, const std::string& text = "") {
    house_.Append(ledger::Kind::kEvent, index,
                  {{"kind", "event"},
                   {"v", 1},
                   {"event", event},
                   {"intake", index},
                   {"by", "江北区住建局"},
                   {"text", text},
                   {"at", petition::FormatTime(house_.clock().Now())}});
    house_.CatchUp();
  }
  static std::vector<std::string> Words(const std::vector<SourceNotice>& notices) {
    std::vector<std::string> words;
    for (const auto& notice : notices) words.push_back(notice.word.empty() ? notice.kind : notice.word);
    return words;
  }

  FollowedHouse house_;
  System system_;
};

TEST_F(FanOutTest, TellsInOrderAndInTheSourcesWords) {
  const auto index = house_.Submit("portal", kLift);
  Event(index, "accepted");
  Event(index, "replied", "已修好，请回访");
  const auto fan_out = Start(system_, "portal", R"({"accepted":"已受理","replied":"已答复"})");
  ASSERT_TRUE(Soon([&] { return system_.Taken().size() == 3; }));
  const auto taken = system_.Taken();
  EXPECT_EQ(Words(taken), (std::vector<std::string>{"decided", "已受理", "已答复"}));
  EXPECT_EQ(taken[2].external_id, "A1");
  EXPECT_EQ(taken[2].text, "已修好，请回访");
  EXPECT_EQ(taken[2].state, "已答复");
  EXPECT_LT(taken[0].seq, taken[1].seq);
  Event(index, "closed");
  ASSERT_TRUE(Soon([&] { return system_.Taken().size() == 4; }));
  EXPECT_EQ(system_.Taken()[3].word, "closed") << "what has no word keeps the hub's";
}

// One answer answers all members of the case, in every source's own words, and one that comes later is answered, too.
TEST_F(FanOutTest, OneAnswerReachesEverySourceOfTheCase) {
  System hotline, late;
  const auto first = house_.Submit("portal", kLift);
  const auto second = house_.Submit("hotline", kLiftAgain);
  ASSERT_EQ(house_.Member(first).case_no, house_.Member(second).case_no);
  std::vector<SinkOfSource> sinks;
  sinks.push_back(
      {"portal", std::make_unique<MemorySink>(system_), adapters::WordTable::Parse(R"({"replied":"答复"})").value()});
  sinks.push_back(
      {"hotline", std::make_unique<MemorySink>(hotline), adapters::WordTable::Parse(R"({"replied":"办结"})").value()});
  sinks.push_back({"mail", std::make_unique<MemorySink>(late), {}});
  const auto fan_out = Start(std::move(sinks));
  Event(first, "replied", "已修好");
  ASSERT_TRUE(Soon([&] { return !hotline.Taken().empty() && hotline.Taken().back().word == "办结"; }));
  EXPECT_EQ(hotline.Taken().back().text, "") << "the words are for whom they were written to";
  ASSERT_TRUE(Soon([&] { return !system_.Taken().empty() && system_.Taken().back().text == "已修好"; }));
  std::string third = kLiftAgain;
  third.replace(third.find("H1"), 2, "M1");
  const auto joined = house_.Submit("mail", third);
  ASSERT_EQ(house_.Member(joined).case_no, house_.Member(first).case_no);
  ASSERT_TRUE(Soon([&] { return late.Taken().size() == 2; }));
  EXPECT_EQ(late.Taken()[1].event, "replied");
  EXPECT_EQ(late.Taken()[1].detail["late"], true);
}

TEST_F(FanOutTest, WhatIsNotTakenComesAgainAndHoldsUpNobodyElse) {
  System broken;
  broken.answers.assign(5, Told{Told::Outcome::kLater, "unreachable", {}});
  broken.answers.push_back({Told::Outcome::kRefused, "status_400", {}});
  const auto a = house_.Submit("portal", kLift);
  house_.Submit("hotline", kHeating);
  std::vector<SinkOfSource> sinks;
  sinks.push_back({"portal", std::make_unique<MemorySink>(broken), {}});
  sinks.push_back({"hotline", std::make_unique<MemorySink>(system_), {}});
  const auto fan_out = Start(std::move(sinks));
  ASSERT_TRUE(Soon([&] { return broken.Taken().size() == 1; }));
  EXPECT_GE(broken.Calls(), 7);
  EXPECT_EQ(system_.Calls(), 1);
  Event(a, "accepted");
  ASSERT_TRUE(Soon([&] { return broken.Taken().size() == 2; }));
  EXPECT_EQ(fan_out->views()[0].state, "current");
}

TEST_F(FanOutTest, RetryAfterIsKept) {
  system_.answers = {{Told::Outcome::kLater, "status_503", 3'600'000ms}};
  house_.Submit("portal", kLift);
  const auto fan_out = Start(system_, "portal");
  for (int i = 0; i < 400 && fan_out->views()[0].failures == 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(fan_out->views()[0].state, "waiting");
  EXPECT_EQ(fan_out->views()[0].next_at, house_.clock().Now() + 3'600'000ms);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(system_.Calls(), 1);
  house_.clock().Advance(std::chrono::hours(1));
  for (int i = 0; i < 400 && system_.Taken().empty(); ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(system_.Taken().size(), 1u);
}

TEST_F(FanOutTest, OneThatIsGoneIsLeftAloneUntilAPersonResumesIt) {
  system_.answers = {{Told::Outcome::kGone, "status_410", {}}};
  house_.Submit("portal", kLift);
  {
    const auto fan_out = Start(system_, "portal");
    ASSERT_TRUE(Soon([&] { return fan_out->views()[0].state == "gone"; }));
    house_.clock().Advance(std::chrono::hours(100));
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(system_.Calls(), 1);
  }
  const auto fan_out = Start(system_, "portal");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(system_.Calls(), 1) << "a restart changes nothing";
  EXPECT_FALSE(fan_out->Resume("nobody").ok());
  ASSERT_TRUE(fan_out->Resume("portal").ok());
  ASSERT_TRUE(Soon([&] { return system_.Taken().size() == 1; }));
}

// Each single write of the cursor is broken: the source is told all, in order; what comes twice has the same `seq`.
TEST_F(FanOutTest, NothingIsLostWhateverWriteFails) {
  const auto index = house_.Submit("portal", kLift);
  for (const char* event : {"accepted", "assigned", "replied", "closed"}) Event(index, event, "x");
  using support::Fault;
  for (const Fault fault : {Fault::kFailBefore, Fault::kFailAfter, Fault::kDiskFull, Fault::kCrash}) {
    for (std::uint64_t at = 0; at < 16; at += 3) {
      support::FaultDisk disk("fan-out");
      std::filesystem::remove(house_.folder() / "fanout.db");
      System system;
      disk.TakeOver(true);
      {
        FanOutOptions options;
        options.data = house_.folder();
        options.batch_max = 1;
        options.look_every = options.backoff_first = options.backoff_max = 1ms;
        auto made = FanOut::Make(options, house_.ledger(), house_.book(), house_.clock());
        ASSERT_TRUE(made.ok());
        disk.Arm(fault, at);
        std::vector<SinkOfSource> sinks;
        sinks.push_back({"portal", std::make_unique<MemorySink>(system), {}});
        ASSERT_TRUE((*made)->Start(std::move(sinks)).ok());
        for (int i = 0; i < 40 && !(disk.struck() && system.Calls() > 6); ++i) {
          house_.clock().Advance(1s);
          std::this_thread::sleep_for(2ms);
        }
      }
      if (fault == Fault::kCrash) {
        disk.Crash(support::Kept::kNothing);
      } else {
        disk.Disarm();
      }
      {
        const auto fan_out = Start(system, "portal");
        EXPECT_TRUE(Soon([&] {
          const auto view = fan_out->views()[0];
          return view.state == "current" && !system.Taken().empty() && view.cursor == system.Taken().back().seq;
        }));
      }
      disk.TakeOver(false);
      std::map<std::uint64_t, std::string> seen;
      std::uint64_t highest = 0;
      for (const auto& notice : system.Taken()) {
        EXPECT_LE(notice.seq, highest + 1) << "none is passed over";
        highest = std::max(highest, notice.seq);
        seen[notice.seq] = notice.event;
      }
      EXPECT_EQ(seen.size(), 5u) << static_cast<int>(fault) << " at " << at;
    }
  }
}

/// A source's own web server.
class Receiver {
 public:
  struct Call {
    std::string timestamp, signature, body;
  };
  Receiver() : socket_(Poco::Net::SocketAddress("127.0.0.1:0"), 8) {
    server_ = std::make_unique<Poco::Net::HTTPServer>(new Factory(*this), socket_, new Poco::Net::HTTPServerParams);
    server_->start();
  }
  ~Receiver() { server_->stopAll(true); }
  std::string url() const { return "http://" + socket_.address().toString() + "/notify"; }
  std::atomic<int> status{200};
  std::vector<Call> Calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  struct Handler final : Poco::Net::HTTPRequestHandler {
    explicit Handler(Receiver& its) : receiver(its) {}
    void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
      Call call{request.get("Guiyi-Timestamp", ""), request.get("Guiyi-Signature", ""), ""};
      Poco::StreamCopier::copyToString(request.stream(), call.body);
      {
        const std::lock_guard lock(receiver.mutex_);
        receiver.calls_.push_back(std::move(call));
      }
      response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(receiver.status.load()));
      if (receiver.status == 503) response.set("Retry-After", "7");
      response.sendBuffer("", 0);
    }
    Receiver& receiver;
  };
  struct Factory final : Poco::Net::HTTPRequestHandlerFactory {
    explicit Factory(Receiver& its) : receiver(its) {}
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
      return new Handler(receiver);
    }
    Receiver& receiver;
  };
  Poco::Net::ServerSocket socket_;
  std::unique_ptr<Poco::Net::HTTPServer> server_;
  std::mutex mutex_;
  std::vector<Call> calls_;
};

TEST(WebhookTest, CallsAreSignedAndAnswersUnderstood) {
  Receiver receiver;
  const petition::ManualClock clock{petition::Time(1741054320s)};
  auto made = adapters::MakeWebhook({"portal", receiver.url(), "0123456789abcdef", {}, 5s}, clock);
  ASSERT_TRUE(made.ok());
  SourceNotice notice;
  notice.seq = 7;
  notice.intake_no = "439900-20250304-000123-V";
  notice.word = "已受理";
  EXPECT_EQ((*made)->Tell({&notice, 1}).outcome, Told::Outcome::kTaken);
  const auto calls = receiver.Calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].timestamp, "1741054320");
  EXPECT_EQ(calls[0].signature, adapters::WebhookSignature("0123456789abcdef", "1741054320", calls[0].body));
  const auto body = petition::Json::parse(calls[0].body);
  EXPECT_EQ(body["source"], "portal");
  EXPECT_EQ(body["notices"][0]["word"], "已受理");
  for (const auto& [status, outcome] : std::map<int, Told::Outcome>{{204, Told::Outcome::kTaken},
                                                                    {400, Told::Outcome::kRefused},
                                                                    {302, Told::Outcome::kRefused},
                                                                    {410, Told::Outcome::kGone},
                                                                    {429, Told::Outcome::kLater},
                                                                    {500, Told::Outcome::kLater}}) {
    receiver.status = status;
    EXPECT_EQ((*made)->Tell({&notice, 1}).outcome, outcome) << status;
  }
  receiver.status = 503;
  EXPECT_EQ((*made)->Tell({&notice, 1}).retry_after, 7s);
  (*made)->Interrupt();
  EXPECT_EQ((*made)->Tell({&notice, 1}).reason, "unreachable");
}

// Computed apart with `openssl dgst -sha256 -hmac Jefe`.
TEST(WebhookTest, SignatureIsThatOfOtherTools) {
  EXPECT_EQ(adapters::WebhookSignature("Jefe", "1741054320", R"({"source":"portal"})"),
            "v1=9bc728869a1c906a34c423a0fc1ec58fc65e442d487af2bf2a217a7571241895");
}

TEST(WebhookTest, WeakSettingsAreRefused) {
  const petition::ManualClock clock{petition::Time{}};
  EXPECT_FALSE(adapters::MakeWebhook({"portal", "http://x.example/", "short", {}, 5s}, clock).ok());
  EXPECT_FALSE(adapters::MakeWebhook({"portal", "file:///etc/passwd", "0123456789abcdef", {}, 5s}, clock).ok());
  EXPECT_FALSE(adapters::MakeWebhook({"portal", "http://user:pw@x/", "0123456789abcdef", {}, 5s}, clock).ok());
}

}  // namespace
}  // namespace gateway
