// Registers are what others wrote down, independently of the sources: call records of the telephone exchange, what the
// mail room received, numbers that petitioners named; and what the sources themselves say they handed over (manifests).
// Beside them what was refused at a door, and who handed a matter to whom. Kept in `state.db`, folded from the ledger.
// Threads: Take* are the follower's, within its transaction; the rest from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/state/items.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct RegisterLine {
  std::string reg, id;  ///< name of the register; the register's own number of the line
  std::string source;   ///< whose intake it should have become; "" when the register does not say
  petition::Time at{};
  bool answered = true;  ///< of a call
  std::uint64_t seconds = 0;
  std::uint64_t entry = 0;
};

/// One call of the exchange's records. Neither its caller nor an intake of it: who sees calls need not see those.
struct CallRow {
  std::string id;  ///< the exchange's own
  petition::Time at{};
  bool answered = true;
  std::uint64_t seconds = 0;  ///< how long it was spoken
  std::optional<std::uint64_t>
      waited;               ///< seconds until somebody answered or the caller gave up, when the record tells
  std::uint64_t entry = 0;  ///< ledger index of the record that named it last
};
struct CallFilter {
  enum class Which {
    kAll,
    kAnswered,
    kMissed,
    kTimed,   ///< answered, and the record tells the wait
    kInTime,  ///< of those: after `wait_max` seconds or sooner
    kLate,    ///< of those: later
  };
  Which which = Which::kAll;
  petition::Time from{}, to{};  ///< from inclusive, to exclusive
  std::uint64_t wait_max = 0;
  /// "id", "at", "answered", "waitSeconds", "seconds", "ledgerIndex" (list_order.h); "": newest first
  std::string sort;
};
struct CallPage {
  std::vector<CallRow> rows;
  std::uint64_t total = 0;  ///< counted up to kListTotalMax and one more
  std::string next;         ///< "": the last page
};

struct RegisterCount {
  std::string reg, source, day;  ///< day "20250304"
  std::uint64_t count = 0;
};

/// One booking day of one source, as its newest manifest says and as we have it.
struct ManifestDay {
  std::string source, day;
  std::uint64_t entry = 0;  ///< of the newest manifest; kNoIndex: none came
  petition::Time at{};
  std::uint64_t count = 0, listed = 0;  ///< as the source says
  petition::Json result;                ///< of the last comparison; null while none was made
};

/// A day of a source on our side: open and sealed ones apart.
struct LedgerDay {
  std::string source, day;
  std::uint64_t here = 0, here_sealed = 0;
  /// To the first destination; open ones. Delivered: acknowledged, or handed over at least once, so far as attempts are
  /// remembered (a rebuild forgets those of what is not acknowledged).
  std::uint64_t delivered = 0, acknowledged = 0, parked = 0;
  std::uint64_t confirmed = 0;  ///< acknowledged ones that a register of that destination holds
};

class Registers {
 public:
  static petition::Result<std::unique_ptr<Registers>> Open(Items& items, const ledger::Ledger& ledger);

  // -- The follower's.
  petition::Status TakeRegister(const ledger::Stored& stored, const petition::Json& record);
  petition::Status TakeManifest(std::uint64_t entry, const petition::Json& record);
  petition::Status TakeRefused(const ledger::Stored& stored, const petition::Json& record);
  petition::Status TakeEvent(std::uint64_t entry, const petition::Json& record);
  /// A new intake may be what a manifest missed: its days are compared again.
  petition::Status TakeIntake(std::string_view source, std::string_view number, petition::Time received);

  /// A number that a submission names: as the earlier one of its matter, its upper number, or the one that links it.
  /// Kept when it is none of ours, but stands among those of one source (by its neighbours): that source may not have
  /// registered it here.
  petition::Status TakeNamed(std::string_view number, const dedup::IntakeRow& row);

  // -- Reconciliation. Results are worked out again when they are lost; they are not part of the dump.
  petition::Result<std::vector<ManifestDay>> ToCompare(std::size_t limit) const;
  petition::Status SetResult(const ManifestDay& day, const petition::Json& result);
  /// Days whose comparison found something.
  petition::Result<std::vector<ManifestDay>> Differing() const;
  petition::Result<std::vector<ManifestDay>> ManifestsOf(std::string_view source, std::string_view from,
                                                         std::string_view to) const;
  petition::Result<std::vector<LedgerDay>> DaysOf(std::string_view source, std::string_view from, std::string_view to,
                                                  const dedup::Scope& scope) const;

  // -- What has no intake.
  /// Answered calls of at least so many seconds between two times, without an intake that names the call or its caller.
  petition::Result<std::vector<RegisterLine>> CallsWithoutCase(petition::Time from, petition::Time to,
                                                               std::uint64_t seconds_min) const;
  /// How the exchange answered the calls between two times, by its own records.
  struct Answering {
    std::uint64_t calls = 0, answered = 0;
    std::uint64_t waits = 0, in_time = 0;  ///< answered ones whose wait the record tells, and those within `wait_max`
  };
  petition::Result<Answering> AnsweringOf(petition::Time from, petition::Time to, std::uint64_t wait_max) const;
  /// The calls that Answering counts. `cursor`: what an earlier page gave as `next`, or "".
  petition::Result<CallPage> Calls(const CallFilter& filter, std::string_view cursor, std::size_t limit) const;
  /// Lines of other registers (mail by barcode or number, numbers that were named) without an intake.
  petition::Result<std::vector<RegisterLine>> LinesWithoutCase(petition::Time from, petition::Time to) const;
  /// Days whose counted mails are more than the intakes of that source (or, without one, of letters and e-mails).
  struct Shortage {
    RegisterCount counted;
    std::uint64_t here = 0;
  };
  petition::Result<std::vector<Shortage>> Shortages(std::string_view day_from, std::string_view day_to) const;

  /// What was turned away from a known source and did not come again since, by source and reason.
  struct RefusedGroup {
    std::string source, reason;
    std::uint64_t count = 0;
    petition::Time first{}, last{};
    std::vector<std::string> numbers;  ///< those known, at most 20
  };
  petition::Result<std::vector<RefusedGroup>> Refused(petition::Time from, petition::Time to) const;
  /// Events that were told of numbers we never registered.
  petition::Result<std::vector<RefusedGroup>> EventsOfUnknown(petition::Time from) const;

  /// Matters handed to the same unit twice, or back to one that had handed them on.
  struct Loop {
    std::uint64_t lead = 0;
    std::string case_no, source, division, unit;
    bool sealed = false, back = false;
    std::uint64_t transfers = 0;
    petition::Time last{};
  };
  petition::Result<std::vector<Loop>> Loops(petition::Time since) const;

  petition::Result<std::string> Dump() const;
  Items& items() const { return items_; }

 private:
  Registers(Items& items, const ledger::Ledger& ledger) : items_(items), book_(items.book()), ledger_(ledger) {}
  Items& items_;
  dedup::CaseBook& book_;
  const ledger::Ledger& ledger_;
};

}  // namespace gateway
