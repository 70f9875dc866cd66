#include "gateway/feeds/mapping_check.h"

#include <map>

#include "petition/identifiers.h"
#include "petition/sealing.h"

namespace gateway {

using petition::Json;

namespace {

/// Every field as it would be registered, people masked; names of what is kept without a meaning, not their values.
Json Shown(petition::Submission submission) {
  const auto opinion = petition::JudgeSealing(submission);
  for (auto& person : submission.petitioners) {
    person.name = petition::MaskName(person.name);
    person.phone = petition::MaskPhone(person.phone);
    person.calling_number = petition::MaskPhone(person.calling_number);
    person.id_number = petition::MaskIdNumber(person.id_number);
    person.account = petition::MaskName(person.account);
    if (!person.address.empty()) person.address = "***";
  }
  submission.title = petition::MaskText(submission.title);
  submission.content = petition::MaskText(submission.content);
  Json kept = Json::array();
  for (const auto& [name, value] : submission.unknown.items()) kept.push_back(name);
  submission.unknown = Json::object();
  Json json = {{"submission", petition::SubmissionToJson(submission, false)},
               {"sealed", opinion.sealing != petition::Sealing::kOpen}};
  if (!kept.empty()) json["kept"] = std::move(kept);
  return json;
}

Json Compared(const adapters::Record& record) {
  if (record.submission) return petition::SubmissionToJson(*record.submission, false);
  if (record.report) return {{"report", {record.report->external_id, record.report->event, record.report->text}}};
  return nullptr;
}

}  // namespace

Json ShownRecord(const adapters::Record& record) {
  Json json = Json::object();
  if (record.submission) {
    json = Shown(*record.submission);
  } else if (record.report) {
    json["report"] = {{"externalId", record.report->external_id},
                      {"event", record.report->event},
                      {"text", petition::MaskText(record.report->text)}};
    if (record.report->at) json["report"]["at"] = petition::FormatTime(*record.report->at);
  } else {
    const petition::Error error = record.refusal.value_or(petition::Invalid("record_empty", "nothing came of it"));
    json["refused"] = error.Reason();
    json["message"] = error.message;
    json["errors"] = Json::array();
    for (const auto& field : error.fields) {
      json["errors"].push_back({{"pointer", field.pointer}, {"code", field.code}, {"message", field.message}});
    }
  }
  json["place"] = record.place;
  if (!record.unmapped.empty()) json["unmapped"] = record.unmapped;
  return json;
}

Json DifferencesOf(const adapters::Record& tried, const adapters::Record& live) {
  const Json now = Compared(tried), before = Compared(live);
  if (now.is_null() != before.is_null()) return Json::array({"refused"});
  Json pointers = Json::array();
  for (const Json& step : Json::diff(before, now)) pointers.push_back(step.at("path"));
  return pointers;
}

Json ShownCheck(const std::vector<adapters::Record>& tried, const std::vector<adapters::Record>& live) {
  Json records = Json::array();
  std::uint64_t refused = 0, differing = 0;
  std::map<std::string, std::uint64_t> unmapped;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    Json shown = ShownRecord(tried[i]);
    refused += shown.contains("refused") ? 1 : 0;
    for (const auto& name : tried[i].unmapped) ++unmapped[name];
    if (i < live.size()) {
      Json differences = DifferencesOf(tried[i], live[i]);
      differing += differences.empty() ? 0 : 1;
      if (!differences.empty()) shown["differs"] = std::move(differences);
    }
    records.push_back(std::move(shown));
  }
  Json json = {{"records", std::move(records)}, {"count", tried.size()}, {"refused", refused}, {"unmapped", unmapped}};
  if (!live.empty()) json["differing"] = differing;
  return json;
}

}  // namespace gateway
