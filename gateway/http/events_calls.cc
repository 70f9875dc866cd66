// What was done about an intake: by the handling unit (by intake number, or by the source's own number), or by a person
// who seals or opens it.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"

namespace gateway::http {

namespace {

Outcome Report(Desk& desk, const Request& request, const Located& found, const petition::Json& body) {
  GUIYI_TRY(const auto report, EventReportFromJson(body));
  auto acted = desk.hub.decisions().Report(*request.who, found.index, report);
  if (!acted.ok()) {
    if (acted.error().code == petition::Code::kNotFound) return NoSuchIntake();
    return std::move(acted).error();
  }
  if (!OwnsCase(desk, *request.who, acted->case_no)) acted->case_no.clear();
  auto json = ActedView(*acted);
  json["intakeNo"] = found.intake_no;
  json["existing"] = acted->existing;
  return JsonAnswer(json, acted->existing ? 200 : 201);
}

}  // namespace

Outcome ReportEvent(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  return Report(desk, request, found, body);
}

Outcome ReportEventByNumber(Desk& desk, Request& request) {
  const auto& who = *request.who;
  GUIYI_TRY(auto body, BodyObject(request));
  GUIYI_TRY(auto source, TextField(body, "source"));
  GUIYI_TRY(const auto external_id, NeededText(body, "externalId"));
  if (source.empty()) source = who.source;
  body.erase("source");
  body.erase("externalId");
  GUIYI_TRY(const auto known, desk.hub.ledger().FindExternal(source, external_id));
  std::optional<Located> newest;
  std::optional<std::uint64_t> root;
  for (const auto& one : known) {
    auto found = LocateIndex(desk, who, one.index);
    if (!found.ok()) continue;
    const auto its_root =
        found->record && found->record->revision_of != ledger::kNoIndex ? found->record->revision_of : found->index;
    if (root && *root != its_root) {
      return petition::Conflict("number_reused", "this number was used for different people: say which by intakeNo");
    }
    root = its_root;
    newest = std::move(found).value();
  }
  if (!newest) return NoSuchIntake();
  return Report(desk, request, *newest, body);
}

Outcome SealIntake(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  const auto sealed = body.find("sealed");
  if (sealed == body.end()) return FieldError("sealed", "field_missing", "is needed");
  if (!sealed->is_boolean()) return FieldError("sealed", "type", "must be true or false");
  GUIYI_TRY(const auto reason, NeededText(body, "reason"));
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  auto acted = desk.hub.decisions().Seal(*request.who, found.index, sealed->get<bool>(), reason);
  if (!acted.ok()) {
    if (acted.error().code == petition::Code::kNotFound) return NoSuchIntake();
    return std::move(acted).error();
  }
  auto json = ActedView(*acted);
  json["intakeNo"] = found.intake_no;
  json["sealed"] = *sealed;
  return JsonAnswer(json);
}

}  // namespace gateway::http
