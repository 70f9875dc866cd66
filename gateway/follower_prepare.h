// What can be done for an intake before its turn, because it depends on nothing but the intake: reading its record,
// drawing its profile, naming its keys. Where much is waiting a second thread does it while the follower decides.
// Internal to gateway/follower*.cc.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "dedup/prepared_cache.h"
#include "dedup/profile.h"
#include "gateway/intake.h"
#include "ledger/ledger.h"

namespace gateway {

struct PreparedIntake {
  std::optional<IntakeRecord> record;  ///< empty: it can't be read (or its payload was dropped)
  dedup::IntakeRow row;                ///< as the record says; only index when there is none
  dedup::SharedPrepared prepared;      ///< its profile, ready for comparing
  std::string profile_bytes;
  std::vector<std::string> keys;
};

PreparedIntake Prepare(const ledger::Stored& stored, const dedup::Model& model);

/// A run of entries whose intakes are prepared by whoever takes them or, when it is long, by a second thread in order.
class PreparedRun {
 public:
  PreparedRun(std::vector<ledger::Stored> entries, const dedup::Model& model)
      : entries_(std::move(entries)), model_(model) {}

  const std::vector<ledger::Stored>& entries() const { return entries_; }
  bool IsLong() const;
  /// The intake at entries()[at], each once; waits for it.
  PreparedIntake Take(std::size_t at);

  /// Before Work is called by another thread.
  void Share() { shared_ = true; }
  void Work();
  void GiveUp();  ///< nobody will take the rest

 private:
  const std::vector<ledger::Stored> entries_;
  const dedup::Model& model_;
  bool shared_ = false;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<std::size_t, PreparedIntake> prepared_;  // guarded by mutex_
  bool given_up_ = false;                           // guarded by mutex_
};

/// Reads the ledger in runs and, while one is being taken, reads and prepares what comes after it on a thread of its
/// own. From and Forget by one thread.
class ReadAhead {
 public:
  ReadAhead(const ledger::Ledger& ledger, const dedup::Model& model, std::size_t run_max)
      : ledger_(ledger), model_(model), run_max_(run_max) {}
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
  const dedup::Model& model_;
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
