#include "gateway/resend.h"

#include <algorithm>

namespace gateway {

using petition::Json;
using petition::Result;

namespace {

constexpr std::size_t kLookedBackMax = 64;  // events of an intake looked at for the last difference kept

/// The record of an event entry when it keeps a resend's difference.
Result<std::optional<Json>> ReadKept(const ledger::Ledger& ledger, std::uint64_t entry) {
  GUIYI_TRY(const auto stored, ledger.Read(entry));
  if (stored.dropped) return std::optional<Json>();
  auto record = petition::ParseJson(stored.record);
  if (!record.ok() || record->value("what", "") != "resend" || !record->contains("fields"))
    return std::optional<Json>();
  return std::optional<Json>(std::move(*record));
}

}  // namespace

Json ResendDifference(const petition::Submission& first, const petition::Submission& again) {
  const Json before = petition::SubmissionToJson(first, false), after = petition::SubmissionToJson(again, false);
  Json fields = Json::object();
  for (const char* name : {"upstreamNo", "linkNo", "claims", "tie"}) {
    if (after.contains(name) && (!before.contains(name) || before[name] != after[name])) fields[name] = after[name];
  }
  for (const auto& [name, value] : again.unknown.items()) {
    const auto known = first.unknown.find(name);
    if (known == first.unknown.end() || *known != value) fields["unknown"][name] = value;
  }
  return fields;
}

Result<std::optional<ledger::Draft>> ResendEntry(const ledger::Ledger& ledger, const IntakeRecord& first,
                                                 const Arrival& again, petition::Time now) {
  petition::Submission said = again.submission;
  said.tie.by = said.tie.verdict.empty() ? std::string() : again.operator_name;
  Json fields = ResendDifference(first.submission, said);
  if (fields.empty()) return std::optional<ledger::Draft>();
  GUIYI_TRY(const auto events, ledger.History(first.index, ledger::Kind::kEvent));
  std::size_t looked_at = 0;
  for (auto entry = events.rbegin(); entry != events.rend() && looked_at < kLookedBackMax; ++entry, ++looked_at) {
    GUIYI_TRY(const auto kept, ReadKept(ledger, *entry));
    if (!kept) continue;
    if ((*kept)["fields"] == fields) return std::optional<ledger::Draft>();
    break;
  }
  ledger::Draft draft;
  draft.kind = ledger::Kind::kEvent;
  draft.about = first.index;
  draft.record = petition::CanonicalJson(Json{{"kind", "event"},
                                              {"v", 1},
                                              {"what", "resend"},
                                              {"intake", first.index},
                                              {"intakeNo", first.intake_no},
                                              {"by", again.source},
                                              {"at", petition::FormatTime(now)},
                                              {"fields", std::move(fields)}});
  return std::optional<ledger::Draft>(std::move(draft));
}

Result<std::vector<KeptResend>> KeptResends(const ledger::Ledger& ledger, std::uint64_t intake, std::size_t limit) {
  std::vector<KeptResend> found;
  GUIYI_TRY(const auto events, ledger.History(intake, ledger::Kind::kEvent));
  for (auto entry = events.rbegin(); entry != events.rend() && found.size() < limit; ++entry) {
    GUIYI_TRY(auto kept, ReadKept(ledger, *entry));
    if (!kept) continue;
    KeptResend resend;
    resend.entry = *entry;
    if (const auto at = petition::ParseTime(kept->value("at", "")); at.ok()) resend.at = *at;
    Json fields = (*kept)["fields"];
    const Json unknown = fields.value("unknown", Json::object());
    fields.erase("unknown");
    fields["content"] = "-";  // a submission has words; here they are those of the first
    auto read = petition::SubmissionFromJson(fields);
    if (!read.ok()) continue;
    resend.fields = std::move(*read);
    resend.fields.content.clear();
    resend.fields.unknown = unknown;
    found.push_back(std::move(resend));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace gateway
