#include "gateway/follower_prepare.h"

#include <algorithm>
#include <exception>

#include "dedup/parameters.h"
#include "gateway/follower_sources.h"
#include "petition/identifiers.h"

namespace gateway {

namespace {

constexpr std::ptrdiff_t kLongRun = 16;      // fewer intakes are not worth a thread
constexpr std::size_t kPreparedAtOnce = 64;  // more would share hardly more of what the index reads

}  // namespace

search::CandidateDocument DocumentOf(const IntakeRecord& intake, std::vector<std::string> keys) {
  return {intake.index, IndexedText(intake.submission), std::move(keys), intake.sealed};
}

PreparedIntake Preparing::Draw(const ledger::Stored& stored) const {
  PreparedIntake prepared;
  prepared.row.index = stored.index;
  auto record = ReadIntakeRecord(stored);
  if (!record.ok()) return prepared;
  prepared.record = std::move(*record);
  const IntakeRecord& intake = *prepared.record;
  auto& row = prepared.row;
  row.intake_no = intake.intake_no;
  row.source = intake.source;
  row.division = petition::NormaliseDivision(intake.submission.division);
  row.channel = intake.submission.channel;
  row.sealed = intake.sealed;
  if (intake.revision_of < intake.index) row.revises = intake.revision_of;
  row.historic = intake.historic;
  row.registered_at = intake.registered_at;
  row.received_at = intake.submission.received_at.value_or(intake.registered_at);
  dedup::Profile profile;
  try {
    profile = dedup::Extract(intake.submission, {intake.source, intake.registered_at, intake.sealed});
    prepared.profile_bytes = dedup::Serialize(profile);
    prepared.keys = dedup::CandidateKeys(profile);
    prepared.prepared = model.Prepare(std::move(profile));
  } catch (const std::exception&) {
    // What can't be drawn from a text must not stop the others: it is judged as one about which nothing is known.
    profile = {};
    profile.sealed = intake.sealed;
    prepared.profile_bytes = dedup::Serialize(profile);
    prepared.keys.clear();
    prepared.prepared = model.Prepare(std::move(profile));
  }
  return prepared;
}

std::vector<PreparedIntake> Preparing::Prepare(std::span<const ledger::Stored* const> intakes) const {
  std::vector<PreparedIntake> prepared;
  prepared.reserve(intakes.size());
  for (const ledger::Stored* stored : intakes) prepared.push_back(Draw(*stored));
  try {
    if (ahead) LookAhead(prepared);
  } catch (const std::exception&) {
    // What fails here is done in its turn: it costs time, nothing else.
  }
  return prepared;
}

void Preparing::LookAhead(std::span<PreparedIntake> prepared) const {
  std::vector<search::CandidateDocument> asking;
  std::vector<PreparedIntake*> readable;
  for (PreparedIntake& intake : prepared) {
    if (!intake.record) continue;
    asking.push_back(DocumentOf(*intake.record, intake.keys));
    readable.push_back(&intake);
  }
  auto looks = ahead->index.LookAhead(asking);
  if (!looks.ok()) return;
  for (std::size_t i = 0; i < readable.size(); ++i) readable[i]->look = std::move((*looks)[i]);
}

void Preparing::ReadLikely(const PreparedIntake& prepared) const try {
  if (!ahead || !prepared.look) return;
  const auto& parameters = model.parameters();
  const std::string text = IndexedText(prepared.record->submission);
  const IndexSource source(ahead->index, text, prepared.record->sealed, ahead->candidates_max, {},
                           {&prepared.keys, prepared.look.get()});
  auto found = source.Find(prepared.row.index, prepared.prepared->profile, parameters.limits.candidates);
  if (!found.ok()) return;
  dedup::LeaveWorthComparing(found->candidates);
  std::vector<std::uint64_t> ids;
  for (const auto& candidate : found->candidates) ids.push_back(candidate.index);
  const auto held = ahead->cache.FindAll(ids);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (held[i]) continue;
    const std::uint64_t read_at = ahead->cache.generation();
    if (ahead->turning) return;
    auto earlier = ahead->book.ProfileOf(ids[i]);
    if (!earlier.ok()) continue;  // folded and not committed yet, say
    ahead->cache.Put(ids[i],
                     std::make_shared<const dedup::Prepared>(std::move(*earlier), parameters.rarity,
                                                             dedup::Prepared::Side::kEarlier),
                     read_at);
  }
} catch (const std::exception&) {
  // It is read in its turn.
}

bool PreparedRun::IsLong() const {
  return std::count_if(entries_.begin(), entries_.end(),
                       [](const ledger::Stored& stored) { return stored.kind == ledger::Kind::kIntake; }) >= kLongRun;
}

bool PreparedRun::PrepareNext(std::size_t most, bool beside) {
  std::vector<std::size_t> places;
  std::vector<const ledger::Stored*> intakes;
  {
    const std::lock_guard lock(mutex_);
    for (; !given_up_ && next_ < entries_.size() && places.size() < most; ++next_) {
      if (entries_[next_].kind != ledger::Kind::kIntake) continue;
      places.push_back(next_);
      intakes.push_back(&entries_[next_]);
    }
  }
  if (places.empty()) return false;
  auto prepared = preparing_.Prepare(intakes);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (beside) preparing_.ReadLikely(prepared[i]);
    {
      const std::lock_guard lock(mutex_);
      if (given_up_) return false;
      prepared_.emplace(places[i], std::move(prepared[i]));
    }
    ready_.notify_one();
  }
  return true;
}

void PreparedRun::Work() {
  // Many at once read less; but the first is soon waited for.
  for (std::size_t at_once = 4; PrepareNext(at_once, true);) at_once = std::min(at_once * 2, kPreparedAtOnce);
}

void PreparedRun::GiveUp() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
}

PreparedIntake PreparedRun::Take(std::size_t at) {
  if (!shared_) {
    const ledger::Stored* const intake = &entries_[at];
    return std::move(preparing_.Prepare({&intake, 1}).front());
  }
  for (bool more = true;;) {
    std::unique_lock lock(mutex_);
    if (!more) ready_.wait(lock, [&] { return prepared_.contains(at); });
    if (auto found = prepared_.extract(at)) return std::move(found.mapped());
    lock.unlock();
    more = PrepareNext(1, false);
  }
}

ReadAhead::~ReadAhead() {
  Forget();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (run_) run_->GiveUp();
  }
  moved_.notify_all();
  if (thread_.joinable()) thread_.join();
}

petition::Result<std::shared_ptr<PreparedRun>> ReadAhead::From(std::uint64_t position) {
  std::shared_ptr<PreparedRun> run;
  if (next_ && next_->from == position) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return next_->read; });
    run = std::move(next_->run);
    lock.unlock();
    next_.reset();
  }
  Forget();
  bool prepared_elsewhere = run != nullptr;
  if (!run) {
    GUIYI_TRY(auto entries, ledger_.ReadRange(position, run_max_));
    run = std::make_shared<PreparedRun>(std::move(entries), preparing_);
  }
  if (run->entries().empty()) return run;
  const std::uint64_t end = run->entries().back().index + 1;
  if (!prepared_elsewhere && run->IsLong()) run->Share();
  if (ledger_.size() >= end + static_cast<std::uint64_t>(kLongRun)) {
    next_ = std::make_shared<Next>();
    next_->from = end;
  }
  Ask(!prepared_elsewhere && run->IsLong() ? run : nullptr, next_);
  return run;
}

void ReadAhead::Forget() {
  if (!next_) return;
  const std::lock_guard lock(mutex_);
  if (next_->run) next_->run->GiveUp();
  if (to_read_ == next_) to_read_.reset();
  next_->from = ledger::kNoIndex;
  next_.reset();
}

void ReadAhead::Ask(std::shared_ptr<PreparedRun> run, std::shared_ptr<Next> next) {
  if (!run && !next) return;
  {
    const std::lock_guard lock(mutex_);
    run_ = std::move(run);
    to_read_ = std::move(next);
  }
  // Made by the thread that takes, whose low priority it shares.
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
  moved_.notify_all();
}

void ReadAhead::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    moved_.wait(lock, [this] { return stopping_ || run_ || to_read_; });
    if (stopping_) return;
    if (const auto run = std::move(run_)) {
      run_.reset();
      lock.unlock();
      run->Work();
      lock.lock();
      continue;
    }
    const auto next = std::move(to_read_);
    to_read_.reset();
    const std::uint64_t from = next->from;
    lock.unlock();
    auto entries = ledger_.ReadRange(from, run_max_);
    std::shared_ptr<PreparedRun> run;
    if (entries.ok() && !entries->empty()) {
      run = std::make_shared<PreparedRun>(std::move(*entries), preparing_);
      run->Share();
    }
    lock.lock();
    next->run = run;
    next->read = true;
    if (next->from == ledger::kNoIndex && run) run->GiveUp();  // forgotten meanwhile
    lock.unlock();
    moved_.notify_all();
    if (run) run->Work();
    lock.lock();
  }
}

}  // namespace gateway
