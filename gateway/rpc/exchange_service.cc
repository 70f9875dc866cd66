#include "gateway/rpc/exchange_service.h"

#include <algorithm>
#include <limits>

#include "gateway/channel_check.h"
#include "gateway/refusals.h"
#include "gateway/rpc/exchange_mapping.h"
#include "gateway/views.h"

namespace gateway::rpc {

using petition::Code;
using petition::Error;
using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kBatchMax = 1'000;
constexpr std::size_t kChangesMax = 1'000;
constexpr std::int32_t kWaitMaxMs = 2'000;
constexpr const char* kMediaType = "application/vnd.apache.thrift.binary";
constexpr std::string_view kDesk = "operator";
// Number of the argument that holds the submissions of a batch.
constexpr std::int16_t kSecondArgument = 2;

thread_local ExchangeProtocol* current_call = nullptr;

/// All that was handed in with the call: its struct arguments behind the credential.
std::string_view HandedIn() { return current_call ? current_call->HandedIn() : std::string_view(); }

/// Runs a call; whatever goes wrong leaves it as an ExchangeError without details of ours.
template <typename Body>
auto Guard(Body body) {
  Error error;
  try {
    auto result = body();
    if (result.ok()) return std::move(result).value();
    error = std::move(result).error();
  } catch (const std::exception& e) {
    error = petition::Internal(e.what());
  }
  throw ToWire(error);
}

Error NoSuchIntake() { return petition::NotFound("there is no such intake"); }
Error Forbidden() { return {Code::kUnauthorized, "forbidden", "this key has no right to the call", {}, {}}; }

std::string SourceOf(const Principal& who) {
  return who.source.empty() ? (who.role == Role::kSource ? who.name : std::string(kDesk)) : who.source;
}

}  // namespace

CallScope::CallScope(ExchangeProtocol& protocol) { current_call = &protocol; }
CallScope::~CallScope() { current_call = nullptr; }

ExchangeService::ExchangeService(Hub& hub) : hub_(hub), checks_({}, hub.clock()) {}

Result<Principal> ExchangeService::Authenticate(const exchange_wire::Credential& credential) {
  auto who = hub_.registry().Authenticate(credential.key);
  if (!who.ok()) {
    auto error = std::move(who).error();
    if (error.code == Code::kUnauthorized && error.reason.empty()) error.reason = "key_unknown";
    return error;
  }
  if (current_call) current_call->frames().Known(SourceOf(*who));
  return who;
}

Result<Principal> ExchangeService::Who(const exchange_wire::Credential& credential, Call call) {
  GUIYI_TRY(auto who, Authenticate(credential));
  if (!Allowed(who.role, call)) return Forbidden();
  return who;
}

template <typename Body>
auto ExchangeService::Take(const exchange_wire::Credential& credential, Call call, Body body)
    -> decltype(body(std::declval<const Principal&>())) {
  const auto who = Authenticate(credential);
  if (!who.ok()) return Refused(who.error(), nullptr, HandedIn());
  if (!Allowed(who->role, call)) return Refused(Forbidden(), &*who, HandedIn());
  auto taken = body(*who);
  if (!taken.ok()) return Refused(taken.error(), &*who, HandedIn());
  return taken;
}

Error ExchangeService::Refused(const Error& error, const Principal* who, std::string_view raw) {
  if (!IsRefusal(error)) return error;
  Refusal refusal;
  if (who) {
    refusal.source = SourceOf(*who);
    if (who->name != refusal.source) refusal.by = who->name;
  }
  refusal.reason = error.Reason();
  refusal.media_type = kMediaType;
  refusal.where = WhereOf(error);
  if (Record(std::move(refusal), raw, raw.size())) return error;
  return petition::Unavailable("nothing can be recorded at the moment: send it again later");
}

void ExchangeService::RefuseFrame(std::string_view reason, const std::string& source, std::string_view bytes,
                                  std::uint64_t size) {
  Refusal refusal;
  refusal.source = source;
  refusal.reason = std::string(reason);
  refusal.media_type = "application/octet-stream";
  (void)Record(std::move(refusal), bytes, size);  // the caller is cut off either way
}

bool ExchangeService::Record(Refusal refusal, std::string_view bytes, std::uint64_t size) {
  refusal.door = "rpc";
  if (bytes.size() <= kRefusedRawMax) {
    refusal.raw = WithoutKeys(bytes);
  } else {
    refusal.raw_sha256 = ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes)));
  }
  refusal.raw_size = std::max<std::uint64_t>(bytes.size(), size);
  refusal.truncated = size > bytes.size();
  return hub_.intake().Refuse(refusal).ok();
}

Result<Arrival> ExchangeService::ToArrival(const Principal& who, const exchange_wire::Submission& wire,
                                           std::string_view raw) {
  Arrival arrival;
  arrival.source = SourceOf(who);
  GUIYI_TRY(arrival.submission, FromWire(wire));
  if (const auto source = hub_.registry().FindSource(arrival.source)) {
    // One that is still tried out registers nothing, whatever the way in.
    if (source->state != "live") {
      return petition::Error{petition::Code::kUnauthorized, "source_not_live", "the source is not live yet", {}, {}};
    }
    if (arrival.submission.channel.empty()) arrival.submission.channel = source->channel;
    if (arrival.submission.division.empty()) arrival.submission.division = source->division;
  }
  if (who.role == Role::kOperator) arrival.operator_name = who.name;
  arrival.raw = std::string(raw);
  arrival.media_type = kMediaType;
  return arrival;
}

void ExchangeService::submit(exchange_wire::Receipt& receipt, const exchange_wire::Credential& credential,
                             const exchange_wire::Submission& submission, std::int32_t wait_ms) {
  receipt = Guard([&] {
    return Take(credential, Call::kRegister, [&](const Principal& who) -> Result<exchange_wire::Receipt> {
      GUIYI_TRY(const auto arrival, ToArrival(who, submission, HandedIn()));
      GUIYI_TRY(const auto registered, hub_.intake().Register(arrival));
      auto wire = ToWire(registered);
      if (wait_ms > 0) {
        const std::chrono::milliseconds wait(std::min(wait_ms, kWaitMaxMs));
        if (const auto decided = hub_.follower().WaitDecided(registered.ledger_index, wait))
          wire.__set_decision(DecisionToWire(DecisionToJson(*decided, &who)));
      } else if (registered.existing) {
        if (const auto decided = hub_.cases().DecisionOf(registered.ledger_index); decided.ok())
          wire.__set_decision(DecisionToWire(DecisionToJson(*decided, &who)));
      }
      return wire;
    });
  });
}

void ExchangeService::submitBatch(std::vector<exchange_wire::RowResult>& results,
                                  const exchange_wire::Credential& credential,
                                  const std::vector<exchange_wire::Submission>& submissions) {
  results = Guard([&] {
    return Take(credential, Call::kRegister, [&](const Principal& who) { return RegisterRows(who, submissions); });
  });
}

Result<std::vector<exchange_wire::RowResult>> ExchangeService::RegisterRows(
    const Principal& who, const std::vector<exchange_wire::Submission>& submissions) {
  if (submissions.size() > kBatchMax) return petition::Invalid("too_many", "at most 1000 submissions in one call");
  const auto raws = current_call ? current_call->Arguments(kSecondArgument) : std::vector<std::string_view>();
  const auto raw_of = [&](std::size_t row) { return row < raws.size() ? raws[row] : std::string_view(); };
  std::vector<Arrival> arrivals;
  std::vector<std::size_t> row_of;
  std::vector<exchange_wire::RowResult> rows(submissions.size());
  const auto fail = [&](std::size_t row, const Error& error) {
    rows[row].__set_error(ToWire(Refused(error, &who, raw_of(row))));
  };
  for (std::size_t row = 0; row < submissions.size(); ++row) {
    auto arrival = ToArrival(who, submissions[row], raw_of(row));
    if (!arrival.ok()) {
      fail(row, arrival.error());
      continue;
    }
    arrivals.push_back(std::move(*arrival));
    row_of.push_back(row);
  }
  const auto registered = hub_.intake().RegisterAll(arrivals);
  for (std::size_t n = 0; n < registered.size(); ++n) {
    if (registered[n].ok()) {
      rows[row_of[n]].__set_receipt(ToWire(*registered[n]));
    } else {
      fail(row_of[n], registered[n].error());
    }
  }
  return rows;
}

// What a caller may not see is answered like what does not exist.
Result<std::uint64_t> ExchangeService::Locate(const Principal& who, const exchange_wire::IntakeName& name) {
  std::vector<std::uint64_t> indices;
  if (!name.intakeNo.empty()) {
    auto found = hub_.intake().Find(name.intakeNo);
    if (!found.ok())
      return found.error().code == Code::kNotFound || found.error().code == Code::kInvalid ? NoSuchIntake()
                                                                                           : found.error();
    indices.push_back(*found);
  } else if (!name.externalId.empty()) {
    GUIYI_TRY(const auto known, hub_.ledger().FindExternal(SourceOf(who), name.externalId));
    for (const auto& one : known) indices.push_back(one.index);
  } else {
    return petition::Invalid("name_missing", "intakeNo or externalId is needed");
  }
  // The newest revision stands for the number; a number that covers different people has to be asked for by intakeNo.
  std::optional<std::uint64_t> newest, root;
  for (const auto index : indices) {
    GUIYI_TRY(const auto stored, hub_.ledger().Read(index));
    auto record = ReadIntakeRecord(stored);
    if (!record.ok() || !SeesIntake(hub_.cases(), who, *record)) continue;
    const auto its_root = record->revision_of == ledger::kNoIndex ? index : record->revision_of;
    if (root && *root != its_root)
      return petition::Conflict("number_reused", "this number was used for different people: say which by intakeNo");
    root = its_root;
    newest = index;
  }
  if (!newest) return NoSuchIntake();
  return *newest;
}

void ExchangeService::reportEvent(exchange_wire::EventReceipt& receipt, const exchange_wire::Credential& credential,
                                  const exchange_wire::IntakeName& intake, const exchange_wire::Event& event) {
  receipt = Guard([&] {
    return Take(credential, Call::kReportEvent, [&](const Principal& who) -> Result<exchange_wire::EventReceipt> {
      GUIYI_TRY(const auto report, FromWire(event));
      GUIYI_TRY(const auto index, Locate(who, intake));
      auto acted = hub_.decisions().Report(who, index, report);
      if (!acted.ok()) return acted.error().code == Code::kNotFound ? NoSuchIntake() : acted.error();
      GUIYI_TRY(const auto stored, hub_.ledger().Read(index));
      GUIYI_TRY(const auto record, ReadIntakeRecord(stored));
      exchange_wire::EventReceipt wire;
      wire.intakeNo = record.intake_no;
      wire.ledgerIndex = static_cast<std::int64_t>(acted->entry);
      wire.shown = acted->folded;
      return wire;
    });
  });
}

Result<exchange_wire::IntakeStatus> ExchangeService::StatusOf(const Principal& who, std::uint64_t index) {
  exchange_wire::IntakeStatus wire;
  auto member = hub_.cases().Member(index);
  if (!member.ok()) {
    // Registered a moment ago: the ledger knows it, the case book will.
    if (member.error().code != Code::kNotFound) return member.error();
    GUIYI_TRY(const auto stored, hub_.ledger().Read(index));
    GUIYI_TRY(const auto record, ReadIntakeRecord(stored));
    wire.intakeNo = record.intake_no;
    wire.registeredAt = petition::FormatTime(record.registered_at);
    wire.state = "registered";
    return wire;
  }
  wire.intakeNo = member->intake_no;
  wire.registeredAt = petition::FormatTime(member->registered_at);
  wire.state = member->state;
  wire.closedAt = member->closed_at ? petition::FormatTime(*member->closed_at) : std::string();
  wire.nationalNo = member->national_no;
  wire.nationalState = member->national_state;
  if (auto decision = hub_.cases().DecisionOf(index); decision.ok()) {
    wire.__set_decision(DecisionToWire(DecisionToJson(*decision, &who)));
    // Whose case it is follows the same rule as in a receipt: towards a source only what is its own.
    wire.caseNo = wire.decision.caseNo;
    wire.groupNo = wire.decision.groupNo;
  }
  GUIYI_TRY(const auto deliveries, hub_.deliveries().OfIntake(index));
  for (const auto& delivery : deliveries) {
    if (delivery.update) continue;
    exchange_wire::DeliveryStatus one;
    one.destination = delivery.destination;
    one.state = std::string(DeliveryStateName(delivery.state));
    one.nationalNo = delivery.national_no;
    one.nationalState = delivery.national_state;
    one.attempts = static_cast<std::int32_t>(delivery.attempts);
    wire.deliveries.push_back(std::move(one));
  }
  return wire;
}

void ExchangeService::getStatus(exchange_wire::IntakeStatus& status, const exchange_wire::Credential& credential,
                                const exchange_wire::IntakeName& intake) {
  status = Guard([&]() -> Result<exchange_wire::IntakeStatus> {
    GUIYI_TRY(const auto who, Who(credential, Call::kReadIntake));
    GUIYI_TRY(const auto index, Locate(who, intake));
    GUIYI_TRY(auto wire, StatusOf(who, index));
    Reading reading(who, Call::kReadIntake);
    GUIYI_TRY(const auto stored, hub_.ledger().Read(index));
    const auto record = ReadIntakeRecord(stored);
    reading.Showed(index, record.ok() && SealedNow(hub_.cases(), *record));
    GUIYI_CHECK(reading.Record(hub_.ledger()));
    return wire;
  });
}

void ExchangeService::listChanges(exchange_wire::ChangePage& page, const exchange_wire::Credential& credential,
                                  std::int64_t cursor, std::int32_t limit) {
  page = Guard([&]() -> Result<exchange_wire::ChangePage> {
    GUIYI_TRY(const auto who, Who(credential, Call::kChanges));
    if (cursor < 0) return petition::Invalid("cursor_invalid", "a cursor is not negative");
    const auto most =
        std::clamp<std::size_t>(limit <= 0 ? kChangesMax : static_cast<std::size_t>(limit), 1, kChangesMax);
    GUIYI_TRY(const auto changes, hub_.cases().Changes(SourceOf(who), static_cast<std::uint64_t>(cursor), most));
    exchange_wire::ChangePage wire;
    for (const auto& change : changes.rows) {
      exchange_wire::Change one;
      one.cursor = static_cast<std::int64_t>(change.seq);
      one.intakeNo = change.intake_no;
      one.at = petition::FormatTime(change.at);
      one.kind = change.kind;
      one.detailJson = petition::DumpJson(change.detail);
      wire.changes.push_back(std::move(one));
    }
    wire.nextCursor = static_cast<std::int64_t>(changes.next);
    wire.more = changes.more;
    return wire;
  });
}

void ExchangeService::submitManifest(exchange_wire::ManifestAnswer& answer, const exchange_wire::Credential& credential,
                                     const exchange_wire::Manifest& manifest) {
  answer = Guard([&] {
    return Take(credential, Call::kManifest, [&](const Principal& who) -> Result<exchange_wire::ManifestAnswer> {
      if (who.role != Role::kSource)
        return Error{Code::kUnauthorized, "forbidden", "a source reconciles its own days here", {}, {}};
      GUIYI_TRY(const auto recorded, RecordManifest(hub_, FromWire(manifest, SourceOf(who)), who));
      return ToWire(recorded);
    });
  });
}

exchange_wire::InChannel::type ExchangeService::isInChannel(const exchange_wire::Credential& credential,
                                                            const exchange_wire::ChannelQuestion& question) {
  return Guard([&]() -> Result<exchange_wire::InChannel::type> {
    GUIYI_TRY(const auto who, Who(credential, Call::kChannelCheck));
    if (!checks_.Take(who.name))
      return Error{Code::kPushback, "rate_limited", "too many questions: come back in a while", {}, {}};
    GUIYI_TRY(const bool yes, InChannel(hub_, {question.idNumber, question.name, question.queryCode}));
    return yes ? exchange_wire::InChannel::YES : exchange_wire::InChannel::UNKNOWN;
  });
}

}  // namespace gateway::rpc
