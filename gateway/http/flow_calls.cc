// Through which channels matters are told first and told again, with the list behind each of the flows.
#include "gateway/http/calls.h"
#include "gateway/http/sheet_answer.h"
#include "gateway/oversight/figures.h"
#include "gateway/state/matters.h"

namespace gateway::http {

using petition::Json;

namespace {

std::string FlowPath(const ChannelFlow& flow, const std::string& from, const std::string& to) {
  std::string path = "/api/v1/oversight/intakes?which=repeats&firstChannel=" + flow.from + "&channel=" + flow.to;
  if (!from.empty()) path += "&from=" + from;
  if (!to.empty()) path += "&to=" + to;
  return path;
}

}  // namespace

Outcome ReadFlows(Desk& desk, Request& request) {
  GUIYI_TRY(auto from, ReadMonth(request.Query("from")));
  GUIYI_TRY(auto to, ReadMonth(request.Query("to")));
  if (!from.empty()) from += "01";
  if (!to.empty()) to += "31";
  GUIYI_TRY(const auto flows, ChannelFlows(desk.hub.cases(), from, to, ScopeOf(*request.who)));
  if (WantsFile(request)) return SheetAnswer(request, {FlowsSheet(flows)}, "flows");
  Json list = Json::array();
  for (const auto& flow : flows) {
    Json one{{"from", flow.from}, {"to", flow.to}, {"intakes", flow.intakes}, {"list", nullptr}};
    if (!flow.from.empty() && !flow.to.empty()) one["list"] = {{"path", FlowPath(flow, from, to)}};
    list.push_back(std::move(one));
  }
  return JsonAnswer({{"flows", std::move(list)}});
}

}  // namespace gateway::http
