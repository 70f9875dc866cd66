#include "gateway/witnessing/witnessing.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/outgoing.h"
#include "gateway/witnessing/cosigned.h"
#include "ledger/offline.h"
#include "ledger/witness_call.h"

namespace gateway {
namespace {

using ledger::Checkpoint;
using petition::Result;
using petition::Status;
using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kPublishedBytesMax = 1 << 20;
constexpr milliseconds kRetryFirst{1'000};

/// One witness, and how far it has come. All but `address` guarded by the mutex of its owner.
struct Correspondent {
  WitnessAddress address;
  std::uint64_t size = 0;      ///< it holds, as far as we know
  std::uint64_t cosigned = 0;  ///< newest size we have its cosignature for
  bool ever = false;
  std::uint64_t seconds = 0;  ///< the time it gave
  bool conflict = false;
  std::string reason;
  petition::Time behind_since{};
  milliseconds retry{0};
};

class WitnessRounds final : public Witnessing {
 public:
  WitnessRounds(WitnessingOptions options, const petition::Clock& clock)
      : options_(std::move(options)),
        files_(options_.files != nullptr ? *options_.files : ledger::FileSystem::Real()),
        clock_(clock),
        cosigned_(std::filesystem::absolute(options_.data) / "witnessed" / "checkpoint", options_.quorum, files_) {}
  ~WitnessRounds() override { Stop(); }

  Status Load();
  void Start() override;
  void Stop() override;
  std::string Checkpoint() const override;
  std::string Witnessed() const override;
  std::vector<WitnessView> views() const override;

 private:
  void Run(Correspondent& witness);
  bool Wait(milliseconds time);
  std::optional<CosignedCheckpoint> Round();
  bool Late(const Correspondent& witness, petition::Time now) const;
  milliseconds Ask(Correspondent& witness, const CosignedCheckpoint& target);
  milliseconds Took(Correspondent& witness, const CosignedCheckpoint& target, const std::string& body);
  milliseconds Holds(Correspondent& witness, const CosignedCheckpoint& target, std::uint64_t sent,
                     const std::string& body);
  milliseconds Failed(Correspondent& witness, std::string reason, bool conflict = false);

  const WitnessingOptions options_;
  ledger::FileSystem& files_;
  const petition::Clock& clock_;
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  Cosigned cosigned_;
  std::string published_;  ///< the newest note seen
  std::uint64_t published_size_ = 0;
  SteadyTime looked_{}, round_begun_{}, witnessed_at_{};
  mutable std::uint64_t shown_size_ = 0;  ///< of the largest checkpoint that readers were given
  petition::Time round_at_{};
  std::vector<std::unique_ptr<Correspondent>> witnesses_;  // the vector itself is constant after Load
  std::vector<std::thread> threads_;                       // of the owner
};

Status WitnessRounds::Load() {
  std::vector<ledger::VerifierKey> keys;
  for (const auto& address : options_.witnesses) {
    if (address.key.algorithm != ledger::kAlgorithmCosignature)
      return petition::Invalid("witness_key", "a witness' key is of type 0x04 (cosignature)");
    if (!adapters::IsHttpUrl(address.url))
      return petition::Invalid("witness_url", "a witness' url is http:// or https://");
    keys.push_back(address.key);
  }
  if (!keys.empty() && (options_.quorum == 0 || options_.quorum > keys.size()))
    return petition::Invalid("witness_quorum", "the quorum of witnesses is from 1 to their number");
  GUIYI_TRY(auto known, cosigned_.Load(options_.log, keys));
  // What was published may have been shown, in an earlier life.
  if (const auto note = files_.Read(options_.data / "tiles" / "checkpoint", kPublishedBytesMax); note.ok()) {
    if (const auto published = Checkpoint::Open(*note, options_.log); published.ok()) shown_size_ = published->size;
  }
  for (const auto& address : options_.witnesses) {
    auto witness = std::make_unique<Correspondent>();
    witness->address = address;
    while (witness->address.url.ends_with('/')) witness->address.url.pop_back();
    witness->behind_since = clock_.Now();
    if (const auto found = known.find(address.key.Text()); found != known.end()) {
      witness->size = witness->cosigned = found->second.size;
      witness->seconds = found->second.seconds;
      witness->ever = true;
    }
    witnesses_.push_back(std::move(witness));
  }
  return petition::Ok();
}

void WitnessRounds::Start() {
  for (auto& witness : witnesses_) threads_.emplace_back([this, &witness] { Run(*witness); });
}

void WitnessRounds::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_.store(true);
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

bool WitnessRounds::Wait(milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stopped_.load(); });
  return !stopped_.load();
}

void WitnessRounds::Run(Correspondent& witness) {
  while (!stopped_.load()) {
    const auto target = Round();
    auto wait = options_.every;
    bool due = target.has_value();
    if (due) {
      const std::lock_guard lock(mutex_);
      due = !witness.ever || witness.cosigned < target->checkpoint.size;
    }
    if (due) wait = Ask(witness, *target);
    if (wait.count() > 0 && !Wait(wait)) return;
  }
}

// The checkpoint that all witnesses are asked about now: cosignatures of different ones could not be put together.
std::optional<CosignedCheckpoint> WitnessRounds::Round() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < options_.every / 2) return cosigned_.round();
  looked_ = now;
  const auto note = files_.Read(options_.data / "tiles" / "checkpoint", kPublishedBytesMax);
  if (!note.ok()) return cosigned_.round();
  auto checkpoint = Checkpoint::Open(*note, options_.log);
  if (!checkpoint.ok()) return cosigned_.round();
  published_ = *note;
  published_size_ = checkpoint->size;
  const auto& round = cosigned_.round();
  if (round && round->checkpoint.size == checkpoint->size) return round;
  const bool all = round && round->lines.size() == witnesses_.size();
  if (round && !all && now - round_begun_ < options_.round_time) return round;
  // A witness that was up to date is behind from here on; one that already was stays so since then.
  for (auto& witness : witnesses_) {
    if (witness->ever && round && witness->cosigned >= round->checkpoint.size) witness->behind_since = clock_.Now();
  }
  cosigned_.Begin(std::move(*checkpoint), published_);
  round_begun_ = now;
  round_at_ = clock_.Now();
  return cosigned_.round();
}

milliseconds WitnessRounds::Ask(Correspondent& witness, const CosignedCheckpoint& target) {
  ledger::WitnessCall call;
  {
    const std::lock_guard lock(mutex_);
    call.old_size = witness.size;
  }
  if (call.old_size > target.checkpoint.size) return Failed(witness, "witness_ahead", true);
  auto proof = ledger::OfflineConsistency(options_.data, call.old_size, target.checkpoint.size);
  if (!proof.ok()) return Failed(witness, "proof_unavailable");
  call.proof = std::move(*proof);
  call.checkpoint = target.note;
  adapters::OutgoingCall post;
  post.url = witness.address.url + "/add-checkpoint";
  post.body = call.Text();
  post.time_max = options_.call_time_max;
  post.stopped = &stopped_;
  const auto answer = adapters::Call(post);
  if (!answer.ok()) return Failed(witness, "unreachable");
  switch (answer->status) {
    case 200:
      return Took(witness, target, answer->body);
    case 409:
      return Holds(witness, target, call.old_size, answer->body);
    case 422:  // what it cosigned before is no part of what we publish now
      return Failed(witness, "proof_refused", true);
    default:
      return Failed(witness, "status_" + std::to_string(answer->status));
  }
}

milliseconds WitnessRounds::Took(Correspondent& witness, const CosignedCheckpoint& target, const std::string& body) {
  const auto note = ledger::Note::Parse(target.note + body);
  const auto& key = witness.address.key;
  const auto seconds = note.ok() ? note->VerifyCosignature(key) : Result<std::uint64_t>(note.error());
  if (!seconds.ok()) return Failed(witness, "cosignature_wrong");
  std::string line;
  for (const auto& signature : note->signatures) {
    if (signature.name == key.name && signature.id == key.id) line = signature.line + "\n";
  }
  const std::lock_guard lock(mutex_);
  if (!cosigned_.Add(target.checkpoint, key.Text(), line).ok()) {
    witness.reason = "not_stored";
    return options_.every;
  }
  if (const auto& witnessed = cosigned_.witnessed(); witnessed && witnessed->checkpoint.size == target.checkpoint.size)
    witnessed_at_ = std::chrono::steady_clock::now();
  witness.size = witness.cosigned = target.checkpoint.size;
  witness.seconds = *seconds;
  witness.ever = true;
  witness.conflict = false;
  witness.reason.clear();
  witness.retry = milliseconds(0);
  // What is newer was published after this round began.
  witness.behind_since = round_at_;
  return options_.every;
}

// 409: it holds another size than we thought, which is where to prove from; or a tree that we can't have signed
// honestly.
milliseconds WitnessRounds::Holds(Correspondent& witness, const CosignedCheckpoint& target, std::uint64_t sent,
                                  const std::string& body) {
  const auto size = ledger::ParseTreeSize(std::string_view(body).substr(0, body.find('\n')));
  if (!size.ok()) return Failed(witness, "answer_unreadable");
  if (*size == sent) return Failed(witness, "tree_differs", true);
  if (*size > target.checkpoint.size) {
    const auto newest = Round();
    if (!newest || *size > newest->checkpoint.size) return Failed(witness, "witness_ahead", true);
  }
  bool again = true;
  {
    const std::lock_guard lock(mutex_);
    witness.size = *size;
    again = witness.reason != "size_differs";
  }
  // At once, but not in a circle with one that says something else each time.
  const auto wait = Failed(witness, "size_differs");
  return again ? milliseconds(0) : wait;
}

milliseconds WitnessRounds::Failed(Correspondent& witness, std::string reason, bool conflict) {
  const std::lock_guard lock(mutex_);
  witness.reason = std::move(reason);
  witness.conflict = conflict;
  // Asked for anew: it may have been set up again, or we were.
  if (conflict) witness.size = witness.cosigned;
  witness.retry = std::min(std::max(witness.retry * 2, kRetryFirst), options_.retry_max);
  return witness.retry;
}

bool WitnessRounds::Late(const Correspondent& witness, petition::Time now) const {
  return (!witness.ever || witness.cosigned < published_size_) && now - witness.behind_since > options_.late_after;
}

// Never one that is older than what was shown before: a reader who kept that would see a log that was cut.
std::string WitnessRounds::Checkpoint() const {
  const std::lock_guard lock(mutex_);
  const auto& witnessed = cosigned_.witnessed();
  const bool pace = std::chrono::steady_clock::now() - witnessed_at_ < 2 * options_.round_time;
  if (witnessed && witnessed->checkpoint.size >= shown_size_ &&
      (pace || witnessed->checkpoint.size >= published_size_)) {
    shown_size_ = witnessed->checkpoint.size;
    return witnessed->Text();
  }
  if (published_.empty()) return published_;
  shown_size_ = std::max(shown_size_, published_size_);
  const auto& round = cosigned_.round();
  return round && round->checkpoint.size == published_size_ ? round->Text() : published_;
}

std::string WitnessRounds::Witnessed() const {
  const std::lock_guard lock(mutex_);
  return cosigned_.witnessed() ? cosigned_.witnessed()->Text() : std::string();
}

std::vector<WitnessView> WitnessRounds::views() const {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.Now();
  std::vector<WitnessView> views;
  for (const auto& witness : witnesses_) {
    WitnessView view;
    view.name = witness->address.key.name;
    view.size = witness->cosigned;
    view.behind = published_size_ > witness->cosigned ? published_size_ - witness->cosigned : 0;
    view.reason = witness->reason;
    view.cosigned_at = petition::Time(std::chrono::seconds(witness->seconds));
    const bool current = witness->ever && view.behind == 0;
    if (!current)
      view.late_in =
          std::chrono::duration_cast<std::chrono::seconds>(options_.late_after - (now - witness->behind_since));
    view.state = witness->conflict ? "conflict" : current ? "current" : Late(*witness, now) ? "late" : "behind";
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace

Result<std::unique_ptr<Witnessing>> Witnessing::Make(WitnessingOptions options, const petition::Clock& clock) {
  auto rounds = std::make_unique<WitnessRounds>(std::move(options), clock);
  GUIYI_CHECK(rounds->Load());
  return std::unique_ptr<Witnessing>(std::move(rounds));
}

}  // namespace gateway
