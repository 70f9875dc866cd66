// Looking before registering: earlier cases for what an operator types, and whether a matter is in the petition
// channel.
#include "gateway/channel_check.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "petition/relation.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kHitsMax = 5;

/// A submission that may still lack its words.
Result<petition::Submission> PartOf(Json json) {
  const auto has_text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() && !found->get_ref<const std::string&>().empty();
  };
  const bool wordless = !has_text("content") && !has_text("title");
  if (wordless) json["content"] = "-";  // reading a submission asks for words; here they may still come
  GUIYI_TRY(auto submission, petition::SubmissionFromJson(json));
  if (wordless) submission.content.clear();
  return submission;
}

Json HitView(Desk& desk, const Principal& who, const PreviewHit& hit) {
  Json json{{"intakeNo", hit.member.intake_no},
            {"caseNo", OwnsCase(desk, who, hit.row.case_no) ? Json(hit.row.case_no) : Json(nullptr)},
            {"relation", petition::RelationName(hit.relation)},
            {"score", hit.score},
            {"matter", hit.matter},
            {"people", hit.people},
            {"reasons", ReasonsView(hit.reasons)},
            {"differences", ReasonsView(hit.differences)},
            {"state", hit.member.state},
            {"caseState", hit.row.closed_at ? "closed" : "open"},
            {"receivedAt", petition::FormatTime(hit.member.received_at)},
            {"source", hit.member.source},
            {"channel", hit.member.channel},
            {"division", hit.member.division},
            {"submission", WordsOf(desk, who, hit.member.index)}};
  // How many stand in a case says nothing of whose they are; still, a source is told of its own only.
  if (who.role != Role::kSource) json["caseSize"] = hit.row.size;
  return json;
}

}  // namespace

Outcome Preview(Desk& desk, Request& request) {
  const auto& who = *request.who;
  if (who.role != Role::kSource && !desk.previews.Take(who.name)) return RateLimited();
  GUIYI_TRY(auto body, BodyObject(request));
  GUIYI_TRY(const auto submission, PartOf(std::move(body)));
  GUIYI_TRY(const auto hits, desk.hub.follower().Preview(submission, kHitsMax, who));
  Reading reading(who, Call::kPreview);
  if (who.role != Role::kSource) reading.Personal();  // a look across sources is put on record, hits or not
  Json list = Json::array();
  for (const auto& hit : hits) {
    if (!SeesMember(who, hit.member) || list.size() == kHitsMax) continue;
    list.push_back(HitView(desk, who, hit));
    reading.Showed(hit.member.index, hit.member.sealed);
  }
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  return JsonAnswer({{"hits", std::move(list)}});
}

Outcome CheckChannel(Desk& desk, Request& request) {
  const auto& who = *request.who;
  if (!desk.checks.Take(who.name)) return RateLimited();
  GUIYI_TRY(const auto body, BodyObject(request));
  ChannelQuestion question;
  GUIYI_TRY(question.id_number, TextField(body, "idNumber"));
  GUIYI_TRY(question.name, TextField(body, "name"));
  GUIYI_TRY(question.query_code, TextField(body, "queryCode"));
  GUIYI_TRY(const bool yes, InChannel(desk.hub, question));
  return JsonAnswer({{"inChannel", yes ? "yes" : "unknown"}});
}

}  // namespace gateway::http
