// A RecordIntake puts what adapters found on the ledger: submissions as intakes (their media first), reports as events,
// refusals with their bytes; of a source that is tried out (state shadow), every record as a refusal of its own kind,
// which tells what it would have become and registers nothing. Threads: safe from any thread. Durable: everything a
// Settled speaks of. Failure: kPushback, kUnavailable, kCorrupt, kInternal: nothing may be taken as settled; the same
// records again double nothing.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/record.h"
#include "adapters/source_spec.h"
#include "gateway/attachments.h"
#include "gateway/decisions.h"
#include "gateway/feeds/feed_state.h"
#include "gateway/intake.h"
#include "gateway/registry.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"

namespace gateway {

/// The reason of entries that a source in shadow leaves.
inline constexpr std::string_view kShadowReason = "shadow";

class RecordIntake {
 public:
  RecordIntake(Intake& intake, Decisions& decisions, ledger::Ledger& ledger, ledger::BlobStore& blobs,
               const ledger::KeyRing& keys)
      : intake_(intake), decisions_(decisions), ledger_(ledger), blobs_(blobs), owners_(blobs, keys) {}

  /// One answer a record, in order. `known_refusal`: asked for each place before a refusal is put on the ledger once
  /// more; answers its index when it stands there already. `receipts`: brief where no query code is told.
  petition::Result<std::vector<adapters::Settled>> AppendAll(
      const Source& source, const adapters::SourceSpec& spec, std::string_view door,
      std::vector<adapters::Record>& records,
      const std::function<std::optional<std::uint64_t>(const std::string& place)>& known_refusal = {},
      Intake::Receipts receipts = Intake::Receipts::kWhole);

 private:
  struct Batch;

  petition::Status StoreMedia(const Source& source, adapters::Record& record);
  petition::Result<adapters::Settled> PutReport(const Source& source, const adapters::Report& report);
  Refusal ToRefusal(const Source& source, std::string_view door, adapters::Record& record,
                    const petition::Error& error) const;
  Refusal ToShadow(const Source& source, std::string_view door, adapters::Record& record) const;

  Intake& intake_;
  Decisions& decisions_;
  ledger::Ledger& ledger_;
  ledger::BlobStore& blobs_;
  const AttachmentOwners owners_;
};

/// What the answers come to.
FeedCounts CountsOf(std::span<const adapters::Settled> settled, std::span<const adapters::Record> records);

}  // namespace gateway
