// Deliveries are what is owed to each destination: one `register` row an intake, and `update` rows for what happened to
// it later, in the order of its case. The follower adds rows and settles them as it folds the ledger (`delivered`
// entries); the uplink marks where an attempt stands in between. Kept in `state.db`; rebuilt from the ledger, except
// for attempts and times, which begin anew (rows of a rebuild have `ask_first`: ask by reference before sending).
// Threads: safe from any thread; each mark is a short transaction of its own. Failure: kUnavailable, nothing changed.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/state/instruction_book.h"
#include "gateway/state/quarantine.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

enum class DeliveryState {
  kPending,   ///< to be sent at next_at (first time or again)
  kSending,   ///< an attempt runs
  kUnknown,   ///< it may have taken effect: ask by reference at next_at
  kSettling,  ///< its outcome is on the ledger, not folded yet
  kDone,
  kParked,   ///< refused for good or given up: waits for a person
  kSkipped,  ///< a person decided that it is not to be made
};
std::string_view DeliveryStateName(DeliveryState state);  ///< "pending", "sending" ...
std::optional<DeliveryState> DeliveryStateFromName(std::string_view name);

struct Delivery {
  std::uint64_t id = 0;
  std::string destination;
  bool update = false;      ///< else: the registration itself
  std::uint64_t index = 0;  ///< ledger index of the intake
  std::string intake_no, case_no;
  std::string source, division;
  bool sealed = false;
  // of an update
  std::uint64_t entry = 0;  ///< ledger index of what happened: also the update's idempotency reference, as text
  std::string kind;         ///< register | revision | merged | split | event
  std::string event;        ///< name of the event
  DeliveryState state = DeliveryState::kPending;
  std::uint32_t attempts = 0;
  petition::Time next_at{};
  bool ask_first = false;
  std::string reason;                       ///< of the last failure: a stable word
  std::string owner;                        ///< who is to look at it; "" while nobody has to
  std::string national_no, national_state;  ///< there, as that destination said last
  petition::Time created_at{}, updated_at{};
};

/// What the ledger calls a delivery by: row ids are this state's own.
struct DeliveryKey {
  std::string destination;
  std::uint64_t index = 0;              ///< of the intake
  std::optional<std::uint64_t> update;  ///< Delivery::entry of an update; empty: the registration
};

class Deliveries {
 public:
  /// Makes its table when missing. The book must outlive it.
  static petition::Result<std::unique_ptr<Deliveries>> Open(dedup::CaseBook& book);
  ~Deliveries();

  /// What each destination sent down.
  InstructionBook& instructions() { return instructions_; }
  Quarantine& quarantine() { return quarantine_; }  ///< folded beside them

  // -- The uplink's.

  /// What may be sent (kPending) or asked for (kUnknown) now, oldest first: of each case
  /// only the first row that is not settled; an update only when the registration of its intake is done. Parked and
  /// skipped rows hold back nothing but updates of the same intake, which hold back nothing either.
  petition::Result<std::vector<Delivery>> NextDue(std::string_view destination, petition::Time now,
                                                  std::size_t limit) const;
  /// When NextDue will have something again by time alone; empty: not before something new comes.
  petition::Result<std::optional<petition::Time>> NextTime(std::string_view destination) const;
  petition::Status MarkSending(std::uint64_t id, petition::Time now);  ///< counts an attempt
  petition::Status MarkRetry(std::uint64_t id, petition::Time next_at,
                             std::string_view reason);  ///< surely without effect: send again then
  petition::Status MarkUnknown(std::uint64_t id, petition::Time next_at,
                               std::string_view reason);  ///< ask by reference then
  petition::Status MarkAsked(std::uint64_t id);     ///< the other side knows nothing of it: pending, to be sent at once
  petition::Status MarkSettling(std::uint64_t id);  ///< after its `delivered` entry is on the ledger
  petition::Status MarkSkipping(std::uint64_t id);  ///< after the decision to skip it is on the ledger
  petition::Status MarkDeferred(std::uint64_t id, petition::Time next_at,
                                std::string_view reason);  ///< as MarkRetry, but takes the attempt back
  petition::Status MarkUnanswered(std::uint64_t id, petition::Time next_at,
                                  std::string_view reason);  ///< as MarkUnknown, and counts as an attempt
  /// At a start, before the first NextDue and after everything that was on the ledger is folded: whatever is open is
  /// asked for before it is sent, since this file may have lost its newest marks with the power.
  petition::Status Recover(std::string_view destination);

  // -- For people. Retrying and skipping are the uplink's (they go on the ledger: a `decision` entry with "what":
  // "delivery_retry" or "delivery_skip", "intake", "destination" and, of an update, "update", which the follower
  //    folds by Unpark and Skip).

  struct Page {
    std::vector<Delivery> rows;
    std::string next;
    std::uint64_t total = 0;
  };
  /// `state` empty: all; `destination` empty: of all. `sort`: "intake", "kind", "state", "attempts", "updated"
  /// (list_order.h); "": newest first.
  petition::Result<Page> List(std::optional<DeliveryState> state, const dedup::Scope& scope, std::string_view cursor,
                              std::size_t limit, std::string_view destination = {}, std::string_view sort = {}) const;
  petition::Result<Delivery> Get(std::uint64_t id, const dedup::Scope& scope) const;
  petition::Result<std::vector<Delivery>> OfIntake(std::uint64_t index) const;
  /// Rows by destination and state.
  struct Total {
    std::string destination;
    DeliveryState state = DeliveryState::kPending;
    std::uint64_t rows = 0;
  };
  petition::Result<std::vector<Total>> Totals(const dedup::Scope& scope = dedup::Scope::Everything()) const;
  /// What follows from the ledger, in a fixed order (not attempts and times).
  petition::Result<std::string> Dump() const;

  // -- The follower's, within its transaction (they run on the book's writing connection while it is open).

  petition::Status AddRegistration(std::string_view destination, const dedup::IntakeRow& intake,
                                   std::uint64_t order_key, std::string_view case_no, petition::Time at,
                                   bool ask_first);
  /// For each destination that the intake was or is to be registered at, but for `except` (where the news came from).
  petition::Status AddUpdate(std::uint64_t index, std::uint64_t entry, std::string_view kind, std::string_view event,
                             petition::Time at, bool ask_first, std::string_view except = {});
  /// One answer answers all members of the case: the same update for each of the others, where it is registered.
  petition::Status AddSharedAnswer(std::uint64_t index, std::uint64_t entry, std::string_view event, petition::Time at,
                                   bool ask_first);
  /// The intake has joined a case: what was answered there before answers it as well. A repeat waits for an answer of
  /// its own, and one that has its own needs no other.
  petition::Status AddLateAnswers(std::uint64_t index, petition::Time at, bool ask_first);
  /// The intake is in another case now: from here on its rows keep that case's order.
  petition::Status Reorder(std::uint64_t index);
  /// A `delivered` entry
  /// ({"kind":"delivered","v":1,"intake":index,"destination","outcome":"done"|"permanent"...,"nationalNo","state","reason","attempt","at"}
  /// and, of an update, "update": entry): kDone or kParked.
  petition::Status Settle(const DeliveryKey& key, DeliveryState end, std::string_view national_no,
                          std::string_view national_state, std::string_view reason, petition::Time at,
                          std::string_view owner = {});
  /// A destination told later how the registration stands there: its number and state word, where it says them.
  petition::Status TakeState(std::uint64_t index, std::string_view destination, std::string_view national_no,
                             std::string_view national_state);
  /// A person says who is to look at it. Doing it twice is doing it once.
  petition::Status Assign(const DeliveryKey& key, std::string_view owner);
  /// A person's retry: a parked or waiting row is kUnknown and due at once (asked for first), attempts count anew. May
  /// be called before it is folded, too: doing it twice is doing it once.
  petition::Status Unpark(const DeliveryKey& key, petition::Time at);
  /// A person's skip; with a registration its updates are skipped, too: there is nothing they could change.
  petition::Status Skip(const DeliveryKey& key, std::string_view reason, petition::Time at);

 private:
  Deliveries(dedup::CaseBook& book, InstructionBook instructions, Quarantine quarantine)
      : book_(book), instructions_(instructions), quarantine_(quarantine) {}
  dedup::CaseBook& book_;
  InstructionBook instructions_;
  Quarantine quarantine_;
};

}  // namespace gateway
