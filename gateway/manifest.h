// A Manifest is what a source says it handed over on one of its booking days: how many, and which numbers with the
// SHA-256 of the bytes. Recording one puts it on the ledger and answers what is missing on either side. Used by every
// door (HTTP, Thrift, `guiyi reconcile`). Threads: safe from any thread. Durable: the `manifest` entry, on return.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

class Hub;

struct ManifestNumber {
  std::string external_id;
  std::string sha256;  ///< hex of the delivered bytes; "": not compared
};

struct Manifest {
  std::string source;
  std::string day;  ///< the source's booking day: 2025-03-04 or 20250304
  std::optional<std::uint64_t> count;
  std::vector<ManifestNumber> numbers;
};
inline constexpr std::size_t kManifestNumbersMax = 100'000;

struct ManifestAnswer {
  std::uint64_t ledger_index = 0;
  std::uint64_t count_here = 0;  ///< intakes of that source and day on our ledger (revisions and resends not counted)
  std::vector<std::string> missing_here;   ///< the source has them, we do not: to be sent again
  std::vector<std::string> missing_there;  ///< we have them for that day, the source did not list them
  std::vector<std::string> differs;        ///< on both sides, but no registered bytes have that digest
  bool more = false;                       ///< a list was cut at kManifestListMax
};
inline constexpr std::size_t kManifestListMax = 10'000;

/// Reads {"day", "count", "numbers": [{"externalId", "sha256"}]}.
petition::Result<Manifest> ManifestFromJson(const petition::Json& json, std::string source);
petition::Json ManifestAnswerToJson(const ManifestAnswer& answer);

/// Recorded is what is true; answered is what `who` may see of it: an intake out of their sight is answered as if it
/// had never come.
petition::Result<ManifestAnswer> RecordManifest(Hub& hub, const Manifest& manifest, const Principal& who);

}  // namespace gateway
