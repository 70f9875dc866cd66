// The Writer is the one thread that appends: it takes all proposals that wait, composes, hashes, encrypts and signs
// them as one batch, commits it and answers. While one batch is being synced, the next one gathers. Callers that were
// answered together mostly come again together: for as many as there were in the last commit the next one waits, but
// never longer than that commit took (and not at all for a caller who is alone).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/number_filter.h"
#include "ledger/recent_intakes.h"
#include "ledger/store.h"
#include "ledger/tree.h"

namespace ledger {

/// The newest durable head, for everybody to see and wait for.
class HeadBoard {
 public:
  std::shared_ptr<const Head> Get() const;
  void Set(Head head);
  std::uint64_t WaitBeyond(std::uint64_t size, std::chrono::milliseconds at_most) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable grown_;
  std::shared_ptr<const Head> head_ = std::make_shared<Head>();  // guarded by mutex_
};

struct WriterParts {
  Store& store;
  Tree& tree;
  const Signer& signer;
  const Sealer& sealer;
  const petition::Clock& clock;
  HeadBoard& board;
  NumberFilter& numbers;  ///< gets every number before its intake is committed
  std::size_t batch_max = 256;
  std::size_t queue_max = 8192;
};

/// What payloads are sealed for; the index stands in it, so that no payload can take another's place.
std::string RecordContext(std::uint64_t index);
std::string RawContext(std::uint64_t index);
/// A stored row, opened; raw bytes as far as the row holds them.
petition::Result<Stored> OpenRow(const StoredRow& row, const Sealer& sealer);
inline constexpr std::size_t kSaltBytes = 32;
/// Record and raw bytes of one draft together.
inline constexpr std::size_t kDraftBytesMax = 64u << 20;

class Writer {
 public:
  /// The board holds the loaded head already. All parts outlive the writer.
  explicit Writer(const WriterParts& parts);
  /// Answers all that waits, then ends.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::vector<petition::Result<Appended>> Append(std::span<Proposal* const> proposals);
  /// As Ledger::Begin; it may not outlive the writer.
  std::unique_ptr<Appending> Begin(std::vector<Proposal*> proposals);
  /// As Ledger::AppendLater.
  void AppendLater(Proposal& proposal, std::function<void(petition::Result<Appended>)> done);
  petition::Status Drop(std::uint64_t index);
  bool healthy() const { return healthy_.load(); }

 private:
  struct Job;
  class Handed;
  struct Place;
  class BatchView;
  struct Composed;

  void Run();
  void Serve(std::deque<Place>& places);
  bool Compose(std::deque<Place>& places, Composed& composed);
  void ComposeOne(const Place& place, BatchView& view, Composed& composed);
  void Answer(const Composed& composed, const Head& head);
  petition::Result<Appended> Existing(std::uint64_t index, const Composed& composed) const;
  void Fail(const std::deque<Place>& places, const petition::Error& error);
  void Stop();
  std::optional<petition::Error> Enqueue(Job& job);

  const WriterParts parts_;
  std::atomic<bool> healthy_ = true;
  RecentIntakes recent_;                                            // of the writer thread
  std::size_t callers_ = 1;                                         // of the writer thread: in the last commit
  std::chrono::steady_clock::duration patience_{};                  // of the writer thread: what that commit took
  std::map<std::string, std::uint64_t, std::less<>> last_serials_;  // of the writer thread: of the days met lately

  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<Job*> queue_;  // guarded by mutex_
  std::size_t queued_ = 0;  // proposals in it; guarded by mutex_
  std::size_t wanted_ = 1;  // with so many callers in it the thread wants to be woken; guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  std::thread thread_;
};

}  // namespace ledger
