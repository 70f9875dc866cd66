#include "gateway/follower.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway/decisions.h"
#include "gateway/folds.h"
#include "gateway/follower_fold.h"
#include "gateway/follower_indexes.h"
#include "gateway/follower_judge.h"
#include "gateway/follower_pace.h"
#include "gateway/follower_prepare.h"
#include "gateway/follower_sources.h"
#include "gateway/follower_texts.h"
#include "gateway/follower_verdicts.h"
#include "gateway/follower_views.h"
#include "gateway/intake.h"
#include "petition/identifiers.h"
#include "petition/thread_nice.h"

namespace gateway {

using dedup::CaseBook;
using ledger::Kind;
using petition::Result;
using petition::Status;

namespace {

constexpr std::string_view kCursor = "follower";
constexpr std::size_t kReadAhead = 256;  // entries folded at once when nothing is decided
constexpr std::chrono::milliseconds kIdleWait{100}, kRetryFirst{50}, kRetryMax{5'000};

class LedgerFollower final : public Follower {
 public:
  LedgerFollower(FollowerOptions options, ledger::Ledger& ledger, CaseBook& book, Deliveries& deliveries,
                 search::CandidateIndex& candidates, search::TextIndex& texts, const dedup::Model& model,
                 const ledger::KeyRing& keys, const petition::Clock& clock)
      : options_(std::move(options)),
        ledger_(ledger),
        book_(book),
        deliveries_(deliveries),
        candidates_(candidates),
        model_(model),
        clock_(clock),
        indexes_(candidates, options_.index_commit_every),
        cache_(options_.profiles_cached),
        judge_(model, candidates, clock, options_.candidates_max, cache_, options_.shadow),
        ahead_(ledger, PreparingOf(model, candidates, book), options_.decide ? options_.batch_max : kReadAhead),
        verdicts_(ledger),
        pace_({std::thread::hardware_concurrency(), options_.gives_way_below}),
        texts_(texts, ledger, book, keys.Derive("query-code"), [this](const petition::Error& error) { Note(error); }) {}
  ~LedgerFollower() override { Stop(); }

  Status Recover();

  void Start() override;
  void Stop() override;
  Result<std::uint64_t> Step() override;
  Result<std::uint64_t> CatchUp() override;

  std::uint64_t position() const override { return position_.load(); }
  std::uint64_t backlog() const override;
  bool healthy() const override { return healthy_.load() && !texts_.failed(); }
  Figures figures() const override;

  std::optional<dedup::DecisionView> WaitDecided(std::uint64_t index, std::chrono::milliseconds at_most) const override;
  bool WaitFolded(std::uint64_t entry, std::chrono::milliseconds at_most) const override;
  Result<std::vector<PreviewHit>> Preview(const petition::Submission& submission, std::size_t limit,
                                          const Principal& who) const override;
  Result<dedup::Comparison> Explain(std::uint64_t later, std::uint64_t earlier) const override;

 private:
  struct Batch;
  void Run();
  Preparing PreparingOf(const dedup::Model& model, const search::CandidateIndex& index, const CaseBook& book);
  FollowerPace::Seen Look() const;
  void RestAfterStep();
  Result<bool> Take(const ledger::Stored& stored, std::size_t at, Batch& batch);
  Result<bool> TakeIntake(const ledger::Stored& stored, std::size_t at, Batch& batch);
  Status SealChain(dedup::IntakeRow& row, Batch& batch);
  void Turned(const std::vector<std::uint64_t>& resealed, Batch& batch);
  Status TakeUnreadable(std::uint64_t index, std::optional<dedup::VerdictRecord> known, Batch& batch);
  Result<std::optional<dedup::VerdictRecord>> Recorded(std::uint64_t index) const;
  void Index(Batch& batch);
  Status Abandon(const petition::Error& error);
  void Note(const petition::Error& error);

  const FollowerOptions options_;
  ledger::Ledger& ledger_;
  CaseBook& book_;
  Deliveries& deliveries_;
  search::CandidateIndex& candidates_;
  const dedup::Model& model_;
  const petition::Clock& clock_;

  // Owned by whoever steps.
  FollowerIndexes indexes_;
  dedup::PreparedCache cache_;
  std::atomic<bool> turning_{false};  ///< some are on another side of the seal than is committed
  Judge judge_;
  ReadAhead ahead_;
  FollowerVerdicts verdicts_;
  std::uint64_t maybe_recorded_ = 0;  ///< below this ledger index an intake's verdict may be on the ledger already
  bool any_[2] = {false, false};      ///< whether an intake was ever folded on that side of the seal: open, sealed

  mutable dedup::PreparedCache previewed_{1024};  // of the previews: as committed, while cache_ is as folded
  std::atomic<std::uint64_t> position_{0};
  std::atomic<std::uint64_t> own_ahead_{0};  ///< verdicts of our own at or beyond position_: no work is left in them
  std::atomic<bool> healthy_{true};
  std::atomic<std::uint64_t> decided_{0}, folded_{0}, failures_{0}, undecidable_{0};

  FollowerPace pace_;  // owned by Run, once started

  mutable std::mutex mutex_;
  mutable std::condition_variable moved_;
  std::string last_failure_;           // guarded by mutex_
  bool stopping_ = true;               // guarded by mutex_; also before the start
  mutable std::uint64_t awaited_ = 0;  // guarded by mutex_: entries below it are or were waited for
  FollowerTexts texts_;                // before thread_, which hands it what it has folded
  std::thread thread_;
};

/// What one transaction takes in.
struct LedgerFollower::Batch {
  std::unique_ptr<CaseBook::Transaction> transaction;
  std::shared_ptr<PreparedRun> run;  ///< of the entries that are being taken
  std::vector<IndexedIntake> documents;
  std::vector<std::uint64_t> resealed;  ///< earlier intakes that are on the other side of the seal from here on
  std::uint64_t from = 0, next = 0, reached = 0, passed_verdicts = 0, undecidable = 0;
};

Status LedgerFollower::Recover() {
  GUIYI_TRY(const std::uint64_t position, book_.Cursor(kCursor));
  position_ = position;
  maybe_recorded_ = ledger_.size();
  if (position > maybe_recorded_) {
    return petition::Conflict(
        "state_ahead",
        "state.db has folded more than this ledger has: it belongs to another ledger; run `guiyi rebuild state`");
  }
  for (const bool sealed : {false, true}) {
    GUIYI_TRY(any_[sealed], book_.Any(sealed));
  }
  GUIYI_CHECK(indexes_.Recover(ledger_, book_, position, options_.recovering));
  GUIYI_CHECK(texts_.Recover(position));
  // Who only folds (a rebuild) waits for the indexes; a hub goes to work and its full text follows by itself.
  return options_.decide ? petition::Ok() : texts_.CatchUp(options_.recovering);
}

void LedgerFollower::Start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  pace_.Begin(Look());
  texts_.Start(options_.nice);
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void LedgerFollower::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  moved_.notify_all();
  if (thread_.joinable()) thread_.join();
  texts_.Stop();
  // What the index has not committed is added again from the ledger at the next start: failing here loses nothing.
  (void)indexes_.Commit(position_.load());
}

void LedgerFollower::Run() {
  // Registering comes first: deciding takes what is left.
  petition::SetThreadNice(options_.nice);
  auto retry = kRetryFirst;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    const auto step_begin = FollowerPace::Steady::now();
    const auto stepped = Step();
    if (!stepped.ok()) {
      std::unique_lock lock(mutex_);
      moved_.wait_for(lock, retry, [this] { return stopping_; });
      retry = std::min(retry * 2, kRetryMax);
      continue;
    }
    retry = kRetryFirst;
    if (texts_.behind() >= FollowerPace::kTextsBehindMax) texts_.RestFor({});
    texts_.WaitBelow(FollowerPace::kTextsBehindMax, kIdleWait);
    const auto now = FollowerPace::Steady::now();
    if (*stepped > 0) pace_.Stepped(step_begin, now);
    if (indexes_.dirty() && pace_.CommitIsDue(now)) {
      if (const Status committed = indexes_.CommitBeside(position_.load()); !committed.ok()) Note(committed.error());
    }
    if (*stepped > 0) {
      RestAfterStep();
    } else {
      ledger_.WaitBeyond(position_.load(), kIdleWait);
    }
  }
}

FollowerPace::Seen LedgerFollower::Look() const {
  return {FollowerPace::Steady::now(), ledger_.size(), decided_.load(), backlog(), texts_.behind()};
}

void LedgerFollower::RestAfterStep() {
  auto seen = Look();
  if (pace_.TextsShallWait(seen)) texts_.RestFor(FollowerPace::kTextsRest);
  for (; const auto rest = pace_.Next(seen); seen = Look()) {
    if (rest->texts) texts_.RestFor(FollowerPace::kTextsRest);
    std::unique_lock lock(mutex_);
    if (moved_.wait_until(lock, rest->until, [this] { return stopping_ || position_.load() < awaited_; })) return;
  }
}

Preparing LedgerFollower::PreparingOf(const dedup::Model& model, const search::CandidateIndex& index,
                                      const CaseBook& book) {
  if (!options_.decide) return {model, std::nullopt};
  return {model, Preparing::Ahead{index, book, cache_, turning_, options_.candidates_max}};
}

Result<std::uint64_t> LedgerFollower::CatchUp() {
  for (;;) {
    GUIYI_TRY(const std::uint64_t folded, Step());
    if (folded == 0) break;
  }
  GUIYI_CHECK(indexes_.Commit(position_.load()));
  GUIYI_CHECK(texts_.CatchUp({}));
  return position_.load();
}

Result<std::uint64_t> LedgerFollower::Step() {
  const std::uint64_t from = position_.load();
  if (indexes_.failed()) {
    if (const Status recovered = indexes_.Recover(ledger_, book_, from, {}); !recovered.ok())
      return Abandon(recovered.error()).error();
    healthy_ = true;
  }
  if (texts_.failed() && !texts_.running()) {
    if (const Status recovered = texts_.Recover(from); !recovered.ok()) return Abandon(recovered.error()).error();
    healthy_ = true;
  }
  if (from >= ledger_.size()) return std::uint64_t{0};
  auto run = ahead_.From(from);
  if (!run.ok()) return Abandon(run.error()).error();
  auto begun = book_.Begin();
  if (!begun.ok()) return Abandon(begun.error()).error();

  Batch batch;
  batch.transaction = std::move(*begun);
  batch.from = batch.next = from;
  batch.run = std::move(*run);
  const auto& entries = batch.run->entries();
  for (std::size_t at = 0; at < entries.size(); ++at) {
    const auto taken = Take(entries[at], at, batch);
    if (!taken.ok()) return Abandon(taken.error()).error();
    if (!*taken) break;
    batch.next = entries[at].index + 1;
  }
  if (batch.next == from) return std::uint64_t{0};

  // First the verdicts, then what follows from them: a crash in between finds them on the ledger and folds them.
  if (const Status recorded = verdicts_.Finish(); !recorded.ok()) return Abandon(recorded.error()).error();
  if (const Status moved = batch.transaction->SetCursor(kCursor, batch.next); !moved.ok())
    return Abandon(moved.error()).error();
  if (const Status committed = batch.transaction->Commit(); !committed.ok()) return Abandon(committed.error()).error();
  batch.transaction.reset();
  turning_ = false;

  for (const std::uint64_t index : batch.resealed) {
    if (const auto member = book_.Member(index); member.ok()) any_[member->sealed ? 1 : 0] = true;
  }
  decided_ += batch.reached;
  folded_ += batch.next - from;
  undecidable_ += batch.undecidable;
  own_ahead_ = own_ahead_ + batch.reached - std::min(own_ahead_ + batch.reached, batch.passed_verdicts);
  if (!batch.resealed.empty()) previewed_.Clear();
  // Before anybody is told that it is folded: a search must not count what was sealed.
  if (!batch.resealed.empty()) Index(batch);
  {
    const std::lock_guard lock(mutex_);
    position_ = batch.next;
  }
  healthy_ = true;
  moved_.notify_all();
  if (batch.resealed.empty()) Index(batch);
  return batch.next - from;
}

/// What fails here is added again from the ledger when it can be, at the latest at the next start.
void LedgerFollower::Index(Batch& batch) {
  const bool turned = !batch.resealed.empty();
  const auto index = [&]() -> Status {
    if (!turned) {
      GUIYI_CHECK(texts_.Folded(batch.from, batch.next, std::move(batch.documents), true));
      return indexes_.CommitWhenDue(batch.next);
    }
    const auto turn_candidates = [&]() -> Status {
      GUIYI_CHECK(indexes_.Turn(ledger_, book_, batch.resealed));
      return indexes_.Commit(batch.next);
    };
    // Each, whatever becomes of the other. The full text turns them before it may read on: what it commits beyond the
    // sealing says that it was applied.
    const Status texts = texts_.Turn(batch.resealed);
    const Status folded = texts_.Folded(batch.from, batch.next, std::move(batch.documents), false);
    const Status candidates = turn_candidates();
    return !texts.ok() ? texts : !folded.ok() ? folded : candidates;
  };
  if (const Status indexed = index(); !indexed.ok()) Note(indexed.error());
}

/// Folds one entry; false: stop before it.
Result<bool> LedgerFollower::Take(const ledger::Stored& stored, std::size_t at, Batch& batch) {
  if (stored.kind == Kind::kIntake) return TakeIntake(stored, at, batch);
  if (stored.kind == Kind::kVerdict) {
    ++batch.passed_verdicts;  // it took effect at its intake's place
    return true;
  }
  std::vector<std::uint64_t> resealed;
  const Status folded = batch.transaction->Whole([&]() -> Status {
    GUIYI_CHECK(FoldEntry(stored, *batch.transaction, deliveries_, stored.index < maybe_recorded_, resealed));
    return FoldOthers(stored, options_.folds);
  });
  if (!folded.ok()) {
    if (folded.error().code == petition::Code::kUnavailable) return folded.error();
    Note(folded.error());  // an entry that does not read as its kind has no effect, the same each time
  } else if (!resealed.empty()) {
    Turned(resealed, batch);
  }
  return true;
}

Result<bool> LedgerFollower::TakeIntake(const ledger::Stored& stored, std::size_t at, Batch& batch) {
  std::optional<dedup::VerdictRecord> known;
  if (stored.index < maybe_recorded_) {
    GUIYI_TRY(known, Recorded(stored.index));
  }
  if (!known && !options_.decide) return false;
  const bool fresh = !known;
  std::string record;
  PreparedIntake intake = batch.run->Take(at);
  if (!intake.record) {
    GUIYI_CHECK(TakeUnreadable(intake.row.index, std::move(known), batch));
    return true;
  }
  dedup::IntakeRow& row = intake.row;
  GUIYI_CHECK(SealChain(row, batch));
  if (row.sealed != intake.record->sealed) {
    dedup::Profile profile = intake.prepared->profile;
    intake.record->sealed = profile.sealed = row.sealed;
    intake.profile_bytes = dedup::Serialize(profile);
    intake.prepared = model_.Prepare(std::move(profile));
    intake.look.reset();
  }
  if (fresh) {
    GUIYI_TRY(known, judge_.Reach(intake, *batch.transaction, any_[row.sealed ? 0 : 1] || !batch.resealed.empty()));
    known->row = row;
    for (const OwedTo& destination : options_.destinations) {
      if (!row.historic && destination.Wants(row)) known->owed.push_back(destination.name);
    }
    ++batch.reached;
    record = petition::CanonicalJson(dedup::VerdictToJson(*known));
    verdicts_.Add(row.index, record);
    if (!known->flags.empty() && known->flags.front() == "undecidable") ++batch.undecidable;
  }
  GUIYI_CHECK(FoldIntake(row, intake.profile_bytes, *known, record, *batch.transaction, deliveries_, !fresh));
  for (Fold* fold : options_.folds) GUIYI_CHECK(fold->TakeIntake(row, &*intake.record));
  for (Fold* fold : options_.folds) GUIYI_CHECK(fold->TakeVerdict(row, *known));
  // Found by the very next one, before anything is committed.
  batch.documents.push_back({std::move(*intake.record), known->case_no});
  GUIYI_CHECK(indexes_.Add(batch.documents.back(), std::move(intake.keys), intake.look.get()));
  cache_.Put(row.index, std::move(intake.prepared), cache_.generation());
  any_[row.sealed ? 1 : 0] = true;
  return true;
}

/// A chain of revisions is sealed as a whole: a revision of a sealed one is sealed, and one that is sealed seals those
/// before it, which hold the same words.
Status LedgerFollower::SealChain(dedup::IntakeRow& row, Batch& batch) {
  if (!row.revises) return petition::Ok();
  const auto first = batch.transaction->Member(*row.revises);
  if (!first.ok()) return first.error().code == petition::Code::kNotFound ? petition::Ok() : Status(first.error());
  row.sealed = row.sealed || first->sealed;
  if (!row.sealed || first->sealed) return petition::Ok();
  const dedup::SealingRecord sealing{row.index, *row.revises, true, "", "revision", row.registered_at};
  GUIYI_TRY(const auto effect, batch.transaction->ApplySealing(sealing));
  Turned(effect.resealed, batch);
  return petition::Ok();
}

/// Those are on the other side of the seal now.
void LedgerFollower::Turned(const std::vector<std::uint64_t>& resealed, Batch& batch) {
  batch.resealed.insert(batch.resealed.end(), resealed.begin(), resealed.end());
  turning_ = true;  // until it is committed, nothing is read ahead
  cache_.Clear();   // it holds which side they were on
  judge_.Forget();
}

/// Its payload ended with its retention, or can't be read: it keeps its place, and what was decided about it.
Status LedgerFollower::TakeUnreadable(std::uint64_t index, std::optional<dedup::VerdictRecord> known, Batch& batch) {
  if (!known) {
    known = judge_.Undecidable(index, "");
    ++batch.reached;
    verdicts_.Add(index, petition::CanonicalJson(dedup::VerdictToJson(*known)));
    ++batch.undecidable;
  }
  dedup::IntakeRow row;
  if (known->row) {
    row = *known->row;
  } else {
    row.intake_no = known->intake_no;
    row.historic = row.sealed = true;  // not knowing, it is kept from those who might not see it
  }
  row.index = index;
  row.dropped = true;
  GUIYI_CHECK(SealChain(row, batch));
  GUIYI_CHECK(FoldIntake(row, "", *known, {}, *batch.transaction, deliveries_, true));
  for (Fold* fold : options_.folds) GUIYI_CHECK(fold->TakeIntake(row, nullptr));
  for (Fold* fold : options_.folds) GUIYI_CHECK(fold->TakeVerdict(row, *known));
  return petition::Ok();
}

Result<std::optional<dedup::VerdictRecord>> LedgerFollower::Recorded(std::uint64_t index) const {
  GUIYI_TRY(const auto entries, ledger_.History(index, Kind::kVerdict));
  if (entries.empty()) return std::optional<dedup::VerdictRecord>();
  GUIYI_TRY(const auto stored, ledger_.Read(entries.front()));
  if (stored.dropped) return std::optional<dedup::VerdictRecord>(judge_.Undecidable(index, ""));
  GUIYI_TRY(const auto json, petition::ParseJson(stored.record));
  GUIYI_TRY(auto verdict, dedup::VerdictFromJson(json));
  return std::optional<dedup::VerdictRecord>(std::move(verdict));
}

/// After a failure nothing of the batch stands in the state, but some of its verdicts may stand on the ledger.
Status LedgerFollower::Abandon(const petition::Error& error) {
  verdicts_.Forget();
  ahead_.Forget();
  maybe_recorded_ = std::max(maybe_recorded_, ledger_.size());
  cache_.Clear();
  judge_.Forget();
  turning_ = false;
  healthy_ = false;
  Note(error);
  return error;
}

void LedgerFollower::Note(const petition::Error& error) {
  ++failures_;
  const std::lock_guard lock(mutex_);
  last_failure_ = error.Reason() + (error.detail.empty() ? "" : ": " + error.detail);
}

std::uint64_t LedgerFollower::backlog() const {
  const std::uint64_t size = ledger_.size(), done = position_.load() + own_ahead_.load();
  return size > done ? size - done : 0;
}

Follower::Figures LedgerFollower::figures() const {
  Figures figures{decided_.load(), folded_.load(), failures_.load(), undecidable_.load(), {}};
  const std::lock_guard lock(mutex_);
  figures.last_failure = last_failure_;
  return figures;
}

bool LedgerFollower::WaitFolded(std::uint64_t entry, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  if (position_.load() <= entry && awaited_ <= entry) {
    awaited_ = entry + 1;
    moved_.notify_all();
  }
  return moved_.wait_for(lock, at_most, [&] { return position_.load() > entry || stopping_; }) &&
         position_.load() > entry;
}

std::optional<dedup::DecisionView> LedgerFollower::WaitDecided(std::uint64_t index,
                                                               std::chrono::milliseconds at_most) const {
  if (!WaitFolded(index, at_most)) return std::nullopt;
  auto decision = book_.DecisionOf(index);
  if (!decision.ok()) return std::nullopt;
  return std::move(*decision);
}

Result<std::vector<PreviewHit>> LedgerFollower::Preview(const petition::Submission& submission, std::size_t limit,
                                                        const Principal& who) const {
  return PreviewOf({book_, candidates_, model_, options_.candidates_max, previewed_, clock_.Now()}, submission, limit,
                   ScopeOf(who), who.source);
}

Result<dedup::Comparison> LedgerFollower::Explain(std::uint64_t later, std::uint64_t earlier) const {
  const CommittedHistory history(book_, dedup::Scope::Everything());
  GUIYI_TRY(const auto member, book_.Member(later));
  GUIYI_TRY(const auto profile, book_.ProfileOf(later));
  const IndexSource source(candidates_, "", member.sealed, options_.candidates_max);
  return dedup::Decider(model_, source, history).Explain(profile, earlier);
}

}  // namespace

bool OwedTo::Wants(const dedup::IntakeRow& intake) const {
  const auto within = [&](const std::string& division) {
    return !intake.division.empty() && petition::DivisionContains(division, intake.division);
  };
  return (channels.empty() || std::find(channels.begin(), channels.end(), intake.channel) != channels.end()) &&
         (divisions.empty() || std::any_of(divisions.begin(), divisions.end(), within));
}

Result<std::unique_ptr<Follower>> Follower::Make(FollowerOptions options, ledger::Ledger& ledger, CaseBook& book,
                                                 Deliveries& deliveries, search::CandidateIndex& candidates,
                                                 search::TextIndex& texts, const dedup::Model& model,
                                                 const ledger::KeyRing& keys, const petition::Clock& clock) {
  auto follower = std::make_unique<LedgerFollower>(std::move(options), ledger, book, deliveries, candidates, texts,
                                                   model, keys, clock);
  GUIYI_CHECK(follower->Recover());
  return std::unique_ptr<Follower>(std::move(follower));
}

}  // namespace gateway
