// Feeds that stopped: what lies at the source does not fit the source's file (a heading nobody knows, a table that is
// gone), so nothing behind it comes until somebody mends one of the two.
#include <algorithm>

#include "gateway/oversight/watch.h"
#include "petition/text/fold.h"

namespace gateway {

namespace {

constexpr std::size_t kStoppedKeyMax = 200;

const FeedSeen* FeedOf(const Watch& watch, std::string_view source) {
  const auto found =
      std::find_if(watch.feeds.begin(), watch.feeds.end(), [&](const FeedSeen& one) { return one.source == source; });
  return found == watch.feeds.end() ? nullptr : &*found;
}

}  // namespace

Conditions FindStoppedFeeds(const Watch& watch) {
  std::vector<Condition> found;
  // Another file, or something else that does not fit, is another finding: who ended one knew of that one only.
  for (const Source& source : watch.sources) {
    const FeedSeen* feed = source.state == "live" ? FeedOf(watch, source.name) : nullptr;
    if (feed == nullptr || feed->phase != "stopped") continue;
    const std::string what = std::to_string(source.mapping_version) + " " + feed->reason + " " + feed->message;
    found.push_back(
        {"feed_stopped",
         source.name,
         std::string(petition::text::Truncate(what, kStoppedKeyMax)),
         "",
         source.division,
         false,
         1,
         {{"reason", feed->reason}, {"message", feed->message}, {"mappingVersion", source.mapping_version}}});
  }
  // Just started: a feed that nobody has heard of yet has not begun to fit.
  GUIYI_TRY(auto standing, watch.tables.findings().Standing());
  for (FindingRow& row : standing) {
    if (row.kind != "feed_stopped") continue;
    const bool fed = std::any_of(watch.sources.begin(), watch.sources.end(), [&](const Source& source) {
      return source.name == row.source && source.mapping_version != 0 && source.state == "live";
    });
    const FeedSeen* feed = FeedOf(watch, row.source);
    if (!fed || (feed != nullptr && !feed->phase.empty())) continue;
    found.push_back({row.kind, row.source, row.key, row.day, row.division, row.sealed, row.count, row.evidence});
  }
  return found;
}

}  // namespace gateway
