// Decisions are the doors for what people decide and report: merge, split, the answer to a question, sealing, an event
// of a handling unit (retrying a delivery is the uplink's). Each is checked, put on the ledger as an entry, and takes
// effect when the follower reaches it; the call waits for that (up to two seconds). Threads: safe from any thread.
// Durable on return: the ledger entry. Failure: kNotFound (also for what the principal may not see), kConflict with
// reason told_apart, sealed_mix, same_case, whole_case, not_member, answered, same_seal; kInvalid with fields;
// kUnavailable.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/access.h"
#include "gateway/follower.h"
#include "ledger/blobs.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/time.h"

namespace gateway {

/// What a decision led to.
struct Acted {
  std::uint64_t entry = 0;  ///< ledger index
  bool existing = false;    ///< an event that was reported before
  bool folded = false;      ///< false: on the ledger, but the follower lies behind: it will take effect
  std::string case_no;      ///< the case that holds the (first) intake now; as known when !folded
  std::string other_no;     ///< split: the new case; merge: the number merged away
};

/// The answer to a question.
struct ReviewAnswer {
  dedup::Answer verdict = dedup::Answer::kDifferent;
  std::optional<petition::Relation>
      relation;  ///< for kSame: duplicate, supplement, repeat or revision; empty: as proposed
  std::string reason;
  bool overrule = false;
};
/// From the body of `POST /api/v1/reviews/{id}`.
petition::Result<ReviewAnswer> ReviewAnswerFromJson(const petition::Json& body);

/// What a handling unit did.
struct EventReport {
  std::string event;
  std::optional<petition::Time> at;  ///< empty: now
  std::string by;                    ///< unit or clerk as the source names it; the principal's name when empty
  std::string text;
  std::string document_sha256;
  petition::Json unknown = petition::Json::object();  ///< other fields, kept in the entry
};
/// From the body of `POST .../events`; all wrong fields at once. `replied` and `closed` need a text or a document's
/// hash (reason "answer_missing").
petition::Result<EventReport> EventReportFromJson(const petition::Json& body);
bool IsEventName(std::string_view name);  ///< noticed, accepted, not_accepted ... rated

class Decisions {
 public:
  Decisions(ledger::Ledger& ledger, ledger::BlobStore& blobs, dedup::CaseBook& book, const Follower& follower,
            const petition::Clock& clock)
      : ledger_(ledger), blobs_(blobs), book_(book), follower_(follower), clock_(clock) {}

  /// A reason is needed. `overrule`: says outright that an earlier person's "not the same" was wrong.
  petition::Result<Acted> Merge(const Principal& who, std::string_view case_no, std::string_view with,
                                std::string_view reason, bool overrule = false);
  /// The named intakes leave into a case of their own; nothing automatic ties them to the rest again.
  petition::Result<Acted> Split(const Principal& who, std::string_view case_no, std::span<const std::string> intake_nos,
                                std::string_view reason);
  petition::Result<Acted> Answer(const Principal& who, std::uint64_t review, const ReviewAnswer& answer);
  /// Seals the whole chain of revisions of that intake, or opens it: for reviewers and oversight with the right to
  /// sealed intakes ("forbidden" without it), with a reason. kConflict same_seal when it is so already.
  petition::Result<Acted> Seal(const Principal& who, std::uint64_t index, bool sealed, std::string_view reason);
  /// The same event again (equal in everything, its time said) of the same reporter is the first one again.
  /// `index`: the intake (Intake::Find, or Ledger::FindExternal by source and number). One that is not folded yet can
  /// be reported about by its own source.
  petition::Result<Acted> Report(const Principal& who, std::uint64_t index, const EventReport& report);

 private:
  petition::Result<std::optional<std::uint64_t>> KnownReport(std::uint64_t index, const std::string& record) const;
  petition::Result<Acted> Put(ledger::Kind kind, std::uint64_t about, const petition::Json& record, bool is_act);

  ledger::Ledger& ledger_;
  ledger::BlobStore& blobs_;
  dedup::CaseBook& book_;
  const Follower& follower_;
  const petition::Clock& clock_;
  /// Held from looking for an event until it is on the ledger; one for many intakes.
  std::array<std::mutex, 64> reporting_;
};

/// What of the case book a principal may see.
dedup::Scope ScopeOf(const Principal& who);

}  // namespace gateway
