// Independent registers (the exchange's call records, the mail room, the destinations' own), the whole path of one item
// by any of its numbers, and the category that settled cases like it have.
#include <algorithm>
#include <map>

#include "gateway/http/calls.h"
#include "gateway/upstream_register.h"
#include "petition/identifiers.h"

namespace gateway::http {

using petition::Json;

namespace {

constexpr std::size_t kLookupMax = 50, kSettledMax = 20;

Outcome TakeLines(Desk& desk, const Request& request, std::string_view reg, const char* member) {
  GUIYI_TRY(const auto body, petition::ParseJson(request.body));
  const Json* lines = &body;
  if (body.is_object()) {
    const auto found = body.find(member);
    if (found == body.end()) return FieldError(member, "field_missing", "is needed");
    lines = &*found;
  }
  GUIYI_TRY(const auto entry, desk.hub.oversight().RecordRegister(reg, *lines, request.who->name));
  return JsonAnswer({{"ledgerIndex", entry}, {"lines", lines->size()}}, 201);
}

/// What is known of one item, numbers and words of ours only.
Json PathOfItem(Desk& desk, const dedup::MemberRow& member) {
  auto& tables = desk.hub.oversight().tables();
  const auto now = desk.hub.clock().Now();
  Json json{{"intakeNo", member.intake_no},
            {"ledgerIndex", member.index},
            {"source", member.source},
            {"channel", member.channel},
            {"division", member.division},
            {"receivedAt", petition::FormatTime(member.received_at)},
            {"registeredAt", petition::FormatTime(member.registered_at)},
            {"caseNo", member.case_no},
            {"groupNo", member.group_no},
            {"relation", petition::RelationName(member.relation)},
            {"of", member.of_intake_no},
            {"state", member.state},
            {"nationalNo", member.national_no},
            {"nationalState", member.national_state},
            {"externalId", ""},
            {"barcode", ""},
            {"callId", ""},
            {"events", Json::array()},
            {"deliveries", Json::array()},
            {"clocks", Json::array()}};
  if (const auto item = tables.items().Get(member.index); item.ok() && *item) {
    json["externalId"] = (*item)->number;
    json["barcode"] = (*item)->barcode;
    json["callId"] = (*item)->call_id;
  }
  // Who reported an event may be a person: their words and name stay in the case.
  if (const auto events = desk.hub.cases().Events(member.index); events.ok()) {
    for (const auto& event : *events)
      json["events"].push_back(
          {{"event", event.event}, {"at", petition::FormatTime(event.at)}, {"ledgerIndex", event.entry}});
  }
  if (const auto deliveries = desk.hub.deliveries().OfIntake(member.index); deliveries.ok()) {
    for (const auto& row : *deliveries) {
      json["deliveries"].push_back({{"destination", row.destination},
                                    {"kind", row.kind},
                                    {"state", DeliveryStateName(row.state)},
                                    {"attempts", row.attempts},
                                    {"reason", row.reason},
                                    {"nationalNo", row.national_no},
                                    {"nationalState", row.national_state},
                                    {"updatedAt", petition::FormatTime(row.updated_at)}});
    }
  }
  if (const auto clocks = tables.clocks().OfIntake(member.index); clocks.ok()) {
    for (const auto& row : *clocks) json["clocks"].push_back(ClockView(row, tables.clocks(), now));
  }
  return json;
}

}  // namespace

Outcome TakeCalls(Desk& desk, Request& request) { return TakeLines(desk, request, "calls", "calls"); }

Outcome TakeRegisterLines(Desk& desk, Request& request) {
  const auto& name = request.captures[0];
  const bool known = !name.empty() && name.size() <= 40 &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  // Named numbers come from petitioners and submissions alone, what destinations hold by a call of its own.
  if (!known || name == "named" || name == "claimed" || name == "upstream")
    return petition::NotFound("there is no such register");
  return TakeLines(desk, request, name, "lines");
}

Outcome TakeUpstreamRegister(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto reg, UpstreamRegisterFromJson(body, request.captures[0]));
  GUIYI_TRY(const auto answer, RecordUpstreamRegister(desk.hub, reg, *request.who));
  return JsonAnswer(UpstreamAnswerToJson(answer), 201);
}

Outcome Lookup(Desk& desk, Request& request) {
  const std::string number(request.Query("number"));
  if (number.empty() || number.size() > 200)
    return FieldError("number", "field_missing", "a number of up to 200 bytes");
  std::vector<std::uint64_t> indices;
  if (const auto own = desk.hub.intake().Find(number); own.ok()) indices.push_back(*own);
  if (const auto of_case = dedup::IntakeNoOfCase(number); !of_case.empty()) {
    if (const auto lead = desk.hub.intake().Find(of_case); lead.ok()) indices.push_back(*lead);
  }
  GUIYI_TRY(const auto found, desk.hub.oversight().tables().items().Find(number, kLookupMax));
  for (const auto index : found)
    if (std::find(indices.begin(), indices.end(), index) == indices.end()) indices.push_back(index);
  Json items = Json::array();
  for (const auto index : indices) {
    const auto member = desk.hub.cases().Member(index);
    if (!member.ok() || !SeesMember(*request.who, *member)) continue;
    items.push_back(PathOfItem(desk, *member));
  }
  if (items.empty()) return petition::NotFound("nothing has this number");
  return JsonAnswer({{"items", std::move(items)}});
}

Outcome SuggestCategory(Desk& desk, Request& request) {
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  if (!found.record) return NoSuchIntake();
  GUIYI_TRY(const auto hits, desk.hub.follower().Preview(found.record->submission, kSettledMax, *request.who));
  std::map<std::string, double> weights;
  double sum = 0;
  Json settled = Json::array();
  for (const auto& hit : hits) {
    if (hit.member.index == found.index || !hit.row.closed_at) continue;
    const auto item = desk.hub.oversight().tables().items().Get(hit.member.index);
    if (!item.ok() || !*item || (*item)->category.empty()) continue;
    weights[(*item)->category] += hit.matter;
    sum += hit.matter;
    settled.push_back({{"intakeNo", hit.member.intake_no}, {"category", (*item)->category}, {"score", hit.matter}});
  }
  const auto best = std::max_element(weights.begin(), weights.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  Json json{{"given", found.record->submission.category},
            {"suggested", nullptr},
            {"confidence", 0},
            {"settled", std::move(settled)}};
  if (best != weights.end() && sum > 0) {
    json["suggested"] = best->first;
    json["confidence"] = best->second / sum;
  }
  return JsonAnswer(json);
}

}  // namespace gateway::http
