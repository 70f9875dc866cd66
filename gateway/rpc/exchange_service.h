// The service behind petition_exchange.thrift: the hub's parts called for a department's system, by the same rules as
// the HTTP interface (who may call what: access.h). What is turned away of submissions, events and manifests is put on
// the ledger with its bytes first. Threads: safe from any thread; each call finds its connection by the CallScope that
// the server sets for the thread. Failure: only ExchangeError leaves a call.
#pragma once

#include <string>
#include <vector>

#include "PetitionExchange.h"
#include "gateway/http/rate_limit.h"
#include "gateway/hub.h"
#include "gateway/rpc/exchange_protocol.h"

namespace gateway::rpc {

/// Says, for as long as it lives, which connection this thread is serving.
class CallScope {
 public:
  explicit CallScope(ExchangeProtocol& protocol);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
};

class ExchangeService final : public exchange_wire::PetitionExchangeIf {
 public:
  explicit ExchangeService(Hub& hub);

  void submit(exchange_wire::Receipt& receipt, const exchange_wire::Credential& credential,
              const exchange_wire::Submission& submission, std::int32_t wait_ms) override;
  void submitBatch(std::vector<exchange_wire::RowResult>& results, const exchange_wire::Credential& credential,
                   const std::vector<exchange_wire::Submission>& submissions) override;
  void reportEvent(exchange_wire::EventReceipt& receipt, const exchange_wire::Credential& credential,
                   const exchange_wire::IntakeName& intake, const exchange_wire::Event& event) override;
  void getStatus(exchange_wire::IntakeStatus& status, const exchange_wire::Credential& credential,
                 const exchange_wire::IntakeName& intake) override;
  void listChanges(exchange_wire::ChangePage& page, const exchange_wire::Credential& credential, std::int64_t cursor,
                   std::int32_t limit) override;
  void submitManifest(exchange_wire::ManifestAnswer& answer, const exchange_wire::Credential& credential,
                      const exchange_wire::Manifest& manifest) override;
  exchange_wire::InChannel::type isInChannel(const exchange_wire::Credential& credential,
                                             const exchange_wire::ChannelQuestion& question) override;

  /// Puts a broken frame on the ledger as a refusal. `source`: whose key the connection has shown; those of callers
  /// without one are summed up by Intake.
  void RefuseFrame(std::string_view reason, const std::string& source, std::string_view bytes, std::uint64_t size);

 private:
  petition::Result<Principal> Authenticate(const exchange_wire::Credential& credential);
  petition::Result<Principal> Who(const exchange_wire::Credential& credential, Call call);
  /// Runs a call that hands something in; what is refused of it goes on the ledger.
  template <typename Body>
  auto Take(const exchange_wire::Credential& credential, Call call, Body body)
      -> decltype(body(std::declval<const Principal&>()));
  petition::Result<std::vector<exchange_wire::RowResult>> RegisterRows(
      const Principal& who, const std::vector<exchange_wire::Submission>& submissions);
  petition::Result<Arrival> ToArrival(const Principal& who, const exchange_wire::Submission& wire,
                                      std::string_view raw);
  petition::Result<std::uint64_t> Locate(const Principal& who, const exchange_wire::IntakeName& name);
  petition::Result<exchange_wire::IntakeStatus> StatusOf(const Principal& who, std::uint64_t index);
  petition::Error Refused(const petition::Error& error, const Principal* who, std::string_view raw);
  bool Record(Refusal refusal, std::string_view bytes, std::uint64_t size);

  Hub& hub_;
  http::RateLimit checks_;
};

}  // namespace gateway::rpc
