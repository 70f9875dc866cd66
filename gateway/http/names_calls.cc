// What people call sources and divisions, for the console to show instead of codes. Names of systems and places, which
// are no secret to those who sign in; a department is told of its own source only.
#include "gateway/http/calls.h"

namespace gateway::http {

using petition::Json;

Outcome ReadNames(Desk& desk, Request& request) {
  const auto& all = desk.options.names;
  Json names{{"sources", Json::object()}, {"divisions", Json::object()}};
  if (!all.is_object()) return JsonAnswer(names);
  names = all;
  const auto& who = *request.who;
  if (who.role == Role::kDepartment || who.role == Role::kHandler) {
    names["sources"] = Json::object();
    if (all["sources"].contains(who.source)) names["sources"][who.source] = all["sources"][who.source];
  }
  return JsonAnswer(names);
}

}  // namespace gateway::http
