// Signing in and out at the console, and who somebody is. Each sign-in and sign-out is an `access` entry of the ledger;
// an attempt that failed is a refusal, with the name only where there is a user of that name: what else was typed there
// may be a password.

#include "gateway/access_log.h"
#include "gateway/access_names.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/staff.h"

namespace gateway::http {

using petition::Json;

namespace {

Json SessionView(Desk& desk, const Staff::Present& present) {
  const auto& who = present.principal;
  const auto& options = desk.staff->sessions().options();
  Json sources = Json::array();
  // On whose behalf an operator may register; names of systems, which are no secret to staff.
  if (Allowed(who.role, Call::kRegister)) {
    for (const auto& source : desk.hub.registry().Sources()) {
      if (source.state == "live") sources.push_back({{"name", source.name}, {"channel", source.channel}});
    }
  }
  return {{"signedIn", true},
          {"name", who.name},
          {"role", RoleName(who.role)},
          {"source", who.source.empty() ? Json(nullptr) : Json(who.source)},
          {"divisions", who.divisions},
          {"sealed", who.sealed},
          {"personal", who.personal},
          {"calls", CallsOf(who.role)},
          {"sources", std::move(sources)},
          {"csrf", present.session.csrf},
          {"idleSeconds", std::chrono::seconds(options.idle).count()},
          {"endsAt", petition::FormatTime(present.session.opened_at + options.absolute)}};
}

Answer WaitAnswer(std::chrono::seconds wait, Language language) {
  auto answer = ProblemAnswer(
      {petition::Code::kPushback, "sign_in_wait", "too many failed attempts: wait a little before the next", {}, {}},
      language);
  for (auto& [name, value] : answer.headers) {
    if (name == "Retry-After") value = std::to_string(wait.count());
  }
  return answer;
}

/// The failed attempt on the ledger, summed up when there are many.
void RecordFailure(Desk& desk, const std::optional<Principal>& known) {
  Refusal refusal;
  refusal.door = "console";
  refusal.reason = "sign_in_failed";
  if (known) refusal.where["user"] = known->name;
  (void)desk.hub.intake().Refuse(refusal).ok();  // whether it could be recorded changes nothing for who tries
}

}  // namespace

Outcome SignIn(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto name, NeededText(body, "name"));
  GUIYI_TRY(const auto password, NeededText(body, "password"));
  auto& staff = *desk.staff;
  const auto caller = CallerOf(request.peer);
  // The address first: one that must wait keeps no name waiting.
  if (const auto wait = staff.addresses().Begin(caller); wait.count() > 0) return WaitAnswer(wait, request.language);
  if (const auto wait = staff.names().Begin(name.substr(0, 64)); wait.count() > 0)
    return WaitAnswer(wait, request.language);
  auto principal = staff.PrincipalOf(name);
  // Looked at before, so that a password that is set meanwhile ends the session.
  const auto set_at = staff.passwords().SetAt(name);
  auto checked = staff.passwords().Check(name, password);
  const bool may = principal && Allowed(principal->role, Call::kSignIn);
  if (checked.ok() && !(may && set_at)) {
    checked =
        petition::Error{petition::Code::kUnauthorized, "sign_in_failed", "no user has this name and password", {}, {}};
  }
  if (!checked.ok()) {
    if (checked.error().code == petition::Code::kUnauthorized) RecordFailure(desk, principal);
    return std::move(checked).error();
  }
  staff.names().Succeeded(name.substr(0, 64));
  staff.addresses().Succeeded(caller);
  GUIYI_TRY([[maybe_unused]] const auto entry,
            AppendAccess(desk.hub.ledger(), *principal, Call::kSignIn, ledger::kNoIndex, 0));
  const auto opened = staff.sessions().Open(principal->name, *set_at);
  auto answer = JsonAnswer(SessionView(desk, {opened.session, std::move(*principal)}), 201);
  answer.headers.emplace_back("Set-Cookie", staff.CookieFor(opened.token));
  return answer;
}

Outcome WhoAmI(Desk& desk, Request& request) {
  const auto present = desk.staff->Find(request);
  if (!present.ok()) return JsonAnswer({{"signedIn", false}});
  return JsonAnswer(SessionView(desk, *present));
}

Outcome SignOut(Desk& desk, Request& request) {
  auto& staff = *desk.staff;
  if (Staff::TokenOf(request.cookies).empty()) return JsonAnswer({{"signedIn", false}});
  const auto who = staff.Identify(request);
  if (!who.ok() && who.error().reason == "csrf_missing") return who.error();
  if (who.ok()) {
    staff.sessions().Close(Staff::TokenOf(request.cookies));
    GUIYI_TRY([[maybe_unused]] const auto entry,
              AppendAccess(desk.hub.ledger(), *who, Call::kSignOut, ledger::kNoIndex, 0));
  }
  auto answer = JsonAnswer({{"signedIn", false}});
  answer.headers.emplace_back("Set-Cookie", staff.CookieFor({}));
  return answer;
}

Outcome ChangeOwnPassword(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto old, NeededText(body, "old"));
  GUIYI_TRY(const auto fresh, NeededText(body, "new"));
  auto& staff = *desk.staff;
  const auto& name = request.who->name;
  if (const auto wait = staff.names().Begin(name); wait.count() > 0) return WaitAnswer(wait, request.language);
  GUIYI_CHECK(staff.passwords().Check(name, old));
  staff.names().Succeeded(name);
  GUIYI_CHECK(staff.passwords().Set(name, fresh));
  staff.sessions().CloseAllOf(name);
  auto answer = JsonAnswer({{"signedIn", false}});
  answer.headers.emplace_back("Set-Cookie", staff.CookieFor({}));
  return answer;
}

}  // namespace gateway::http
