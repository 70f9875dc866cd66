// Reading back: an intake as its reader may see it, its bytes as they came, its proof, and a source's feed of changes.
#include "gateway/http/calls.h"
#include "gateway/http/problem.h"
#include "gateway/http/receipt_page.h"
#include "gateway/resend.h"

namespace gateway::http {

using petition::Json;

namespace {

constexpr std::size_t kResendsShown = 20;

/// So that the same people are masked in it.
petition::Submission WithPeopleOf(const petition::Submission& first, petition::Submission fields) {
  fields.petitioners = first.petitioners;
  return fields;
}

/// Without what no longer holds.
std::vector<std::string> FlagsOf(const IntakeRecord& record, bool sealed) {
  auto flags = record.flags;
  if (!sealed)
    std::erase_if(flags,
                  [](const std::string& flag) { return flag.starts_with("sealed") || flag == "sealing-unsure"; });
  return flags;
}

/// Number and time of an earlier or later registration under the same number of the source.
Json Sibling(Desk& desk, const Principal& who, std::uint64_t index) {
  const auto found = LocateIndex(desk, who, index);
  if (!found.ok()) return nullptr;
  Json json{{"intakeNo", found->intake_no}, {"ledgerIndex", index}};
  if (found->record) json["registeredAt"] = petition::FormatTime(found->record->registered_at);
  return json;
}

/// All registrations under the number that this one came under, revisions apart from those of other people.
petition::Status AddSiblings(Desk& desk, const Principal& who, const Located& found, Json& json) {
  const auto& record = *found.record;
  auto& revisions = json["revisions"] = Json::array();
  json["revisionOf"] = nullptr;
  if (record.revision_of != ledger::kNoIndex) json["revisionOf"] = Sibling(desk, who, record.revision_of);
  if (record.submission.external_id.empty()) return petition::Ok();
  GUIYI_TRY(const auto known, desk.hub.ledger().FindExternal(record.source, record.submission.external_id));
  const auto root = record.revision_of == ledger::kNoIndex ? found.index : record.revision_of;
  Json others = Json::array();
  for (const auto& one : known) {
    if (one.index == found.index || one.index == root) continue;
    const auto other = LocateIndex(desk, who, one.index);
    if (!other.ok() || !other->record) continue;
    Json sibling{{"intakeNo", other->intake_no},
                 {"ledgerIndex", one.index},
                 {"registeredAt", petition::FormatTime(other->record->registered_at)}};
    (other->record->revision_of == root ? revisions : others).push_back(std::move(sibling));
    if (revisions.size() + others.size() >= 500) break;
  }
  if (!others.empty()) json["sameNumber"] = std::move(others);
  return petition::Ok();
}

/// What later sendings of the same said otherwise.
petition::Status AddResends(Desk& desk, const Principal& who, const Located& found, Json& json) {
  GUIYI_TRY(const auto resends, KeptResends(desk.hub.ledger(), found.index, kResendsShown));
  if (resends.empty()) return petition::Ok();
  auto& list = json["resends"] = Json::array();
  for (const auto& resend : resends) {
    list.push_back({{"at", petition::FormatTime(resend.at)},
                    {"ledgerIndex", resend.entry},
                    {"fields", SubmissionView(WithPeopleOf(found.record->submission, resend.fields), who)}});
    list.back()["fields"].erase("petitioners");
  }
  return petition::Ok();
}

/// What an auditor checks a commitment with: SHA-256(salt || SHA-256(raw) || SHA-256(record)). The hashes do for one
/// without the right to personal data, the record itself is for one who has it.
Json CommitmentOf(const Principal& who, const ledger::Stored& stored) {
  const auto hash = [](std::string_view bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); };
  Json json{{"entry", stored.entry},
            {"salt", ledger::Base64(stored.salt)},
            {"rawSha256", hash(stored.raw)},
            {"recordSha256", hash(stored.record)}};
  if (who.personal) json["record"] = stored.record;
  return json;
}

petition::Status AddMatching(Desk& desk, const Principal& who, const Located& found, Json& json) {
  json["decision"] = nullptr;
  json["case"] = nullptr;
  json["events"] = Json::array();
  json["deliveries"] = Json::array();
  json["state"] = "registered";
  if (!found.member) return petition::Ok();
  const auto& member = *found.member;
  json["state"] = member.state;
  json["nationalNo"] = member.national_no.empty() ? Json(nullptr) : Json(member.national_no);
  json["nationalState"] = member.national_state.empty() ? Json(nullptr) : Json(member.national_state);
  if (const auto decision = desk.hub.cases().DecisionOf(found.index); decision.ok()) {
    json["decision"] = DecisionToJson(*decision, &who);
  }
  if (OwnsCase(desk, who, member.case_no)) {
    json["case"] = {{"caseNo", member.case_no},
                    {"groupNo", OwnsCase(desk, who, member.group_no) ? Json(member.group_no) : Json(nullptr)}};
  }
  GUIYI_TRY(const auto events, desk.hub.cases().Events(found.index));
  const bool plain = who.personal || who.role == Role::kSource;
  const Masks masks(found.record ? found.record->submission : petition::Submission());
  for (const auto& event : events) {
    auto shown = EventView(event);
    if (!plain) shown["by"] = masks.Text(event.by);
    if (event.has_text && !found.stored.dropped) {
      if (const auto entry = desk.hub.ledger().Read(event.entry); entry.ok() && !entry->dropped) {
        if (const auto record = petition::ParseJson(entry->record);
            record.ok() && record->contains("text") && (*record)["text"].is_string()) {
          const auto& text = (*record)["text"].get_ref<const std::string&>();
          shown["text"] = plain ? text : masks.Text(text);
        }
      }
    }
    json["events"].push_back(std::move(shown));
  }
  GUIYI_TRY(const auto deliveries, desk.hub.deliveries().OfIntake(found.index));
  for (auto delivery : deliveries) {
    if (!OwnsCase(desk, who, delivery.case_no)) delivery.case_no.clear();
    json["deliveries"].push_back(DeliveryView(delivery));
  }
  return petition::Ok();
}

Outcome Show(Desk& desk, const Request& request, const Located& found) {
  const auto& who = *request.who;
  Json json{{"intakeNo", found.intake_no}, {"ledgerIndex", found.index}, {"sealed", found.sealed}};
  if (found.record) {
    const auto& record = *found.record;
    json["source"] = record.source;
    json["registeredAt"] = petition::FormatTime(record.registered_at);
    json["historic"] = record.historic;
    json["flags"] = FlagsOf(record, found.sealed);
    if (found.sealed) json["sealingRule"] = record.sealing_rule;
    json["submission"] = SubmissionView(record.submission, who);
    GUIYI_CHECK(AddSiblings(desk, who, found, json));
    GUIYI_CHECK(AddResends(desk, who, found, json));
  } else {
    json["dropped"] = true;
    json["source"] = found.member->source;
    json["registeredAt"] = petition::FormatTime(found.member->registered_at);
    json["historic"] = found.member->historic;
  }
  GUIYI_CHECK(AddMatching(desk, who, found, json));
  if (who.role == Role::kAuditor) {
    GUIYI_TRY(const auto stored, desk.hub.ledger().Read(found.index, ledger::Ledger::Raw::kRead));
    json["commitment"] = stored.dropped ? Json{{"entry", stored.entry}} : CommitmentOf(who, stored);
  }
  Reading reading(who, Call::kReadIntake);
  reading.Showed(found.index, found.sealed);
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  return JsonAnswer(json);
}

}  // namespace

Outcome ReadIntake(Desk& desk, Request& request) {
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  return Show(desk, request, found);
}

Outcome ReadIntakeByNumber(Desk& desk, Request& request) {
  const auto& who = *request.who;
  std::string source(request.Query("source"));
  if (source.empty()) source = who.source;
  const auto external_id = request.Query("externalId");
  if (source.empty()) return FieldError("source", "field_missing", "the query needs source");
  if (external_id.empty()) return FieldError("externalId", "field_missing", "the query needs externalId");
  GUIYI_TRY(const auto known, desk.hub.ledger().FindExternal(source, external_id));
  for (const auto& one : known) {
    auto found = LocateIndex(desk, who, one.index);
    if (found.ok()) return Show(desk, request, *found);
    if (found.error().code != petition::Code::kNotFound) return std::move(found).error();
  }
  return NoSuchIntake();
}

Outcome ReadRaw(Desk& desk, Request& request) {
  const auto& who = *request.who;
  GUIYI_TRY(const auto found, Locate(desk, who, request.captures[0], ledger::Ledger::Raw::kRead));
  // Bytes can't be masked. The source that sent them has them already.
  if (who.role != Role::kSource && !who.personal) return Forbidden();
  if (found.stored.dropped || !found.record)
    return petition::Error{
        petition::Code::kNotFound, "payload_dropped", "its bytes ended with their retention", {}, {}};
  Reading reading(who, Call::kReadRaw);
  reading.Showed(found.index, found.sealed);
  GUIYI_CHECK(reading.Record(desk.hub.ledger()));
  Answer answer;
  answer.media_type = "application/octet-stream";
  answer.body = found.stored.raw;
  answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + found.intake_no + ".raw\"");
  answer.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
  // Named beside the bytes and not as their type, so that no browser runs what a petitioner sent.
  std::string type = found.record->media_type.substr(0, 200);
  if (std::all_of(type.begin(), type.end(), [](char c) { return c >= 0x20 && c < 0x7f; }))
    answer.headers.emplace_back("X-Original-Media-Type", type);
  return answer;
}

Outcome ReadProof(Desk& desk, Request& request) {
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  GUIYI_TRY(const auto proof, desk.hub.ledger().Prove(found.index));
  Answer answer;
  answer.media_type = "text/plain; charset=utf-8";
  answer.body = proof.Text();
  return answer;
}

/// The same for paper. Its query code is for its source only, as in the receipt itself.
Outcome ReadReceiptPage(Desk& desk, Request& request) {
  GUIYI_TRY(const auto found, Locate(desk, *request.who, request.captures[0]));
  GUIYI_TRY(const auto receipt, desk.hub.intake().ReceiptOf(found.index));
  const bool own = request.who->role == Role::kSource;
  GUIYI_TRY(const auto key, ledger::VerifierKey::Parse(desk.hub.ledger().vkey()));
  return ReceiptPage(receipt, key.name, key.Text(), own);
}

Outcome ReadChanges(Desk& desk, Request& request) {
  std::uint64_t cursor = 0;
  if (const auto text = request.Query("cursor"); !text.empty()) {
    const auto number = NumberOf(text);
    if (!number.ok()) return petition::Invalid("cursor_invalid", "the cursor is one that an earlier answer gave");
    cursor = *number;
  }
  GUIYI_TRY(const auto limit, LimitOf(request, 100, 1000));
  GUIYI_TRY(const auto page, desk.hub.cases().Changes(request.who->source, cursor, limit));
  Json changes = Json::array();
  for (const auto& row : page.rows) changes.push_back(ChangeView(row));
  return JsonAnswer({{"changes", std::move(changes)}, {"cursor", std::to_string(page.next)}, {"more", page.more}});
}

}  // namespace gateway::http
