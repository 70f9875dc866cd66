// A Record is one submission, or report about one, as an adapter found it at an outside system: its bytes, and what
// they mean by the source's mapping, or why they mean nothing. Both kinds of adapters give these: a Door (door.h) to
// which systems push, a Feed (feed.h) which pulls. The gateway puts each of them on the ledger: as an intake, an event,
// or a refusal with its bytes. Plain data, no thread guarantee of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/submission.h"

namespace adapters {

/// What a system that already handed in a submission says happened to it since.
struct Report {
  std::string external_id;  ///< the source's own number of the submission
  std::string event;        ///< a name of interfaces.md: "replied", "closed" ...
  std::string text;
  std::optional<petition::Time> at;
};

/// A file that came with a record: small ones in memory, larger ones where the adapter put them.
struct Media {
  std::string name, media_type;
  std::string bytes;
  std::filesystem::path
      file;  ///< instead of `bytes`; read by the gateway, removed by the adapter after Settle or Reply
};

struct Record {
  /// Where it stood in what came ("line 17", "UID 4711"): for refusals and logs, so without personal data. The same
  /// each time the same thing is read again: the gateway knows a refusal that is told again by it.
  std::string place;
  std::string raw;  ///< the bytes as they came, undecoded
  std::string media_type;
  /// What is needed besides the bytes to read them again alone (a table's headings), in the adapter's own form. Kept
  /// with a refusal on the ledger, sealed like its bytes; "" when nothing is.
  std::string context;

  // One of three: a submission (its external_id never empty: where the system gives no number, a digest or place that
  // stays the same) ...
  std::optional<petition::Submission> submission;
  std::vector<Media> media;  ///< to be stored before the submission, and named in it
  // ... a report ...
  std::optional<Report> report;
  // ... or a refusal: kInvalid with reason and fields. It is in quarantine until a better mapping takes it.
  std::optional<petition::Error> refusal;

  /// Fields and codes the mapping has no word for, by their names in the source ("xfxs=0404"), values only of code
  /// fields. Counted for each source.
  std::vector<std::string> unmapped;
};

/// What became of a record, in the words an adapter may need to answer or to write back.
struct Settled {
  /// kShadow: the source is tried out; the record is on the ledger, but registered nowhere.
  enum class Kind { kRegistered, kExisting, kRevision, kReported, kRefused, kShadow };
  Kind kind = Kind::kRefused;
  std::string intake_no, query_code;  ///< of a registered one; the code only for a Door, which can tell it
  std::uint64_t ledger_index = 0;
  std::optional<petition::Error> error;  ///< of a refused one; never kPushback or kUnavailable: then nothing is settled
};

/// A record that was refused, as the ledger kept it, to be read again by a better mapping.
struct Refused {
  std::string place, raw, media_type, context;
};

}  // namespace adapters
