// A CaseBook is what the ledger's verdicts and people's decisions add up to: cases (one matter of the same people),
// matter groups (joint), the links that say why, the questions put to people, who was told apart from whom, events and
// closings, and each source's feed of changes. It lives in `state.db`, can be rebuilt from the ledger at any time, and
// decides nothing.
//
// A case is led by its earliest member and numbered after it: "C" + intake number. A number once given resolves for
// ever, to the case that holds that intake now. Cases joined by a joint tie form a group, "G" + the intake number of
// its earliest member. Sealed and open intakes never share a case or a group. Threads: queries from any thread, on a
// bounded pool of connections of their own (they see what was committed). Writing goes through one Transaction at a
// time. Durable: what a Transaction committed; the cursor stands in the same transaction as its content. Failure:
// kUnavailable (disk), kCorrupt; a Transaction not committed leaves no trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dedup/case_book_rows.h"
#include "dedup/decide.h"
#include "ledger/crypto.h"
#include "petition/result.h"

namespace dedup {

class StateFile;  // case_book_file.h: for other tables of state.db (gateway/state)

class CaseBook {
 public:
  /// Opens or makes `state.db` in the folder. `profile_keys` seal profiles, reasons and verdicts at rest
  /// (KeyRing::Sealing("profile")). `vfs`: SQLite VFS by name. Of another version of its own tables: kCorrupt with
  /// reason "state_version" (rebuild).
  static petition::Result<std::unique_ptr<CaseBook>> Open(const std::filesystem::path& folder,
                                                          const std::vector<ledger::Key>& profile_keys,
                                                          const std::string& vfs = {});
  /// From here on nothing is synced: for a book that is thrown away.
  petition::Status SyncNothing();
  /// Deletes `state.db` (nothing may have it open).
  static petition::Status Remove(const std::filesystem::path& folder);
  ~CaseBook();

  // -- Questions. A Scope is applied before paging and counting; what it hides is answered like what does not exist.

  /// The case that number leads to today ("C..." of a case merged since resolves to the survivor; "G..." is not a
  /// case); kNotFound. All members and links, whoever may see them (of the history
  /// only what tells nothing of sealed ones to a scope without them): the caller shows of it what the reader may
  /// see (case and group rows, members and links carry source, division and sealing), kNotFound when no member is in
  /// scope.
  petition::Result<CaseView> CaseByNo(std::string_view case_no, const Scope& scope) const;
  petition::Result<CaseRow> CaseOfIntake(std::uint64_t index) const;
  petition::Result<std::vector<MemberRow>> Members(std::string_view case_no, const Scope& scope) const;
  petition::Result<GroupView> GroupByNo(std::string_view group_no, const Scope& scope) const;

  petition::Result<MemberRow> Member(std::uint64_t index) const;  ///< kNotFound when not folded yet
  petition::Result<std::vector<MemberRow>> MembersByIndex(
      std::span<const std::uint64_t> indices) const;  ///< in that order; unknown ones left out
  /// Those of them in scope, ascending.
  petition::Result<std::vector<std::uint64_t>> InScope(std::span<const std::uint64_t> indices,
                                                       const Scope& scope) const;
  petition::Result<std::optional<std::uint64_t>> IndexOfIntakeNo(std::string_view intake_no) const;
  /// The verdict on an intake as it was recorded, with what became of it; kNotFound while undecided.
  petition::Result<DecisionView> DecisionOf(std::uint64_t index) const;
  petition::Result<std::vector<EventRow>> Events(std::uint64_t index) const;  ///< of one intake, in ledger order

  /// Open questions come by what a wrong answer would cost, dearest first; answered ones newest first. `cursor` ""
  /// starts; `next` "" ends.
  petition::Result<ReviewPage> Reviews(const ReviewFilter& filter, const Scope& scope, std::string_view cursor,
                                       std::size_t limit) const;
  petition::Result<ReviewRow> ReviewById(std::uint64_t id, const Scope& scope) const;

  /// What happened to the intakes of a source since, in ledger order. `cursor` 0 starts.
  petition::Result<ChangePage> Changes(std::string_view source, std::uint64_t cursor, std::size_t limit) const;
  petition::Result<Counters> Count(const Scope& scope) const;
  /// What those figures count, a page at a time (`cursor` as above).
  petition::Result<RegisteredPage> Registered(const RegisteredFilter& filter, const Scope& scope,
                                              std::string_view cursor, std::size_t limit) const;
  /// `sort`: "case", "group", "source", "division", "size", "state", "firstReceived", "lastReceived" (list_order.h);
  /// "": newest first.
  petition::Result<CasePage> Cases(CaseKind kind, const Scope& scope, std::string_view cursor, std::size_t limit,
                                   std::string_view sort = {}) const;
  /// The intake, the one it revises and all revisions of that, ascending; empty while it is not folded.
  petition::Result<std::vector<std::uint64_t>> Chain(std::uint64_t index) const;
  /// Intakes before that ledger index, ascending, which entries from there on may have sealed or opened: the whole
  /// chain of each.
  petition::Result<std::vector<std::uint64_t>> TurnedSince(std::uint64_t entry) const;
  /// Whether there is any intake on that side of the seal; quick whatever the size.
  petition::Result<bool> Any(bool sealed) const;
  /// Outcome of a merge, split, answer, sealing or unsealing at that ledger index; kNotFound while not folded.
  petition::Result<ActRow> Act(std::uint64_t entry) const;

  petition::Result<Profile> ProfileOf(std::uint64_t index) const;
  petition::Result<CaseFacts> FactsOf(std::uint64_t index) const;
  /// Whether a person said that the cases of two intakes are not the same.
  bool ToldApart(std::uint64_t one, std::uint64_t other) const;

  petition::Result<std::uint64_t> Cursor(std::string_view name) const;  ///< next ledger index to be folded; 0 at first
  /// Everything that follows from the ledger, as lines in a fixed order: equal dumps mean equal state.
  petition::Result<std::string> Dump() const;

  // -- Writing: the follower's.

  class Transaction {
   public:
    ~Transaction();  ///< rolls back unless committed
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// A registered intake stands alone in a case of its own until a verdict is applied. Adding one again replaces
    /// nothing and is no error.
    petition::Status AddIntake(const IntakeRow& intake, std::string_view serialized_profile);
    /// Applies a verdict at its intake's place. Ties that must not be (sealed with open, told apart, unknown earlier
    /// one) become a question or stay alone, by the same rules each time.
    /// `record`: the verdict as its entry has it, where that is at hand.
    petition::Result<Effect> ApplyVerdict(const VerdictRecord& verdict, std::string_view record = {});
    /// AddIntake and ApplyVerdict, one after the other, for less.
    petition::Result<Effect> AddDecided(const IntakeRow& intake, std::string_view serialized_profile,
                                        const VerdictRecord& verdict, std::string_view record = {});
    petition::Result<Effect> ApplyMerge(const MergeRecord& merge);
    petition::Result<Effect> ApplySplit(const SplitRecord& split);
    petition::Result<Effect> ApplyAnswer(const AnswerRecord& answer);
    /// The whole chain of that intake is sealed, or opened; it leaves cases, groups and links over the seal.
    petition::Result<Effect> ApplySealing(const SealingRecord& sealing);
    petition::Result<Effect> ApplyEvent(const EventRecord& event);
    /// What the national system (or another destination) said about an intake; shown on the member and in its source's
    /// changes.
    petition::Result<Effect> ApplyNational(const NationalRecord& national);

    petition::Result<Profile> ProfileOf(std::uint64_t index) const;
    petition::Result<CaseFacts> FactsOf(std::uint64_t index) const;
    petition::Result<MemberRow> Member(std::uint64_t index) const;
    bool AnyToldApart(std::uint64_t index) const;  ///< whether ToldApart can be true of its case and any other
    bool ToldApart(std::uint64_t one, std::uint64_t other) const;
    petition::Result<std::optional<std::uint64_t>> IndexOfIntakeNo(std::string_view intake_no) const;

    /// Applies all that `body` applies, or nothing of it when it answers an error.
    petition::Status Whole(const std::function<petition::Status()>& body);

    petition::Status SetCursor(std::string_view name, std::uint64_t position);
    petition::Status Commit();

   private:
    friend class CaseBook;
    struct Impl;
    explicit Transaction(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
  };
  /// Waits for the other writer's (short) transaction to end; BEGIN IMMEDIATE.
  petition::Result<std::unique_ptr<Transaction>> Begin();

  StateFile& file() const;

  struct Impl;  ///< case_book_impl.h, for the sources of the book

 private:
  explicit CaseBook(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// "C" / "G" + intake number, and back ("" when it is neither).
std::string CaseNo(std::string_view intake_no);
std::string GroupNo(std::string_view intake_no);
std::string IntakeNoOfCase(std::string_view case_or_group_no);

}  // namespace dedup
