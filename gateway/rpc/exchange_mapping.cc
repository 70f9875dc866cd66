#include "gateway/rpc/exchange_mapping.h"

#include "ledger/crypto.h"

namespace gateway::rpc {

using petition::Json;

namespace {

constexpr std::int64_t kComeBackAfterMs = 2'000;

void Put(Json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

Json ToJson(const exchange_wire::Petitioner& wire) {
  Json json = Json::object();
  Put(json, "name", wire.name);
  Put(json, "idNumber", wire.idNumber);
  Put(json, "phone", wire.phone);
  Put(json, "callingNumber", wire.callingNumber);
  Put(json, "account", wire.account);
  Put(json, "address", wire.address);
  Put(json, "role", wire.role);
  return json;
}

Json ToJson(const exchange_wire::Attachment& wire) {
  Json json = Json::object();
  Put(json, "name", wire.name);
  Put(json, "mediaType", wire.mediaType);
  if (wire.size != 0) json["size"] = wire.size;
  Put(json, "sha256", wire.sha256);
  if (wire.__isset.content) json["content"] = ledger::Base64(wire.content);
  return json;
}

void PutNested(Json& json, const exchange_wire::Submission& wire) {
  if (wire.__isset.location) json["location"] = {{"lon", wire.location.lon}, {"lat", wire.location.lat}};
  if (wire.__isset.call) {
    Put(json["call"], "id", wire.call.id);
    Put(json["call"], "operator", wire.call.operatorName);
    Put(json["call"], "recordingRef", wire.call.recordingRef);
  }
  if (wire.__isset.claims) {
    auto& claims = json["claims"] = Json::object();
    if (wire.claims.__isset.first) claims["first"] = wire.claims.first;
    if (wire.claims.__isset.repeat) claims["repeat"] = wire.claims.repeat;
    Put(claims, "repeatOf", wire.claims.repeatOf);
    Put(claims, "mergedInto", wire.claims.mergedInto);
  }
  if (wire.__isset.tie) {
    auto& tie = json["tie"] = Json::object();
    Put(tie, "caseNo", wire.tie.caseNo);
    Put(tie, "verdict", wire.tie.verdict);
  }
  for (const char* name : {"call", "tie"}) {
    if (const auto found = json.find(name); found != json.end() && found->empty()) json.erase(found);
  }
}

Json ToJson(const exchange_wire::Submission& wire) {
  Json json = Json::object();
  // Further fields first: they never stand in for a field of our own.
  for (const auto& [name, value] : wire.more) json[name] = value;
  Put(json, "externalId", wire.externalId);
  Put(json, "upstreamNo", wire.upstreamNo);
  Put(json, "linkNo", wire.linkNo);
  Put(json, "channel", wire.channel);
  Put(json, "receivedAt", wire.receivedAt);
  Put(json, "petitionedAt", wire.petitionedAt);
  for (const auto& petitioner : wire.petitioners) json["petitioners"].push_back(ToJson(petitioner));
  if (wire.headCount != 0) json["headCount"] = wire.headCount;
  if (wire.anonymous) json["anonymous"] = true;
  Put(json, "title", wire.title);
  Put(json, "content", wire.content);
  Put(json, "placeText", wire.placeText);
  Put(json, "division", wire.division);
  Put(json, "category", wire.category);
  Put(json, "purpose", wire.purpose);
  if (wire.__isset.isPetition) json["isPetition"] = wire.isPetition;
  Put(json, "accused", wire.accused);
  Put(json, "addressee", wire.addressee);
  if (wire.urgent) json["urgent"] = true;
  Put(json, "threat", wire.threat);
  if (wire.confidential) json["confidential"] = true;
  Put(json, "barcode", wire.barcode);
  for (const auto& attachment : wire.attachments) json["attachments"].push_back(ToJson(attachment));
  PutNested(json, wire);
  return json;
}

/// Text arrives as bytes here; everything behind this door takes UTF-8 for granted.
petition::Result<Json> Checked(Json json) {
  try {
    (void)json.dump(-1, ' ', false, Json::error_handler_t::strict);
    return json;
  } catch (const Json::exception&) {
    return petition::Invalid("encoding_invalid", "a text is not valid UTF-8");
  }
}

}  // namespace

petition::Result<petition::Submission> FromWire(const exchange_wire::Submission& wire) {
  GUIYI_TRY(const auto json, Checked(ToJson(wire)));
  return petition::SubmissionFromJson(json);
}

petition::Result<EventReport> FromWire(const exchange_wire::Event& wire) {
  Json json = Json::object();
  Put(json, "event", wire.event);
  Put(json, "at", wire.at);
  Put(json, "by", wire.by);
  Put(json, "text", wire.text);
  Put(json, "documentSha256", wire.documentSha256);
  GUIYI_TRY(json, Checked(std::move(json)));
  return EventReportFromJson(json);
}

Manifest FromWire(const exchange_wire::Manifest& wire, std::string source) {
  Manifest manifest;
  manifest.source = std::move(source);
  manifest.day = wire.day;
  if (wire.__isset.count && wire.count >= 0) manifest.count = static_cast<std::uint64_t>(wire.count);
  for (const auto& number : wire.numbers) manifest.numbers.push_back({number.externalId, number.sha256});
  return manifest;
}

exchange_wire::Receipt ToWire(const Receipt& receipt) {
  exchange_wire::Receipt wire;
  wire.intakeNo = receipt.intake_no;
  wire.queryCode = receipt.query_code;
  wire.registeredAt = petition::FormatTime(receipt.registered_at);
  wire.ledgerIndex = static_cast<std::int64_t>(receipt.ledger_index);
  wire.leafHash = receipt.leaf_hash;
  wire.entry = receipt.entry;
  wire.salt = receipt.salt;
  wire.existing = receipt.existing;
  wire.revision = receipt.revision;
  wire.proof = receipt.proof;
  wire.flags = receipt.flags;
  wire.unknownFields = receipt.unknown_fields;
  return wire;
}

exchange_wire::Decision DecisionToWire(const Json& decision) {
  exchange_wire::Decision wire;
  const auto text = [](const Json& from, const char* name) {
    const auto found = from.find(name);
    return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [](const Json& from, const char* name) {
    const auto found = from.find(name);
    return found != from.end() && found->is_number() ? found->get<double>() : 0.0;
  };
  wire.relation = text(decision, "relation");
  wire.mode = text(decision, "mode");
  wire.score = number(decision, "score");
  wire.of = text(decision, "of");
  wire.caseNo = text(decision, "caseNo");
  wire.groupNo = text(decision, "groupNo");
  const auto reasons = decision.find("reasons");
  if (reasons == decision.end() || !reasons->is_array()) return wire;
  for (const auto& reason : *reasons) {
    exchange_wire::Reason one;
    one.feature = text(reason, "feature");
    one.weight = number(reason, "weight");
    one.detail = text(reason, "detail");
    wire.reasons.push_back(std::move(one));
  }
  return wire;
}

exchange_wire::ManifestAnswer ToWire(const ManifestAnswer& answer) {
  exchange_wire::ManifestAnswer wire;
  wire.ledgerIndex = static_cast<std::int64_t>(answer.ledger_index);
  wire.countHere = static_cast<std::int64_t>(answer.count_here);
  wire.missingHere = answer.missing_here;
  wire.missingThere = answer.missing_there;
  wire.differs = answer.differs;
  wire.more = answer.more;
  return wire;
}

exchange_wire::ExchangeError ToWire(const petition::Error& error) {
  exchange_wire::ExchangeError wire;
  wire.code = std::string(petition::CodeName(error.code));
  wire.reason = error.Reason();
  wire.message = error.message;
  for (const auto& field : error.fields) {
    exchange_wire::FieldError one;
    one.pointer = field.pointer;
    one.code = field.code;
    one.message = field.message;
    wire.fields.push_back(std::move(one));
  }
  const bool later = error.code == petition::Code::kPushback || error.code == petition::Code::kUnavailable;
  wire.retryAfterMs = later ? kComeBackAfterMs : 0;
  return wire;
}

}  // namespace gateway::rpc
