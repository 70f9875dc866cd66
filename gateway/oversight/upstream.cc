// What a destination's own registers hold against what it acknowledged to us, day by day and by number.
#include <map>

#include "gateway/oversight/watch.h"

namespace gateway {

using petition::Json;

namespace {

constexpr std::size_t kUpstreamDaysAtOnce = 200, kUpstreamCompared = 2'000, kUpstreamShown = 50;

const char* UpstreamKind(UpstreamDifference::Kind kind) {
  switch (kind) {
    case UpstreamDifference::Kind::kUnknown:
      return "upstream_unknown";
    case UpstreamDifference::Kind::kMissing:
      return "upstream_missing";
    case UpstreamDifference::Kind::kDiffers:
      return "upstream_differs";
    case UpstreamDifference::Kind::kTwice:
      return "upstream_twice";
  }
  return "upstream_unknown";
}

}  // namespace

Conditions FindUpstreamDifferences(const Watch& watch) {
  auto& book = watch.tables.upstream();
  GUIYI_TRY(const auto days, book.ToCompare(kUpstreamDaysAtOnce));
  std::vector<Condition> found;
  for (const auto& day : days) {
    if (day.at + watch.options.manifest_grace > watch.now) continue;
    GUIYI_TRY(const auto differences, book.Compare(day, kUpstreamCompared));
    std::map<std::pair<std::string, bool>, std::vector<std::string>> by_kind;
    for (const auto& one : differences) by_kind[{UpstreamKind(one.kind), one.sealed}].push_back(one.reference);
    for (const auto& [kind, references] : by_kind) {
      Json evidence = NumbersEvidence(references, kUpstreamShown);
      evidence["register"] = day.entry;
      found.push_back(
          {kind.first, day.destination, day.day, day.day, "", kind.second, references.size(), std::move(evidence)});
    }
    // Counted beyond what it lists: cut off on the way, or never written.
    const bool cut = day.listed > 0 && day.count > day.listed;
    if (cut)
      found.push_back({"cut_register",
                       day.destination,
                       "upstream " + day.day,
                       day.day,
                       "",
                       false,
                       day.count - day.listed,
                       {{"register", day.entry}}});
    GUIYI_CHECK(book.SetCompared(day, cut || !differences.empty()));
  }
  return found;
}

}  // namespace gateway
