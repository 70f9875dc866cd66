#include "gateway/follower_texts.h"

#include <algorithm>

#include "petition/identifiers.h"
#include "petition/thread_nice.h"

namespace gateway {

using petition::Result;
using petition::Status;

namespace {

constexpr std::size_t kTextsReadAtOnce = 64;  // entries between two looks at what else is wanted
constexpr std::size_t kTextsHeldMax = 2048;  // documents handed over and waiting; beyond, they are read from the ledger
constexpr std::chrono::milliseconds kTextsQuiet{1'000}, kTextsRetry{500};

void AddTextPeople(const petition::Submission& submission, std::vector<std::string>& people) {
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
  AddTextPeople(submission, document.people);
  document.division = petition::NormaliseDivision(submission.division);
  document.category = submission.category;
  document.channel = submission.channel;
  document.source = record.source;
  document.day = petition::LocalDay(record.registered_at);
  document.sealed = record.sealed;
  return document;
}

}  // namespace

Status FollowerTexts::Recover(std::uint64_t folded) {
  const std::lock_guard work(work_mutex_);
  if (failed_) {
    GUIYI_CHECK(texts_.Reopen());
    dirty_ = false;
  }
  const std::uint64_t from = texts_.durable_position();
  // An index ahead of the state (that was rebuilt, say) has what it has: adding it again would change nothing.
  GUIYI_TRY(const auto turned, book_.TurnedSince(from));
  {
    const std::lock_guard lock(mutex_);
    runs_.clear();
    held_ = 0;
    folded_ = std::max(folded_, folded);
    cursor_ = from;
  }
  for (const std::uint64_t index : turned) {
    GUIYI_TRY(const auto intake, AsItStands(ledger_, book_, index));
    if (intake) GUIYI_CHECK(Seen(Add(*intake)));
  }
  if (!turned.empty()) GUIYI_CHECK(Seen(texts_.Commit(from)));
  failed_ = false;
  return petition::Ok();
}

void FollowerTexts::Start(int nice) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  if (!thread_.joinable()) thread_ = std::thread([this, nice] { Work(nice); });
}

void FollowerTexts::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  moved_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  // What is not committed is added again from the ledger at the next start: failing here loses nothing.
  const std::lock_guard work(work_mutex_);
  if (!failed_) (void)CommitAll();
}

void FollowerTexts::RestFor(std::chrono::milliseconds time) {
  {
    const std::lock_guard lock(mutex_);
    rest_until_ = std::chrono::steady_clock::now() + time;
  }
  if (time.count() == 0) moved_.notify_all();
}

/// While it is told to; false: it is to stop. What was added before is found meanwhile, unless the rest is short.
bool FollowerTexts::Rest() {
  const auto resting = [this] { return !stopping_ && std::chrono::steady_clock::now() < rest_until_; };
  const auto quiet_from = std::chrono::steady_clock::now() + kTextsQuiet;
  std::unique_lock lock(mutex_);
  while (resting() && std::chrono::steady_clock::now() < quiet_from)
    moved_.wait_until(lock, std::min(rest_until_, quiet_from));
  if (resting()) {
    lock.unlock();
    {
      const std::lock_guard work(work_mutex_);
      if (!failed_ && dirty_) {
        if (const Status committed = CommitAll(); !committed.ok()) note_(committed.error());
      }
    }
    lock.lock();
    while (resting()) moved_.wait_until(lock, rest_until_);
  }
  return !stopping_;
}

void FollowerTexts::Work(int nice) {
  petition::SetThreadNice(nice);
  const auto rest = [this](std::chrono::milliseconds at_most, bool for_work) {
    std::unique_lock lock(mutex_);
    moved_.wait_for(lock, at_most, [&] { return stopping_ || (for_work && cursor_ < folded_); });
    return !stopping_;
  };
  for (bool going = true; going;) {
    if (!Rest()) return;
    Result<bool> some = true;
    if (failed_) {
      std::uint64_t folded = 0;
      {
        const std::lock_guard lock(mutex_);
        folded = folded_;
      }
      if (const Status recovered = Recover(folded); !recovered.ok()) some = recovered.error();
    } else {
      some = Some();
    }
    if (!some.ok()) {
      note_(some.error());
      going = rest(kTextsRetry, false);
    } else if (*some) {
      going = rest(std::chrono::milliseconds(0), false);
    } else {
      going = rest(kTextsQuiet, true);
      const std::lock_guard work(work_mutex_);
      if (!failed_ && dirty_ && behind() == 0) {
        if (const Status committed = CommitAll(); !committed.ok()) note_(committed.error());
      }
    }
  }
}

Status FollowerTexts::CatchUp(const Told& told) {
  const std::uint64_t all = behind();
  for (;;) {
    GUIYI_TRY(const bool some, Some());
    if (!some) break;
    if (told) told(all - std::min(all, behind()), all);
  }
  const std::lock_guard work(work_mutex_);
  return CommitAll();
}

Status FollowerTexts::Folded(std::uint64_t from, std::uint64_t next, std::vector<IndexedIntake> documents,
                             bool as_they_stand) {
  {
    const std::lock_guard lock(mutex_);
    folded_ = std::max(folded_, next);
    if (as_they_stand && held_ + documents.size() <= kTextsHeldMax) {
      held_ += documents.size();
      runs_.push_back({from, next, std::move(documents)});
    }
  }
  if (running()) {
    moved_.notify_all();
    return petition::Ok();
  }
  if (failed_) return petition::Ok();  // Recover goes on from the last commit
  for (;;) {
    GUIYI_TRY(const bool some, Some());
    if (!some) return petition::Ok();
  }
}

/// Takes the next run, or reads on; false: there is nothing to do.
Result<bool> FollowerTexts::Some() {
  const std::lock_guard work(work_mutex_);
  Run run;
  std::uint64_t cursor = 0, upto = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto drop_first = [this] {
      held_ -= runs_.front().documents.size();
      runs_.pop_front();
    };
    while (!runs_.empty() && runs_.front().next <= cursor_) drop_first();
    if (cursor_ >= folded_) return false;
    cursor = cursor_;
    if (!runs_.empty() && runs_.front().from <= cursor) {
      held_ -= runs_.front().documents.size();
      run = std::move(runs_.front());
      runs_.pop_front();
    } else {
      upto = std::min(runs_.empty() ? folded_ : runs_.front().from, cursor + kTextsReadAtOnce);
    }
  }
  if (upto != 0) {
    GUIYI_CHECK(ReadOn(upto));
    return true;
  }
  for (const IndexedIntake& intake : run.documents) {
    if (intake.record.index >= cursor) GUIYI_CHECK(Seen(Add(intake)));
  }
  MoveTo(run.next);
  return true;
}

Status FollowerTexts::ReadOn(std::uint64_t upto) {
  std::uint64_t cursor = 0;
  {
    const std::lock_guard lock(mutex_);
    cursor = cursor_;
  }
  GUIYI_TRY(const auto entries, ledger_.ReadRange(cursor, static_cast<std::size_t>(upto - cursor)));
  for (const auto& stored : entries) {
    GUIYI_TRY(const auto intake, AsItStands(stored, book_));
    if (intake) GUIYI_CHECK(Seen(Add(*intake)));
  }
  MoveTo(entries.empty() ? upto : entries.back().index + 1);
  return petition::Ok();
}

void FollowerTexts::MoveTo(std::uint64_t cursor) {
  {
    const std::lock_guard lock(mutex_);
    cursor_ = cursor;
  }
  moved_.notify_all();
}

Status FollowerTexts::Turn(const std::vector<std::uint64_t>& intakes) {
  const std::lock_guard work(work_mutex_);
  if (failed_) return petition::Ok();  // Recover turns them
  std::uint64_t cursor = 0;
  {
    const std::lock_guard lock(mutex_);
    runs_.clear();  // as they stood
    held_ = 0;
    cursor = cursor_;
  }
  const auto turn = [&]() -> Status {
    for (const std::uint64_t index : intakes) {
      if (index >= cursor) continue;  // will be read as it stands then
      GUIYI_TRY(const auto intake, AsItStands(ledger_, book_, index));
      if (intake) GUIYI_CHECK(Add(*intake));
    }
    return petition::Ok();
  };
  GUIYI_CHECK(Seen(turn()));
  return CommitAll();
}

Status FollowerTexts::Add(const IndexedIntake& intake) {
  dirty_ = true;
  return texts_.Add(ToText(intake, code_key_));
}

Status FollowerTexts::CommitAll() {
  std::uint64_t cursor = 0;
  {
    const std::lock_guard lock(mutex_);
    cursor = cursor_;
  }
  if (!dirty_ && texts_.durable_position() == cursor) return petition::Ok();
  GUIYI_CHECK(Seen(texts_.Commit(std::max(cursor, texts_.durable_position()))));
  dirty_ = false;
  return petition::Ok();
}

std::uint64_t FollowerTexts::behind() const {
  const std::lock_guard lock(mutex_);
  return folded_ > cursor_ ? folded_ - cursor_ : 0;
}

void FollowerTexts::WaitBelow(std::uint64_t behind, std::chrono::milliseconds at_most) const {
  if (!running()) return;
  std::unique_lock lock(mutex_);
  moved_.wait_for(lock, at_most, [&] { return stopping_ || failed_ || folded_ < cursor_ + behind; });
}

}  // namespace gateway
