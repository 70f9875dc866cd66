#include <algorithm>
#include <charconv>

#include "dedup/list_order.h"
#include "gateway/http/calls.h"
#include "gateway/http/staff.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kTextBytesMax = 4096;

}  // namespace

void SourceCounts::Count(const std::string& source, petition::Time now, const Receipt& receipt) {
  const bool sealed = std::find(receipt.flags.begin(), receipt.flags.end(), "sealed") != receipt.flags.end();
  std::lock_guard lock(mutex_);
  auto& counts = counts_[source];
  counts.last_seen = now;
  if (!sealed) ++(receipt.existing ? counts.resends : counts.registered);
}

void SourceCounts::CountRefused(const std::string& source, petition::Time now) {
  if (source.empty()) return;
  std::lock_guard lock(mutex_);
  auto& counts = counts_[source];
  counts.last_seen = now;
  ++counts.refused;
}

std::map<std::string, SourceCounts::Counts> SourceCounts::All() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

Desk::Desk(Hub& its_hub, HttpOptions its_options)
    : hub(its_hub),
      options(std::move(its_options)),
      anonymous(options.anonymous, hub.clock()),
      previews(options.previews, hub.clock()),
      checks(options.checks, hub.clock()) {}

Desk::~Desk() = default;

petition::Error FieldError(const char* name, const char* code, const char* message) {
  auto error = petition::Invalid(code, message);
  error.fields.push_back({std::string("/") + name, code, message});
  return error;
}

Result<Json> BodyObject(const Request& request) {
  GUIYI_TRY(auto json, petition::ParseJson(request.body));
  if (!json.is_object()) return petition::Invalid("json_not_object", "the body must be one JSON object");
  return json;
}

Result<std::string> TextField(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::string();
  if (!found->is_string()) return FieldError(name, "type", "must be a text");
  const auto& text = found->get_ref<const std::string&>();
  if (text.size() > kTextBytesMax) return FieldError(name, "too_long", "longer than 4096 bytes");
  return text;
}

Result<std::string> NeededText(const Json& json, const char* name) {
  GUIYI_TRY(auto text, TextField(json, name));
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return FieldError(name, "field_missing", "is needed");
  return text;
}

Result<std::size_t> LimitOf(const Request& request, std::size_t otherwise, std::size_t max) {
  const auto text = request.Query("limit");
  if (text.empty()) return otherwise;
  const auto number = NumberOf(text);
  if (!number.ok() || *number == 0) return FieldError("limit", "limit_invalid", "limit is a whole number from 1 on");
  return static_cast<std::size_t>(std::min<std::uint64_t>(*number, max));
}

Result<std::optional<std::uint64_t>> CursorOf(const Request& request) {
  const auto text = request.Query("cursor");
  if (text.empty()) return std::optional<std::uint64_t>();
  const auto number = NumberOf(text);
  if (!number.ok()) return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
  return std::optional(*number);
}

Result<ListedRows> ListRows(const Request& request, std::vector<Json> rows, const char* id,
                            std::span<const std::string_view> columns, std::size_t limit) {
  GUIYI_TRY(const auto order, dedup::ReadListOrder(request.Query("sort"), columns));
  if (order.column > 0) {
    const std::string key(columns[static_cast<std::size_t>(order.column) - 1]);
    std::stable_sort(rows.begin(), rows.end(), [&](const Json& a, const Json& b) {
      return order.falling ? b.at(key) < a.at(key) : a.at(key) < b.at(key);
    });
  }
  ListedRows listed;
  listed.total = rows.size();
  auto at = rows.begin();
  if (const auto after = request.Query("cursor"); !after.empty()) {
    at = std::find_if(rows.begin(), rows.end(), [&](const Json& row) { return row.at(id) == after; });
    if (at == rows.end()) return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
    ++at;
  }
  for (; at != rows.end() && listed.rows.size() < limit; ++at) listed.rows.push_back(std::move(*at));
  if (at != rows.end()) listed.cursor = listed.rows.back().at(id);
  return listed;
}

Result<std::uint64_t> NumberOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) {
    return petition::Invalid("number_invalid", "not a number");
  }
  return number;
}

petition::Error NoSuchIntake() { return petition::NotFound("there is no such intake"); }
petition::Error NoSuchCase() { return petition::NotFound("there is no such case"); }

Result<Located> LocateIndex(Desk& desk, const Principal& who, std::uint64_t index, ledger::Ledger::Raw raw) {
  auto stored = desk.hub.ledger().Read(index, raw);
  if (!stored.ok()) {
    if (stored.error().code == petition::Code::kNotFound) return NoSuchIntake();
    return std::move(stored).error();
  }
  if (stored->kind != ledger::Kind::kIntake) return NoSuchIntake();
  Located found;
  found.index = index;
  found.stored = std::move(stored).value();
  if (auto member = desk.hub.cases().Member(index); member.ok()) found.member = std::move(member).value();
  if (found.stored.dropped) {
    // What it said is gone; that it was there, whose it was and where it led stays known.
    if (!found.member || !SeesMember(who, *found.member)) return NoSuchIntake();
    found.intake_no = found.member->intake_no;
    found.sealed = found.member->sealed;
    return found;
  }
  GUIYI_TRY(found.record, ReadIntakeRecord(found.stored));
  if (!SeesIntake(desk.hub.cases(), who, *found.record)) return NoSuchIntake();
  found.intake_no = found.record->intake_no;
  found.sealed = SealedNow(desk.hub.cases(), *found.record);
  return found;
}

Result<Located> Locate(Desk& desk, const Principal& who, std::string_view intake_no, ledger::Ledger::Raw raw) {
  const auto index = desk.hub.intake().Find(intake_no);
  if (!index.ok()) {
    if (index.error().code == petition::Code::kNotFound || index.error().code == petition::Code::kInvalid)
      return NoSuchIntake();
    return index.error();
  }
  return LocateIndex(desk, who, *index, raw);
}

bool OwnsCase(Desk& desk, const Principal& who, std::string_view case_or_group_no) {
  if (case_or_group_no.empty()) return false;
  if (who.role != Role::kSource && who.role != Role::kHandler) return true;
  const auto index = desk.hub.cases().IndexOfIntakeNo(dedup::IntakeNoOfCase(case_or_group_no));
  if (!index.ok() || !*index) return false;
  const auto lead = desk.hub.cases().Member(**index);
  return lead.ok() && SeesMember(who, *lead);
}

std::optional<Masks> MasksOf(Desk& desk, const Principal& who, std::uint64_t index) {
  if (who.personal || who.role == Role::kSource) return std::nullopt;
  const auto stored = desk.hub.ledger().Read(index);
  const auto record = stored.ok() ? ReadIntakeRecord(*stored) : Result<IntakeRecord>(NoSuchIntake());
  return Masks(record.ok() ? record->submission : petition::Submission());
}

Json WordsOf(Desk& desk, const Principal& who, std::uint64_t index) {
  const auto stored = desk.hub.ledger().Read(index);
  if (!stored.ok()) return Json::object();
  const auto record = ReadIntakeRecord(*stored);
  if (!record.ok()) return Json::object();
  const auto shown = who.personal ? record->submission : Masked(record->submission);
  Json words{{"title", shown.title}, {"content", shown.content}, {"placeText", shown.place_text}};
  auto& people = words["petitioners"] = Json::array();
  for (const auto& person : shown.petitioners) {
    people.push_back({{"name", person.name}, {"phone", person.phone}, {"role", person.role}});
    if (people.size() == 20) break;
  }
  return words;
}

}  // namespace gateway::http
