#include "gateway/intake_proposal.h"

#include <algorithm>

#include "gateway/intake_identity.h"
#include "petition/identifiers.h"
#include "petition/json.h"

namespace gateway {

using petition::Result;

namespace {

/// Of keys that one look at the newest intakes of a number may compare; a joint letter's key has 32 KiB.
constexpr std::size_t kPeopleBytesMax = 256u << 10;

/// The intake that the revisions of this one, and itself if it is one, point at.
std::uint64_t FirstOf(const ledger::KnownIntake& intake) {
  return intake.key.revision_of == ledger::kNoIndex ? intake.index : intake.key.revision_of;
}

}  // namespace

petition::Error IntakeRefused() {
  return petition::Invalid("intake_refused", "the submission it is about was not registered");
}

IntakeProposal::IntakeProposal(const ledger::Ledger& ledger, const petition::Clock& clock, const std::string& division6,
                               const Arrival& arrival, PreparedRecord record, std::string content, std::string people,
                               bool wants_proof)
    : ledger_(ledger),
      clock_(clock),
      division6_(division6),
      arrival_(arrival),
      record_(std::move(record)),
      wants_proof_(wants_proof) {
  key_.source = arrival.source;
  if (!petition::IsPlaceholderNumber(arrival.submission.external_id)) key_.external_id = arrival.submission.external_id;
  key_.content = std::move(content);
  key_.people = std::move(people);
}

Result<const NumbersKnown::Number*> NumbersKnown::Find(const std::string& source, const std::string& external_id) {
  const auto [place, added] = numbers_.try_emplace({source, external_id});
  Number& number = place->second;
  if (!added) return &number;
  number.before = ledger_.size();  // first: what is appended while we ask is found again by Compose
  if (!ledger_.MayHold(source, external_id)) return &number;
  auto found = ledger_.FindExternal(source, external_id);
  if (!found.ok()) {
    numbers_.erase(place);
    return std::move(found).error();
  }
  number.intakes = std::move(*found);
  return &number;
}

petition::Status IntakeProposal::LookUp(NumbersKnown& numbers) {
  known_ = {};
  if (key_.external_id.empty()) return petition::Ok();
  GUIYI_TRY(const auto* const number, numbers.Find(key_.source, key_.external_id));
  const auto& found = number->intakes;
  known_.before = number->before;
  known_.used = !found.empty();
  if (found.size() < ledger::kSameNumberMax) {
    const auto same =
        std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.key.content == key_.content; });
    if (same != found.end()) known_.same_content = *same;
  } else {
    GUIYI_TRY(known_.same_content, ledger_.FindContent(key_.source, key_.external_id, key_.content));
  }
  const auto shared = std::find_if(found.begin(), found.end(),
                                   [&](const auto& one) { return PersonInCommon(one.key.people, key_.people); });
  if (shared != found.end()) known_.same_people = FirstOf(*shared);
  return petition::Ok();
}

IntakeProposal::Known IntakeProposal::Update(const ledger::View& view) const {
  Known known = known_;
  if (key_.external_id.empty() || known.same_content) return known;
  const auto since = view.FindSince(key_.source, key_.external_id, known.before);
  known.used = known.used || !since.empty();
  const auto same =
      std::find_if(since.begin(), since.end(), [&](const auto* one) { return one->key.content == key_.content; });
  if (same != since.end()) known.same_content = **same;
  if (same != since.end() || known.same_people != ledger::kNoIndex) return known;
  // From the newest on, and not for ever: everybody waits for the writer.
  std::size_t compared = 0, bytes = 0;
  for (auto one = since.rbegin(); one != since.rend(); ++one) {
    const ledger::IntakeKey& key = (*one)->key;
    if (++compared > ledger::kSameNumberMax || (bytes += key.people.size()) > kPeopleBytesMax) break;
    if (PersonInCommon(key.people, key_.people)) known.same_people = FirstOf(**one);
  }
  return known;
}

Result<std::variant<ledger::Draft, std::uint64_t>> IntakeProposal::Compose(ledger::View& view) {
  // It may run again after a commit that failed: nothing of an earlier run may stay.
  index_ = ledger::kNoIndex;
  if (!key_.external_id.empty() && known_.before < view.RemembersFrom()) {
    NumbersKnown now(ledger_);
    GUIYI_CHECK(LookUp(now));
  }
  Known known = Update(view);
  first_ = std::move(known.same_content);
  if (first_) {
    index_ = first_->index;
    return std::variant<ledger::Draft, std::uint64_t>(first_->index);
  }
  key_.revision_of = known.same_people;
  number_reused_ = known.used && !revision();
  index_ = view.NextIndex();
  registered_at_ = clock_.Now();
  key_.day = petition::LocalDay(registered_at_);
  GUIYI_TRY(key_.serial, view.NextSerial(key_.day));
  intake_no_ = petition::MakeIntakeNo(division6_, key_.day, key_.serial);
  ledger::Draft draft;
  draft.kind = ledger::Kind::kIntake;
  draft.record = record_.Finish({intake_no_, petition::FormatTime(registered_at_), key_.revision_of, number_reused_});
  draft.raw = arrival_.raw;
  draft.intake = key_;
  return std::variant<ledger::Draft, std::uint64_t>(std::move(draft));
}

Result<std::variant<ledger::Draft, std::uint64_t>> SequelProposal::Compose(ledger::View&) {
  ledger::Draft draft;
  draft.kind = ledger::Kind::kEvent;
  draft.about = of_ != nullptr ? of_->index() : sequel_.about;
  if (draft.about == ledger::kNoIndex) return IntakeRefused();
  petition::Json record = sequel_.record;
  record["intake"] = draft.about;
  draft.record = petition::CanonicalJson(record);
  return std::variant<ledger::Draft, std::uint64_t>(std::move(draft));
}

}  // namespace gateway
