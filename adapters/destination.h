// A Destination is an outside system that registered submissions are passed on to (the national petition system is
// one). It knows the other side's wire format and nothing of retries, queues or the ledger: those are the uplink's
// (gateway/uplink). Every call is one attempt, bounded in time. Threads: calls come from several threads at once (one
// delivery each); an implementation keeps a connection for each call in flight.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "petition/relation.h"
#include "petition/result.h"
#include "petition/submission.h"

namespace adapters {

/// How an attempt ended. kUnknown: it may or may not have taken effect (a timeout after sending); ask by reference
/// before sending again.
enum class Outcome { kDone, kTransient, kPermanent, kDeferred, kUnknown };
std::string_view OutcomeName(Outcome outcome);

/// One registration to pass on. `intake_no` is the idempotency reference.
struct Parcel {
  std::string intake_no;
  std::string case_no;
  std::string source;
  petition::Submission submission;
  petition::Time registered_at{};
  petition::Relation relation = petition::Relation::kNew;
  std::string of_intake_no;  ///< the earlier one it is tied to; "" for new
  std::string
      content_digest;  ///< hex SHA-256 over the canonical content: tells an equal record at the other side from a clash
  bool sealed = false;
  std::chrono::milliseconds retry_after_hint{0};
};

/// A later change of something registered: a revision, a merge or split, a state from the source.
struct Update {
  std::string intake_no;
  std::string update_id;  ///< idempotency reference of this update (ledger index as text)
  std::string kind;       ///< revision | merged | split | event
  std::string case_no;
  std::string event;                               ///< event name for kind=event ("accepted", "replied" ...)
  std::string text;                                ///< reply text or reason
  std::optional<petition::Submission> submission;  ///< for a revision
};

struct Answer {
  Outcome outcome = Outcome::kTransient;
  std::string national_no;
  std::string state;                         ///< the other side's state word
  std::string reason;                        ///< stable word for why not, no personal data
  std::chrono::milliseconds retry_after{0};  ///< asked for by the other side; 0: not said
  std::string content_digest;  ///< FindByReference: what it was registered with; "" when the other side does not say
};

/// Something the national system sends down.
struct Instruction {
  std::string id;
  std::string kind;       ///< number | state | answer | urge | assign | rating | item
  std::string intake_no;  ///< which registration it is about; "" for a new item handed down
  std::string national_no;
  std::string state;
  std::string text;
  std::optional<petition::Submission> item;
  petition::Time at{};
  std::string problem;  ///< why it can't be understood (a stable word); "" when it is
  std::string raw;      ///< of one with a problem: as it came, JSON
};

struct Instructions {
  std::vector<Instruction> items;
  std::string next_cursor;
  bool more = false;
};

/// What the other side says it holds of one of its booking days (+08:00): each under our reference, with its number.
struct HeldDay {
  struct Line {
    std::string reference, national_no;
  };
  std::vector<Line> lines;
  bool cut = false;  ///< there are more than were asked for
};

class Destination {
 public:
  virtual ~Destination() = default;
  virtual std::string_view name() const = 0;
  virtual Answer Register(const Parcel& parcel) = 0;
  virtual Answer Send(const Update& update) = 0;
  /// What the other side knows under this reference (of a registration: `update_id` is ""); nullopt: nothing, so it is
  /// safe to send again. kInvalid: it will never answer about this reference; kInternal: it is there, but what it
  /// answers to this question is no answer; anything else: not now.
  virtual petition::Result<std::optional<Answer>> FindByReference(std::string_view intake_no,
                                                                  std::string_view update_id) = 0;
  virtual petition::Result<Instructions> Fetch(std::string_view cursor, std::size_t limit) = 0;
  virtual petition::Status Acknowledge(std::string_view instruction_id) = 0;
  /// Its own register of the day ("20250304"), at most `limit` lines; nullopt: this one can't be asked, its registers
  /// are handed in.
  virtual petition::Result<std::optional<HeldDay>> HeldOn(std::string_view day, std::size_t limit) {
    (void)day, (void)limit;
    return std::optional<HeldDay>();
  }
  /// Makes calls in flight return soon (kUnknown when they may have taken effect) and later ones fail at once. From any
  /// thread; final.
  virtual void Interrupt() = 0;
};

}  // namespace adapters
