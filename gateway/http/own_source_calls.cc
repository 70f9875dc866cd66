// What a department does about its own connection: a new key, and what its mapping made of the last records.
#include "gateway/feeds/made_record.h"
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/state/list_total.h"
#include "gateway/state/source_figures.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kRecordsShown = 20, kRecordsShownMax = 100;
constexpr std::uint64_t kKeyDaysMax = 3660, kOldKeyHours = 24, kOldKeyHoursMax = 24 * 14;

/// A whole number of the body, `otherwise` when it is absent.
Result<std::uint64_t> NumberField(const Json& body, const char* name, std::uint64_t otherwise, std::uint64_t max) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return otherwise;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > max)
    return FieldError(name, "range", "must be a whole number that is not too large");
  return found->get<std::uint64_t>();
}

Json RecordView(const IntakeRecord& record) {
  auto json = MadeRecord(record.submission);
  json["intakeNo"] = record.intake_no;
  json["externalId"] = record.submission.external_id;
  json["registeredAt"] = petition::FormatTime(record.registered_at);
  json["revision"] = record.revision_of != ledger::kNoIndex;
  json["flags"] = record.flags;
  return json;
}

}  // namespace

Outcome RenewSourceKey(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto body, BodyObject(request));
  // A misspelt word would leave a key that is known to others at work for a day.
  for (const auto& [name, value] : body.items()) {
    if (name != "days" && name != "oldHours") return FieldError(name.c_str(), "unknown", "is not a field of this call");
  }
  GUIYI_TRY(const auto days, NumberField(body, "days", 0, kKeyDaysMax));
  GUIYI_TRY(const auto hours, NumberField(body, "oldHours", kOldKeyHours, kOldKeyHoursMax));
  const auto now = desk.hub.clock().Now();
  Registry::KeyRenewal renewal;
  if (days > 0) renewal.ends = now + std::chrono::hours(24 * days);
  renewal.old_until = now + std::chrono::hours(hours);
  renewal.by = request.who->name;
  GUIYI_TRY(const auto key, desk.hub.registry().RenewKey(source.name, renewal));
  auto answer = JsonAnswer({{"name", source.name},
                            {"key", key},
                            {"keyExpiresAt", renewal.ends ? Json(petition::FormatTime(*renewal.ends)) : Json()},
                            {"oldKeyUntil", petition::FormatTime(renewal.old_until)}},
                           201);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

Outcome ReadSourceRecords(Desk& desk, Request& request) {
  GUIYI_TRY(const auto source, VisibleSource(desk, request));
  GUIYI_TRY(const auto limit, LimitOf(request, kRecordsShown, kRecordsShownMax));
  GUIYI_TRY(const auto after, CursorOf(request));
  GUIYI_TRY(auto last, LastOfSource(desk.hub.cases(), source.name, limit + 1, after, request.Query("sort")));
  const bool more = last.rows.size() > limit;
  if (more) last.rows.pop_back();
  Json records = Json::array();
  for (const auto index : last.rows) {
    GUIYI_TRY(const auto stored, desk.hub.ledger().Read(index));
    if (stored.dropped) continue;
    GUIYI_TRY(const auto record, ReadIntakeRecord(stored));
    if (!record.sealed) records.push_back(RecordView(record));
  }
  Json answer{{"records", std::move(records)}, {"cursor", more ? Json(std::to_string(last.rows.back())) : Json()}};
  AddListTotal(answer, last.total);
  return JsonAnswer(answer);
}

}  // namespace gateway::http
