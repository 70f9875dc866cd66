#include "ledger/writer.h"

#include <semaphore.h>

#include <cerrno>

#include "ledger/proof.h"

namespace ledger {
namespace {

using petition::Error;
using petition::Result;
using petition::Status;
using Steady = std::chrono::steady_clock;

// A batch stops growing here, whatever its count: memory and the time of one commit stay bounded.
constexpr std::size_t kBatchBytesMax = 16u << 20;
constexpr int kConflictsMax = 100;
constexpr std::size_t kDaysKnownMax = 8;
constexpr std::chrono::milliseconds kPatienceMax{1};

Error Stopped() {
  Error error = petition::Unavailable(
      "the ledger has stopped after a failed write and has to be started again; this was not stored");
  error.reason = "ledger_stopped";
  return error;
}

Appended Where(std::uint64_t index, bool existing) {
  Appended told;
  told.index = index;
  told.existing = existing;
  return told;
}

Error OutcomeUnknown(const Error& cause) {
  Error error = petition::Unavailable(
      "the write failed: whether this was stored will be known after a restart; send it again then", cause.detail);
  error.reason = "outcome_unknown";
  return error;
}

}  // namespace

std::shared_ptr<const Head> HeadBoard::Get() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

void HeadBoard::Set(Head head) {
  auto next = std::make_shared<const Head>(std::move(head));
  {
    const std::lock_guard lock(mutex_);
    head_ = std::move(next);
  }
  grown_.notify_all();
}

std::uint64_t HeadBoard::WaitBeyond(std::uint64_t size, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  grown_.wait_for(lock, at_most, [&] { return head_->size > size; });
  return head_->size;
}

std::string RecordContext(std::uint64_t index) { return "record " + std::to_string(index); }
std::string RawContext(std::uint64_t index) { return "raw " + std::to_string(index); }

Result<Stored> OpenRow(const StoredRow& row, const Sealer& sealer) {
  Stored stored;
  stored.index = row.index;
  stored.kind = row.kind;
  stored.entry = row.entry;
  stored.dropped = row.sealed_record.empty();
  if (stored.dropped) return stored;
  GUIYI_TRY(const std::string opened, sealer.Open(row.sealed_record, RecordContext(row.index)));
  if (opened.size() < kSaltBytes) return petition::Corrupt("a stored record is cut");
  stored.salt = opened.substr(0, kSaltBytes);
  stored.record = opened.substr(kSaltBytes);
  if (!row.sealed_raw.empty()) {
    GUIYI_TRY(stored.raw, sealer.Open(row.sealed_raw, RawContext(row.index)));
  }
  return stored;
}

// Wakes the one that waits for it. Unlike std::binary_semaphore the waiting side sleeps at once: a commit takes far
// longer than any spinning would, and spinning takes the core that makes it.
class Bell {
 public:
  Bell() { sem_init(&semaphore_, 0, 0); }
  ~Bell() { sem_destroy(&semaphore_); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  void Ring() { sem_post(&semaphore_); }
  void Wait() {
    while (sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }
  /// Whether it rang; then nobody may wait for it any more.
  bool Rang() { return sem_trywait(&semaphore_) == 0; }

 private:
  sem_t semaphore_;
};

// One caller's proposals. Lives on the caller's stack until `done` is given; that of a caller who does not wait owns
// itself until it has answered.
struct Writer::Job {
  std::span<Proposal* const> proposals;
  std::vector<std::optional<Result<Appended>>> results;
  std::size_t taken = 0;     // by the writer thread
  std::size_t answered = 0;  // by the writer thread
  std::optional<std::uint64_t> drop;
  std::optional<Status> dropped;
  Bell done;
  // Of a caller who does not wait.
  Proposal* one = nullptr;
  std::function<void(Result<Appended>)> answer;
};

// The job of a caller who goes on meanwhile.
class Writer::Handed final : public Appending {
 public:
  Handed(Writer& writer, std::vector<Proposal*> proposals) : proposals_(std::move(proposals)) {
    job_.proposals = proposals_;
    job_.results.resize(proposals_.size());
    if (!proposals_.empty()) refused_ = writer.Enqueue(job_);
    done_ = proposals_.empty() || refused_;
  }
  ~Handed() override { AwaitDone(); }

  bool Done() override { return done_ = done_ || job_.done.Rang(); }
  std::vector<Result<Appended>> Wait() override {
    AwaitDone();
    if (refused_) return std::vector<Result<Appended>>(proposals_.size(), *refused_);
    std::vector<Result<Appended>> out;
    out.reserve(job_.results.size());
    for (auto& result : job_.results) out.push_back(std::move(*result));
    return out;
  }

 private:
  void AwaitDone() {
    if (!done_) job_.done.Wait();
    done_ = true;
  }

  const std::vector<Proposal*> proposals_;
  Job job_;
  std::optional<Error> refused_;
  bool done_ = false;
};

// One proposal of a job.
struct Writer::Place {
  Job* job;
  std::size_t at;
  bool WantsProof() const { return job->proposals[at]->WantsProof(); }
  void Give(Result<Appended> result) const {
    if (job->answer) {
      const std::unique_ptr<Job> last(job);
      return last->answer(std::move(result));
    }
    job->results[at] = std::move(result);
    if (++job->answered == job->proposals.size()) job->done.Ring();
  }
};

// A batch on its way: what will be stored, and what each caller will be told.
struct Writer::Composed {
  Batch batch;
  struct Ours {
    Place place;
    Hash leaf;
  };
  std::vector<Ours> ours;  // one a row
  struct Earlier {
    Place place;
    std::uint64_t index;
  };
  std::vector<Earlier> earlier;
  std::vector<std::pair<Place, Error>> refused;
  std::size_t bytes = 0;
  std::uint64_t first = 0;  // index of the first row
  std::string salts;        // for all of its places, from one system call

  std::string SaltOf(std::size_t row) const { return salts.substr(row * kSaltBytes, kSaltBytes); }
  /// What is told of a row, but for the proof.
  Appended Told(std::size_t row) const {
    Appended told;
    told.index = first + row;
    told.entry = batch.rows[row].entry;
    told.leaf = ours[row].leaf;
    told.salt = SaltOf(row);
    return told;
  }
};

class Writer::BatchView final : public View {
 public:
  BatchView(Writer& writer, const Batch& batch, std::uint64_t first)
      : writer_(writer), recent_(writer.recent_), batch_(batch), first_(first) {}

  std::uint64_t NextIndex() const override { return first_ + batch_.rows.size(); }

  Result<std::uint64_t> NextSerial(std::string_view day) override {
    const auto known = writer_.last_serials_.find(day);
    if (known != writer_.last_serials_.end()) return known->second + 1;
    GUIYI_TRY(const std::uint64_t last, writer_.parts_.store.LastSerial(day));
    writer_.last_serials_.emplace(day, last);
    return last + 1;
  }

  std::uint64_t RemembersFrom() const override { return recent_.first(); }
  std::vector<const KnownIntake*> FindSince(std::string_view source, std::string_view external_id,
                                            std::uint64_t from) const override {
    return recent_.Find(source, external_id, from);
  }

  // The draft was taken into the batch, so its serial is used up and its number known.
  void Took(const IntakeKey& key) {
    std::uint64_t& last = writer_.last_serials_[key.day];
    last = std::max(last, key.serial);
    recent_.Add(NextIndex(), key);
    if (!key.external_id.empty()) writer_.parts_.numbers.Add(key.source, key.external_id);
  }

 private:
  Writer& writer_;
  RecentIntakes& recent_;
  const Batch& batch_;
  const std::uint64_t first_;
};

Writer::Writer(const WriterParts& parts)
    : parts_(parts), recent_(parts.board.Get()->size), thread_([this] { Run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  waiting_.notify_one();
  thread_.join();
}

std::vector<Result<Appended>> Writer::Append(std::span<Proposal* const> proposals) {
  return Handed(*this, {proposals.begin(), proposals.end()}).Wait();
}

std::unique_ptr<Appending> Writer::Begin(std::vector<Proposal*> proposals) {
  return std::make_unique<Handed>(*this, std::move(proposals));
}

void Writer::AppendLater(Proposal& proposal, std::function<void(Result<Appended>)> done) {
  auto job = std::make_unique<Job>();
  job->one = &proposal;
  job->proposals = {&job->one, 1};
  job->answer = std::move(done);
  if (auto refused = Enqueue(*job)) return job->answer(std::move(*refused));
  (void)job.release();  // its answer takes it
}

// Why it is not taken; nothing when it is.
std::optional<Error> Writer::Enqueue(Job& job) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    if (!healthy_ || stopping_) return Stopped();
    // One call larger than the whole queue is still served when nothing else waits: it holds its own memory already.
    if (queued_ > 0 && queued_ + job.proposals.size() > parts_.queue_max) {
      return Error{petition::Code::kPushback,
                   "ledger_busy",
                   "too much is waiting to be registered: come back in a moment",
                   {},
                   {}};
    }
    queue_.push_back(&job);
    queued_ += job.proposals.size();
    enough = queue_.size() >= wanted_;
  }
  if (enough) waiting_.notify_one();
  return std::nullopt;
}

Status Writer::Drop(std::uint64_t index) {
  Job job;
  job.drop = index;
  {
    const std::lock_guard lock(mutex_);
    if (!healthy_ || stopping_) return Stopped();
    queue_.push_back(&job);
  }
  waiting_.notify_one();
  job.done.Wait();
  return *job.dropped;
}

void Writer::Run() {
  for (;;) {
    std::deque<Place> places;
    Job* drop = nullptr;
    {
      std::unique_lock lock(mutex_);
      waiting_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      wanted_ = (callers_ + 1) / 2;
      if (wanted_ > queue_.size()) {
        // Half of those the last commit served: while it is written and synced, the others' requests are read and
        // answers sent. All of them would take turns with the disk.
        waiting_.wait_for(lock, std::min<Steady::duration>(patience_, kPatienceMax),
                          [&] { return stopping_ || queue_.size() >= wanted_; });
      }
      wanted_ = 1;
      callers_ = 0;
      while (!queue_.empty() && places.size() < parts_.batch_max) {
        Job* const job = queue_.front();
        if (job->drop) {
          if (!places.empty()) break;
          queue_.pop_front();
          drop = job;
          break;
        }
        while (job->taken < job->proposals.size() && places.size() < parts_.batch_max) {
          places.push_back({job, job->taken++});
          --queued_;
        }
        ++callers_;
        if (job->taken == job->proposals.size()) queue_.pop_front();
      }
    }
    if (drop != nullptr) {
      drop->dropped = healthy_ ? parts_.store.Drop(*drop->drop) : Status(Stopped());
      drop->done.Ring();
      continue;
    }
    Serve(places);
  }
}

void Writer::Serve(std::deque<Place>& places) {
  int conflicts = 0;
  while (!places.empty()) {
    if (!healthy_) return Fail(places, Stopped());
    std::deque<Place> attempt = places;
    Composed composed;
    if (!Compose(attempt, composed)) return Fail(places, Stopped());
    const std::shared_ptr<const Head> before = parts_.board.Get();
    if (!composed.batch.rows.empty()) {
      const auto began = Steady::now();
      const Status stored = parts_.store.Append(composed.batch, *before);
      patience_ = Steady::now() - began;
      if (!stored.ok() && stored.error().reason == "head_moved" && ++conflicts < kConflictsMax) {
        // Somebody else appended: take over their head and fix the places anew.
        const auto head = parts_.store.LoadHead();
        if (head.ok() && head->size >= before->size && parts_.tree.Load(*head).ok()) {
          parts_.numbers.GiveUp();  // what they appended is not in it
          parts_.board.Set(*head);
          recent_.Restart(head->size);
          last_serials_.clear();
          continue;
        }
        Stop();
        return Fail(places, Stopped());
      }
      if (!stored.ok() && stored.error().reason == "store_busy") {
        // Nothing was begun, so nothing is stored; what memory holds of it is put back.
        recent_.ForgetFrom(before->size);
        last_serials_.clear();
        if (!parts_.tree.Load(*before).ok()) Stop();
        return Fail(places, stored.error());
      }
      if (!stored.ok()) {
        Stop();
        return Fail(places, OutcomeUnknown(stored.error()));
      }
      parts_.tree.Committed();
      recent_.Trim();
      parts_.board.Set(composed.batch.head);
    }
    places = std::move(attempt);  // what did not fit in this batch
    Answer(composed, *parts_.board.Get());
  }
}

// Takes places from the front until the batch is full. False when the tree can't be read any more.
bool Writer::Compose(std::deque<Place>& places, Composed& composed) {
  composed.first = parts_.board.Get()->size;
  if (last_serials_.size() > kDaysKnownMax)
    last_serials_.clear();  // between batches: what is stored is asked for again
  BatchView view(*this, composed.batch, composed.first);
  composed.batch.rows.reserve(places.size());
  composed.ours.reserve(places.size());
  composed.salts = RandomBytes(kSaltBytes * places.size());
  while (!places.empty() && composed.bytes < kBatchBytesMax) {
    ComposeOne(places.front(), view, composed);
    places.pop_front();
  }
  if (composed.batch.rows.empty()) return true;
  for (const auto& ours : composed.ours) parts_.tree.Append(ours.leaf, composed.batch.tiles);
  Head& head = composed.batch.head;
  head.size = composed.first + composed.batch.rows.size();
  const auto root = parts_.tree.Root(head.size);
  if (!root.ok()) {
    Stop();
    return false;
  }
  head.root = *root;
  head.checkpoint = parts_.signer.SignNote(Checkpoint{parts_.signer.verifier().name, head.size, head.root}.Text());
  return true;
}

void Writer::ComposeOne(const Place& place, BatchView& view, Composed& composed) {
  const auto refuse = [&](Error error) { composed.refused.emplace_back(place, std::move(error)); };
  std::optional<Result<std::variant<Draft, std::uint64_t>>> answer;
  try {
    answer = place.job->proposals[place.at]->Compose(view);
  } catch (const std::exception&) {
    return refuse(petition::Internal("a proposal threw"));  // what() may hold words of a petition
  }
  if (!answer->ok()) return refuse(answer->error());
  if (const auto* const index = std::get_if<std::uint64_t>(&**answer)) {
    if (*index >= view.NextIndex()) return refuse(petition::Internal("a proposal named an entry that does not exist"));
    composed.earlier.push_back({place, *index});
    return;
  }
  Draft& draft = std::get<Draft>(**answer);
  if (draft.record.size() + draft.raw.size() > kDraftBytesMax)
    return refuse(petition::Invalid("too_large", "the submission is too large"));
  if (draft.record.empty()) return refuse(petition::Internal("a draft without a record"));
  if (draft.about != kNoIndex && draft.about >= view.NextIndex())
    return refuse(petition::Internal("a draft about an entry that does not exist"));
  if (draft.intake) view.Took(*draft.intake);

  StoredRow row;
  row.index = view.NextIndex();
  row.kind = draft.kind;
  row.about = draft.about;
  const std::string salt = composed.SaltOf(composed.batch.rows.size());
  row.entry = EntryLine(Commitment(salt, draft.raw, draft.record), petition::FormatTime(parts_.clock.Now()));
  row.sealed_record = parts_.sealer.Seal(salt + draft.record, RecordContext(row.index));
  if (!draft.raw.empty()) row.sealed_raw = parts_.sealer.Seal(draft.raw, RawContext(row.index));
  row.intake = std::move(draft.intake);
  composed.bytes += row.sealed_record.size() + row.sealed_raw.size();

  composed.ours.push_back({place, LeafHash(row.entry)});
  composed.batch.rows.push_back(std::move(row));
}

// Entry, leaf and salt of an entry that a proposal pointed at: of this very batch, or stored before.
Result<Appended> Writer::Existing(std::uint64_t index, const Composed& composed) const {
  Appended found;
  if (index >= composed.first && index - composed.first < composed.ours.size()) {
    found = composed.Told(index - composed.first);
  } else {
    GUIYI_TRY(const StoredRow row, parts_.store.Row(index, false));
    found.index = index;
    found.entry = row.entry;
    found.leaf = LeafHash(row.entry);
    if (!row.sealed_record.empty()) {
      GUIYI_TRY(const std::string opened, parts_.sealer.Open(row.sealed_record, RecordContext(index)));
      found.salt = opened.substr(0, kSaltBytes);
    }
  }
  found.existing = true;
  return found;
}

void Writer::Answer(const Composed& composed, const Head& head) {
  std::vector<std::pair<Place, Appended>> answers;
  std::vector<std::uint64_t> indices;
  for (std::size_t row = 0; row < composed.ours.size(); ++row) {
    const Place& place = composed.ours[row].place;
    if (!place.WantsProof()) {
      place.Give(Where(composed.first + row, false));
      continue;
    }
    answers.emplace_back(place, composed.Told(row));
    indices.push_back(composed.first + row);
  }
  for (const auto& earlier : composed.earlier) {
    if (!earlier.place.WantsProof()) {
      earlier.place.Give(Where(earlier.index, true));
      continue;
    }
    auto found = Existing(earlier.index, composed);
    if (!found.ok()) {
      earlier.place.Give(std::move(found).error());
      continue;
    }
    indices.push_back(earlier.index);
    answers.emplace_back(earlier.place, std::move(found).value());
  }
  for (const auto& [place, error] : composed.refused) place.Give(error);
  if (answers.empty()) return;
  auto paths = parts_.tree.Prove(indices, head.size);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto& [place, appended] = answers[i];
    if (!paths.ok()) {
      place.Give(paths.error());  // stored, but the proof can't be made: a resend finds it
      continue;
    }
    appended.proof.index = appended.index;
    appended.proof.path = std::move(paths->paths[i]);
    appended.proof.checkpoint = head.checkpoint;
    place.Give(std::move(appended));
  }
}

void Writer::Fail(const std::deque<Place>& places, const Error& error) {
  for (const Place& place : places) place.Give(error);
}

void Writer::Stop() { healthy_ = false; }

}  // namespace ledger
