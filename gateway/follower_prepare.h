// What can be done for an intake before its turn: reading its record, drawing its profile, naming its keys, which
// depend on nothing but the intake; and looking ahead into the candidate index. Where much is waiting a second thread
// does it while the follower decides. Internal to gateway/follower*.cc.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "dedup/prepared_cache.h"
#include "dedup/profile.h"
#include "gateway/intake.h"
#include "ledger/ledger.h"
#include "search/candidate_index.h"

namespace gateway {

struct PreparedIntake {
  std::optional<IntakeRecord> record;  ///< empty: it can't be read (or its payload was dropped)
  dedup::IntakeRow row;                ///< as the record says; only index when there is none
  dedup::SharedPrepared prepared;      ///< its profile, ready for comparing
  std::string profile_bytes;
  std::vector<std::string> keys;
  std::shared_ptr<search::CandidateLook> look;  ///< null: none was taken
};

/// As the candidate index takes it.
search::CandidateDocument DocumentOf(const IntakeRecord& intake, std::vector<std::string> keys);

/// Who prepares: by which model and, where decisions are to be made, looking ahead into which index, and what it is
/// likely to be held against read from which book into which cache; but not `turning`: then some have another side of
/// the seal than is committed.
struct Preparing {
  struct Ahead {
    const search::CandidateIndex& index;
    const dedup::CaseBook& book;
    dedup::PreparedCache& cache;
    const std::atomic<bool>& turning;
    std::size_t candidates_max;
  };
  const dedup::Model& model;
  std::optional<Ahead> ahead;

  /// One for each, in their order; what failed of it is missing.
  std::vector<PreparedIntake> Prepare(std::span<const ledger::Stored* const> intakes) const;
  /// What it is likely to be held against, into the cache: by another thread than the one whose turn comes.
  void ReadLikely(const PreparedIntake& prepared) const;

 private:
  PreparedIntake Draw(const ledger::Stored& stored) const;
  void LookAhead(std::span<PreparedIntake> prepared) const;
};

/// A run of entries whose intakes are prepared by whoever takes them or, when it is long, by a second thread in order;
/// who takes faster than that one prepares, prepares beside it instead of waiting.
class PreparedRun {
 public:
  PreparedRun(std::vector<ledger::Stored> entries, Preparing preparing)
      : entries_(std::move(entries)), preparing_(preparing) {}

  const std::vector<ledger::Stored>& entries() const { return entries_; }
  bool IsLong() const;  ///< worth a second thread
  /// The intake at entries()[at], each once; waits for it.
  PreparedIntake Take(std::size_t at);

  /// Before Work is called by another thread.
  void Share() { shared_ = true; }
  void Work();
  void GiveUp();  ///< nobody will take the rest

 private:
  /// Prepares the first that nobody has begun, so many at most; `beside`: reads what they are likely to be held
  /// against, too. False: there is none, or none is wanted.
  bool PrepareNext(std::size_t most, bool beside);

  const std::vector<ledger::Stored> entries_;
  const Preparing preparing_;
  bool shared_ = false;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<std::size_t, PreparedIntake> prepared_;  // guarded by mutex_
  std::size_t next_ = 0;                            // of entries_: not begun; guarded by mutex_
  bool given_up_ = false;                           // guarded by mutex_
};

/// Reads the ledger in runs and, while one is being taken, reads and prepares what comes after it on a thread of its
/// own. From and Forget by one thread.
class ReadAhead {
 public:
  ReadAhead(const ledger::Ledger& ledger, Preparing preparing, std::size_t run_max)
      : ledger_(ledger), preparing_(preparing), run_max_(run_max) {}
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The entries from that ledger index on, at most so many as a run has; never none while the ledger has more.
  petition::Result<std::shared_ptr<PreparedRun>> From(std::uint64_t position);
  /// What was read ahead is not wanted.
  void Forget();

 private:
  struct Next {
    std::uint64_t from = 0;
    std::shared_ptr<PreparedRun> run;  ///< set once it is read; empty when it could not be
    bool read = false;
  };
  void Work();
  void Ask(std::shared_ptr<PreparedRun> run, std::shared_ptr<Next> next);

  const ledger::Ledger& ledger_;
  const Preparing preparing_;
  const std::size_t run_max_;
  std::shared_ptr<Next> next_;  ///< of the one thread

  std::mutex mutex_;
  std::condition_variable moved_;
  std::shared_ptr<PreparedRun> run_;  // guarded by mutex_: to be prepared first
  std::shared_ptr<Next> to_read_;     // guarded by mutex_: to be read then
  bool stopping_ = false;             // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
