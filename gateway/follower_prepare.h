// What can be done for an intake before its turn, because it depends on nothing but the intake: reading its record,
// drawing its profile, naming its keys. For long runs of entries a second thread does it while the follower decides.
// Internal to gateway/follower*.cc.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
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

/// Prepares the intakes of a run of entries in their order. Take from one thread; `entries` and `model` must outlive
/// it.
class PreparedRun {
 public:
  PreparedRun(const std::vector<ledger::Stored>& entries, const dedup::Model& model);
  ~PreparedRun();
  PreparedRun(const PreparedRun&) = delete;
  PreparedRun& operator=(const PreparedRun&) = delete;

  /// The intake at entries[at], each once; waits for it.
  PreparedIntake Take(std::size_t at);

 private:
  void Work();

  const std::vector<ledger::Stored>& entries_;
  const dedup::Model& model_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<std::size_t, PreparedIntake> prepared_;  // guarded by mutex_
  bool stopping_ = false;                           // guarded by mutex_
  std::thread thread_;                              // only for long runs
};

}  // namespace gateway
