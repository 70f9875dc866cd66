#include "gateway/follower_indexes.h"

#include <algorithm>

#include "gateway/follower_prepare.h"
#include "gateway/sight.h"
#include "petition/thread_nice.h"

namespace gateway {

using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kEntriesAtOnce = 256;
constexpr int kFinishingNice = 19;

}  // namespace

Result<std::optional<IndexedIntake>> AsItStands(const ledger::Stored& stored, const dedup::CaseBook& book) {
  if (stored.kind != ledger::Kind::kIntake || stored.dropped) return std::optional<IndexedIntake>();
  auto record = ReadIntakeRecord(stored);
  if (!record.ok()) return std::optional<IndexedIntake>();
  // Not knowing whether it was sealed since is no reason to show it.
  const auto member = book.Member(stored.index);
  if (!member.ok() && member.error().code != petition::Code::kNotFound) return member.error();
  record->sealed = member.ok() ? member->sealed : SealedNow(book, *record);
  const auto decision = book.DecisionOf(stored.index);
  return std::optional<IndexedIntake>({std::move(*record), decision.ok() ? decision->verdict.case_no : ""});
}

Result<std::optional<IndexedIntake>> AsItStands(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                                                std::uint64_t index) {
  GUIYI_TRY(const auto stored, ledger.Read(index));
  return AsItStands(stored, book);
}

Status FollowerIndexes::Recover(const ledger::Ledger& ledger, const dedup::CaseBook& book, std::uint64_t position,
                                const std::function<void(std::uint64_t, std::uint64_t)>& told) {
  const bool again = failed();
  failed_ = true;  // until all of it is there
  if (again) {
    GUIYI_CHECK(candidates_.Reopen());
    finishing_failed_ = false;
    added_ = 0;
  }
  const std::uint64_t from = from_ = candidates_.durable_position();
  // Those may stand on another side of the seal than the index has them on. The rest is added as it stands.
  GUIYI_TRY(const auto turned, book.TurnedSince(from));
  GUIYI_CHECK(Turn(ledger, book, turned));
  for (std::uint64_t next = from; next < position;) {
    GUIYI_TRY(const auto entries, ledger.ReadRange(next, std::min<std::uint64_t>(kEntriesAtOnce, position - next)));
    if (entries.empty()) break;
    for (const auto& stored : entries) {
      next = stored.index + 1;
      GUIYI_TRY(const auto intake, AsItStands(stored, book));
      if (!intake) continue;
      GUIYI_TRY(const auto profile, book.ProfileOf(stored.index));
      GUIYI_CHECK(Add(*intake, dedup::CandidateKeys(profile), nullptr));
    }
    if (CommitIsDue()) GUIYI_CHECK(CommitNow(next));
    if (told) told(next - from, position - from);
  }
  GUIYI_CHECK(CommitNow(position));
  failed_ = false;
  return petition::Ok();
}

Status FollowerIndexes::Turn(const ledger::Ledger& ledger, const dedup::CaseBook& book,
                             const std::vector<std::uint64_t>& intakes) {
  const auto turn = [&]() -> Status {
    for (const std::uint64_t index : intakes) {
      GUIYI_TRY(const auto intake, AsItStands(ledger, book, index));
      if (!intake) continue;  // its payload ended with its retention, and it stands in no index
      GUIYI_TRY(const auto profile, book.ProfileOf(index));
      GUIYI_CHECK(Put(*intake, dedup::CandidateKeys(profile), nullptr));
    }
    return petition::Ok();
  };
  return Seen(turn());  // one that was left on the wrong side is turned by Recover
}

Status FollowerIndexes::Add(const IndexedIntake& intake, std::vector<std::string> keys,
                            const search::CandidateLook* look) {
  return intake.record.index < from_ ? petition::Ok() : Put(intake, std::move(keys), look);
}

Status FollowerIndexes::Put(const IndexedIntake& intake, std::vector<std::string> keys,
                            const search::CandidateLook* look) {
  ++added_;
  return Seen(candidates_.Add(DocumentOf(intake.record, std::move(keys)), look));
}

FollowerIndexes::~FollowerIndexes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  moved_.notify_all();
  if (finishing_.joinable()) finishing_.join();
}

Status FollowerIndexes::CommitWhenDue(std::uint64_t position) {
  return CommitIsDue() ? CommitBeside(position) : petition::Ok();
}

Status FollowerIndexes::CommitBeside(std::uint64_t position) {
  if (added_ == 0 || failed()) return petition::Ok();
  GUIYI_CHECK(Seen(candidates_.BeginCommit(position)));
  added_ = 0;
  {
    const std::lock_guard lock(mutex_);
    begun_ = true;
  }
  if (!finishing_.joinable()) finishing_ = std::thread([this] { Finish(); });
  moved_.notify_all();
  return petition::Ok();
}

void FollowerIndexes::Finish() {
  petition::SetThreadNice(kFinishingNice);
  for (std::unique_lock lock(mutex_);;) {
    moved_.wait(lock, [this] { return begun_ || stopping_; });
    if (!begun_) return;
    begun_ = false;
    lock.unlock();
    if (!candidates_.FinishCommit().ok()) finishing_failed_ = true;  // its next call says why
    lock.lock();
  }
}

Status FollowerIndexes::Commit(std::uint64_t position) {
  // It would say that all up to there is in it as it stands.
  if (failed()) return petition::Unavailable("the candidate index lacks something", "it is recovered first");
  return CommitNow(position);
}

Status FollowerIndexes::CommitNow(std::uint64_t position) {
  if (added_ == 0) return Seen(candidates_.FinishCommit());
  GUIYI_CHECK(Seen(candidates_.Commit(position)));
  added_ = 0;
  return petition::Ok();
}

}  // namespace gateway
