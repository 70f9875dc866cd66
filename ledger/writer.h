// The Writer is the one thread that appends: it takes all proposals that wait, composes, hashes, encrypts and signs
// them as one batch, commits it and answers. There is no timer: while one batch is being synced, the next one gathers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "ledger/checkpoint.h"
#include "ledger/note.h"
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
  std::size_t batch_max = 256;
  std::size_t queue_max = 8192;
};

/// What payloads are sealed for; the index stands in it, so that no payload can take another's place.
std::string RecordContext(std::uint64_t index);
std::string RawContext(std::uint64_t index);
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
  petition::Status Drop(std::uint64_t index);
  bool healthy() const { return healthy_.load(); }

 private:
  struct Job;
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

  const WriterParts parts_;
  std::atomic<bool> healthy_ = true;
  RecentIntakes recent_;  // of the writer thread

  std::mutex mutex_;
  std::condition_variable waiting_;
  std::deque<Job*> queue_;  // guarded by mutex_
  std::size_t queued_ = 0;  // proposals in it; guarded by mutex_
  bool stopping_ = false;   // guarded by mutex_
  std::thread thread_;
};

}  // namespace ledger
