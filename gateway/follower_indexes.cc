#include "gateway/follower_indexes.h"

#include <algorithm>
#include <set>

#include "gateway/follower_judge.h"
#include "gateway/sight.h"
#include "petition/identifiers.h"

namespace gateway {

using petition::Status;

namespace {

constexpr std::size_t kReadAhead = 256;

void AddPeople(const petition::Submission& submission, std::vector<std::string>& people) {
  const auto add = [&people](std::string normal) {
    if (!normal.empty()) people.push_back(std::move(normal));
  };
  for (const auto& person : submission.petitioners) {
    if (auto name = petition::NormaliseName(person.name); name.kind == petition::PersonName::Kind::kFull)
      add(std::move(name.normal));
    add(petition::NormaliseResidentId(person.id_number).normal);
    add(petition::NormalisePhone(person.phone).normal);
    add(petition::NormalisePhone(person.calling_number).normal);
  }
}

search::TextDocument ToText(const IndexedIntake& intake, const ledger::Key& code_key) {
  const auto& record = intake.record;
  const auto& submission = record.submission;
  search::TextDocument document;
  document.id = record.index;
  document.title = submission.title;
  document.content = submission.content;
  document.place = submission.place_text;
  document.accused = submission.accused;
  for (const std::string& number : {record.intake_no, intake.case_no, submission.external_id, submission.upstream_no,
                                    submission.link_no, submission.barcode}) {
    if (!number.empty()) document.numbers.push_back(number);
  }
  document.numbers.push_back(QueryCodeOf(code_key, record.intake_no));
  AddPeople(submission, document.people);
  document.division = petition::NormaliseDivision(submission.division);
  document.category = submission.category;
  document.channel = submission.channel;
  document.source = record.source;
  document.day = petition::LocalDay(record.registered_at);
  document.sealed = record.sealed;
  return document;
}

/// The chain that a decision of this entry sealed or opened.
Status NoteTurned(const ledger::Stored& stored, const dedup::CaseBook& book, std::set<std::uint64_t>& turned) {
  const auto record = petition::ParseJson(stored.record);
  if (stored.dropped || !record.ok() || !record->is_object()) return petition::Ok();
  const auto what = record->value("what", petition::Json());
  if ((what != "seal" && what != "unseal") || !record->value("intake", petition::Json()).is_number_unsigned())
    return petition::Ok();
  GUIYI_TRY(const auto chain, book.Chain((*record)["intake"].get<std::uint64_t>()));
  turned.insert(chain.begin(), chain.end());
  return petition::Ok();
}

}  // namespace

Status FollowerIndexes::Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                                const std::function<void(std::uint64_t, std::uint64_t)>& told) {
  if (failed_) {
    GUIYI_CHECK(candidates_.Reopen());
    GUIYI_CHECK(texts_.Reopen());
    failed_ = false;
    added_ = 0;
  }
  candidates_from_ = candidates_.durable_position();
  texts_from_ = texts_.durable_position();
  const std::uint64_t from = std::min(candidates_from_, texts_from_);
  std::set<std::uint64_t> turned;  // may have been sealed or opened since the indexes were committed
  for (std::uint64_t next = from; next < position;) {
    GUIYI_TRY(const auto entries, ledger.ReadRange(next, std::min<std::uint64_t>(kReadAhead, position - next)));
    if (entries.empty()) break;
    for (const auto& stored : entries) {
      next = stored.index + 1;
      if (stored.kind == ledger::Kind::kDecision) GUIYI_CHECK(NoteTurned(stored, book, turned));
      if (stored.kind != ledger::Kind::kIntake || stored.dropped) continue;
      auto record = ReadIntakeRecord(stored);
      if (!record.ok()) continue;
      if (record->revision_of != ledger::kNoIndex) {
        GUIYI_TRY(const auto chain, book.Chain(stored.index));
        turned.insert(chain.begin(), chain.end());
      }
      record->sealed = SealedNow(book, *record);
      const auto decision = book.DecisionOf(stored.index);
      const IndexedIntake intake{std::move(*record), decision.ok() ? decision->verdict.case_no : ""};
      if (stored.index >= candidates_from_) {
        GUIYI_TRY(const auto profile, book.ProfileOf(stored.index));
        GUIYI_CHECK(AddCandidate(intake, dedup::CandidateKeys(profile)));
      }
      GUIYI_CHECK(AddText(intake));
    }
    GUIYI_CHECK(CommitWhenDue(next));
    if (told) told(next - from, position - from);
  }
  turned.erase(turned.lower_bound(from), turned.end());  // added above as they stand
  GUIYI_CHECK(Turn(ledger, book, {turned.begin(), turned.end()}));
  return Commit(position);
}

Status FollowerIndexes::Turn(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                             const std::vector<std::uint64_t>& intakes) {
  for (const std::uint64_t index : intakes) {
    GUIYI_TRY(const auto stored, ledger.Read(index));
    auto record = ReadIntakeRecord(stored);
    if (!record.ok()) continue;  // its payload ended with its retention, and it stands in no index
    record->sealed = SealedNow(book, *record);
    const auto decision = book.DecisionOf(index);
    const IndexedIntake intake{std::move(*record), decision.ok() ? decision->verdict.case_no : ""};
    GUIYI_TRY(const auto profile, book.ProfileOf(index));
    GUIYI_CHECK(PutCandidate(intake, dedup::CandidateKeys(profile)));
    ++added_;
    GUIYI_CHECK(texts_.Add(ToText(intake, code_key_)));
  }
  return petition::Ok();
}

Status FollowerIndexes::AddCandidate(const IndexedIntake& intake, std::vector<std::string> keys) {
  return intake.record.index < candidates_from_ ? petition::Ok() : PutCandidate(intake, std::move(keys));
}

Status FollowerIndexes::PutCandidate(const IndexedIntake& intake, std::vector<std::string> keys) {
  search::CandidateDocument document;
  document.id = intake.record.index;
  document.text = IndexedText(intake.record.submission);
  document.keys = std::move(keys);
  document.sealed = intake.record.sealed;
  ++added_;
  return Seen(candidates_.Add(document));
}

Status FollowerIndexes::AddText(const IndexedIntake& intake) {
  if (intake.record.index < texts_from_) return petition::Ok();
  ++added_;
  return Seen(texts_.Add(ToText(intake, code_key_)));
}

Status FollowerIndexes::CommitWhenDue(std::uint64_t position) {
  return added_ / 2 >= commit_every_ ? Commit(position) : petition::Ok();
}

Status FollowerIndexes::Commit(std::uint64_t position) {
  if (added_ == 0) return petition::Ok();
  GUIYI_CHECK(Seen(candidates_.Commit(position)));
  GUIYI_CHECK(Seen(texts_.Commit(position)));
  added_ = 0;
  return petition::Ok();
}

}  // namespace gateway
