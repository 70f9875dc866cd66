#include "gateway/intake_record.h"

#include <algorithm>

#include "petition/json.h"
#include "petition/json_text.h"
#include "petition/submission_text.h"

namespace gateway {
namespace {

constexpr std::string_view kNumberReused = "number-reused";

std::string Quoted(std::string_view text) { return petition::CanonicalJson(petition::Json(text)); }

std::string FlagsText(std::vector<std::string> flags) {
  if (flags.empty()) return {};
  std::sort(flags.begin(), flags.end());
  return "\"flags\":" + petition::CanonicalJson(petition::Json(flags)) + ",";
}

}  // namespace

PreparedRecord::PreparedRecord(const petition::Submission& submission, std::string_view source,
                               std::string_view operator_name, std::string_view media_type, bool historic, bool sealed,
                               std::string_view sealing_rule, std::vector<std::string> flags)
    : flags_(std::move(flags)), historic_(historic ? "\"historic\":true," : "") {
  media_ = "\",\"kind\":\"intake\",\"mediaType\":" + Quoted(media_type);
  if (!operator_name.empty()) media_ += ",\"operator\":" + Quoted(operator_name);
  media_ += ",\"registeredAt\":\"";
  if (sealed) tail_ += "\"sealed\":true,";
  if (!sealing_rule.empty()) tail_ += "\"sealingRule\":" + Quoted(sealing_rule) + ",";
  tail_ += "\"source\":" + Quoted(source) + ",\"submission\":" + petition::SubmissionText(submission) + ",\"v\":1}";
}

std::string PreparedRecord::FlagsMember(bool number_reused) const {
  std::vector<std::string> flags = flags_;
  if (number_reused) flags.emplace_back(kNumberReused);
  return FlagsText(std::move(flags));
}

std::string PreparedRecord::Finish(const RecordPlace& place) const {
  std::string record;
  record.reserve(160 + media_.size() + tail_.size());
  record += '{';
  if (!flags_.empty() || place.number_reused) record += FlagsMember(place.number_reused);
  record += historic_;
  record.append("\"intakeNo\":\"").append(place.intake_no).append(media_).append(place.registered_at).append("\",");
  if (place.revision_of != ledger::kNoIndex) {
    record.append("\"revisionOf\":").append(std::to_string(place.revision_of)).append(",");
  }
  record += tail_;
  return record;
}

petition::Result<IntakeRecord> ReadIntakeRecord(const ledger::Stored& stored) {
  if (stored.kind != ledger::Kind::kIntake) return petition::NotFound("the entry is not an intake");
  if (stored.dropped) {
    return petition::Error{
        petition::Code::kNotFound, "payload_dropped", "the payload of this intake ended with its retention", {}, {}};
  }
  auto parsed = petition::ParseJson(stored.record);
  const std::string where = "record of entry " + std::to_string(stored.index);
  if (!parsed.ok()) return petition::Corrupt(where + ": no JSON");
  const petition::Json& json = *parsed;
  IntakeRecord record;
  record.index = stored.index;
  try {
    if (json.at("kind") != "intake") return petition::Corrupt(where + ": kind differs");
    if (json.at("v") != 1) return petition::Corrupt(where + ": unknown version");
    record.intake_no = json.at("intakeNo").get<std::string>();
    record.source = json.at("source").get<std::string>();
    record.operator_name = json.value("operator", "");
    record.historic = json.value("historic", false);
    record.sealed = json.value("sealed", false);
    record.sealing_rule = json.value("sealingRule", "");
    record.flags = json.value("flags", std::vector<std::string>{});
    record.revision_of = json.value("revisionOf", ledger::kNoIndex);
    record.media_type = json.at("mediaType").get<std::string>();
    auto registered = petition::ParseTime(json.at("registeredAt").get<std::string>());
    if (!registered.ok()) return petition::Corrupt(where + ": registeredAt");
    record.registered_at = *registered;
    auto submission = petition::SubmissionFromJson(json.at("submission"));
    if (!submission.ok()) return petition::Corrupt(where + ": submission, " + submission.error().Reason());
    record.submission = std::move(*submission);
  } catch (const petition::Json::exception&) {
    return petition::Corrupt(where + ": a member is missing or of another type");
  }
  return record;
}

std::string ReceiptText(const Receipt& receipt) {
  std::string text;
  text.reserve(640 + receipt.entry.size() + receipt.proof.size() + receipt.proof.size() / 16);
  const auto member = [&](std::string_view name, std::string_view value) {
    text.append(name);
    petition::AppendJsonString(text, value);
  };
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    text.append(name);
    char before = '[';
    for (const std::string& value : values) {
      text += std::exchange(before, ',');
      petition::AppendJsonString(text, value);
    }
    text += ']';
  };
  // In the order of the names, as a tree of values gives them.
  member(R"({"decision":null,"entry":)", receipt.entry);
  text.append(receipt.existing ? R"(,"existing":true)" : R"(,"existing":false)");
  list(R"(,"flags":)", receipt.flags);
  member(R"(,"intakeNo":)", receipt.intake_no);
  member(R"(,"leafHash":)", receipt.leaf_hash);
  text.append(R"(,"ledgerIndex":)").append(std::to_string(receipt.ledger_index));
  member(R"(,"proof":)", receipt.proof);
  member(R"(,"queryCode":)", receipt.query_code);
  member(R"(,"registeredAt":)", petition::FormatTime(receipt.registered_at));
  text.append(receipt.revision ? R"(,"revision":true)" : R"(,"revision":false)");
  member(R"(,"salt":)", receipt.salt);
  list(R"(,"unknownFields":)", receipt.unknown_fields);
  return text += '}';
}

petition::Json ReceiptToJson(const Receipt& receipt) {
  // Member by member: a list in braces would copy each text twice, at every registration.
  petition::Json json = petition::Json::object();
  json["intakeNo"] = receipt.intake_no;
  json["queryCode"] = receipt.query_code;
  json["registeredAt"] = petition::FormatTime(receipt.registered_at);
  json["ledgerIndex"] = receipt.ledger_index;
  json["leafHash"] = receipt.leaf_hash;
  json["entry"] = receipt.entry;
  json["salt"] = receipt.salt;
  json["existing"] = receipt.existing;
  json["revision"] = receipt.revision;
  json["proof"] = receipt.proof;
  json["decision"] = nullptr;
  if (!receipt.flags.empty()) json["flags"] = receipt.flags;
  if (!receipt.unknown_fields.empty()) json["unknownFields"] = receipt.unknown_fields;
  return json;
}

}  // namespace gateway
