// Findings are what oversight has found: one row each, begun and ended by ledger entries, with its evidence (numbers,
// no personal data), owner, deadline and notes. Kept in `state.db`, folded from `finding` entries; a finding is named
// by the ledger index of the entry that began it. Threads: Take is the follower's; questions from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct FindingNote {
  petition::Time at{};
  std::string by, text;
};

struct FindingRow {
  std::uint64_t id = 0;
  std::string kind, source, division;
  std::string key;  ///< what tells it from others of its kind and source: a day, a series, a number
  std::string day;  ///< "20250304" it is about; "" when it is about none
  bool sealed = false;
  std::uint64_t count = 0;
  petition::Json evidence = petition::Json::object();
  std::string owner;
  petition::Time deadline{}, started_at{}, updated_at{};
  std::optional<petition::Time> ended_at;
  std::string end_reason, ended_by;  ///< by "" when it ended by itself: nothing is to be found any more
  std::vector<FindingNote> notes;
};

struct FindingFilter {
  enum class State { kOpen, kEnded, kAll };
  State state = State::kOpen;
  std::string kind, source, owner;  ///< "": any
  bool overdue = false;             ///< only those whose deadline has passed at `now`
  petition::Time now{};
  /// "kind", "source", "count", "owner", "deadline", "started" (list_order.h); "": newest first
  std::string sort;
};

struct FindingPage {
  std::vector<FindingRow> rows;
  std::uint64_t total = 0;
  std::string next;
};

struct FindingTotal {
  std::string kind;
  std::uint64_t open = 0, overdue = 0;
};

/// A beginning or an end, by the ledger entry that says so; the finding as it stands now.
struct FindingMove {
  std::uint64_t entry = 0;
  bool began = true;
  FindingRow row;
};

class Findings {
 public:
  static petition::Result<std::unique_ptr<Findings>> Open(dedup::CaseBook& book);

  /// A `finding` entry: {"kind":"finding","v":1,"what":"start"|"update"|"note"|"end", ...} as finding_entries.h writes
  /// it.
  petition::Status Take(std::uint64_t entry, const petition::Json& record);

  /// Newest first.
  petition::Result<FindingPage> List(const FindingFilter& filter, const dedup::Scope& scope, std::string_view cursor,
                                     std::size_t limit) const;
  petition::Result<FindingRow> Get(std::uint64_t id, const dedup::Scope& scope) const;
  petition::Result<std::vector<FindingTotal>> Totals(const dedup::Scope& scope, petition::Time now) const;
  /// All that stand.
  petition::Result<std::vector<FindingRow>> Standing() const;
  /// The newest one of that kind, source, key and side of the seal that a person ended.
  petition::Result<std::optional<FindingRow>> EndedByPerson(std::string_view kind, std::string_view source,
                                                            std::string_view key, bool sealed) const;
  /// What began and ended from that entry on, in order.
  petition::Result<std::vector<FindingMove>> Moves(std::uint64_t first, std::size_t limit) const;
  petition::Result<std::string> Dump() const;

 private:
  explicit Findings(dedup::CaseBook& book) : book_(book) {}
  dedup::CaseBook& book_;
};

}  // namespace gateway
