// The models of duplicate detection: the one that decides, with its measured figures, and the one on trial beside it,
// with what it would have done. Numbers of intakes only, no words; an admin, who reads no petitions, is told counts.
#include "dedup/parameters.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/oversight/tables.h"

namespace gateway::http {

using petition::Json;

namespace {

Json ModelView(const dedup::Model& model) {
  const auto& p = model.parameters();
  return {{"version", p.version},
          {"hash", model.hash()},
          {"training", p.training},
          {"measured", p.measured},
          {"thresholds",
           {{"automatic", p.thresholds.automatic},
            {"automaticJoint", p.thresholds.automatic_joint},
            {"ask", p.thresholds.ask},
            {"askJoint", p.thresholds.ask_joint}}}};
}

Json AnswerView(const ModelAnswer& answer) {
  return {{"relation", petition::RelationName(answer.relation)},
          {"mode", petition::ModeName(answer.mode)},
          {"score", answer.score},
          {"of", answer.of_no.empty() ? Json(nullptr) : Json(answer.of_no)}};
}

Json ComparisonView(const ShadowComparison& comparison, bool with_numbers, std::size_t limit) {
  Json tallies = Json::array(), differences = Json::array(), cursor = nullptr;
  for (const auto& tally : comparison.tallies) {
    tallies.push_back({{"live", petition::ModeName(tally.live)},
                       {"shadow", petition::ModeName(tally.shadow)},
                       {"count", tally.count},
                       {"same", tally.same},
                       {"open", tally.open},
                       {"stands", tally.stands}});
  }
  for (const auto& row : comparison.differences) {
    if (!with_numbers) break;
    differences.push_back({{"intakeNo", row.intake_no},
                           {"at", petition::FormatTime(row.at)},
                           {"live", AnswerView(row.live)},
                           {"shadow", AnswerView(row.shadow)}});
  }
  if (with_numbers && comparison.differences.size() == limit)
    cursor = std::to_string(comparison.differences.back().index);
  return {{"lookedAt", comparison.looked_at},
          {"tallies", std::move(tallies)},
          {"differences", std::move(differences)},
          {"cursor", std::move(cursor)}};
}

}  // namespace

Outcome ReadModels(Desk& desk, Request& request) {
  const auto& who = *request.who;
  Json answer = {{"live", ModelView(desk.hub.model())}, {"shadow", nullptr}, {"compared", nullptr}};
  const dedup::Model* shadow = desk.hub.shadow_model();
  if (shadow == nullptr) return JsonAnswer(answer);
  std::uint64_t before = ledger::kNoIndex;
  if (const auto cursor = request.Query("cursor"); !cursor.empty()) {
    const auto number = NumberOf(cursor);
    if (!number.ok()) return FieldError("cursor", "unknown_value", "must be one that an earlier answer gave");
    before = *number;
  }
  GUIYI_TRY(const auto limit, LimitOf(request, 20, 100));
  GUIYI_TRY(const auto comparison,
            desk.hub.oversight().tables().shadows().Compare(shadow->hash(), ScopeOf(who), before, limit));
  answer["shadow"] = ModelView(*shadow);
  answer["compared"] = ComparisonView(comparison, who.role != Role::kAdmin, limit);
  return JsonAnswer(answer);
}

}  // namespace gateway::http
