#include "adapters/national/national_system.h"

#include <thrift/TApplicationException.h>

#include <utility>

#include "adapters/national/connections.h"
#include "adapters/national/field_mapping.h"
#include "adapters/thrift_tls.h"

namespace adapters {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::transport::TTransportException;
using Client = Connections::Client;
using std::chrono::milliseconds;

constexpr const char *kFailedThere = "failed_there", *kUnreadable = "answer_unreadable";
constexpr std::int64_t kRetryAfterMax = 24LL * 3600 * 1000;  // what the other side asks for is not trusted beyond a day

milliseconds RetryAfter(std::int64_t ms) { return milliseconds(std::clamp<std::int64_t>(ms, 0, kRetryAfterMax)); }

// Reasons come from outside and go into the ledger and onto screens: words only, bounded.
std::string Word(const std::string& reason, std::string_view otherwise) {
  constexpr std::size_t kWordMax = 64;
  const bool plain =
      !reason.empty() && reason.size() <= kWordMax && std::all_of(reason.begin(), reason.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  return plain ? reason : std::string(otherwise);
}

Answer Ended(Outcome outcome, std::string reason, milliseconds retry_after = milliseconds{0}) {
  Answer answer;
  answer.outcome = outcome;
  answer.reason = std::move(reason);
  answer.retry_after = retry_after;
  return answer;
}

// What the other side's declared exceptions and the transport's failures after sending mean. Called inside a catch
// block; `keep` is set when the connection is still in step.
Answer FromException(bool& keep) {
  keep = true;
  try {
    throw;
  } catch (const national_wire::Refused& e) {
    return Ended(Outcome::kPermanent, Word(e.reason, "refused"));
  } catch (const national_wire::Busy& e) {
    return Ended(Outcome::kTransient, Word(e.reason, "busy"), RetryAfter(e.retryAfterMs));
  } catch (const national_wire::DependencyDown& e) {
    return Ended(Outcome::kDeferred, Word(e.reason, "down"), RetryAfter(e.retryAfterMs));
  } catch (const national_wire::Conflict& e) {
    return Ended(Outcome::kPermanent, Word(e.reason, "conflict"));
  } catch (const national_wire::Unauthorized& e) {
    // Our key is wrong or withdrawn: no delivery will do better until a person mends it, so none is used up.
    return Ended(Outcome::kDeferred, Word(e.reason, "unauthorized"));
  } catch (const TApplicationException& e) {
    keep = false;
    if (e.getType() == TApplicationException::UNKNOWN_METHOD) return Ended(Outcome::kDeferred, "no_service");
    return Ended(Outcome::kUnknown, kFailedThere);
  } catch (const TTransportException& e) {
    keep = false;
    return Ended(Outcome::kUnknown, e.getType() == TTransportException::TIMED_OUT ? "timeout" : "connection_lost");
  } catch (const std::exception&) {
    keep = false;
    return Ended(Outcome::kUnknown, kUnreadable);
  }
}

// Of a question (one that changes nothing): whether it is to be asked again, and whether the other side is there at
// all.
petition::Code CodeOf(const Answer& answer) {
  if (answer.reason == "unauthorized") return petition::Code::kUnauthorized;
  if (answer.outcome == Outcome::kPermanent) return petition::Code::kInvalid;
  if (answer.outcome == Outcome::kTransient) return petition::Code::kPushback;
  const bool answered = answer.reason == kFailedThere || answer.reason == kUnreadable;
  return answered ? petition::Code::kInternal : petition::Code::kUnavailable;
}

petition::Error ToError(const Answer& answer) {
  petition::Error error;
  error.code = CodeOf(answer);
  error.reason = answer.reason;
  error.message = "the national system did not answer the question";
  return error;
}

class NationalSystem final : public Destination {
 public:
  NationalSystem(NationalOptions options, std::shared_ptr<apache::thrift::transport::TSSLSocketFactory> tls)
      : name_(options.name), connections_(options, std::move(tls)) {
    credential_.key = options.key;
  }

  std::string_view name() const override { return name_; }

  Answer Register(const Parcel& parcel) override {
    const auto registration = ToWire(parcel);
    return Exchange([&](Client& client) { client.send_registerPetition(credential_, registration); },
                    [](Client& client) {
                      national_wire::RegistrationAnswer wire;
                      client.recv_registerPetition(wire);
                      return Stands(wire.nationalNo, wire.state);
                    });
  }

  Answer Send(const Update& update) override {
    const auto wire_update = ToWire(update);
    return Exchange([&](Client& client) { client.send_updatePetition(credential_, wire_update); },
                    [](Client& client) {
                      national_wire::UpdateAnswer wire;
                      client.recv_updatePetition(wire);
                      return Stands(wire.nationalNo, wire.state);
                    });
  }

  petition::Result<std::optional<Answer>> FindByReference(std::string_view intake_no,
                                                          std::string_view update_id) override {
    national_wire::FoundRegistration found;
    auto asked = Exchange(
        [&](Client& client) {
          client.send_findByReference(credential_, std::string(intake_no), std::string(update_id));
        },
        [&](Client& client) {
          client.recv_findByReference(found);
          return Stands(found.nationalNo, found.state);
        });
    if (asked.outcome != Outcome::kDone) return ToError(asked);
    if (!found.found) return std::optional<Answer>();
    asked.content_digest = CleanText(found.contentDigest);
    return std::optional<Answer>(std::move(asked));
  }

  petition::Result<Instructions> Fetch(std::string_view cursor, std::size_t limit) override {
    national_wire::InstructionPage page;
    auto asked = Exchange(
        [&](Client& client) {
          client.send_fetchInstructions(credential_, std::string(cursor), static_cast<std::int32_t>(limit));
        },
        [&](Client& client) {
          client.recv_fetchInstructions(page);
          return Stands({}, {});
        });
    if (asked.outcome != Outcome::kDone) return ToError(asked);
    Instructions instructions;
    instructions.next_cursor = CleanText(page.nextCursor);
    instructions.more = page.more;
    for (const auto& wire : page.instructions) instructions.items.push_back(FromWire(wire));
    return instructions;
  }

  petition::Status Acknowledge(std::string_view instruction_id) override {
    auto asked =
        Exchange([&](Client& client) { client.send_acknowledgeInstruction(credential_, std::string(instruction_id)); },
                 [](Client& client) {
                   client.recv_acknowledgeInstruction();
                   return Stands({}, {});
                 });
    if (asked.outcome != Outcome::kDone) return ToError(asked);
    return petition::Ok();
  }

  void Interrupt() override { connections_.Interrupt(); }

 private:
  static Answer Stands(const std::string& national_no, const std::string& state) {
    Answer answer;
    answer.outcome = Outcome::kDone;
    answer.national_no = CleanText(national_no);
    answer.state = CleanText(state);
    return answer;
  }

  template <typename SendCall, typename Receive>
  Answer Exchange(SendCall send, Receive receive) {
    // A kept connection may break while we send (the other side restarted): the frame was not complete, so one more try
    // on a fresh one is safe.
    for (bool kept : {true, false}) {
      auto lease = connections_.Take(kept);
      if (!lease.ok()) return Ended(Outcome::kDeferred, lease.error().Reason());
      try {
        send(lease->client());
      } catch (const TTransportException& e) {
        if (e.getType() == TTransportException::CORRUPTED_DATA || e.getType() == TTransportException::BAD_ARGS)
          return Ended(Outcome::kPermanent, "too_large");
        if (lease->fresh()) return Ended(Outcome::kDeferred, "unreachable");
        continue;
      } catch (const std::exception&) {
        return Ended(Outcome::kPermanent, "cannot_encode");
      }
      bool keep = true;
      Answer answer;
      try {
        answer = receive(lease->client());
      } catch (const std::exception&) {
        answer = FromException(keep);
      }
      if (keep) lease->Keep();
      return answer;
    }
    return Ended(Outcome::kTransient, "send_failed");
  }

  const std::string name_;
  Connections connections_;
  national_wire::Credential credential_;
};

}  // namespace

petition::Result<std::unique_ptr<Destination>> MakeNationalSystem(NationalOptions options) {
  SilenceThrift();
  std::shared_ptr<apache::thrift::transport::TSSLSocketFactory> tls;
  if (options.tls) {
    GUIYI_TRY(tls, MakeTlsFactory({options.certificate_file, options.key_file, options.ca_file}, TlsSide::kClient));
  }
  return std::unique_ptr<Destination>(std::make_unique<NationalSystem>(std::move(options), std::move(tls)));
}

}  // namespace adapters
