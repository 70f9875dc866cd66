// Items are what oversight keeps of each intake in `state.db`, beside the case book: the day and hour it belongs to,
// the source's own number and its place in the source's numbering, what the source claimed. Figures by day, month,
// source, channel, division and category are kept beside them in two parts, open and sealed, so that a reader without
// the right is never told a sum that holds a sealed one. They follow the case book by triggers: whatever moves an
// intake (verdict, merge, split, sealing) moves its figures in the same transaction.
//
// Threads: Add is the follower's, within its transaction; questions from any thread. Failure: kUnavailable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/intake.h"
#include "ledger/crypto.h"
#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

/// One intake that a figure or finding points at: numbers only.
struct ItemRow {
  std::uint64_t index = 0;
  std::string intake_no, source, division, channel, category, number;
  std::string day;  ///< "20250304", of its reception
  bool sealed = false;
  std::string relation, state, case_no;
  std::string barcode, call_id;  ///< of Get only
  petition::Time received_at{}, registered_at{};
};

struct ItemFilter {
  /// "": any; "-" of channel, division and category: those without.
  std::string source, channel, division, category, relation;
  std::string day_from, day_to;  ///< "20250304", inclusive; "": open
  /// "", "closed", "open", "claimed_first", "claimed_repeat", "claims_differ", "urgent", "future", "repeats" (told
  /// again, whatever the relation is called), "rated", "satisfied", "first_hub", "first_source", "first_form",
  /// "long_pending"
  std::string which;
  petition::Time pending_before{};  ///< of "long_pending": came before the day of that
  std::string matter;               ///< "C..." or "G...": of that case or group as it stands now
  std::string first_channel;        ///< told first through that one, by another of its case
  std::string sort;  ///< "source", "category", "relation", "state", "received", "case" (list_order.h); "": newest first
};

struct ItemPage {
  std::vector<ItemRow> rows;
  std::uint64_t total = 0;
  std::string next;
};

/// Which intakes are in a cell of the figures: all counts of one value of one dimension in one period.
struct FigureCell {
  std::string month;  ///< "202503"
  std::string value;
  std::uint64_t intakes = 0, closed = 0;
  std::uint64_t duplicates = 0, supplements = 0, repeats = 0, joints = 0;
  std::uint64_t claimed_first = 0, claimed_repeat = 0;  ///< as the source says
  std::uint64_t claim_differs = 0;                      ///< the claim of a repeat and the hub's verdict disagree
  std::uint64_t satisfied = 0, rated = 0;
  std::uint64_t first_hub = 0, first_source = 0, first_channel = 0;  ///< the first of its case, by the hub's verdicts
};

class Items {
 public:
  static petition::Result<std::unique_ptr<Items>> Open(dedup::CaseBook& book, const ledger::Key& caller_key);

  // -- The follower's.
  petition::Status Add(const dedup::IntakeRow& row, const IntakeRecord* record);
  /// Its case was closed or resolved: so are all that had come to it by then.
  petition::Status CloseCase(std::uint64_t index, petition::Time at);
  /// The petitioner's rating of an intake: satisfied or not.
  petition::Status Rate(std::uint64_t index, bool satisfied);

  // -- Questions.
  petition::Result<ItemPage> List(const ItemFilter& filter, const dedup::Scope& scope, std::string_view cursor,
                                  std::size_t limit) const;
  /// All of one source and day of reception, sealed ones too: index, number, division, side of the seal.
  petition::Result<std::vector<ItemRow>> OfDay(std::string_view source, std::string_view day) const;
  /// Intakes with that number of their source, barcode or call, ascending.
  petition::Result<std::vector<std::uint64_t>> Find(std::string_view number, std::size_t limit) const;
  /// Its numbers and category (the rest stands in the case book).
  petition::Result<std::optional<ItemRow>> Get(std::uint64_t index) const;
  /// Sums by month and value of one dimension: "all", "source", "channel", "division", "category". Months as "202503",
  /// inclusive; "": open.
  petition::Result<std::vector<FigureCell>> Sums(std::string_view dimension, std::string_view from, std::string_view to,
                                                 const dedup::Scope& scope) const;
  struct DayCount {
    std::string day;
    std::uint64_t intakes = 0;
  };
  petition::Result<std::vector<DayCount>> Days(std::string_view from, std::string_view to, std::string_view source,
                                               const dedup::Scope& scope) const;
  /// What follows from the ledger, in a fixed order.
  petition::Result<std::string> Dump() const;

  /// What a caller's number is kept as: so that the exchange's hash of it can be compared, and nothing else learnt.
  /// `number_sha256`: lower-case hex of SHA-256 of the number's normal form.
  std::string CallerKey(std::string_view number_sha256) const;
  dedup::CaseBook& book() const { return book_; }

 private:
  Items(dedup::CaseBook& book, const ledger::Key& key) : book_(book), caller_key_(key) {}
  dedup::CaseBook& book_;
  const ledger::Key caller_key_;
};

}  // namespace gateway
