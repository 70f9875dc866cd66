#include "adapters/json/json_records.h"

#include "ledger/crypto.h"
#include "petition/identifiers.h"

namespace adapters {

using petition::Json;

std::string FallbackId(std::string_view bytes) {
  return "digest:" + ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))).substr(0, 32);
}

void MapTree(const Json& tree, const SourceSpec& spec, Record& record) {
  spec.mapping.Apply(tree).Fill(record);
  if (record.submission && petition::IsPlaceholderNumber(record.submission->external_id)) {
    record.submission->external_id = FallbackId(record.raw);
  }
}

void MapJson(const Json& json, const SourceSpec& spec, Record& record) {
  if (!json.is_object()) {
    record.refusal = petition::Invalid("not_an_object", "the record is no JSON object");
    return;
  }
  if (spec.mapping.has_rules()) return MapTree(json, spec, record);
  auto submission = petition::SubmissionFromJson(json);
  if (!submission.ok()) {
    record.refusal = std::move(submission).error();
    return;
  }
  for (const auto& [name, value] : submission->unknown.items()) record.unmapped.push_back(name);
  if (petition::IsPlaceholderNumber(submission->external_id)) submission->external_id = FallbackId(record.raw);
  record.submission = std::move(*submission);
}

void MapJsonText(std::string_view text, const SourceSpec& spec, Record& record) {
  auto json = petition::ParseJson(text);
  if (json.ok()) return MapJson(*json, spec, record);
  record.refusal = std::move(json).error();
}

Json SettledToJson(const Settled& settled) {
  const char* word = "refused";
  switch (settled.kind) {
    case Settled::Kind::kRegistered:
      word = "registered";
      break;
    case Settled::Kind::kExisting:
      word = "existing";
      break;
    case Settled::Kind::kRevision:
      word = "revision";
      break;
    case Settled::Kind::kReported:
      word = "reported";
      break;
    case Settled::Kind::kShadow:
      word = "shadow";
      break;
    case Settled::Kind::kRefused:
      break;
  }
  Json json = {{"status", word}, {"ledgerIndex", settled.ledger_index}};
  if (!settled.intake_no.empty()) json["intakeNo"] = settled.intake_no;
  if (!settled.query_code.empty()) json["queryCode"] = settled.query_code;
  if (!settled.error) return json;
  json["code"] = settled.error->Reason();
  json["message"] = settled.error->message;
  json["fields"] = Json::array();
  for (const auto& field : settled.error->fields) {
    json["fields"].push_back({{"pointer", field.pointer}, {"code", field.code}, {"message", field.message}});
  }
  return json;
}

}  // namespace adapters
