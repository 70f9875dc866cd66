// The petitioner's own view: how it stands with my matter, and did the department's number reach you? Whoever gives a
// wrong code learns nothing: a wrong code, a number that does not exist and one that is hidden are answered alike. With
// the name alone one bit is told, and of sealed intakes not even that: an accused could ask.
#include "gateway/answers.h"
#include "gateway/http/calls.h"
#include "gateway/http/form_fields.h"
#include "gateway/http/pages.h"
#include "gateway/http/problem.h"
#include "gateway/http/receipt_check.h"

namespace gateway::http {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kSameNumberMax = 200;

petition::Error NoSuchProgress() {
  return {petition::Code::kNotFound, "progress_unknown", "no intake has this number and query code", {}, {}};
}

/// Whether the code belongs to that number; takes the same steps whatever the number is.
bool CodeFits(Desk& desk, std::string_view intake_no, std::string_view code) {
  const auto expected = desk.hub.intake().QueryCode(intake_no);
  auto given = NormaliseQueryCode(code);
  const bool readable = given.size() == expected.size();
  given.resize(expected.size(), ' ');
  return ledger::ConstantTimeEqual(given, expected) && readable;
}

bool ChangesState(std::string_view event) { return event != "rated"; }

Result<Json> ProgressOf(Desk& desk, const std::string& number, const std::string& code, Language language) {
  const bool english = language == Language::kEnglish;
  const auto parsed = petition::ParseIntakeNo(number);
  const bool fits = CodeFits(desk, parsed ? parsed->text : number, code);
  if (!parsed || !fits) return NoSuchProgress();
  const auto index = desk.hub.intake().Find(parsed->text);
  if (!index.ok()) return NoSuchProgress();
  Json json{{"intakeNo", parsed->text}, {"registeredAt", nullptr}, {"state", "registered"}, {"events", Json::array()}};
  if (const auto stored = desk.hub.ledger().Read(*index); stored.ok()) {
    if (const auto record = ReadIntakeRecord(*stored); record.ok())
      json["registeredAt"] = petition::FormatTime(record->registered_at);
  }
  GUIYI_TRY(const auto told, ToldTo(desk.hub, *index));
  for (const auto& one : told) {
    if (ChangesState(one.event)) json["state"] = one.event;
    Json shown{
        {"event", one.event}, {"eventText", StateText(one.event, english)}, {"at", petition::FormatTime(one.at)}};
    if (!one.text.empty()) shown["text"] = one.text;
    if (one.shared) shown["shared"] = true;
    json["events"].push_back(std::move(shown));
  }
  json["stateText"] = StateText(json["state"].get_ref<const std::string&>(), english);
  return json;
}

bool NameFits(const petition::Submission& submission, const std::string& name) {
  const auto asked = petition::NormaliseName(name);
  if (asked.kind != petition::PersonName::Kind::kFull) return false;
  bool fits = false;
  for (const auto& person : submission.petitioners) {
    const auto own = petition::NormaliseName(person.name);
    fits = fits || (own.kind == petition::PersonName::Kind::kFull && own.normal == asked.normal);
  }
  return fits;
}

bool IsRegistered(Desk& desk, std::uint64_t index, const std::string& code, const std::string& name) {
  const auto stored = desk.hub.ledger().Read(index);
  if (!stored.ok()) return false;
  const auto record = ReadIntakeRecord(*stored);
  if (!record.ok()) return false;
  if (!code.empty()) return CodeFits(desk, record->intake_no, code);
  return NameFits(record->submission, name) && !SealedNow(desk.hub.cases(), *record);
}

}  // namespace

Outcome Progress(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto number, NeededText(body, "intakeNo"));
  GUIYI_TRY(const auto code, NeededText(body, "queryCode"));
  GUIYI_TRY(const auto json, ProgressOf(desk, number, code, request.language));
  return JsonAnswer(json);
}

Outcome ProgressForm(Desk&, Request&) { return FrontPageAnswer(); }

Outcome ProgressPage(Desk& desk, Request& request) {
  std::string number, code;
  for (const auto& [name, value] : ParseQuery(request.body)) {
    if (name == "intakeNo") number = value;
    if (name == "queryCode") code = value;
  }
  const auto json = ProgressOf(desk, number, code, request.language);
  if (!json.ok() && json.error().code != petition::Code::kNotFound) return json.error();
  return ResultPage(json.ok() ? *json : Json(nullptr));
}

Outcome ReceiptCheckPage(Desk& desk, Request& request) {
  GUIYI_TRY(auto fields, FieldsOf(request));
  const std::string receipt = fields["receipt"].empty() ? fields["file"] : fields["receipt"];
  GUIYI_TRY(const auto key, ledger::VerifierKey::Parse(desk.hub.ledger().vkey()));
  auto checked = CheckReceipt(receipt, key);
  if (checked.outcome != ReceiptChecked::Outcome::kHolds) return ReceiptResultPage(checked, "");
  // Who holds the proof of an entry may know when it was registered, and whether the number beside it is its own.
  GUIYI_TRY(const auto stored, desk.hub.ledger().Read(checked.index));
  const auto record = ReadIntakeRecord(stored);
  if (record.ok() && !checked.intake_no.empty() && record->intake_no != checked.intake_no)
    checked.outcome = ReceiptChecked::Outcome::kBroken;
  return ReceiptResultPage(checked, record.ok() ? petition::FormatTime(record->registered_at) : "");
}

Outcome Registered(Desk& desk, Request& request) {
  GUIYI_TRY(const auto body, BodyObject(request));
  GUIYI_TRY(const auto source, NeededText(body, "source"));
  GUIYI_TRY(const auto external_id, NeededText(body, "externalId"));
  GUIYI_TRY(const auto code, TextField(body, "queryCode"));
  GUIYI_TRY(const auto name, TextField(body, "name"));
  if (code.empty() && name.empty()) return petition::Invalid("question_incomplete", "a query code or a name is needed");
  bool registered = false;
  GUIYI_TRY(const auto known, desk.hub.ledger().FindExternal(source, external_id));
  for (std::size_t i = 0; i < known.size() && i < kSameNumberMax; ++i) {
    registered = IsRegistered(desk, known[i].index, code, name) || registered;
  }
  // What somebody was told and is not here is worth a look; that it could not be noted is no reason not to answer.
  if (known.empty()) (void)desk.hub.oversight().NameMissing(source, external_id);
  return JsonAnswer({{"registered", registered ? "yes" : "unknown"}});
}

}  // namespace gateway::http
