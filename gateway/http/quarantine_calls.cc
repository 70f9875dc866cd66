// What was refused and is still to be mended: the list with reasons, replaying by the mapping of now, setting aside.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kReplayMax = 1'000;

bool Sees(const Principal& who, std::string_view source) {
  return who.role != Role::kDepartment || who.source == source;
}

Json RowView(const QuarantineRow& row, petition::Time now) {
  Json json = {{"id", row.index},
               {"source", row.source},
               {"door", row.door},
               {"reason", row.reason},
               {"place", row.place},
               {"at", petition::FormatTime(row.at)},
               {"ageSeconds", std::chrono::duration_cast<std::chrono::seconds>(now - row.at).count()},
               {"size", row.size},
               {"state", QuarantineStateName(row.state)},
               {"shadow", row.shadow}};
  if (row.shadow) json["wouldFail"] = row.would_fail;
  if (row.closed_by != ledger::kNoIndex) json["closedBy"] = row.closed_by;
  if (row.intake != ledger::kNoIndex) json["intake"] = row.intake;
  return json;
}

/// What the ledger says of a row beside it: where it was wrong. Bytes that are gone leave it standing.
void AddWhere(Desk& desk, Json& row) {
  const auto stored = desk.hub.ledger().Read(row.at("id").get<std::uint64_t>());
  if (!stored.ok()) return;
  const auto record = petition::ParseJson(stored->record);
  const Json where = record.ok() && record->is_object() ? record->value("where", Json::object()) : Json::object();
  if (const auto at = where.find("at"); at != where.end()) row["position"] = *at;
  if (const auto fields = where.find("fields"); fields != where.end()) row["errors"] = *fields;
  if (const auto version = where.find("mapping"); version != where.end()) row["mappingVersion"] = *version;
}

Json ReplayedView(const Replayed& one) {
  Json json = {{"id", one.index}, {"outcome", one.outcome}};
  if (!one.intake_no.empty()) json["intakeNo"] = one.intake_no;
  if (!one.error) return json;
  json["code"] = one.error->Reason();
  json["message"] = one.error->message;
  json["errors"] = Json::array();
  for (const auto& field : one.error->fields) {
    json["errors"].push_back({{"pointer", field.pointer}, {"code", field.code}, {"message", field.message}});
  }
  return json;
}

/// The rows a body names: by their ids, or the oldest open ones of a source. What the caller may not see is not there.
Result<std::vector<QuarantineRow>> RowsOf(Desk& desk, const Principal& who, const Json& body) {
  std::vector<QuarantineRow> rows;
  if (const auto ids = body.find("ids"); ids != body.end()) {
    if (!ids->is_array() || ids->size() > kReplayMax)
      return FieldError("ids", "type", "must be a list of at most 1000 ids");
    for (const Json& id : *ids) {
      if (!id.is_number_unsigned()) return FieldError("ids", "type", "must be a list of numbers");
      GUIYI_TRY(auto row, desk.hub.quarantine().Get(id.get<std::uint64_t>()));
      if (!row || !Sees(who, row->source)) return petition::NotFound("there is nothing of this id in quarantine");
      rows.push_back(std::move(*row));
    }
    return rows;
  }
  QuarantineFilter filter;
  GUIYI_TRY(filter.source, TextField(body, "source"));
  GUIYI_TRY(filter.reason, TextField(body, "reason"));
  if (filter.source.empty()) return FieldError("source", "field_missing", "is needed, or ids");
  if (!Sees(who, filter.source)) return petition::NotFound("there is no such source");
  filter.state = QuarantineRow::State::kOpen;
  std::optional<std::uint64_t> after;
  if (const auto from = body.find("after"); from != body.end() && from->is_number_unsigned())
    after = from->get<std::uint64_t>();
  std::size_t limit = 200;
  if (const auto most = body.find("limit"); most != body.end() && most->is_number_unsigned()) {
    limit = std::min<std::size_t>(most->get<std::size_t>(), kReplayMax);
  }
  return desk.hub.quarantine().List(filter, after, limit);
}

}  // namespace

Outcome ReadQuarantine(Desk& desk, Request& request) {
  const auto& who = *request.who;
  QuarantineFilter filter;
  filter.source = request.Query("source");
  filter.reason = request.Query("reason");
  if (who.role == Role::kDepartment) {
    if (!filter.source.empty() && filter.source != who.source) return petition::NotFound("there is no such source");
    filter.source = who.source;
  }
  const auto state = request.Query("state");
  if (state != "all") {
    filter.state = QuarantineStateFromName(state.empty() ? "open" : state);
    if (!filter.state) return FieldError("state", "unknown_value", "must be open, replayed, set_aside or all");
  }
  filter.sort = request.Query("sort");
  GUIYI_TRY(const auto after, CursorOf(request));
  GUIYI_TRY(const auto limit, LimitOf(request, 50, 500));
  GUIYI_TRY(const auto rows, desk.hub.quarantine().List(filter, after, limit));
  GUIYI_TRY(const auto counts, desk.hub.quarantine().Counts(filter.source));
  Json list = Json::array(), open = Json::array();
  for (const auto& row : rows) AddWhere(desk, list.emplace_back(RowView(row, desk.hub.clock().Now())));
  std::uint64_t total = 0;
  for (const auto& one : counts) {
    total += one.open;
    open.push_back({{"source", one.source},
                    {"reason", one.reason},
                    {"shadow", one.shadow},
                    {"open", one.open},
                    {"oldest", petition::FormatTime(one.oldest)}});
  }
  return JsonAnswer({{"rows", std::move(list)},
                     {"open", total},
                     {"counts", std::move(open)},
                     {"cursor", rows.size() == limit ? Json(std::to_string(rows.back().index)) : Json(nullptr)}});
}

Outcome ReplayQuarantine(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  const auto dry = body.find("dryRun");
  if (dry != body.end() && !dry->is_boolean()) return FieldError("dryRun", "type", "must be true or false");
  const bool dry_run = dry != body.end() && dry->get<bool>();
  GUIYI_TRY(const auto rows, RowsOf(desk, *request.who, body));
  GUIYI_TRY(const auto replayed, desk.hub.replay().Replay(rows, request.who->name, dry_run));
  Json results = Json::array();
  std::map<std::string, std::uint64_t> outcomes;
  for (const auto& one : replayed) {
    results.push_back(ReplayedView(one));
    ++outcomes[one.outcome];
  }
  return JsonAnswer({{"dryRun", dry_run},
                     {"results", std::move(results)},
                     {"outcomes", outcomes},
                     {"after", rows.empty() ? Json(nullptr) : Json(rows.back().index)}});
}

Outcome SetAside(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto reason, NeededText(body, "reason"));
  if (!body.contains("ids")) return FieldError("ids", "field_missing", "is needed");
  GUIYI_TRY(const auto rows, RowsOf(desk, *request.who, body));
  std::uint64_t closed = 0;
  for (const auto& row : rows) {
    const auto done = desk.hub.replay().SetAside(row, request.who->name, reason);
    if (!done.ok() && done.error().code != petition::Code::kConflict) return done.error();
    closed += done.ok() ? 1 : 0;
  }
  return JsonAnswer({{"closed", closed}});
}

}  // namespace gateway::http
