// What goes into a CaseBook (records, as the ledger has them) and what comes out of it (rows). Plain data; no thread
// guarantee of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dedup/decide.h"
#include "petition/json.h"
#include "petition/relation.h"
#include "petition/time.h"

namespace dedup {

// -- What is folded in.

/// What the book keeps of an intake.
struct IntakeRow {
  std::uint64_t index = 0;
  std::string intake_no, source, division, channel;
  bool sealed = false, historic = false;
  bool dropped = false;                  ///< its payload ended with its retention: a tombstone
  std::optional<std::uint64_t> revises;  ///< the first of its chain, when it is a revision
  petition::Time received_at{};          ///< when the petitioner's words were received; registered_at when not said
  petition::Time registered_at{};
};

/// One line of a verdict's list of candidates.
struct CandidateNote {
  std::uint64_t index = 0;
  double score = 0;
  petition::Relation relation = petition::Relation::kNew;
};

/// What a model in shadow would have said of an intake: it decides nothing.
struct ShadowNote {
  std::string model;  ///< hash
  petition::Relation relation = petition::Relation::kNew;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::optional<std::uint64_t> of;
};

/// A verdict entry.
struct VerdictRecord {
  std::uint64_t index = 0;  ///< of the intake it is about
  std::string intake_no;
  petition::Relation relation = petition::Relation::kNew;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::optional<std::uint64_t> of;
  std::string of_intake_no;
  std::string case_no, group_no;  ///< where it led at that moment
  std::vector<Reason> reasons;
  std::vector<CandidateNote> candidates;
  std::vector<std::string> flags;
  bool bounded = false;
  std::string by;                 ///< "" for the machine; else who decided with the caller on the line
  std::optional<IntakeRow> row;   ///< what the book keeps of the intake, for when its payload's retention has ended
  std::vector<std::string> owed;  ///< destinations that the intake is to be delivered to
  std::optional<CandidateNote> across;  ///< a possible tie over the seal: a question for sealed readers only
  std::optional<ShadowNote> shadow;     ///< beside what the machine decided, while a second model is tried
  std::uint64_t seen = 0;               ///< entries of the ledger that had been folded
  std::string model, frequencies;       ///< hashes
  std::int64_t micros = 0;
  petition::Time at{};
};

/// The record of a verdict entry:
/// {"kind":"verdict","v":1,"intake":index,"intakeNo","relation","mode","score","of","ofIndex","caseNo","groupNo","reasons":[{"feature","weight","detail"}],
/// "candidates":[{"index","score","relation"}],"bounded","flags","seen","model","frequencies","micros","at"} and, when
/// there is one, "by", "across" and "shadow":{"model","relation","mode","score","ofIndex"}.
petition::Json VerdictToJson(const VerdictRecord& verdict);
petition::Result<VerdictRecord> VerdictFromJson(const petition::Json& record);
petition::Json ReasonsToJson(const std::vector<Reason>& reasons);

struct MergeRecord {
  std::uint64_t entry = 0;            ///< its ledger index
  std::uint64_t first = 0, with = 0;  ///< an intake of each case
  bool overrule = false;              ///< said outright to overrule an earlier person's "not the same"
  std::string by, reason;
  petition::Time at{};
};

struct SplitRecord {
  std::uint64_t entry = 0;
  std::uint64_t of = 0;                ///< an intake of the case
  std::vector<std::uint64_t> intakes;  ///< those who leave, into one case of their own
  std::string by, reason;
  petition::Time at{};
};

enum class Answer { kSame, kDifferent, kRelated };
std::string_view AnswerName(Answer answer);  ///< "same", "different", "related"
std::optional<Answer> AnswerFromName(std::string_view name);

struct AnswerRecord {
  std::uint64_t entry = 0;
  std::uint64_t review = 0;
  Answer answer = Answer::kDifferent;
  petition::Relation relation = petition::Relation::kNew;  ///< for kSame: kNew takes the proposed one
  bool overrule = false;
  std::string by, reason;
  petition::Time at{};
};

/// A chain of revisions is sealed, or opened again, as a whole.
struct SealingRecord {
  std::uint64_t entry = 0;  ///< ledger index: of the decision, or of the revision that seals its chain
  std::uint64_t index = 0;  ///< an intake of the chain
  bool sealed = false;
  std::string by, reason;
  petition::Time at{};
};

struct EventRecord {
  std::uint64_t entry = 0;
  std::uint64_t index = 0;  ///< the intake
  std::string event;        ///< a name of interfaces.md
  std::string by;
  petition::Time at{};    ///< when it happened
  bool has_text = false;  ///< the words stay in the ledger's entry
  std::string document_sha256;
};

struct NationalRecord {
  std::uint64_t entry = 0;
  std::uint64_t index = 0;
  std::string destination, outcome, national_no, state, reason;
  petition::Time at{};
};

/// What folding an entry did.
struct Effect {
  bool refused = false;  ///< it contradicts the book and had no effect; `why` is a stable word: told_apart, sealed_mix,
                         ///< same_case, not_member, whole_case, answered, same_seal, unknown
  std::string why;
  std::string case_no, group_no;        ///< of the intake (or survivor) afterwards
  std::vector<std::uint64_t> changed;   ///< intakes whose case changed, ascending
  std::vector<std::uint64_t> resealed;  ///< intakes that were sealed or opened, ascending
};

// -- What is asked for.

/// Which rows a reader may see.
struct Scope {
  std::string source;                  ///< not empty: only intakes of that source
  std::vector<std::string> divisions;  ///< any of these or within them; empty: all
  bool sealed = false;                 ///< sealed rows too

  static Scope Everything() { return {"", {}, true}; }
};

struct MemberRow {
  std::uint64_t index = 0;
  std::string intake_no, source, division, channel;
  bool sealed = false, historic = false, dropped = false;
  petition::Time received_at{}, registered_at{};
  bool decided = false;
  petition::Relation relation = petition::Relation::kNew;  ///< as it stands now: after a split "new" again
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::optional<std::uint64_t> of;  ///< the earlier one it is tied to now
  std::string of_intake_no;
  std::string case_no, group_no;            ///< group_no "" when the case stands alone
  std::optional<petition::Time> closed_at;  ///< its own closing
  std::string state;                        ///< last event that changed its state; "registered" at first
  std::string national_no, national_state;
};

/// Why two intakes stand together.
struct LinkRow {
  std::uint64_t id = 0;
  std::uint64_t from = 0, of = 0;
  std::string from_no, of_no;
  petition::Relation relation = petition::Relation::kNew;
  double score = 0;
  std::vector<Reason> reasons;
  std::string by;   ///< "" for the machine
  std::string why;  ///< verdict | operator | answer | merge | split (kept together by one)
  petition::Time at{};
  std::uint64_t entry = 0;  ///< ledger index: of the intake for a verdict, else of the decision
  std::optional<std::uint64_t> undone_by;
};

/// A merge, split, answer, sealing or unsealing by a person (a sealing without `by`: by a revision).
struct ActRow {
  std::uint64_t entry = 0;
  std::string kind;  ///< merge | split | answer | seal | unseal
  std::string by, reason;
  petition::Time at{};
  bool refused = false;
  std::string outcome;               ///< "done" or why it had no effect
  std::string case_no;               ///< survivor, or the case that was left
  std::string other_no;              ///< merged away, or the new case
  std::vector<std::string> intakes;  ///< of a split; at most 100
};

struct CaseRow {
  std::string case_no, group_no;
  std::uint64_t first = 0;  ///< leading intake
  std::uint64_t size = 0;
  bool sealed = false;
  petition::Time first_received{}, last_received{};
  std::optional<petition::Time> closed_at;  ///< answered and closed, nothing received since
};

struct CaseView {
  CaseRow row;
  bool moved = false;              ///< the number asked for leads to another case today
  std::vector<MemberRow> members;  ///< ascending
  std::vector<LinkRow> links;      ///< undone ones too
  std::vector<ActRow> history;     ///< in ledger order
  std::vector<CaseRow> group;      ///< all cases of the group, ascending; empty when it stands alone
};

struct GroupView {
  std::string group_no;
  std::vector<CaseRow> cases;
  std::vector<LinkRow> links;  ///< the joint ones
};

struct EventRow {
  std::uint64_t entry = 0, index = 0;
  std::string event, by;
  petition::Time at{};
  bool has_text = false;  ///< read it from the ledger at `entry`, field "text"
  std::string document_sha256;
};

struct DecisionView {
  VerdictRecord verdict;    ///< as recorded
  MemberRow now;            ///< as it stands
  std::string lead_source;  ///< source of the intake that leads its case (whose number the case has)
  std::string group_source;
  std::string of_source;  ///< source of the one it is tied to
  bool of_sealed = false;
};

/// Which registered intakes are listed: all there are, historic ones and revisions too. Every part narrows.
struct RegisteredFilter {
  enum class Which { kAll, kUndecided, kHistoric, kSealed };
  Which which = Which::kAll;
  std::optional<petition::Relation> relation;  ///< as it stands now, of decided ones
  std::optional<petition::Mode> mode;
  /// "intake", "case", "source", "division", "relation", "mode", "state", "received", "registered" (list_order.h); "":
  /// newest first
  std::string sort;
};

struct RegisteredPage {
  std::vector<MemberRow> rows;
  std::uint64_t total = 0;  ///< in scope, exact
  std::string next;
};

enum class CaseKind { kAll, kClosed, kLeadsGroup };

/// A case where its leading intake stands.
struct ListedCase {
  CaseRow row;
  std::string source, division;
};

struct CasePage {
  std::vector<ListedCase> rows;
  std::uint64_t total = 0;  ///< in scope, exact
  std::string next;
};

struct ReviewFilter {
  enum class State { kOpen, kAnswered, kAll };
  State state = State::kOpen;
  std::optional<petition::Relation> relation;
  double score_min = 0;
  /// kQueue: the costliest first, answered ones by the time of their answer.
  enum class Order { kQueue, kNewest, kOldest, kLikeliest };
  Order order = Order::kQueue;
  /// Instead of `order`: "intake", "of", "source", "division", "relation", "score", "asked", "answer", "answered"
  /// (list_order.h).
  std::string sort;
};

struct ReviewRow {
  std::uint64_t id = 0;
  std::uint64_t index = 0, of = 0;
  std::string intake_no, of_intake_no;
  std::string case_no, of_case_no;                         ///< as they stand now
  petition::Relation relation = petition::Relation::kNew;  ///< proposed
  double score = 0, cost = 0;
  std::vector<Reason> reasons;
  std::vector<std::string> flags;
  bool sealed = false, historic = false;
  bool across = false;           ///< over the seal
  std::string source, division;  ///< of the asking intake
  petition::Time asked_at{};
  bool answered = false;
  Answer answer = Answer::kDifferent;
  std::string answered_by, reason;
  petition::Time answered_at{};
};

struct ReviewPage {
  std::vector<ReviewRow> rows;
  std::string next;
  std::uint64_t total = 0;  ///< in scope
};

struct ChangeRow {
  std::uint64_t seq = 0;  ///< the cursor after it
  std::uint64_t index = 0;
  std::string intake_no;
  petition::Time at{};
  std::string kind;       ///< decided | asked | merged | split | answered | event | national
  petition::Json detail;  ///< nothing of other sources' intakes but the case number
};

struct ChangePage {
  std::vector<ChangeRow> rows;
  std::uint64_t next = 0;  ///< the same as asked when there is nothing new
  bool more = false;
};

struct Counters {
  std::uint64_t intakes = 0, undecided = 0, historic = 0, sealed = 0;
  std::vector<std::pair<std::string, std::uint64_t>> relations;  ///< as they stand now, all seven names
  std::vector<std::pair<std::string, std::uint64_t>> modes;
  std::uint64_t cases = 0, cases_closed = 0, groups = 0;  ///< led by an intake in scope; groups of two cases and more
  std::uint64_t reviews_open = 0, reviews_answered = 0;
};

}  // namespace dedup
