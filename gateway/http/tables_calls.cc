// The tables that an administrator changes from the console: a year's holidays, a destination's codes. A change is
// checked before it is taken, put on the ledger, and counts from the next start on.
#include "gateway/http/calls.h"
#include "gateway/http/system_calls.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

petition::Error NoSuchTable() { return petition::NotFound("there is no such table"); }

/// What the configuration says under that name, as the program was started; null: nothing.
Json FromSettings(const Desk& desk, std::string_view name) {
  const auto& settings = desk.options.settings;
  if (!settings.is_object()) return nullptr;
  if (const int year = YearOfTable(name); year != 0) {
    for (const auto& one : settings.value("calendar", Json::array()))
      if (one.value("year", 0) == year) return one;
    return nullptr;
  }
  for (const auto& one : settings.value("destinations", Json::array()))
    if (one.value("name", "") == DestinationOfTable(name)) return one.value("codes", Json());
  return nullptr;
}

bool IsTable(const Desk& desk, std::string_view name) {
  if (YearOfTable(name) != 0) return true;
  const auto destination = DestinationOfTable(name);
  if (destination.empty() || !desk.options.settings.is_object()) return false;
  for (const auto& one : desk.options.settings.value("destinations", Json::array()))
    if (one.value("name", "") == destination) return true;
  return false;
}

/// The text as it is to be kept: a table that is given, or that of an earlier version.
Result<std::string> TextToKeep(Desk& desk, const std::string& name, const Json& body) {
  if (const auto to = body.find("rollback"); to != body.end()) {
    if (!to->is_number_unsigned()) return FieldError("rollback", "type", "must be the number of a version, or 0");
    const auto wanted = to->get<std::uint64_t>();
    if (wanted == 0) return std::string();
    GUIYI_TRY(const auto versions, desk.hub.tables().Versions(name));
    for (const auto& one : versions)
      if (one.version == wanted) return one.text;
    return petition::NotFound("there is no such version");
  }
  const auto table = body.find("table");
  if (table == body.end() || !table->is_object())
    return FieldError("table", "field_missing", "is needed: an object, or rollback with the number of a version");
  return table->dump(1);
}

petition::Error AsField(petition::Error error) {
  if (error.code == petition::Code::kInvalid && error.fields.empty())
    error.fields.push_back({"/table", error.reason, error.message});
  return error;
}

}  // namespace

Outcome ReadTable(Desk& desk, Request& request) {
  const auto& name = request.captures[0];
  if (!IsTable(desk, name)) return NoSuchTable();
  GUIYI_TRY(const auto versions, desk.hub.tables().Versions(name));
  GUIYI_TRY(const auto in_effect, desk.hub.tables().InEffect());
  const auto counts = in_effect.find(name);
  Json list = Json::array();
  for (const auto& one : versions) {
    Json shown{{"version", one.version},
               {"at", petition::FormatTime(one.at)},
               {"by", one.by},
               {"note", one.note},
               {"table", nullptr}};
    if (!one.text.empty()) {
      GUIYI_TRY(shown["table"], petition::ParseJson(one.text));
    }
    list.push_back(std::move(shown));
  }
  return JsonAnswer({{"name", name},
                     {"version", versions.empty() ? 0 : versions.front().version},
                     {"inEffect", counts == in_effect.end() ? 0 : counts->second},
                     {"current", FromSettings(desk, name)},
                     {"versions", std::move(list)}});
}

Outcome PutTable(Desk& desk, Request& request) {
  const auto& name = request.captures[0];
  if (!IsTable(desk, name)) return NoSuchTable();
  GUIYI_TRY(const auto body, BodyObject(request));
  for (const auto& [field, value] : body.items()) {
    if (field != "table" && field != "rollback" && field != "note")
      return FieldError(field.c_str(), "unknown", "is not a field of this call");
  }
  GUIYI_TRY(const auto note, TextField(body, "note"));
  GUIYI_TRY(const auto text, TextToKeep(desk, name, body));
  if (const auto checked = CheckTable(name, text); !checked.ok()) return AsField(checked.error());
  GUIYI_TRY(const auto version, desk.hub.tables().Put(name, text, request.who->name, note));
  return JsonAnswer({{"name", name}, {"version", version}}, 201);
}

}  // namespace gateway::http
