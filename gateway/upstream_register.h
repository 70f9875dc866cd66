// An UpstreamRegister is what a destination (the national system) says it holds of one of its booking days: by our
// references, with the number each has there. Recording one puts it on the ledger and answers on what both sides do not
// agree. Used by HTTP and `guiyi reconcile --destination`, and by asked_registers.h.
// Threads: safe from any thread. Durable: the `register` entry, on return.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access.h"
#include "gateway/state/upstream_book.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

class Hub;

struct UpstreamLine {
  std::string reference;    ///< our intake number
  std::string national_no;  ///< "": not compared
};
struct UpstreamRegister {
  std::string destination;
  std::string day;  ///< the destination's booking day: 2025-03-04 or 20250304
  std::optional<std::uint64_t> count;
  std::vector<UpstreamLine> lines;
};
inline constexpr std::size_t kUpstreamLinesMax = 100'000;

struct UpstreamAnswer {
  std::uint64_t ledger_index = 0;
  bool compared = false;  ///< else the follower is behind: what differs becomes an exception later
  std::vector<UpstreamDifference> differences;
  bool more = false;
};

/// Reads {"day", "count", "numbers": [{"reference", "nationalNo"}]}.
petition::Result<UpstreamRegister> UpstreamRegisterFromJson(const petition::Json& json, std::string destination);
/// The same, or lines of "reference,nationalNo" with an optional heading; `day` as for manifests. Errors name the line.
petition::Result<UpstreamRegister> ReadUpstreamRegister(std::string_view text, const std::string& destination,
                                                        const std::string& day);
/// {"ledgerIndex", "compared", "missingHere", "missingThere", "differs", "countedTwice", "more"}.
petition::Json UpstreamAnswerToJson(const UpstreamAnswer& answer);
/// Recorded is all of it; answered is what `who` may see. kNotFound: no such destination is delivered to.
petition::Result<UpstreamAnswer> RecordUpstreamRegister(Hub& hub, const UpstreamRegister& reg, const Principal& who);

}  // namespace gateway
