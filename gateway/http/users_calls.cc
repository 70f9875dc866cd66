// Staff as an admin keeps them: who there is, with which role and rights. Names of users only; nothing of petitions.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/staff.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::string_view kUserColumns[] = {"name", "role", "state", "createdAt"};

petition::Error NoSuchUser() { return petition::NotFound("there is no user of this name"); }

Json UserView(const User& user, const std::optional<petition::Time>& password_set_at) {
  return {{"name", user.name},
          {"role", RoleName(user.role)},
          {"source", user.source.empty() ? Json(nullptr) : Json(user.source)},
          {"divisions", user.divisions},
          {"sealed", user.sealed},
          {"personal", user.personal},
          {"state", user.disabled ? "disabled" : "live"},
          {"passwordSetAt", password_set_at ? Json(petition::FormatTime(*password_set_at)) : Json(nullptr)},
          {"createdAt", petition::FormatTime(user.created_at)}};
}

std::optional<User> FindUser(Desk& desk, std::string_view name) {
  for (auto& user : desk.hub.registry().Users()) {
    if (user.name == name) return std::move(user);
  }
  return std::nullopt;
}

Result<bool> FlagField(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return false;
  if (!found->is_boolean()) return FieldError(name, "type", "must be true or false");
  return found->get<bool>();
}

Result<User> UserFromJson(const Json& json) {
  User user;
  GUIYI_TRY(user.name, NeededText(json, "name"));
  GUIYI_TRY(const auto role, NeededText(json, "role"));
  const auto known = RoleFromName(role);
  if (!known) return FieldError("role", "unknown_value", "there is no such role");
  user.role = *known;
  GUIYI_TRY(user.source, TextField(json, "source"));
  GUIYI_TRY(user.sealed, FlagField(json, "sealed"));
  GUIYI_TRY(user.personal, FlagField(json, "personal"));
  if (const auto divisions = json.find("divisions"); divisions != json.end() && !divisions->is_null()) {
    if (!divisions->is_array() || divisions->size() > 200)
      return FieldError("divisions", "type", "must be a list of division codes");
    for (const auto& one : *divisions) {
      if (!one.is_string()) return FieldError("divisions", "type", "must be a list of division codes");
      user.divisions.push_back(one);
    }
  }
  return user;
}

}  // namespace

Outcome ReadUsers(Desk& desk, Request& request) {
  const auto role = request.Query("role"), state = request.Query("state"), name = request.Query("name");
  if (!state.empty() && state != "live" && state != "disabled")
    return FieldError("state", "unknown_value", "live or disabled");
  GUIYI_TRY(const auto limit, LimitOf(request, 50, 200));
  std::vector<Json> users;
  for (const auto& user : desk.hub.registry().Users()) {  // by name
    if (!role.empty() && RoleName(user.role) != role) continue;
    if (!state.empty() && (state == "disabled") != user.disabled) continue;
    if (!name.empty() && user.name.find(name) == std::string::npos) continue;
    users.push_back(UserView(user, std::nullopt));
  }
  GUIYI_TRY(auto listed, ListRows(request, std::move(users), "name", kUserColumns, limit));
  for (auto& user : listed.rows) {
    if (const auto set = desk.staff->passwords().SetAt(user["name"].get<std::string>()))
      user["passwordSetAt"] = petition::FormatTime(*set);
  }
  return JsonAnswer({{"users", std::move(listed.rows)}, {"total", listed.total}, {"cursor", std::move(listed.cursor)}});
}

Outcome AddUser(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto user, UserFromJson(body));
  GUIYI_TRY(const auto key, desk.hub.registry().AddUser(user));
  const auto password = MakePassword();
  if (Allowed(user.role, Call::kSignIn)) GUIYI_CHECK(desk.staff->passwords().Set(user.name, password));
  const auto added = FindUser(desk, user.name);
  if (!added) return petition::Unavailable("the user was added and can't be read yet");
  Json json = UserView(*added, desk.staff->passwords().SetAt(user.name));
  json["key"] = key;
  if (Allowed(user.role, Call::kSignIn)) json["password"] = password;
  return JsonAnswer(json, 201);
}

Outcome DisableUser(Desk& desk, Request& request) {
  const auto& name = request.captures[0];
  const auto user = FindUser(desk, name);
  if (!user) return NoSuchUser();
  if (user->name == request.who->name) return petition::Conflict("own_account", "nobody disables their own account");
  GUIYI_CHECK(desk.hub.registry().DisableUser(name));
  desk.staff->sessions().CloseAllOf(name);
  auto shown = *user;
  shown.disabled = true;
  return JsonAnswer(UserView(shown, desk.staff->passwords().SetAt(name)));
}

Outcome ResetPassword(Desk& desk, Request& request) {
  const auto& name = request.captures[0];
  const auto user = FindUser(desk, name);
  if (!user) return NoSuchUser();
  if (!Allowed(user->role, Call::kSignIn))
    return petition::Conflict("no_sign_in", "this role uses a key and does not sign in");
  const auto password = MakePassword();
  GUIYI_CHECK(desk.staff->passwords().Set(name, password));
  desk.staff->sessions().CloseAllOf(name);
  return JsonAnswer({{"name", name}, {"password", password}}, 201);
}

}  // namespace gateway::http
