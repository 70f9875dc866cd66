// The FeedRunner fetches from every connected source that is pulled: one thread a source, each round in a fixed order -
// Fetch; everything on the ledger, durable; Settle; the cursor. Killed anywhere in between, the same is fetched again
// and the ledger knows it. Sources, their states and files are followed within a second: a source in `connected` is
// only asked whether it answers, one in `shadow` is read without registering anything, `live` is the real thing.
//
// When intake says "not now" the source is paused and shown as such, with what was fetched kept in hand; what the
// other side does wrong is waited for with growing pauses. A file that does not fit the mapping (kInvalid) stops the
// source until its file changes. Threads: Start and Stop from one; status from any. Durable: FeedState's cursors.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gateway/feeds/adapter_book.h"
#include "gateway/feeds/feed_state.h"
#include "gateway/feeds/record_intake.h"
#include "gateway/registry.h"

namespace gateway {

struct FeedRunnerOptions {
  std::chrono::milliseconds idle{2'000};  ///< between rounds that found nothing
  std::chrono::milliseconds back_off_first{1'000}, back_off_max{60'000};
  std::chrono::milliseconds registers_every{600'000};
};

/// How a feed stands.
struct FeedStatus {
  std::string
      phase;  ///< reading | waiting | paused (intake says not now) | failing | stopped (does not fit) | connected
  std::string reason;           ///< of the last three: a stable word
  std::string message;          ///< for a person; no personal data
  petition::Time last_round{};  ///< when it last reached the other side
  bool behind = false;          ///< there is more to be had at once
  std::uint64_t failures = 0;   ///< in a row
};

class FeedRunner {
 public:
  FeedRunner(FeedRunnerOptions options, const Registry& registry, const AdapterBook& adapters, RecordIntake& intake,
             FeedState& state, const petition::Clock& clock);
  ~FeedRunner();  ///< stops

  /// What was told to be on the ledger already, by the place of a refusal; and whether that can be asked yet (the
  /// follower has what the ledger held at the start). Set before Start.
  std::function<std::optional<std::uint64_t>(const std::string& source, const std::string& place)> known_refusal;
  std::function<bool()> ready;
  /// Asks a live source's feed for its own register (AskSourceRegister), now and then while nothing else is to be
  /// fetched. Unset: registers are handed in. Set before Start.
  std::function<void(const std::string& source, adapters::Feed&)> ask_register;

  void Start();
  void Stop();
  std::map<std::string, FeedStatus> status() const;
  /// One round of a source, as its thread would make it; for tests, without Start. False: there was nothing to do.
  petition::Result<bool> RoundOf(const std::string& source);

 private:
  struct Work;  // one source's thread

  void Supervise();
  void Run(Work& work);
  void AskRegister(Work& work);
  bool Pause(const Work& work, std::chrono::milliseconds time);
  void Show(const std::string& source, const std::function<void(FeedStatus&)>& change);

  const FeedRunnerOptions options_;
  const Registry& registry_;
  const AdapterBook& adapters_;
  RecordIntake& intake_;
  FeedState& state_;
  const petition::Clock& clock_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;                               // guarded by mutex_
  std::map<std::string, FeedStatus> status_;            // guarded by mutex_
  std::map<std::string, std::unique_ptr<Work>> works_;  // of the supervisor (of the caller of RoundOf without Start)
  std::thread supervisor_;
};

}  // namespace gateway
