// A GatherFeed hands on what a door's gathering has no confirmation of: sets that have been quiet for their time, and
// sets that were closed while the ledger could not be reached. Beside the door, on the same store. Threads: as a Feed.
#pragma once

#include <functional>
#include <memory>

#include "adapters/feed.h"
#include "adapters/gathering/gather_store.h"

namespace adapters {

struct GatherFeedOptions {
  std::string kind;                                                ///< "wechat", "sms"
  std::chrono::milliseconds quiet{1800'000};                       ///< a set without a new piece for so long is whole
  std::chrono::milliseconds remember{std::chrono::hours(24 * 7)};  ///< how long numbers of settled messages are known
  /// Makes the record of a set; its place is the set's name.
  std::function<Record(const GatheredSet&)> record_of;
  std::function<Record(const Refused&)> reread;
};

std::unique_ptr<Feed> MakeGatherFeed(GatherFeedOptions options, std::shared_ptr<GatherStore> store,
                                     const petition::Clock& clock);

}  // namespace adapters
