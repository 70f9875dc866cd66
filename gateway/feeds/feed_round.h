// A FeedRound takes one feed through its fixed order, a step at a time, keeping in hand what was fetched until all of
// it is settled and the cursor stored. Where the feed allows it, the next batch is read (by a thread of its own, which
// is waited for before the feed is asked anything else) while the ledger takes this one. Internal to gateway/feeds. One
// thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/feed.h"
#include "gateway/beside.h"
#include "gateway/feeds/feed_state.h"
#include "gateway/feeds/record_intake.h"

namespace gateway {

class FeedRound {
 public:
  using KnownRefusal = std::function<std::optional<std::uint64_t>(const std::string& place)>;

  FeedRound(Source source, std::shared_ptr<const adapters::SourceSpec> spec, std::unique_ptr<adapters::Feed> feed,
            RecordIntake& intake, FeedState& state)
      : source_(std::move(source)), spec_(std::move(spec)), feed_(std::move(feed)), intake_(intake), state_(state) {}

  struct Made {
    std::size_t records = 0;
    bool more = false;
  };
  /// Goes on where the last call stopped: an error leaves what is in hand, and the step is tried again.
  petition::Result<Made> Step(const KnownRefusal& known);
  /// Whether the other side answers at all; nothing is kept.
  petition::Status Probe();

  /// The feed, while nothing is in hand and nothing is being read ahead; null else.
  adapters::Feed* Idle();
  const Source& source() const { return source_; }

 private:
  petition::Status WriteBackOwed();
  petition::Result<adapters::Fetched> FetchNext();

  const Source source_;
  const std::shared_ptr<const adapters::SourceSpec> spec_;
  const std::unique_ptr<adapters::Feed> feed_;
  RecordIntake& intake_;
  FeedState& state_;
  std::optional<std::string> cursor_;  ///< read at the first step
  std::optional<adapters::Fetched> fetched_;
  std::optional<std::vector<adapters::Settled>> settled_;
  std::map<std::string, std::uint64_t> refused_;       ///< places of what is in hand, or was just before
  Beside<petition::Result<adapters::Fetched>> ahead_;  ///< last: it ends before the feed does
};

}  // namespace gateway
