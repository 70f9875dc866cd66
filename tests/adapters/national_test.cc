#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "adapters/national/field_mapping.h"
#include "adapters/national/national_system.h"
#include "adapters/national/sim/national_sim.h"
#include "support/test_certificate.h"

namespace adapters {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

const petition::Time kNow = *petition::ParseTime("2025-03-04T10:12:00+08:00");

Parcel SampleParcel(std::string intake_no = "439900-20250304-000001-V") {
  Parcel parcel;
  parcel.intake_no = std::move(intake_no);
  parcel.case_no = "C" + parcel.intake_no;
  parcel.source = "portal-one";
  parcel.registered_at = kNow;
  parcel.content_digest = std::string(64, 'a');
  parcel.submission.channel = "portal";
  parcel.submission.title = "楼道灯不亮";
  parcel.submission.content = "三号楼二单元楼道灯坏了两周。";
  parcel.submission.petitioners.push_back({"王小峰", "11010519491231002X", "13812345678", "", "", "", "main"});
  return parcel;
}

class NationalTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("guiyi-national-" + std::to_string(::getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    sim_options_.database = folder_ / "national.db";
    sim_options_.key = "secret";
    sim_options_.faults.lose_for = sim_options_.faults.slow_for = 60s;  // Stop and Interrupt end them
    sim_options_.faults.retry_after = 120ms;
  }
  void TearDown() override {
    client_.reset();
    sim_.reset();
    std::filesystem::remove_all(folder_);
  }

  void StartSim() {
    auto sim = NationalSim::Start(sim_options_, clock_);
    ASSERT_TRUE(sim.ok()) << sim.error().message << sim.error().detail;
    sim_ = std::move(*sim);
    sim_options_.port = sim_->port();
  }
  NationalOptions ClientOptions() const {
    NationalOptions options;
    options.port = sim_options_.port;
    options.key = "secret";
    return options;
  }
  void Connect(NationalOptions options) {
    auto client = MakeNationalSystem(std::move(options));
    ASSERT_TRUE(client.ok()) << client.error().detail;
    client_ = std::move(*client);
  }
  void StartBoth() {
    StartSim();
    Connect(ClientOptions());
  }

  petition::ManualClock clock_{kNow};
  std::filesystem::path folder_;
  NationalSimOptions sim_options_;
  std::unique_ptr<NationalSim> sim_;
  std::unique_ptr<Destination> client_;
};

TEST_F(NationalTest, RegistrationGetsANumberAndIsTheSameWhenSentAgain) {
  StartBoth();
  const auto first = client_->Register(SampleParcel());
  ASSERT_EQ(first.outcome, Outcome::kDone) << first.reason;
  EXPECT_EQ(first.national_no, "GX2025030400000001");
  EXPECT_EQ(first.state, "registered");
  const auto again = client_->Register(SampleParcel());
  EXPECT_EQ(again.outcome, Outcome::kDone);
  EXPECT_EQ(again.national_no, first.national_no);
  EXPECT_EQ(sim_->store().Registrations()->size(), 1u);
  EXPECT_EQ(sim_->counts().connections, 1u);
}

TEST_F(NationalTest, ReferenceKnownWithOtherContentIsRefusedForGood) {
  StartBoth();
  ASSERT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDone);
  auto other = SampleParcel();
  other.content_digest = std::string(64, 'b');
  const auto answer = client_->Register(other);
  EXPECT_EQ(answer.outcome, Outcome::kPermanent);
  EXPECT_EQ(answer.reason, "reference_clash");
}

TEST_F(NationalTest, AnswerLostAfterCommitIsUnknownAndFoundByReference) {
  sim_options_.faults.lose_for = 0ms;
  StartBoth();
  sim_->faults().Script({SimFault::kLose});
  const auto parcel = SampleParcel();
  EXPECT_EQ(client_->Register(parcel).outcome, Outcome::kUnknown);
  const auto found = client_->FindByReference(parcel.intake_no, "");
  ASSERT_TRUE(found.ok()) << found.error().reason;
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->content_digest, parcel.content_digest);
  EXPECT_FALSE((*found)->national_no.empty());
}

TEST_F(NationalTest, CrashBeforeCommitIsUnknownAndNotFound) {
  StartBoth();
  sim_->faults().Script({SimFault::kCrashBefore});
  const auto parcel = SampleParcel();
  EXPECT_EQ(client_->Register(parcel).outcome, Outcome::kUnknown);
  const auto found = client_->FindByReference(parcel.intake_no, "");
  ASSERT_TRUE(found.ok());
  EXPECT_FALSE(found->has_value());
}

TEST_F(NationalTest, TimeoutAfterSendingIsUnknown) {
  StartSim();
  auto options = ClientOptions();
  options.receive_timeout = 50ms;
  Connect(options);
  sim_->faults().Script({SimFault::kLose});
  const auto answer = client_->Register(SampleParcel());
  EXPECT_EQ(answer.outcome, Outcome::kUnknown);
  EXPECT_EQ(answer.reason, "timeout");
}

TEST_F(NationalTest, RefusedBusyAndDownAreToldApart) {
  StartBoth();
  sim_->faults().Script({SimFault::kRefuse, SimFault::kBusy, SimFault::kDown});
  const auto refused = client_->Register(SampleParcel());
  EXPECT_EQ(refused.outcome, Outcome::kPermanent);
  EXPECT_EQ(refused.reason, "business_rule");
  const auto busy = client_->Register(SampleParcel());
  EXPECT_EQ(busy.outcome, Outcome::kTransient);
  EXPECT_EQ(busy.retry_after, 120ms);
  const auto down = client_->Register(SampleParcel());
  EXPECT_EQ(down.outcome, Outcome::kDeferred);
  EXPECT_EQ(down.retry_after, 120ms);
  EXPECT_EQ(sim_->counts().connections, 1u);  // declared answers leave the connection in step
}

TEST_F(NationalTest, UnreachableAndUnauthorizedDeferWithoutSending) {
  StartBoth();
  auto options = ClientOptions();
  options.key = "wrong";
  auto stranger = MakeNationalSystem(options);
  ASSERT_TRUE(stranger.ok());
  const auto unauthorized = (*stranger)->Register(SampleParcel());
  EXPECT_EQ(unauthorized.outcome, Outcome::kDeferred);
  EXPECT_EQ(unauthorized.reason, "unauthorized");
  sim_.reset();
  const auto unreachable = client_->Register(SampleParcel());
  EXPECT_EQ(unreachable.outcome, Outcome::kDeferred);
  EXPECT_EQ(unreachable.reason, "unreachable");
  EXPECT_FALSE(client_->FindByReference("x", "").ok());
}

TEST_F(NationalTest, KeptConnectionThatDiedIsReplacedWithoutDoubt) {
  StartBoth();
  ASSERT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDone);
  sim_.reset();
  StartSim();  // on the same port, with the same store
  const auto answer = client_->Register(SampleParcel("439900-20250304-000002-T"));
  EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.reason;
  EXPECT_EQ(sim_->store().Registrations()->size(), 2u);
}

TEST_F(NationalTest, InterruptEndsACallInFlight) {
  StartBoth();
  sim_->faults().Script({SimFault::kLose});
  Answer answer;
  std::thread caller([&] { answer = client_->Register(SampleParcel()); });
  while (sim_->counts().lost == 0) std::this_thread::yield();
  client_->Interrupt();
  caller.join();
  EXPECT_EQ(answer.outcome, Outcome::kUnknown);
  EXPECT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDeferred);
}

TEST_F(NationalTest, GarbageForAnAnswerIsUnknown) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 8), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  sim_options_.port = ntohs(address.sin_port);
  Connect(ClientOptions());
  const std::string answers[] = {std::string("\x7f\xff\xff\xff", 4), std::string("\0\0\0\4abcd", 8),
                                 std::string("HTTP/1.1 400 Bad\r\n\r\n"), ""};
  std::thread server([&] {
    for (const auto& answer : answers) {
      const int peer = ::accept(listener, nullptr, nullptr);
      char sink[4096];
      (void)!::recv(peer, sink, sizeof sink, 0);
      (void)!::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  });
  for (std::size_t n = 0; n < std::size(answers); ++n) {
    if (n != 1) {
      EXPECT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kUnknown) << n;
      continue;
    }
    // A whole frame that is no answer: somebody is there, and has none to this question.
    EXPECT_EQ(client_->FindByReference("P1", "").error().code, petition::Code::kInternal);
  }
  server.join();
  ::close(listener);
}

TEST_F(NationalTest, OneConnectionCarriesMoreThanOneFramesWorth) {
  sim_options_.frame_max = 64u << 10;
  StartSim();
  auto options = ClientOptions();
  options.frame_max = 64u << 10;
  Connect(options);
  for (int n = 0; n < 12; ++n) {
    auto parcel = SampleParcel("439900-20250304-0000" + std::to_string(10 + n) + "-V");
    parcel.submission.content = std::string(10'000, 'x');
    EXPECT_EQ(client_->Register(parcel).outcome, Outcome::kDone) << n;
  }
  EXPECT_EQ(sim_->counts().connections, 1u);
}

TEST_F(NationalTest, UpdatesAreAppliedOnceAndFoundById) {
  StartBoth();
  Update update;
  update.intake_no = SampleParcel().intake_no;
  update.update_id = "77";
  update.kind = "event";
  update.event = "replied";
  EXPECT_EQ(client_->Send(update).outcome, Outcome::kPermanent);  // not registered there
  ASSERT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDone);
  EXPECT_FALSE(client_->FindByReference(update.intake_no, "77")->has_value());
  const auto answer = client_->Send(update);
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_EQ(answer.state, "answered");
  EXPECT_EQ(client_->Send(update).outcome, Outcome::kDone);
  EXPECT_EQ(*sim_->store().UpdateCount(), 1u);
  EXPECT_TRUE(client_->FindByReference(update.intake_no, "77")->has_value());
}

TEST_F(NationalTest, InstructionsComeInOrderAfterTheCursor) {
  StartBoth();
  ASSERT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDone);
  EXPECT_TRUE(client_->Fetch("", 10)->items.empty());
  clock_.Advance(2s);
  auto page = client_->Fetch("", 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].kind, "state");
  EXPECT_EQ(page->items[0].state, "accepted");
  EXPECT_EQ(page->items[0].intake_no, SampleParcel().intake_no);
  clock_.Advance(20s);
  const auto next = client_->Fetch(page->next_cursor, 10);
  ASSERT_EQ(next->items.size(), 1u);
  EXPECT_EQ(next->items[0].kind, "answer");
  EXPECT_FALSE(next->items[0].text.empty());
  EXPECT_EQ(client_->Fetch("", 1)->more, true);
  EXPECT_TRUE(client_->Acknowledge(next->items[0].id).ok());
  EXPECT_EQ(sim_->counts().acknowledged, 1u);
}

TEST_F(NationalTest, TlsChecksTheServersCertificate) {
  const auto certificate = support::MakeTestCertificate(folder_);
  sim_options_.certificate_file = certificate.certificate;
  sim_options_.key_file = certificate.key;
  StartSim();
  auto options = ClientOptions();
  options.tls = true;
  options.ca_file = certificate.certificate;
  Connect(options);
  const auto answer = client_->Register(SampleParcel());
  EXPECT_EQ(answer.outcome, Outcome::kDone) << answer.reason;
  // Another authority than the one that signed: nothing is sent.
  std::filesystem::create_directories(folder_ / "other");
  options.ca_file = support::MakeTestCertificate(folder_ / "other").certificate;
  Connect(options);
  EXPECT_EQ(client_->Register(SampleParcel()).outcome, Outcome::kDeferred);
  // Without TLS the server's answer is none.
  options.tls = false;
  options.receive_timeout = 2s;
  Connect(options);
  EXPECT_NE(client_->Register(SampleParcel()).outcome, Outcome::kDone);
  options.tls = true;
  options.ca_file = (folder_ / "missing.crt").string();
  EXPECT_FALSE(MakeNationalSystem(options).ok());
}

TEST(NationalMappingTest, SealedRegistrationCarriesNoWordsAndNoPeople) {
  auto parcel = SampleParcel();
  parcel.sealed = true;
  const auto wire = ToWire(parcel);
  EXPECT_FALSE(wire.__isset.content);
  std::ostringstream printed;
  wire.printTo(printed);
  for (const char* secret : {"王小峰", "楼道灯", "13812345678", "11010519491231002X"})
    EXPECT_EQ(printed.str().find(secret), std::string::npos) << secret;
  EXPECT_TRUE(wire.sealed);
  EXPECT_EQ(wire.reference, parcel.intake_no);
}

TEST(NationalMappingTest, MainPetitionerComesFirst) {
  auto parcel = SampleParcel();
  parcel.submission.petitioners.front().role = "joint";
  parcel.submission.petitioners.push_back({"李四", "", "", "", "", "", "main"});
  const auto wire = ToWire(parcel);
  ASSERT_EQ(wire.content.persons.size(), 2u);
  EXPECT_EQ(wire.content.persons[0].name, "李四");
  EXPECT_EQ(wire.content.persons[1].idNumber, "11010519491231002X");
}

TEST(NationalMappingTest, InstructionsWithBrokenTextAreMadeWhole) {
  national_wire::Instruction wire;
  wire.id = "1";
  wire.kind = "answer";
  wire.text = "好\xff";
  wire.at = "2025-03-04T10:12:00+08:00";
  const auto instruction = FromWire(wire);
  EXPECT_EQ(instruction.text, "好\xEF\xBF\xBD");
  EXPECT_EQ(instruction.problem, "");
}

TEST(NationalMappingTest, InstructionThatCannotBeReadComesWithItsProblemAndAsItCame) {
  national_wire::Instruction wire;
  wire.id = "1";
  wire.kind = "answer";
  wire.text = "好";
  wire.at = "yesterday";
  const auto instruction = FromWire(wire);
  EXPECT_EQ(instruction.problem, "time_unreadable");
  EXPECT_EQ(instruction.raw,
            R"({"at":"yesterday","id":"1","kind":"answer","nationalNo":"","reference":"","state":"","text":"好"})");
  wire.kind.clear();
  EXPECT_EQ(FromWire(wire).problem, "no_kind");
  wire.id.clear();
  EXPECT_EQ(FromWire(wire).problem, "no_id");
}

TEST(SimFaultsTest, SpecIsReadAndItsMistakesAreNamed) {
  const auto faults = SimFaults::Parse("slow=0.5:20,refuse=0.25,lose=1:5,seed=7");
  ASSERT_TRUE(faults.ok());
  EXPECT_EQ(faults->slow, 0.5);
  EXPECT_EQ(faults->slow_for, 20ms);
  EXPECT_EQ(faults->lose_for, 5ms);
  EXPECT_EQ(faults->seed, 7u);
  for (const char* wrong : {"slow", "slow=2", "slow=x", "refuse=0.1:5", "other=0.1", "lose=0.1:-5", "seed=x"})
    EXPECT_FALSE(SimFaults::Parse(wrong).ok()) << wrong;
}

TEST(SimFaultsTest, RefusalStaysWithItsReference) {
  SimFaults faults;
  faults.refuse = 0.5;
  FaultSource source(faults);
  std::size_t refused = 0;
  for (int n = 0; n < 200; ++n) {
    const auto reference = "ref-" + std::to_string(n);
    const auto first = source.Draw(reference);
    EXPECT_EQ(first, source.Draw(reference));
    refused += first == SimFault::kRefuse ? 1 : 0;
  }
  EXPECT_GT(refused, 60u);
  EXPECT_LT(refused, 140u);
}

}  // namespace
}  // namespace adapters
