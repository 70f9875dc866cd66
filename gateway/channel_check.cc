#include "gateway/channel_check.h"

#include "gateway/hub.h"
#include "gateway/intake.h"
#include "gateway/sight.h"
#include "petition/identifiers.h"
#include "search/text_index.h"

namespace gateway {

using petition::Result;

namespace {

constexpr std::size_t kLookedAtMax = 200;  // intakes of one person or number; sealed ones are no hits of the index

/// The form an id number is compared and indexed in; "" when it says nothing.
std::string IdKey(std::string_view text) {
  const auto id = petition::NormaliseResidentId(text);
  return id.state == petition::IdState::kMissing ? std::string() : id.normal;
}

/// Both belong to one person of the submission.
bool Names(const petition::Submission& submission, const std::string& id, const std::string& name) {
  for (const auto& person : submission.petitioners) {
    if (IdKey(person.id_number) == id && petition::NormaliseName(person.name).normal == name) return true;
  }
  return false;
}

/// Whether any open hit of the index is what was asked for: the index narrows down, the record decides.
template <typename Fits>
Result<bool> AnyOpen(Hub& hub, const search::TextQuery& query, Fits fits) {
  GUIYI_TRY(const auto hits, hub.texts().Search(query));
  for (const auto index : hits.ids) {
    const auto stored = hub.ledger().Read(index);
    if (!stored.ok()) continue;
    const auto record = ReadIntakeRecord(*stored);
    if (record.ok() && fits(*record) && !SealedNow(hub.cases(), *record)) return true;
  }
  return false;
}

search::TextQuery OpenOnly() {
  search::TextQuery query;
  query.with_sealed = false;
  query.limit = kLookedAtMax;
  query.newest_first = true;
  return query;
}

}  // namespace

Result<bool> InChannel(Hub& hub, const ChannelQuestion& question) {
  auto query = OpenOnly();
  if (!question.query_code.empty()) {
    const auto code = NormaliseQueryCode(question.query_code);
    if (code.empty()) return false;
    query.number = code;
    return AnyOpen(hub, query, [&](const IntakeRecord& record) {
      return ledger::ConstantTimeEqual(hub.intake().QueryCode(record.intake_no), code);
    });
  }
  const auto id = IdKey(question.id_number);
  const auto name = petition::NormaliseName(question.name);
  if (question.id_number.empty() || question.name.empty()) {
    return petition::Invalid("question_incomplete", "an id number with its name is needed, or a query code");
  }
  if (id.empty() || name.kind != petition::PersonName::Kind::kFull) return false;
  query.person = id;
  return AnyOpen(hub, query, [&](const IntakeRecord& record) { return Names(record.submission, id, name.normal); });
}

}  // namespace gateway
