#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "PetitionExchange.h"
#include "gateway/hub.h"
#include "gateway/refusals.h"
#include "gateway/rpc/exchange_service.h"
#include "gateway/rpc/rpc_server.h"

namespace gateway {
namespace {

namespace transport = apache::thrift::transport;
namespace protocol = apache::thrift::protocol;
using petition::Json;
using namespace std::chrono_literals;

/// One connection of a department's system.
struct Caller {
  explicit Caller(int port)
      : socket(std::make_shared<transport::TSocket>("127.0.0.1", port)),
        client(std::make_shared<protocol::TBinaryProtocol>(std::make_shared<transport::TFramedTransport>(socket))) {
    socket->setRecvTimeout(20'000);
    socket->open();
  }
  std::shared_ptr<transport::TSocket> socket;
  exchange_wire::PetitionExchangeClient client;
};

exchange_wire::Submission Sample(const std::string& number) {
  exchange_wire::Submission submission;
  submission.externalId = number;
  submission.receivedAt = "2025-03-04T10:12:00+08:00";
  submission.title = "楼道灯不亮";
  submission.content = "锦澜湾三号楼二单元楼道灯坏了两周，编号" + number + "。";
  exchange_wire::Petitioner petitioner;
  petitioner.name = "王小峰";
  petitioner.idNumber = "11010519491231002X";
  petitioner.phone = "13812345678";
  submission.petitioners.push_back(petitioner);
  return submission;
}

template <typename Struct>
std::string Encoded(const Struct& wire) {
  auto memory = std::make_shared<transport::TMemoryBuffer>();
  protocol::TBinaryProtocol binary(memory);
  wire.write(&binary);
  return memory->getBufferAsString();
}

class RpcTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("guiyi-rpc-" + std::to_string(::getpid()) + "-" +
                                                        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    HubOptions options;
    options.data = folder_ / "data";
    options.ledger.publish = false;
    auto hub = Hub::Open(options, clock_);
    ASSERT_TRUE(hub.ok()) << hub.error().message << hub.error().detail;
    hub_ = std::move(*hub);
    key_.key = AddSource("portal-one");
    hub_->Start(nullptr);
  }
  void TearDown() override {
    server_.reset();
    hub_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::string AddSource(const std::string& name) {
    Source source;
    source.name = name;
    source.channel = "portal";
    source.state = "live";
    auto key = hub_->registry().AddSource(source);
    EXPECT_TRUE(key.ok());
    return *key;
  }
  void Serve(RpcOptions options = {}) {
    auto server = RpcServer::Start(options, *hub_);
    ASSERT_TRUE(server.ok()) << server.error().message << server.error().detail;
    server_ = std::move(*server);
  }
  template <typename Body>
  exchange_wire::ExchangeError Refusal(Body body) {
    try {
      body();
    } catch (const exchange_wire::ExchangeError& error) {
      return error;
    }
    ADD_FAILURE() << "was taken";
    return {};
  }
  std::vector<ledger::Stored> Entries(ledger::Kind kind) {
    std::vector<ledger::Stored> found;
    for (std::uint64_t index = 0; index < hub_->ledger().size(); ++index) {
      auto stored = hub_->ledger().Read(index, ledger::Ledger::Raw::kRead);
      if (stored.ok() && stored->kind == kind) found.push_back(std::move(*stored));
    }
    return found;
  }

  petition::SystemClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<RpcServer> server_;
  exchange_wire::Credential key_;
};

TEST_F(RpcTest, SubmitAnswersAReceiptAndKeepsTheBytesAsTheyCame) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 2'000);
  EXPECT_TRUE(petition::ParseIntakeNo(receipt.intakeNo).has_value());
  EXPECT_FALSE(receipt.existing);
  EXPECT_FALSE(receipt.proof.empty());
  EXPECT_FALSE(receipt.queryCode.empty());
  ASSERT_TRUE(receipt.__isset.decision);
  EXPECT_EQ(receipt.decision.relation, "new");
  const auto stored = hub_->ledger().Read(static_cast<std::uint64_t>(receipt.ledgerIndex), ledger::Ledger::Raw::kRead);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->raw, Encoded(Sample("A-1")));
  const auto record = ReadIntakeRecord(*stored);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->source, "portal-one");
  EXPECT_EQ(record->submission.channel, "portal");  // the source's own
  EXPECT_EQ(record->submission.petitioners.at(0).name, "王小峰");
}

TEST_F(RpcTest, ResendAnswersTheFirstReceipt) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt first, again;
  caller.client.submit(first, key_, Sample("A-1"), 0);
  caller.client.submit(again, key_, Sample("A-1"), 0);
  EXPECT_TRUE(again.existing);
  EXPECT_EQ(again.intakeNo, first.intakeNo);
}

TEST_F(RpcTest, BadRowOfABatchSpoilsNoGoodOne) {
  Serve();
  Caller caller(server_->port());
  auto bad = Sample("A-2");
  bad.receivedAt = "yesterday";
  bad.channel = "pigeon";
  auto broken = Sample("A-4");
  broken.title = "\xff\xfe";
  std::vector<exchange_wire::RowResult> rows;
  caller.client.submitBatch(rows, key_, {Sample("A-1"), bad, Sample("A-3"), broken, Sample("A-1")});
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_TRUE(rows[0].__isset.receipt);
  ASSERT_TRUE(rows[1].__isset.error);
  EXPECT_EQ(rows[1].error.code, "invalid");
  EXPECT_EQ(rows[1].error.fields.size(), 2u);
  EXPECT_TRUE(rows[2].__isset.receipt);
  ASSERT_TRUE(rows[3].__isset.error);
  EXPECT_EQ(rows[3].error.reason, "encoding_invalid");
  EXPECT_TRUE(rows[4].receipt.existing);
  EXPECT_EQ(rows[4].receipt.intakeNo, rows[0].receipt.intakeNo);
  const auto refused = Entries(ledger::Kind::kRefused);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].raw, Encoded(bad));
  EXPECT_EQ(refused[1].raw, Encoded(broken));
}

TEST_F(RpcTest, UnknownKeyIsRefusedOnTheRecordAndTheKeyIsNotKept) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Credential wrong;
  wrong.key = "guiyi_this-is-not-a-key";
  const auto error = Refusal([&] {
    exchange_wire::Receipt receipt;
    caller.client.submit(receipt, wrong, Sample("A-1"), 0);
  });
  EXPECT_EQ(error.code, "unauthorized");
  const auto refused = Entries(ledger::Kind::kRefused);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].raw, Encoded(Sample("A-1")));
  EXPECT_TRUE(Entries(ledger::Kind::kIntake).empty());
}

TEST_F(RpcTest, RoleWithoutRightIsRefused) {
  User user;
  user.name = "exchange";
  user.role = Role::kExchange;
  exchange_wire::Credential exchange;
  exchange.key = *hub_->registry().AddUser(user);
  Serve();
  Caller caller(server_->port());
  EXPECT_EQ(Refusal([&] {
              exchange_wire::Receipt r;
              caller.client.submit(r, exchange, Sample("A-1"), 0);
            }).reason,
            "forbidden");
  EXPECT_EQ(Refusal([&] {
              exchange_wire::ChangePage p;
              caller.client.listChanges(p, exchange, 0, 10);
            }).reason,
            "forbidden");
  EXPECT_EQ(Refusal([&] {
              exchange_wire::ManifestAnswer a;
              caller.client.submitManifest(a, exchange, {});
            }).reason,
            "forbidden");
}

TEST_F(RpcTest, EventsShowInStatusAndChanges) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 2'000);
  exchange_wire::Event event;
  event.event = "accepted";
  event.by = "住建局";
  exchange_wire::IntakeName name;
  name.externalId = "A-1";
  exchange_wire::EventReceipt recorded;
  caller.client.reportEvent(recorded, key_, name, event);
  EXPECT_EQ(recorded.intakeNo, receipt.intakeNo);
  EXPECT_TRUE(recorded.shown);
  exchange_wire::IntakeStatus status;
  name.externalId.clear();
  name.intakeNo = receipt.intakeNo;
  caller.client.getStatus(status, key_, name);
  EXPECT_EQ(status.state, "accepted");
  EXPECT_EQ(status.intakeNo, receipt.intakeNo);
  exchange_wire::ChangePage page;
  caller.client.listChanges(page, key_, 0, 100);
  ASSERT_GE(page.changes.size(), 2u);
  EXPECT_EQ(page.changes.back().kind, "event");
  exchange_wire::ChangePage next;
  caller.client.listChanges(next, key_, page.nextCursor, 100);
  EXPECT_TRUE(next.changes.empty());
  event.event = "replied";  // without words or document
  EXPECT_EQ(Refusal([&] { caller.client.reportEvent(recorded, key_, name, event); }).code, "invalid");
}

TEST_F(RpcTest, StaffReadByTheSameRulesAsOverHttpAndOnTheRecord) {
  const auto add = [&](const std::string& name, bool personal, bool sealed) {
    User user;
    user.name = name;
    user.role = Role::kAuditor;
    user.personal = personal;
    user.sealed = sealed;
    user.divisions = {"439902"};
    exchange_wire::Credential credential;
    credential.key = hub_->registry().AddUser(user).value();
    return credential;
  };
  const auto plain = add("plain", false, false), full = add("full", true, true);
  Serve();
  Caller caller(server_->port());
  auto open = Sample("A-1"), sealed = Sample("A-2");
  open.division = sealed.division = "４３９９０２";  // full width, as some systems send it
  sealed.confidential = true;
  exchange_wire::Receipt receipt;
  const auto submit = [&](const exchange_wire::Submission& submission) {
    caller.client.submit(receipt, key_, submission, 2'000);
    exchange_wire::IntakeName name;
    name.intakeNo = receipt.intakeNo;
    return name;
  };
  const auto open_name = submit(open), sealed_name = submit(sealed);
  exchange_wire::IntakeStatus status;
  caller.client.getStatus(status, plain, open_name);
  EXPECT_EQ(status.intakeNo, open_name.intakeNo);
  EXPECT_TRUE(Entries(ledger::Kind::kAccess).empty()) << "nothing personal, nothing sealed";
  EXPECT_EQ(Refusal([&] { caller.client.getStatus(status, plain, sealed_name); }).code, "not_found");
  caller.client.getStatus(status, full, open_name);
  EXPECT_EQ(Entries(ledger::Kind::kAccess).size(), 1u);
  caller.client.getStatus(status, full, sealed_name);
  EXPECT_EQ(Entries(ledger::Kind::kAccess).size(), 2u);
}

TEST_F(RpcTest, OtherSourceIsToldThatItDoesNotExist) {
  exchange_wire::Credential other;
  other.key = AddSource("portal-two");
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 2'000);
  exchange_wire::IntakeName name;
  name.intakeNo = receipt.intakeNo;
  EXPECT_EQ(Refusal([&] {
              exchange_wire::IntakeStatus s;
              caller.client.getStatus(s, other, name);
            }).code,
            "not_found");
  exchange_wire::ChangePage page;
  caller.client.listChanges(page, other, 0, 100);
  EXPECT_TRUE(page.changes.empty());
}

TEST_F(RpcTest, ManifestSaysWhatIsMissingOnEitherSide) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  for (const char* number : {"A-1", "A-2", "A-3"}) caller.client.submit(receipt, key_, Sample(number), 2'000);
  exchange_wire::Manifest manifest;
  manifest.day = "2025-03-04";
  exchange_wire::ManifestNumber number;
  number.externalId = "A-1";
  number.sha256 = ledger::Hex(ledger::AsBytes(ledger::Sha256(Encoded(Sample("A-1")))));
  manifest.numbers.push_back(number);
  number.externalId = "A-2";
  manifest.numbers.push_back(number);  // with the first one's digest
  number.externalId = "A-9";
  manifest.numbers.push_back(number);
  exchange_wire::ManifestAnswer answer;
  caller.client.submitManifest(answer, key_, manifest);
  EXPECT_EQ(answer.missingHere, std::vector<std::string>{"A-9"});
  EXPECT_EQ(answer.differs, std::vector<std::string>{"A-2"});
  // Registered today, booked on the fourth of March long ago: found by its number; by the day only within a month.
  EXPECT_EQ(Entries(ledger::Kind::kManifest).size(), 1u);
  manifest.day = "yesterday";
  EXPECT_EQ(Refusal([&] { caller.client.submitManifest(answer, key_, manifest); }).code, "invalid");
}

// Both look things up in the full-text index, which shows what was added within two seconds: one wait for both.
TEST_F(RpcTest, ManifestListsWhatTheSourceForgotAndChannelCheckSaysYesOrUnknown) {
  Serve();
  Caller caller(server_->port());
  const auto now = clock_.Now();
  exchange_wire::Receipt receipt;
  for (const char* id : {"A-1", "A-2"}) {
    auto submission = Sample(id);
    submission.receivedAt = petition::FormatTime(now);
    caller.client.submit(receipt, key_, submission, 2'000);
  }
  const auto shown = [&] {
    const auto hits = hub_->texts().Search({});
    return hits.ok() && hits->ids.size() == 2;
  };
  for (int n = 0; n < 2'000 && !shown(); ++n) (void)hub_->ledger().WaitBeyond(hub_->ledger().size(), 10ms);
  exchange_wire::Manifest manifest;
  manifest.day = petition::LocalDay(now);
  exchange_wire::ManifestNumber number;
  number.externalId = "A-1";
  manifest.numbers.push_back(number);
  exchange_wire::ManifestAnswer answer;
  caller.client.submitManifest(answer, key_, manifest);
  EXPECT_EQ(answer.missingThere, std::vector<std::string>{"A-2"});
  EXPECT_EQ(answer.countHere, 2);

  exchange_wire::ChannelQuestion question;
  question.idNumber = "11010519491231002x";
  question.name = "王小峰";
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::YES);
  question.name = "李四";
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::UNKNOWN);
  question.name.clear();
  EXPECT_EQ(Refusal([&] { (void)caller.client.isInChannel(key_, question); }).reason, "question_incomplete");
  question = {};
  question.queryCode = receipt.queryCode;
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::YES);
  for (char& c : question.queryCode) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::YES) << "as a person types it";
  question.queryCode = receipt.queryCode;
  question.queryCode.back() = question.queryCode.back() == 'A' ? 'C' : 'A';
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::UNKNOWN) << "wrong by one letter";
  question.queryCode = "AAAA-BBBB-CCCC";
  EXPECT_EQ(caller.client.isInChannel(key_, question), exchange_wire::InChannel::UNKNOWN);
}

TEST_F(RpcTest, RefusedEventsAndManifestsAreOnTheLedgerWithTheirBytes) {
  exchange_wire::Credential wrong, reader;
  wrong.key = "guiyi_this-is-not-a-key";
  User user;
  user.name = "exchange";
  user.role = Role::kExchange;
  reader.key = *hub_->registry().AddUser(user);
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 2'000);
  exchange_wire::IntakeName name, nobody;
  name.intakeNo = receipt.intakeNo;
  nobody.externalId = "A-9";
  exchange_wire::Event event, empty;
  event.event = "exploded";
  event.text = "独特词句甲乙丙";
  exchange_wire::EventReceipt recorded;
  EXPECT_EQ(Refusal([&] { caller.client.reportEvent(recorded, key_, name, event); }).code, "invalid");
  event.event = "accepted";
  EXPECT_EQ(Refusal([&] { caller.client.reportEvent(recorded, key_, nobody, event); }).code, "not_found");
  EXPECT_EQ(Refusal([&] { caller.client.reportEvent(recorded, wrong, name, event); }).code, "unauthorized");
  EXPECT_EQ(Refusal([&] { caller.client.reportEvent(recorded, reader, name, event); }).reason, "forbidden");
  exchange_wire::Manifest manifest;
  manifest.day = "yesterday";
  exchange_wire::ManifestAnswer answer;
  EXPECT_EQ(Refusal([&] { caller.client.submitManifest(answer, key_, manifest); }).code, "invalid");
  const auto refused = Entries(ledger::Kind::kRefused);
  ASSERT_EQ(refused.size(), 5u);
  std::vector<std::string> said;
  for (const auto& entry : refused) {
    const auto record = Json::parse(entry.record);
    said.push_back(record["reason"].get<std::string>() + " " + record["source"].get<std::string>() + " " +
                   record.value("by", ""));
    EXPECT_FALSE(record.contains("truncated"));
    EXPECT_EQ(entry.record.find("独特词句"), std::string::npos);
    EXPECT_EQ(entry.raw.find("guiyi_"), std::string::npos);
  }
  EXPECT_EQ(said, (std::vector<std::string>{"fields_invalid portal-one ", "not_found portal-one ", "key_unknown  ",
                                            "forbidden operator exchange", "fields_invalid portal-one "}));
  // Intake and event, from the first byte of the one to the last of the other.
  EXPECT_TRUE(refused[0].raw.starts_with(Encoded(name)));
  EXPECT_NE(refused[0].raw.find("独特词句甲乙丙"), std::string::npos);
  EXPECT_EQ(refused[4].raw, Encoded(manifest));
  EXPECT_EQ(Entries(ledger::Kind::kEvent).size(), 0u);
}

TEST_F(RpcTest, BrokenFrameOfAKnownCallerIsRecordedAsTheirs) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 0);
  const std::string broken("\0\0\0\5hello", 9);
  caller.socket->write(reinterpret_cast<const std::uint8_t*>(broken.data()), static_cast<std::uint32_t>(broken.size()));
  std::uint8_t sink = 0;
  EXPECT_EQ(caller.socket->read(&sink, 1), 0u) << "the connection was closed";
  const auto refused = Entries(ledger::Kind::kRefused);
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(Json::parse(refused[0].record)["source"], "portal-one");
  EXPECT_EQ(refused[0].raw, "hello");
}

TEST_F(RpcTest, OneConnectionCarriesMoreThanOneFramesWorth) {
  RpcOptions options;
  options.frame_max = 64u << 10;
  Serve(options);
  Caller caller(server_->port());
  for (int n = 0; n < 12; ++n) {
    auto submission = Sample("A-" + std::to_string(n));
    for (int line = 0; line < 300; ++line) submission.content += "楼道灯坏了两周没有人来修。";
    exchange_wire::Receipt receipt;
    caller.client.submit(receipt, key_, submission, 0);
    EXPECT_FALSE(receipt.existing);
  }
}

/// Bytes straight onto the port; true when the server then closed the connection.
bool SendRaw(int port, const std::string& bytes) {
  const int peer = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval patience{20, 0};
  ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  bool closed = ::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  closed = closed && ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  ::shutdown(peer, SHUT_WR);
  char sink[4096];
  ssize_t got = 0;
  while ((got = ::recv(peer, sink, sizeof sink, 0)) > 0) {
  }
  ::close(peer);
  return closed && (got == 0 || errno == ECONNRESET);
}

std::string Framed(const std::string& body) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(body.size()));
  return std::string(reinterpret_cast<const char*>(&size), 4) + body;
}

/// The start of a call, up to where its arguments begin.
std::string CallHead(const std::string& name) {
  auto memory = std::make_shared<transport::TMemoryBuffer>();
  protocol::TBinaryProtocol binary(memory);
  binary.writeMessageBegin(name, protocol::T_CALL, 0);
  return memory->getBufferAsString();
}

TEST_F(RpcTest, HostileBytesAreCutOffAndRecorded) {
  Serve();
  const int port = server_->port();
  const std::string list_of_structs = std::string("\x0f\x00\x02\x0c", 4);           // field 2: list of structs
  EXPECT_TRUE(SendRaw(port, std::string("\x7f\xff\xff\xff", 4)));                   // a length of two gigabytes
  EXPECT_TRUE(SendRaw(port, std::string("\xff\xff\xff\xff", 4)));                   // a negative one
  EXPECT_TRUE(SendRaw(port, std::string(4, '\0')));                                 // nothing
  EXPECT_TRUE(SendRaw(port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));                  // another protocol
  EXPECT_TRUE(SendRaw(port, std::string("\0\0\x10\0abc guiyi_SECRETSECRET", 26)));  // ends in the middle
  EXPECT_TRUE(SendRaw(port, Framed(std::string(1'000, '\xee'))));                   // no message
  EXPECT_TRUE(SendRaw(port, Framed(CallHead("submitBatch") + list_of_structs +
                                   std::string("\x7f\xff\xff\xff", 4))));  // 2^31 submissions
  EXPECT_TRUE(SendRaw(port, Framed(CallHead("submitBatch") + list_of_structs + std::string("\0\1\x86\xa0", 4) +
                                   std::string(200, '\0'))));  // 100,000 in 200 bytes
  EXPECT_TRUE(SendRaw(
      port, Framed(CallHead("submit") + std::string("\x0c\0\1\x0b\0\1\x7f\xff\xff\xff", 11))));  // a key of 2^31 bytes
  std::set<std::string> reasons;
  for (const auto& refused : Entries(ledger::Kind::kRefused)) {
    const auto record = petition::ParseJson(refused.record);
    ASSERT_TRUE(record.ok());
    EXPECT_EQ(record->value("door", ""), "rpc");
    reasons.insert(record->value("reason", ""));
    EXPECT_EQ(refused.raw.find("SECRET"), std::string::npos);
  }
  EXPECT_EQ(reasons, (std::set<std::string>{"frame_too_large", "frame_empty", "frame_incomplete", "malformed"}));
  EXPECT_EQ(Entries(ledger::Kind::kRefused).size(), 9u);
  Caller caller(port);
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 0);
  EXPECT_FALSE(receipt.intakeNo.empty());
}

TEST_F(RpcTest, UnknownMethodIsAnsweredAndTheConnectionGoesOn) {
  Serve();
  Caller caller(server_->port());
  auto memory = std::make_shared<transport::TFramedTransport>(caller.socket);
  protocol::TBinaryProtocol binary(memory);
  binary.writeMessageBegin("dropEverything", protocol::T_CALL, 7);
  binary.writeStructBegin("args");
  binary.writeFieldStop();
  binary.writeStructEnd();
  binary.writeMessageEnd();
  memory->flush();
  std::string name;
  protocol::TMessageType type{};
  std::int32_t id = 0;
  binary.readMessageBegin(name, type, id);
  EXPECT_EQ(type, protocol::T_EXCEPTION);
  apache::thrift::TApplicationException exception;
  exception.read(&binary);
  binary.readMessageEnd();
  EXPECT_EQ(exception.getType(), apache::thrift::TApplicationException::UNKNOWN_METHOD);
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 0);
  EXPECT_FALSE(receipt.intakeNo.empty());
}

TEST_F(RpcTest, StrangersAreClosedWhenIdleAndSlowFramesEnd) {
  RpcOptions options;
  options.stranger_idle = 30ms;
  options.frame_time = 30ms;
  options.connections_max = 1;
  Serve(options);
  Caller idle(server_->port());  // takes the only place, and says nothing
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 0);
  EXPECT_FALSE(receipt.intakeNo.empty());
}

TEST_F(RpcTest, StopClosesIdleConnections) {
  Serve();
  Caller caller(server_->port());
  exchange_wire::Receipt receipt;
  caller.client.submit(receipt, key_, Sample("A-1"), 0);  // from now on it may be idle for long
  server_->Stop();
  EXPECT_THROW(caller.client.submit(receipt, key_, Sample("A-2"), 0), transport::TTransportException);
}

TEST_F(RpcTest, TakenAddressAndMissingCertificateAreSaid) {
  Serve();
  RpcOptions options;
  options.port = server_->port();
  EXPECT_EQ(RpcServer::Start(options, *hub_).error().code, petition::Code::kUnavailable);
  options.port = 0;
  options.certificate_file = "/nowhere.crt";
  options.key_file = "/nowhere.key";
  EXPECT_EQ(RpcServer::Start(options, *hub_).error().code, petition::Code::kUnavailable);
}

TEST_F(RpcTest, ForeignClientInPythonIsUnderstood) {
  if (std::system("/usr/bin/python3 -c 'import thrift' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "python3-thrift is not installed";
  if (std::system("thrift --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "the thrift compiler is not installed";
  Serve();
  const auto generated = (folder_ / "py").string();
  std::filesystem::create_directories(generated);
  ASSERT_EQ(
      std::system(
          ("thrift --gen py -out " + generated + " " GUIYI_SOURCE_DIR "/gateway/rpc/petition_exchange.thrift").c_str()),
      0);
  std::ofstream(folder_ / "client.py") << R"(
import sys
sys.path.insert(0, sys.argv[1])
from thrift.transport import TSocket, TTransport
from thrift.protocol import TBinaryProtocol
from petition_exchange import PetitionExchange
from petition_exchange.ttypes import *
transport = TTransport.TFramedTransport(TSocket.TSocket('127.0.0.1', int(sys.argv[2])))
client = PetitionExchange.Client(TBinaryProtocol.TBinaryProtocol(transport))
transport.open()
key = Credential(key=sys.argv[3])
receipt = client.submit(key, Submission(externalId='PY-1', content='路灯坏了', petitioners=[Petitioner(name='李四')]), 2000)
assert receipt.decision.relation == 'new', receipt
again = client.submitBatch(key, [Submission(externalId='PY-1', content='路灯坏了', petitioners=[Petitioner(name='李四')]), Submission()])
assert again[0].receipt.existing and again[0].receipt.intakeNo == receipt.intakeNo, again
assert again[1].error.reason == 'content_missing', again
assert client.getStatus(key, IntakeName(externalId='PY-1')).intakeNo == receipt.intakeNo
try:
    client.submit(Credential(key='wrong'), Submission(content='x'), 0)
    sys.exit(1)
except ExchangeError as error:
    assert error.code == 'unauthorized', error
transport.close()
)";
  const auto command = "/usr/bin/python3 " + (folder_ / "client.py").string() + " " + generated + " " +
                       std::to_string(server_->port()) + " " + key_.key;
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(WithoutKeysTest, BlanksEveryKeyAndNothingElse) {
  EXPECT_EQ(WithoutKeys("a guiyi_Ab-9_z, b"), "a ************, b");
  EXPECT_EQ(WithoutKeys("guiyi_"), "******");
  EXPECT_EQ(WithoutKeys("nothing"), "nothing");
}

}  // namespace
}  // namespace gateway
