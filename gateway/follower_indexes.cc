#include "gateway/follower_indexes.h"

#include <algorithm>

#include "gateway/follower_judge.h"
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
  document.division = submission.division;
  document.category = submission.category;
  document.channel = submission.channel;
  document.source = record.source;
  document.day = petition::LocalDay(record.registered_at);
  document.sealed = record.sealed;
  return document;
}

}  // namespace

Status FollowerIndexes::Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                                const std::function<void(std::uint64_t, std::uint64_t)>& told) {
  candidates_from_ = candidates_.durable_position();
  texts_from_ = texts_.durable_position();
  const std::uint64_t from = std::min(candidates_from_, texts_from_);
  for (std::uint64_t next = from; next < position;) {
    GUIYI_TRY(const auto entries, ledger.ReadRange(next, std::min<std::uint64_t>(kReadAhead, position - next)));
    if (entries.empty()) break;
    for (const auto& stored : entries) {
      next = stored.index + 1;
      if (stored.kind != ledger::Kind::kIntake || stored.dropped) continue;
      auto record = ReadIntakeRecord(stored);
      if (!record.ok()) continue;
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
  return Commit(position);
}

Status FollowerIndexes::AddCandidate(const IndexedIntake& intake, std::vector<std::string> keys) {
  if (intake.record.index < candidates_from_) return petition::Ok();
  search::CandidateDocument document;
  document.id = intake.record.index;
  document.text = IndexedText(intake.record.submission);
  document.keys = std::move(keys);
  document.sealed = intake.record.sealed;
  ++added_;
  return candidates_.Add(document);
}

Status FollowerIndexes::AddText(const IndexedIntake& intake) {
  if (intake.record.index < texts_from_) return petition::Ok();
  ++added_;
  return texts_.Add(ToText(intake, code_key_));
}

Status FollowerIndexes::CommitWhenDue(std::uint64_t position) {
  return added_ / 2 >= commit_every_ ? Commit(position) : petition::Ok();
}

Status FollowerIndexes::Commit(std::uint64_t position) {
  if (added_ == 0) return petition::Ok();
  GUIYI_CHECK(candidates_.Commit(position));
  GUIYI_CHECK(texts_.Commit(position));
  added_ = 0;
  return petition::Ok();
}

}  // namespace gateway
