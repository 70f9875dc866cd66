#include "adapters/national/sim/national_sim.h"

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/server/TThreadedServer.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSSLServerSocket.h>
#include <thrift/transport/TServerSocket.h>

#include <charconv>
#include <condition_variable>
#include <future>

#include "NationalPetitionSystem.h"
#include "adapters/thrift_tls.h"

namespace adapters {
namespace {

namespace transport = apache::thrift::transport;
namespace protocol = apache::thrift::protocol;
namespace server = apache::thrift::server;
using std::chrono::milliseconds;

constexpr std::int32_t kSimContainerMax = 20'000;
constexpr std::size_t kReferenceMax = 64;
constexpr std::size_t kFetchMax = 500;

thread_local transport::TTransport* current_connection = nullptr;

// Thrift 0.17 counts what was read on a connection and forgets it only when the same transport writes; a server's input
// only reads, and would end the connection once it has carried a frame's worth (THRIFT-5371).
class Frames final : public transport::TFramedTransport {
 public:
  using TFramedTransport::TFramedTransport;

 protected:
  bool readFrame() override {
    resetConsumedMessageSize();
    return TFramedTransport::readFrame();
  }
};

class BoundedFrames final : public transport::TTransportFactory {
 public:
  explicit BoundedFrames(std::uint32_t max)
      : limits_(std::make_shared<apache::thrift::TConfiguration>(static_cast<int>(max), static_cast<int>(max))) {}
  std::shared_ptr<transport::TTransport> getTransport(std::shared_ptr<transport::TTransport> inner) override {
    return std::make_shared<Frames>(inner, limits_);
  }

 private:
  std::shared_ptr<apache::thrift::TConfiguration> limits_;
};

template <typename Exception>
Exception Throwable(std::string reason, milliseconds retry_after) {
  Exception e;
  e.reason = std::move(reason);
  e.retryAfterMs = retry_after.count();
  return e;
}

}  // namespace

struct NationalSim::Impl : national_wire::NationalPetitionSystemIf, server::TServerEventHandler {
  Impl(NationalSimOptions o, const petition::Clock& c)
      : options(std::move(o)), clock(c), fault_source(options.faults) {}

  // -- The service. Every call runs on its connection's own thread.

  void registerPetition(national_wire::RegistrationAnswer& answer, const national_wire::Credential& credential,
                        const national_wire::Registration& wire) override {
    Count(&Counts::register_calls);
    Check(credential);
    if (wire.reference.empty() || wire.reference.size() > kReferenceMax || wire.contentDigest.empty())
      Refuse("bad_format");
    if (wire.sealed == wire.__isset.content) Refuse("sealed_mismatch");
    const auto fault = Before(wire.reference);
    SimRegistration wanted;
    wanted.reference = wire.reference;
    wanted.digest = wire.contentDigest;
    wanted.case_no = wire.caseNo;
    wanted.sealed = wire.sealed;
    wanted.with_content = wire.__isset.content;
    wanted.registered_at = clock.Now();
    auto taken = store->Register(wanted);
    if (!taken.ok()) Throw(taken.error());
    After(fault);
    answer.nationalNo = taken->row.national_no;
    answer.state = taken->row.state;
    answer.existing = taken->existing;
  }

  void updatePetition(national_wire::UpdateAnswer& answer, const national_wire::Credential& credential,
                      const national_wire::PetitionUpdate& wire) override {
    Count(&Counts::update_calls);
    Check(credential);
    if (wire.reference.empty() || wire.updateId.empty() || wire.kind.empty()) Refuse("bad_format");
    const auto fault = Before(wire.reference);
    auto known = store->Update(wire.reference, wire.updateId, wire.kind, wire.event);
    if (!known.ok()) Throw(known.error());
    After(fault);
    auto row = store->Find(wire.reference);
    if (!row.ok() || !*row) Throw(petition::NotFound("unknown reference"));
    answer.nationalNo = (*row)->national_no;
    answer.state = (*row)->state;
    answer.existing = *known;
  }

  void findByReference(national_wire::FoundRegistration& found, const national_wire::Credential& credential,
                       const std::string& reference, const std::string& update_id) override {
    Count(&Counts::find_calls);
    Check(credential);
    auto row = store->Find(reference);
    if (!row.ok()) Throw(row.error());
    if (!*row) return;
    if (!update_id.empty()) {
      auto known = store->HasUpdate(reference, update_id);
      if (!known.ok()) Throw(known.error());
      if (!*known) return;
    }
    found.found = true;
    found.nationalNo = (*row)->national_no;
    found.state = (*row)->state;
    found.contentDigest = update_id.empty() ? (*row)->digest : std::string();
  }

  void fetchInstructions(national_wire::InstructionPage& page, const national_wire::Credential& credential,
                         const std::string& cursor, const std::int32_t limit) override {
    Count(&Counts::fetch_calls);
    Check(credential);
    std::uint64_t after = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), after);
    const auto most = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(limit, 1)), 1, kFetchMax);
    const auto time = clock.Now();
    if (options.instruct) {
      if (auto made = store->MakeInstructions(time - options.accept_after, time - options.answer_after, time);
          !made.ok())
        Throw(made.error());
    }
    auto instructions = store->InstructionsAfter(after, most + 1);
    if (!instructions.ok()) Throw(instructions.error());
    page.more = instructions->size() > most;
    if (page.more) instructions->pop_back();
    page.nextCursor = cursor;
    for (const auto& instruction : *instructions) page.instructions.push_back(ToWire(instruction));
    if (!instructions->empty()) page.nextCursor = std::to_string(instructions->back().id);
  }

  void acknowledgeInstruction(const national_wire::Credential& credential, const std::string& id) override {
    Check(credential);
    std::uint64_t key = 0;
    std::from_chars(id.data(), id.data() + id.size(), key);
    if (auto done = store->Acknowledge(key); !done.ok()) Throw(done.error());
    Count(&Counts::acknowledged);
  }

  // -- Faults.

  SimFault Before(const std::string& reference) {
    Limit();
    const auto fault = fault_source.Draw(reference);
    const auto faults = fault_source.faults();
    switch (fault) {
      case SimFault::kSlow:
        Count(&Counts::slow);
        Hold(faults.slow_for);
        break;
      case SimFault::kRefuse:
        Count(&Counts::refused);
        Refuse("business_rule");
      case SimFault::kBusy:
        Count(&Counts::busy);
        throw Throwable<national_wire::Busy>("busy", faults.retry_after);
      case SimFault::kDown:
        Count(&Counts::down);
        throw Throwable<national_wire::DependencyDown>("down", faults.retry_after);
      case SimFault::kCrashBefore:
        Crash();
      case SimFault::kNone:
      case SimFault::kLose:
      case SimFault::kCrashAfter:
        break;
    }
    return fault;
  }

  void Limit() {
    if (options.calls_per_second == 0) return;
    const auto time = std::chrono::steady_clock::now();
    milliseconds left{0};
    {
      std::lock_guard lock(mutex);
      if (time >= second_ends) second_ends = time + std::chrono::seconds(1), in_second = 0;
      if (++in_second <= options.calls_per_second) return;
      left = std::chrono::duration_cast<milliseconds>(second_ends - time) + milliseconds(1);
    }
    Count(&Counts::limited);
    throw Throwable<national_wire::Busy>("too_frequent", left);
  }

  void After(SimFault fault) {
    if (fault == SimFault::kCrashAfter) Crash();
    if (fault != SimFault::kLose) return;
    Count(&Counts::lost);
    Hold(fault_source.faults().lose_for);
    Drop();
  }

  [[noreturn]] void Crash() {
    Count(&Counts::crashed);
    if (options.crash) options.crash();
    Drop();
  }

  // Closing first makes sure that no answer can be sent for the exception.
  [[noreturn]] void Drop() {
    if (current_connection) current_connection->close();
    throw transport::TTransportException(transport::TTransportException::NOT_OPEN, "dropped");
  }

  void Hold(milliseconds time) {
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, time, [&] { return stopping; });
  }

  [[noreturn]] static void Refuse(std::string reason) {
    national_wire::Refused refused;
    refused.reason = std::move(reason);
    throw refused;
  }

  [[noreturn]] static void Throw(const petition::Error& error) {
    if (error.code == petition::Code::kConflict) {
      national_wire::Conflict conflict;
      conflict.reason = error.reason;
      conflict.nationalNo = error.detail;
      throw conflict;
    }
    if (error.code == petition::Code::kNotFound) Refuse("unknown_reference");
    throw Throwable<national_wire::Busy>("busy", milliseconds{0});
  }

  void Check(const national_wire::Credential& credential) const {
    if (options.key.empty() || credential.key == options.key) return;
    national_wire::Unauthorized unauthorized;
    unauthorized.reason = "unauthorized";
    throw unauthorized;
  }

  static national_wire::Instruction ToWire(const SimInstruction& instruction) {
    national_wire::Instruction wire;
    wire.id = std::to_string(instruction.id);
    wire.kind = instruction.kind;
    wire.reference = instruction.reference;
    wire.nationalNo = instruction.national_no;
    wire.state = instruction.state;
    wire.text = instruction.text;
    wire.at = petition::FormatTime(instruction.at);
    return wire;
  }

  // -- The server.

  void preServe() override { ready.set_value(); }
  void* createContext(std::shared_ptr<protocol::TProtocol>, std::shared_ptr<protocol::TProtocol>) override {
    Count(&Counts::connections);
    return nullptr;
  }
  void processContext(void*, std::shared_ptr<transport::TTransport> connection) override {
    current_connection = connection.get();
  }

  void Count(std::uint64_t Counts::*counter) {
    std::lock_guard lock(mutex);
    ++(counts.*counter);
  }

  petition::Status Listen(const std::shared_ptr<Impl>& self);
  void Stop();

  const NationalSimOptions options;
  const petition::Clock& clock;
  std::unique_ptr<SimStore> store;
  FaultSource fault_source;
  std::shared_ptr<transport::TServerSocket> socket;
  std::unique_ptr<server::TThreadedServer> thrift;
  std::promise<void> ready;
  std::thread serving;
  std::mutex mutex;
  std::condition_variable stopped;
  // Guarded by mutex.
  Counts counts;
  std::chrono::steady_clock::time_point second_ends{};  // of calls_per_second; guarded by mutex
  std::uint64_t in_second = 0;                          // guarded by mutex
  bool stopping = false;
};

petition::Status NationalSim::Impl::Listen(const std::shared_ptr<Impl>& self) {
  if (options.certificate_file.empty()) {
    socket = std::make_shared<transport::TServerSocket>(options.host, options.port);
  } else {
    GUIYI_TRY(auto tls,
              MakeTlsFactory({options.certificate_file, options.key_file, options.ca_file}, TlsSide::kServer));
    socket = std::make_shared<transport::TSSLServerSocket>(options.host, options.port, tls);
  }
  thrift = std::make_unique<server::TThreadedServer>(
      std::make_shared<national_wire::NationalPetitionSystemProcessor>(self), socket,
      std::make_shared<BoundedFrames>(options.frame_max),
      std::make_shared<protocol::TBinaryProtocolFactory>(static_cast<std::int32_t>(options.frame_max), kSimContainerMax,
                                                         true, true));
  thrift->setConcurrentClientLimit(static_cast<std::int64_t>(options.connections_max));
  thrift->setServerEventHandler(self);
  auto listening = ready.get_future();
  std::promise<std::string> failed;
  auto failure = failed.get_future();
  serving = std::thread([this, failed = std::move(failed)]() mutable {
    try {
      thrift->serve();
      failed.set_value({});
    } catch (const std::exception& e) {
      failed.set_value(e.what());
    }
  });
  while (listening.wait_for(milliseconds(5)) != std::future_status::ready) {
    if (failure.wait_for(milliseconds(0)) == std::future_status::ready)
      return petition::Unavailable("the stand-in cannot listen there", failure.get());
  }
  return petition::Ok();
}

void NationalSim::Impl::Stop() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  stopped.notify_all();
  if (thrift) thrift->stop();
  if (serving.joinable()) serving.join();
}

petition::Result<std::unique_ptr<NationalSim>> NationalSim::Start(NationalSimOptions options,
                                                                  const petition::Clock& clock) {
  SilenceThrift();
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  GUIYI_TRY(impl->store, SimStore::Open(impl->options.database));
  // Thrift wants shared handlers; the server never outlives us (Stop joins it), so the pointer it gets owns nothing.
  const std::shared_ptr<Impl> alias(std::shared_ptr<Impl>(), impl.get());
  std::unique_ptr<NationalSim> sim(new NationalSim(std::move(impl)));
  GUIYI_CHECK(sim->impl_->Listen(alias));
  return sim;
}

NationalSim::NationalSim(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NationalSim::~NationalSim() { Stop(); }
void NationalSim::Stop() { impl_->Stop(); }
int NationalSim::port() const { return impl_->socket->getPort(); }
FaultSource& NationalSim::faults() { return impl_->fault_source; }
SimStore& NationalSim::store() { return *impl_->store; }
NationalSim::Counts NationalSim::counts() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->counts;
}

}  // namespace adapters
