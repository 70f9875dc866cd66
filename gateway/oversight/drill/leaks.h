// The leaks of the drill: each kind once, planted into one of six made-up sources at a day of its own. What counts as
// finding it, and from when on it could be seen at all. Plain data, drawn from the seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "petition/time.h"

namespace gateway::drill {

enum class Leak {
  kGivenUp,             ///< rows given up after five tries
  kNoUpperNumber,       ///< rows without an upper number are skipped
  kWindow90,            ///< the sender looks back 90 days only
  kSilentWeek,          ///< nothing comes for a week
  kDeletedThere,        ///< a row deleted at the source
  kDeletedHere,         ///< a row deleted here
  kTimeoutAfterCommit,  ///< a timeout after the commit, sent again under a new number
  kCutFile,             ///< a file cut on the way
  kRenumbered,          ///< the source begins another numbering
  kCallWithoutCase,     ///< a call that was answered and never written down
  kStoppedMailbox,      ///< the mailbox is not fetched any more
  kEditedText,          ///< the words were edited at the source afterwards
  kNumberUnused,        ///< a registered letter that was never handed in: only its number is missing
  kClosedUnregistered,  ///< closed at the source, never handed in
  kRefusedForGood,      ///< refused rows that nobody puts right
  kTransferLoop,        ///< handed from A to B and back
  kClosedWithoutReply,  ///< closed by its unit, and nobody told the petitioner
  kConstantFlag,        ///< first-time is always set
};

struct Planted {
  Leak leak = Leak::kGivenUp;
  std::string name, title;  ///< for the program, for people
  std::string source;
  std::vector<std::string> kinds;  ///< of findings that tell of it
  std::int64_t day = 0;            ///< of the drill, from 0
  std::int64_t days = 1;           ///< how long it goes on
  petition::Time visible_at{};     ///< set when it is planted
  std::optional<petition::Time> found_at;
  std::string found_by;
  std::uint64_t rows = 0;  ///< how many items it took
};

/// All kinds, one each, in the order of their days. `days`: of the whole drill, at least 60.
std::vector<Planted> PlanLeaks(std::int64_t days, std::uint64_t seed);

}  // namespace gateway::drill
