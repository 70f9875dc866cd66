// The ClockBook keeps the clocks of each intake in `state.db`: what was recorded about it, and the clocks worked out
// from that by the table of clocks and the calendar. What is done about a case is done for every member it had then;
// who joins later keeps clocks of its own. With another table or calendar all clocks are worked out again when it is
// opened. Threads: Take* are the follower's; questions from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/intake.h"
#include "gateway/oversight/clocks.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

struct ClockRow {
  std::uint64_t index = 0;
  std::string intake_no, case_no, source, division;
  bool sealed = false;
  std::string clock;
  petition::Time started_at{}, due_at{}, yellow_at{};
  std::optional<petition::Time> paused_since, stopped_at;
  int extended_days = 0;
  std::vector<std::pair<petition::Time, petition::Time>> pauses;
};
Lamp LampOf(const ClockRow& row, petition::Time now);

struct ClockFilter {
  std::string clock, source, division, case_no;  ///< "": any
  std::optional<Lamp> lamp;                      ///< empty: all that run
  bool per_case = false;                         ///< of each case and clock the tightest only
  std::string sort;  ///< "due", "started", "clock", "intake", "case", "source" (list_order.h); "": the tightest first
};

struct ClockPage {
  std::vector<ClockRow> rows;  ///< the tightest first
  std::uint64_t total = 0;
  std::string next;
};

/// How many clocks of one name stand how; ended ones by the month they began in.
struct ClockTotal {
  std::string clock;
  std::uint64_t green = 0, yellow = 0, red = 0, paused = 0, unknown = 0;  ///< running
  std::uint64_t in_time = 0, late = 0;                                    ///< stopped
};

class ClockBook {
 public:
  static petition::Result<std::unique_ptr<ClockBook>> Open(dedup::CaseBook& book, config::ClockTable table,
                                                           config::Calendar calendar);

  petition::Status TakeIntake(const dedup::IntakeRow& row, const IntakeRecord* record);
  petition::Status TakeEvent(std::uint64_t entry, const petition::Json& record);

  petition::Result<ClockPage> List(const ClockFilter& filter, const dedup::Scope& scope, petition::Time now,
                                   std::string_view cursor, std::size_t limit) const;
  petition::Result<std::vector<ClockRow>> OfIntake(std::uint64_t index) const;
  /// `from`, `to`: months "202503" that the clocks began in, inclusive; "": open.
  petition::Result<std::vector<ClockTotal>> Totals(std::string_view from, std::string_view to,
                                                   const dedup::Scope& scope, petition::Time now) const;
  petition::Result<std::string> Dump() const;

  const config::ClockTable& table() const { return table_; }
  const config::Calendar& calendar() const { return calendar_; }

 private:
  ClockBook(dedup::CaseBook& book, config::ClockTable table, config::Calendar calendar)
      : book_(book), table_(std::move(table)), calendar_(std::move(calendar)) {}
  petition::Status RecountAll();

  dedup::CaseBook& book_;
  const config::ClockTable table_;
  const config::Calendar calendar_;
};

}  // namespace gateway
