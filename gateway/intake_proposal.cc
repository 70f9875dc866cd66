#include "gateway/intake_proposal.h"

#include <algorithm>

#include "gateway/intake_identity.h"
#include "petition/identifiers.h"
#include "petition/json.h"

namespace gateway {

using petition::Result;

petition::Error IntakeRefused() {
  return petition::Invalid("intake_refused", "the submission it is about was not registered");
}

Result<std::variant<ledger::Draft, std::uint64_t>> IntakeProposal::Compose(ledger::View& view) {
  // It may run again after a commit that failed: nothing of an earlier run may stay.
  first_.reset();
  index_ = ledger::kNoIndex;
  revision_of_ = ledger::kNoIndex;
  number_reused_ = false;
  if (!key_.external_id.empty()) {
    GUIYI_TRY(const auto known, view.FindExternal(key_.source, key_.external_id));
    for (const ledger::KnownIntake& earlier : known) {
      if (earlier.key.content != key_.content) continue;
      first_ = earlier;
      index_ = earlier.index;
      return std::variant<ledger::Draft, std::uint64_t>(earlier.index);
    }
    const auto first_with = [&](const std::string& people, auto before) {
      return std::find_if(known.begin(), before, [&](const ledger::KnownIntake& earlier) {
        return PersonInCommon(earlier.key.people, people);
      });
    };
    auto shared = first_with(key_.people, known.end());
    number_reused_ = !known.empty() && shared == known.end();
    if (shared != known.end()) {
      // It may be a revision itself, of somebody who is no longer named: a chain is told by its first.
      for (auto first = first_with(shared->key.people, shared); first != shared;
           first = first_with(shared->key.people, shared)) {
        shared = first;
      }
      revision_of_ = shared->index;
    }
  }
  index_ = view.NextIndex();
  registered_at_ = clock_.Now();
  key_.day = petition::LocalDay(registered_at_);
  GUIYI_TRY(key_.serial, view.NextSerial(key_.day));
  intake_no_ = petition::MakeIntakeNo(division6_, key_.day, key_.serial);
  ledger::Draft draft;
  draft.kind = ledger::Kind::kIntake;
  draft.record = record_.Finish({intake_no_, petition::FormatTime(registered_at_), revision_of_, number_reused_});
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
