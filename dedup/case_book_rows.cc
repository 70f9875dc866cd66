#include "dedup/case_book_rows.h"

namespace dedup {

using petition::Json;

std::string_view AnswerName(Answer answer) {
  switch (answer) {
    case Answer::kSame:
      return "same";
    case Answer::kDifferent:
      return "different";
    case Answer::kRelated:
      return "related";
  }
  return "different";
}

std::optional<Answer> AnswerFromName(std::string_view name) {
  for (const Answer answer : {Answer::kSame, Answer::kDifferent, Answer::kRelated}) {
    if (AnswerName(answer) == name) return answer;
  }
  return std::nullopt;
}

Json ReasonsToJson(const std::vector<Reason>& reasons) {
  Json list = Json::array();
  for (const Reason& reason : reasons) {
    list.push_back({{"feature", reason.feature}, {"weight", reason.weight}, {"detail", reason.detail}});
  }
  return list;
}

namespace {

Json CandidateToJson(const CandidateNote& note) {
  return {{"index", note.index}, {"score", note.score}, {"relation", petition::RelationName(note.relation)}};
}

CandidateNote CandidateFromJson(const Json& json) {
  CandidateNote note;
  note.index = json.at("index").get<std::uint64_t>();
  note.score = json.at("score").get<double>();
  note.relation = petition::RelationFromName(json.at("relation").get<std::string>()).value_or(petition::Relation::kNew);
  return note;
}

Json ShadowToJson(const ShadowNote& shadow) {
  return {{"model", shadow.model},
          {"relation", petition::RelationName(shadow.relation)},
          {"mode", petition::ModeName(shadow.mode)},
          {"score", shadow.score},
          {"ofIndex", shadow.of ? Json(*shadow.of) : Json(nullptr)}};
}

petition::Result<ShadowNote> ShadowFromJson(const Json& json) {
  ShadowNote shadow;
  shadow.model = json.at("model").get<std::string>();
  const auto relation = petition::RelationFromName(json.at("relation").get<std::string>());
  const auto mode = petition::ModeFromName(json.at("mode").get<std::string>());
  if (!relation || !mode) return petition::Corrupt("a verdict whose shadow has an unknown relation or mode");
  shadow.relation = *relation;
  shadow.mode = *mode;
  shadow.score = json.at("score").get<double>();
  if (!json.at("ofIndex").is_null()) shadow.of = json.at("ofIndex").get<std::uint64_t>();
  return shadow;
}

Json RowToJson(const IntakeRow& row) {
  Json json{{"source", row.source},
            {"division", row.division},
            {"channel", row.channel},
            {"sealed", row.sealed},
            {"historic", row.historic},
            {"receivedAt", petition::FormatTime(row.received_at)},
            {"registeredAt", petition::FormatTime(row.registered_at)}};
  if (row.revises) json["revises"] = *row.revises;
  return json;
}

petition::Result<IntakeRow> RowFromJson(const Json& json, const VerdictRecord& verdict) {
  IntakeRow row;
  row.index = verdict.index;
  row.intake_no = verdict.intake_no;
  row.source = json.at("source").get<std::string>();
  row.division = json.at("division").get<std::string>();
  row.channel = json.at("channel").get<std::string>();
  row.sealed = json.at("sealed").get<bool>();
  row.historic = json.at("historic").get<bool>();
  if (json.contains("revises")) row.revises = json.at("revises").get<std::uint64_t>();
  GUIYI_TRY(row.received_at, petition::ParseTime(json.at("receivedAt").get<std::string>()));
  GUIYI_TRY(row.registered_at, petition::ParseTime(json.at("registeredAt").get<std::string>()));
  return row;
}

}  // namespace

Json VerdictToJson(const VerdictRecord& verdict) {
  Json candidates = Json::array();
  for (const CandidateNote& note : verdict.candidates) candidates.push_back(CandidateToJson(note));
  Json record = {{"kind", "verdict"},
                 {"v", 1},
                 {"intake", verdict.index},
                 {"intakeNo", verdict.intake_no},
                 {"relation", petition::RelationName(verdict.relation)},
                 {"mode", petition::ModeName(verdict.mode)},
                 {"score", verdict.score},
                 {"of", verdict.of_intake_no},
                 {"ofIndex", verdict.of ? Json(*verdict.of) : Json(nullptr)},
                 {"caseNo", verdict.case_no},
                 {"groupNo", verdict.group_no},
                 {"reasons", ReasonsToJson(verdict.reasons)},
                 {"candidates", std::move(candidates)},
                 {"bounded", verdict.bounded},
                 {"flags", verdict.flags},
                 {"seen", verdict.seen},
                 {"model", verdict.model},
                 {"frequencies", verdict.frequencies},
                 {"micros", verdict.micros},
                 {"at", petition::FormatTime(verdict.at)}};
  if (!verdict.by.empty()) record["by"] = verdict.by;
  if (verdict.row) record["row"] = RowToJson(*verdict.row);
  if (!verdict.owed.empty()) record["owed"] = verdict.owed;
  if (verdict.across) record["across"] = CandidateToJson(*verdict.across);
  if (verdict.shadow) record["shadow"] = ShadowToJson(*verdict.shadow);
  return record;
}

petition::Result<VerdictRecord> VerdictFromJson(const Json& record) {
  try {
    VerdictRecord verdict;
    verdict.index = record.at("intake").get<std::uint64_t>();
    verdict.intake_no = record.at("intakeNo").get<std::string>();
    const auto relation = petition::RelationFromName(record.at("relation").get<std::string>());
    const auto mode = petition::ModeFromName(record.at("mode").get<std::string>());
    if (!relation || !mode) return petition::Corrupt("a verdict with an unknown relation or mode");
    verdict.relation = *relation;
    verdict.mode = *mode;
    verdict.score = record.at("score").get<double>();
    verdict.of_intake_no = record.at("of").get<std::string>();
    if (!record.at("ofIndex").is_null()) verdict.of = record.at("ofIndex").get<std::uint64_t>();
    verdict.case_no = record.at("caseNo").get<std::string>();
    verdict.group_no = record.at("groupNo").get<std::string>();
    for (const Json& reason : record.at("reasons")) {
      verdict.reasons.push_back({reason.at("feature").get<std::string>(), reason.at("weight").get<double>(),
                                 reason.at("detail").get<std::string>()});
    }
    for (const Json& note : record.at("candidates")) verdict.candidates.push_back(CandidateFromJson(note));
    verdict.bounded = record.at("bounded").get<bool>();
    verdict.flags = record.at("flags").get<std::vector<std::string>>();
    verdict.seen = record.at("seen").get<std::uint64_t>();
    verdict.model = record.at("model").get<std::string>();
    verdict.frequencies = record.at("frequencies").get<std::string>();
    verdict.micros = record.at("micros").get<std::int64_t>();
    verdict.by = record.value("by", "");
    if (record.contains("row")) {
      GUIYI_TRY(verdict.row, RowFromJson(record.at("row"), verdict));
    }
    if (record.contains("owed")) verdict.owed = record.at("owed").get<std::vector<std::string>>();
    if (record.contains("across")) verdict.across = CandidateFromJson(record.at("across"));
    if (record.contains("shadow")) {
      GUIYI_TRY(verdict.shadow, ShadowFromJson(record.at("shadow")));
    }
    GUIYI_TRY(verdict.at, petition::ParseTime(record.at("at").get<std::string>()));
    return verdict;
  } catch (const Json::exception&) {
    return petition::Corrupt("a verdict that does not read as one");
  }
}

}  // namespace dedup
