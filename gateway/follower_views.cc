#include "gateway/follower_views.h"

#include <algorithm>

#include "dedup/reasons.h"
#include "gateway/follower_judge.h"
#include "gateway/follower_sources.h"

namespace gateway {

using petition::Mode;
using petition::Result;

Result<std::vector<PreviewHit>> PreviewOf(const PreviewParts& parts, const petition::Submission& submission,
                                          std::size_t limit, const dedup::Scope& scope, const std::string& source) {
  const std::string text = IndexedText(submission);
  std::vector<PreviewHit> hits;
  try {
    for (const bool sealed : {false, true}) {
      if (sealed && !scope.sealed) continue;
      const auto profile = dedup::Extract(submission, {source, parts.now, sealed});
      const IndexSource found(parts.candidates, text, sealed, parts.candidates_max,
                              [&](const std::vector<std::uint64_t>& ids) { return parts.book.InScope(ids, scope); });
      const CommittedHistory history(parts.book, scope);
      GUIYI_TRY(const auto comparisons,
                dedup::Decider(parts.model, found, history, &parts.cache).Compare(profile, limit));
      for (const auto& compared : comparisons) {
        PreviewHit hit;
        GUIYI_TRY(hit.member, parts.book.Member(compared.index));
        GUIYI_TRY(hit.row, parts.book.CaseOfIntake(compared.index));
        hit.relation = compared.relation;
        hit.score = compared.score;
        hit.matter = compared.matter;
        hit.people = compared.people;
        for (const auto& reason : compared.reasons)
          if (!dedup::IsSum(reason.feature)) (reason.weight < 0 ? hit.differences : hit.reasons).push_back(reason);
        hits.push_back(std::move(hit));
      }
    }
  } catch (const std::exception& error) {
    return petition::Internal(std::string("preview: ") + typeid(error).name());
  }
  std::stable_sort(hits.begin(), hits.end(),
                   [](const PreviewHit& a, const PreviewHit& b) { return a.score > b.score; });
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

namespace {

/// To those who may not know that there is something sealed to be tied to, it stands alone.
petition::Json AsNew(const dedup::DecisionView& decision, const std::function<bool(const std::string&)>& shown) {
  return {{"relation", petition::RelationName(petition::Relation::kNew)},
          {"mode", petition::ModeName(Mode::kNew)},
          {"score", 0.0},
          {"of", ""},
          {"caseNo", shown(decision.lead_source) ? decision.now.case_no : std::string()},
          {"groupNo", shown(decision.group_source) ? decision.now.group_no : std::string()},
          {"reasons", petition::Json::array()}};
}

}  // namespace

petition::Json DecisionToJson(const dedup::DecisionView& decision, const Principal* who) {
  const auto& verdict = decision.verdict;
  const auto& now = decision.now;
  const bool asked = verdict.mode == Mode::kReview && !now.of;  // not answered yet: what is proposed
  const bool by_source =
      who != nullptr && (who->role == Role::kSource || who->role == Role::kHandler || who->role == Role::kDepartment);
  const auto shown = [&](const std::string& source) {
    return !by_source || (!source.empty() && source == who->source);
  };
  const bool of_hidden = decision.of_sealed && who != nullptr && !who->sealed &&
                         !(who->role == Role::kSource && decision.of_source == who->source);
  if (of_hidden) return AsNew(decision, shown);
  const bool of_shown = shown(decision.of_source);
  petition::Json json = {
      {"relation", petition::RelationName(asked ? verdict.relation : now.relation)},
      {"mode", petition::ModeName(now.mode)},
      {"score", asked || now.of || verdict.mode == Mode::kNew ? (now.of ? now.score : verdict.score) : 0.0},
      {"of", of_shown ? (asked ? verdict.of_intake_no : now.of_intake_no) : std::string()},
      {"caseNo", shown(decision.lead_source) ? now.case_no : std::string()},
      {"groupNo", shown(decision.group_source) ? now.group_no : std::string()},
      {"reasons", petition::Json::array()}};
  for (const auto& reason : verdict.reasons) {
    petition::Json row = {{"feature", reason.feature}, {"weight", reason.weight}};
    if (of_shown) row["detail"] = reason.detail;
    json["reasons"].push_back(std::move(row));
  }
  if (!verdict.flags.empty() && !by_source) json["flags"] = verdict.flags;
  return json;
}

}  // namespace gateway
