// Handing in: one submission, and attachments before it.
#include "gateway/attachments.h"
#include "gateway/http/arrivals.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::chrono::milliseconds kDecisionWait{2000};
constexpr std::string_view kDesk = "operator";
/// Of an attachment: after each so many the disk is looked at again.
constexpr std::size_t kDiskCheckBytes = 16u << 20;

}  // namespace

// A source hands in for itself. An operator does it for the source of their desk, or for the one they name.
Result<std::string> SourceOf(Desk& desk, const Request& request) {
  const auto& who = *request.who;
  const auto named = request.Query("source");
  if (who.role == Role::kSource) {
    if (!named.empty() && named != who.source) {
      return petition::Error{
          petition::Code::kUnauthorized, "source_differs", "this key is of another source than the one named", {}, {}};
    }
    // One that is still tried out registers nothing; its own door (or feed) takes it in shadow.
    const auto source = desk.hub.registry().FindSource(who.source);
    if (source && source->state != "live") {
      return petition::Error{petition::Code::kUnauthorized, "source_not_live", "the source is not live yet", {}, {}};
    }
    return who.source;
  }
  if (!named.empty()) {
    const auto source = desk.hub.registry().FindSource(named);
    if (!source || source->state != "live")
      return petition::Invalid("source_unknown", "there is no such source, or it is suspended");
    return source->name;
  }
  return who.source.empty() ? std::string(kDesk) : who.source;
}

void FillIn(Desk& desk, const Principal& who, Arrival& arrival) {
  auto& submission = arrival.submission;
  if (submission.channel.empty() || submission.division.empty()) {
    if (const auto known = desk.hub.registry().FindSource(arrival.source)) {
      if (submission.channel.empty()) submission.channel = known->channel;
      if (submission.division.empty()) submission.division = known->division;
    }
  }
  if (who.role == Role::kOperator) arrival.operator_name = who.name;
}

Json ReceiptView(Desk& desk, const Principal& who, const Receipt& receipt, bool wait) {
  Json json = ReceiptToJson(receipt);
  if (wait) {
    if (const auto decided = desk.hub.follower().WaitDecided(receipt.ledger_index, kDecisionWait)) {
      json["decision"] = DecisionToJson(*decided, &who);
    }
  } else if (receipt.existing) {
    if (const auto decided = desk.hub.cases().DecisionOf(receipt.ledger_index); decided.ok()) {
      json["decision"] = DecisionToJson(*decided, &who);
    }
  }
  return json;
}

namespace {

/// What is handed in, without the bytes.
Result<Arrival> ArrivalOf(Desk& desk, const Request& request) {
  Arrival arrival;
  {
    GUIYI_TRY(const auto json, petition::ParseJson(request.body));
    GUIYI_TRY(arrival.submission, petition::SubmissionFromJson(json));
  }
  GUIYI_TRY(arrival.source, SourceOf(desk, request));
  FillIn(desk, *request.who, arrival);
  arrival.media_type = request.media_type;
  return arrival;
}

Answer RegisteredAnswer(const Receipt& receipt, std::string text) {
  Answer answer;
  answer.status = receipt.existing ? 200 : 201;
  answer.body = std::move(text);
  answer.headers.emplace_back("Location", "/api/v1/intakes/" + receipt.intake_no);
  return answer;
}

}  // namespace

bool RegisterIntakeSoon(Desk& desk, Request& request, Post post, Reply reply) {
  if (!request.query.empty()) return false;  // a decision to wait for, another source to be looked up
  auto arrival = ArrivalOf(desk, request);
  if (!arrival.ok()) return false;
  arrival->raw = std::move(request.body);
  auto answer = [&desk, source = arrival->source, reply = std::move(reply)](std::optional<Result<Receipt>> receipt) {
    if (!receipt) return reply(std::nullopt);
    if (!receipt->ok()) return reply(Outcome(std::move(*receipt).error()));
    desk.sources.Count(source, desk.hub.clock().Now(), **receipt);
    reply(Outcome(RegisteredAnswer(**receipt, ReceiptText(**receipt))));
  };
  return desk.hub.intake().RegisterLater(std::move(*arrival), std::move(post), std::move(answer));
}

Outcome RegisterIntake(Desk& desk, Request& request) {
  GUIYI_TRY(auto arrival, ArrivalOf(desk, request));
  arrival.raw = std::move(request.body);
  auto receipt = desk.hub.intake().Register(arrival);
  if (!receipt.ok()) {
    request.body = std::move(arrival.raw);  // the refusal keeps the bytes
    return std::move(receipt).error();
  }
  desk.sources.Count(arrival.source, desk.hub.clock().Now(), *receipt);
  const bool wait = request.Query("wait") == "decision";
  return RegisteredAnswer(*receipt, petition::DumpJson(ReceiptView(desk, *request.who, *receipt, wait)));
}

Outcome PutAttachment(Desk& desk, Request& request) {
  const auto& digest = request.captures[0];
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (digest.size() != 64 || !std::all_of(digest.begin(), digest.end(), is_hex)) {
    return petition::Invalid("digest_invalid", "the name of an attachment is its SHA-256 in 64 lower-case hex digits");
  }
  GUIYI_CHECK(desk.hub.intake().CheckDisk());
  GUIYI_TRY(const auto source, SourceOf(desk, request));
  const AttachmentOwners owners(desk.hub.blobs(), desk.hub.keys());
  // Whether others handed it in is nobody's business: it is taken in whole and answered as if it were the first.
  const bool existed = owners.Has(source, digest);
  GUIYI_TRY(const auto writer, desk.hub.blobs().Put(digest));
  std::string piece(256u << 10, '\0');
  std::size_t unchecked = 0;
  while (true) {
    GUIYI_TRY(const auto got, request.stream->Read(piece.data(), piece.size()));
    if (got == 0) break;
    GUIYI_CHECK(writer->Write(std::string_view(piece.data(), got)));
    unchecked += got;
    if (unchecked < kDiskCheckBytes) continue;
    unchecked = 0;
    GUIYI_CHECK(desk.hub.intake().CheckDisk(true));
  }
  GUIYI_TRY(const auto size, writer->Finish());
  GUIYI_CHECK(owners.Remember(source, digest));
  return JsonAnswer({{"sha256", digest}, {"size", size}, {"existing", existed}}, existed ? 200 : 201);
}

}  // namespace gateway::http
