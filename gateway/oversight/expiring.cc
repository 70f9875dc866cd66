// What ends soon: a source's key, certificates that a source's file names, the hub's own. A certificate that has ended
// stops a door at an hour that nobody chose; a month before, somebody can still replace it in peace.
#include "gateway/oversight/watch.h"

namespace gateway {

namespace {

constexpr std::chrono::hours kExpiringWithin{24 * 30};

Condition ExpiringCondition(const ExpirySeen& one, const Watch& watch) {
  const auto left = std::chrono::floor<std::chrono::days>(one.at - watch.now).count();
  const std::string at = petition::FormatTime(one.at);
  // Another end is another finding: the one that was replaced is over.
  return {"expiring",
          one.source,
          one.what + " " + at,
          "",
          watch.DivisionOf(one.source),
          false,
          1,
          {{"what", one.what}, {"expiresAt", at}, {"ended", left < 0}}};
}

}  // namespace

Conditions FindExpiring(const Watch& watch) {
  std::vector<Condition> found;
  for (const ExpirySeen& one : watch.expiries) {
    if (one.at - watch.now < kExpiringWithin) found.push_back(ExpiringCondition(one, watch));
  }
  for (const Source& source : watch.sources) {
    if (!source.key_expires_at || *source.key_expires_at - watch.now >= kExpiringWithin) continue;
    found.push_back(ExpiringCondition({source.name, "key", *source.key_expires_at}, watch));
  }
  return found;
}

}  // namespace gateway
