// What oversight and administrators look at: deliveries, sources, manifests and the figures.
#include <functional>

#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/sheet_answer.h"
#include "gateway/manifest.h"
#include "gateway/oversight/figures.h"
#include "gateway/state/list_total.h"
#include "gateway/state/source_figures.h"

namespace gateway::http {

using petition::Json;

namespace {

constexpr std::array kStates{DeliveryState::kPending,  DeliveryState::kSending, DeliveryState::kUnknown,
                             DeliveryState::kSettling, DeliveryState::kDone,    DeliveryState::kParked,
                             DeliveryState::kSkipped};

constexpr std::string_view kCallbackColumns[] = {"source", "kind", "state", "told", "failures", "nextAt"};

/// An admin reads no petitions, but the state of deliveries: numbers and words of ours only. Sealed ones still need the
/// right.
dedup::Scope DeliveryScope(const Principal& who) {
  if (who.role != Role::kAdmin) return ScopeOf(who);
  return {"", who.divisions, who.sealed};
}

petition::Error NoSuchDelivery() { return petition::NotFound("there is no such delivery"); }
/// What a person does with one delivery that they may see; answers how it stands then.
Outcome ChangeDelivery(Desk& desk, Request& request, const std::function<petition::Status(std::uint64_t)>& change) {
  const auto id = NumberOf(request.captures[0]);
  if (!id.ok()) return NoSuchDelivery();
  const auto scope = DeliveryScope(*request.who);
  const auto before = desk.hub.deliveries().Get(*id, scope);
  if (!before.ok()) {
    if (before.error().code == petition::Code::kNotFound) return NoSuchDelivery();
    return before.error();
  }
  GUIYI_CHECK(change(*id));
  GUIYI_TRY(const auto after, desk.hub.deliveries().Get(*id, scope));
  return JsonAnswer(DeliveryView(after), 202);
}

Json UplinkView(const UplinkStatus& status) {
  Json uplink{{"destination", status.destination},
              {"state", status.state},
              {"reason", status.reason},
              {"inFlight", status.in_flight}};
  if (status.paused_until != petition::Time{}) uplink["pausedUntil"] = petition::FormatTime(status.paused_until);
  return uplink;
}

petition::Error NoSuchSource() { return petition::NotFound("there is no such source"); }

/// The tables of the figures, or the one that `sheet` names.
Outcome SummarySheets(Desk& desk, Request& request) {
  Period period;
  GUIYI_TRY(period.from, ReadMonth(request.Query("from")));
  GUIYI_TRY(period.to, ReadMonth(request.Query("to")));
  GUIYI_TRY(auto sheets, ReportOf(desk.hub.oversight().tables(), desk.hub.cases(), period, ScopeOf(*request.who),
                                  desk.hub.clock().Now()));
  const std::string wanted(request.Query("sheet"));
  if (wanted.empty()) return SheetAnswer(request, sheets, "figures");
  std::erase_if(sheets, [&](const Sheet& sheet) { return sheet.name != wanted; });
  if (sheets.empty()) return FieldError("sheet", "unknown_value", "there is no such table");
  return SheetAnswer(request, sheets, wanted);
}

}  // namespace

Outcome ReadDeliveries(Desk& desk, Request& request) {
  std::optional<DeliveryState> state;
  if (const auto name = request.Query("state"); !name.empty()) {
    state = DeliveryStateFromName(name);
    if (!state) return FieldError("state", "unknown_value", "there is no such state");
  }
  GUIYI_TRY(const auto limit, LimitOf(request, 50, 500));
  GUIYI_TRY(const auto page, desk.hub.deliveries().List(state, DeliveryScope(*request.who), request.Query("cursor"),
                                                        limit, request.Query("destination"), request.Query("sort")));
  Json rows = Json::array();
  for (const auto& row : page.rows) rows.push_back(DeliveryView(row));
  Json uplinks = Json::array();
  for (const auto& status : desk.hub.uplink().statuses()) uplinks.push_back(UplinkView(status));
  Json answer{{"deliveries", std::move(rows)},
              {"cursor", page.next.empty() ? Json(nullptr) : Json(page.next)},
              {"uplink", UplinkView(desk.hub.uplink().status())},
              {"uplinks", std::move(uplinks)}};
  AddListTotal(answer, page.total);
  return JsonAnswer(answer);
}

Outcome RetryDelivery(Desk& desk, Request& request) {
  return ChangeDelivery(desk, request,
                        [&](std::uint64_t id) { return desk.hub.uplink().Retry(id, request.who->name); });
}

Outcome SkipDelivery(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto reason, NeededText(body, "reason"));
  return ChangeDelivery(desk, request,
                        [&](std::uint64_t id) { return desk.hub.uplink().Skip(id, request.who->name, reason); });
}

Outcome AssignDelivery(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto owner, NeededText(body, "owner"));
  GUIYI_TRY(const auto reason, TextField(body, "reason"));
  return ChangeDelivery(
      desk, request, [&](std::uint64_t id) { return desk.hub.uplink().Assign(id, request.who->name, owner, reason); });
}

Outcome ReadCallbacks(Desk& desk, Request& request) {
  std::vector<Json> rows;
  for (const auto& view : desk.hub.fan_out().views()) {
    Json json{{"source", view.source}, {"kind", view.kind}, {"state", view.state},       {"reason", view.reason},
              {"cursor", view.cursor}, {"told", view.told}, {"failures", view.failures}, {"nextAt", nullptr}};
    if (view.next_at != petition::Time{}) json["nextAt"] = petition::FormatTime(view.next_at);
    rows.push_back(std::move(json));
  }
  const std::size_t all = rows.size();
  GUIYI_TRY(auto listed, ListRows(request, std::move(rows), "source", kCallbackColumns, all));
  return JsonAnswer({{"callbacks", std::move(listed.rows)}});
}

Outcome ResumeCallback(Desk& desk, Request& request) {
  GUIYI_CHECK(desk.hub.fan_out().Resume(request.captures[0]));
  return JsonAnswer({{"source", request.captures[0]}}, 202);
}

Outcome TakeManifest(Desk& desk, Request& request) {
  const auto& who = *request.who;
  const auto& name = request.captures[0];
  if (who.role == Role::kSource && who.source != name) return NoSuchSource();
  if (!desk.hub.registry().FindSource(name)) return NoSuchSource();
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto manifest, ManifestFromJson(body, name));
  GUIYI_TRY(const auto answer, RecordManifest(desk.hub, manifest, who));
  return JsonAnswer(ManifestAnswerToJson(answer));
}

Outcome Summary(Desk& desk, Request& request) {
  if (WantsFile(request)) return SummarySheets(desk, request);
  const auto scope = ScopeOf(*request.who);
  GUIYI_TRY(const auto count, desk.hub.cases().Count(scope));
  const auto named = [](const auto& pairs) {
    Json json = Json::object();
    for (const auto& [name, value] : pairs) json[name] = value;
    return json;
  };
  Json deliveries = Json::object();
  for (const auto state : kStates) deliveries[std::string(DeliveryStateName(state))] = 0;
  GUIYI_TRY(const auto totals, desk.hub.deliveries().Totals(scope));
  for (const auto& total : totals) {
    auto& rows = deliveries[std::string(DeliveryStateName(total.state))];
    rows = rows.get<std::uint64_t>() + total.rows;
  }
  Json json{{"intakes", count.intakes},
            {"undecided", count.undecided},
            {"historic", count.historic},
            {"relations", named(count.relations)},
            {"modes", named(count.modes)},
            {"cases", {{"all", count.cases}, {"closed", count.cases_closed}, {"groups", count.groups}}},
            {"reviews", {{"open", count.reviews_open}, {"answered", count.reviews_answered}}},
            {"deliveries", std::move(deliveries)},
            {"ledgerSize", desk.hub.ledger().size()},
            {"at", petition::FormatTime(desk.hub.clock().Now())}};
  if (request.who->sealed) json["sealed"] = count.sealed;
  auto& lists = json["lists"] = CounterLists(request.who->sealed);
  const auto behind = [&lists](const char* group, const Json& counts, const std::string& path) {
    for (const auto& [name, value] : counts.items()) lists[group][name] = path + name;
  };
  behind("relations", json["relations"], "/api/v1/oversight/registered?relation=");
  behind("modes", json["modes"], "/api/v1/oversight/registered?mode=");
  behind("deliveries", json["deliveries"], "/api/v1/deliveries?state=");
  Period period;
  GUIYI_TRY(period.from, ReadMonth(request.Query("from")));
  GUIYI_TRY(period.to, ReadMonth(request.Query("to")));
  GUIYI_TRY(const auto figures,
            FiguresOf(desk.hub.oversight().tables(), desk.hub.cases(), period, scope, desk.hub.clock().Now()));
  json.update(figures);
  return JsonAnswer(json);
}

}  // namespace gateway::http
