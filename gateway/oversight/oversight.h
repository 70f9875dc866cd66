// The Oversight looks, every now and then, for what should not be, and keeps findings of it: each begins once, grows at
// most once a day, and ends once (by itself when nothing is to be found any more, or by a person with a reason). Every
// beginning, note and end is a ledger entry first; the follower folds it into state.db. Alerts go out at a beginning
// and an end only.
//
// Threads: Check runs on a thread of its own between Start and Stop, and may be called besides (tests, drill); one look
// at a time. Everything from any thread. Durable: an entry when the call answered. Failure: a look that fails is made
// again at the next turn; nothing that stands is ended by it.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/access.h"
#include "gateway/follower.h"
#include "gateway/oversight/tables.h"
#include "gateway/oversight/watch.h"

namespace gateway {

/// What an alert tells: numbers and words of ours.
struct Alert {
  bool began = true;  ///< else: ended
  std::string kind, source, day;
  std::uint64_t finding = 0, count = 0;
  bool sealed = false;  ///< not sent outside: not even that there is one
  petition::Time at{};
};

struct OversightOptions {
  WatchOptions watch;
  std::chrono::seconds every{60};
  /// Told what began and what ended, all of one look at once; must not block for long. May be empty.
  std::function<void(const std::vector<Alert>&)> alert;
  /// How feeds stand at this moment. May be empty.
  std::function<std::vector<FeedSeen>()> feeds;
  /// Certificates that end at some time. May be empty.
  std::function<std::vector<ExpirySeen>()> expiries;
};

class Oversight {
 public:
  Oversight(OversightOptions options, OversightTables& tables, dedup::CaseBook& book, ledger::Ledger& ledger,
            const Deliveries& deliveries, const Registry& registry, const Follower& follower,
            const petition::Clock& clock);
  ~Oversight();

  void Start();
  void Stop();

  struct Looked {
    std::size_t standing = 0, began = 0, ended = 0;
    bool waited = false;  ///< the follower has not folded what the last look found: nothing was looked for
  };
  /// One look; all that begins or ends goes on the ledger.
  petition::Result<Looked> Check();
  /// What stands now, as a look would find it.
  Conditions Find() const;

  /// By a person. kNotFound also for what the principal may not see; kConflict "ended". A change needs one of its
  /// parts.
  struct Change {
    std::string note, owner, end_reason;  ///< "": not changed
    std::optional<petition::Time> deadline;
    bool end = false;
  };
  petition::Result<FindingRow> ChangeFinding(const Principal& who, std::uint64_t id, const Change& change);

  /// Lines of an independent register, checked: [{"id","time","source","numberHash","answered","seconds",
  /// "waitSeconds"}] or
  /// [{"day","source","count"}]. Answers the entry.
  petition::Result<std::uint64_t> RecordRegister(std::string_view reg, const petition::Json& lines,
                                                 std::string_view by);
  /// Somebody asked for a number that is not here. Kept when it is built as that source's numbers are, a few a minute:
  /// anybody may ask.
  petition::Status NameMissing(std::string_view source, std::string_view number);

  OversightTables& tables() const { return tables_; }
  const OversightOptions& options() const { return options_; }

 private:
  petition::Result<std::vector<std::uint64_t>> Append(const std::vector<petition::Json>& records);
  petition::Result<bool> Silenced(const Condition& condition) const;

  const OversightOptions options_;
  OversightTables& tables_;
  dedup::CaseBook& book_;
  ledger::Ledger& ledger_;
  const Deliveries& deliveries_;
  const Registry& registry_;
  const Follower& follower_;
  const petition::Clock& clock_;

  std::mutex looking_;                    // held through a look
  std::uint64_t folded_before_look_ = 0;  // guarded by looking_: entries that must be folded first
  std::mutex named_mutex_;
  std::int64_t named_minute_ = 0;  // guarded by named_mutex_
  std::size_t named_ = 0;          // guarded by named_mutex_: in that minute
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace gateway
