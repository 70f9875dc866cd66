// The Follower takes the ledger's entries in order, from a durable cursor: it decides what each intake is, puts that
// verdict on the ledger, and folds everything (verdicts, merges, splits, answers, events, deliveries) into the case
// book, the deliveries and the two indexes. A verdict takes effect at its intake's place, everything else at its own,
// so that a state folded again is the same state; a verdict once on the ledger is never made anew.
//
// Threads: one thread of its own at low priority, between Start and Stop, with others beside it that prepare what comes
// next, put verdicts on the ledger and keep the full text; Step and CatchUp are for those who follow without it
// (replay, rebuild, tests) and never while it runs. Everything else from any thread. Durable: a verdict when it is on
// the ledger, its effect with the cursor in one transaction of state.db. Failure: it waits and tries again, never
// skips; an intake that the decider cannot take is put before a person, flagged "undecidable".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "dedup/decide.h"
#include "gateway/access.h"
#include "gateway/state/deliveries.h"
#include "ledger/ledger.h"
#include "petition/json.h"
#include "petition/submission.h"
#include "petition/time.h"
#include "search/candidate_index.h"
#include "search/text_index.h"

namespace gateway {

class Fold;  // folds.h
/// A destination that live intakes are owed to, and which of them: those of these channels and within these divisions;
/// empty lists: all. What it says counts from the next verdict on.
struct OwedTo {
  std::string name;
  std::vector<std::string> channels, divisions;
  OwedTo(const char* its_name) : name(its_name) {}  // NOLINT(google-explicit-constructor): {"national"}
  OwedTo(std::string its_name, std::vector<std::string> its_channels, std::vector<std::string> its_divisions)
      : name(std::move(its_name)), channels(std::move(its_channels)), divisions(std::move(its_divisions)) {}
  bool Wants(const dedup::IntakeRow& intake) const;
};

struct FollowerOptions {
  std::size_t batch_max = 256;      ///< entries taken between two commits
  std::size_t candidates_max = 64;  ///< asked of the index for one decision
  std::size_t profiles_cached = 8'192;
  std::size_t index_commit_every = 4000;  ///< documents between commits of the candidate index, while it is small
  std::vector<OwedTo> destinations;       ///< empty: none
  /// Decides beside the live model, noted in each verdict and never acted upon; none when null. Outlives the follower.
  const dedup::Model* shadow = nullptr;
  /// While more comes in than any day brings and no more than that is to be decided, deciding gives way to registering.
  std::uint64_t gives_way_below = 200'000;
  std::vector<Fold*> folds;  ///< other parts' tables, folded after the case book; outlive the follower
  int nice = 19;             ///< of its thread, so that intake goes first
  /// false: fold only, stop before the first intake without a verdict (rebuild).
  bool decide = true;
  /// Told how far Make has come with bringing the indexes up to date: entries read, of how many.
  std::function<void(std::uint64_t done, std::uint64_t total)> recovering;
};

/// What an operator (or a source) sees of a possible earlier case.
struct PreviewHit {
  dedup::CaseRow row;       ///< its case
  dedup::MemberRow member;  ///< the earlier submission it compares best with
  petition::Relation relation = petition::Relation::kNew;
  double score = 0, matter = 0, people = 0;
  std::vector<dedup::Reason> reasons;      ///< for the tie, strongest first
  std::vector<dedup::Reason> differences;  ///< against it
};

class Follower {
 public:
  virtual ~Follower() = default;  ///< stops
  /// All parts must outlive it. Brings the candidate index to the case book's cursor first (what was added but not
  /// committed to it before the last end); the full text follows once started, stepped or caught up.
  static petition::Result<std::unique_ptr<Follower>> Make(FollowerOptions options, ledger::Ledger& ledger,
                                                          dedup::CaseBook& book, Deliveries& deliveries,
                                                          search::CandidateIndex& candidates, search::TextIndex& texts,
                                                          const dedup::Model& model, const ledger::KeyRing& keys,
                                                          const petition::Clock& clock);

  virtual void Start() = 0;
  virtual void Stop() = 0;

  /// Takes one batch; answers how many entries were folded (0: nothing to do).
  virtual petition::Result<std::uint64_t> Step() = 0;
  /// Steps until the end of the ledger; answers the position.
  virtual petition::Result<std::uint64_t> CatchUp() = 0;

  virtual std::uint64_t position() const = 0;  ///< next ledger index to be folded (committed)
  virtual std::uint64_t backlog() const = 0;   ///< intakes (and other news) not folded yet; an atomic or two
  virtual bool healthy() const = 0;            ///< false while it waits after a failure
  struct Figures {
    std::uint64_t decided = 0, folded = 0, failures = 0, undecidable = 0;
    std::string last_failure;
  };
  virtual Figures figures() const = 0;

  /// Waits until the intake at that ledger index is decided and folded; nothing when the time is over first.
  virtual std::optional<dedup::DecisionView> WaitDecided(std::uint64_t index,
                                                         std::chrono::milliseconds at_most) const = 0;
  /// Waits until the entry at that ledger index is folded; not at all where nothing folds (not started, or stopped).
  virtual bool WaitFolded(std::uint64_t entry, std::chrono::milliseconds at_most) const = 0;

  /// Earlier cases for a submission that is not registered, best first, one a case; stores nothing. Only what the
  /// principal may see is looked at.
  virtual petition::Result<std::vector<PreviewHit>> Preview(const petition::Submission& submission, std::size_t limit,
                                                            const Principal& who) const = 0;
  /// How one registered intake compares with an earlier one.
  virtual petition::Result<dedup::Comparison> Explain(std::uint64_t later, std::uint64_t earlier) const = 0;
};

/// `decision` of a receipt (interfaces.md). Towards a source, `of`, numbers and details appear only where they are its
/// own; `nullptr`: everything (commands).
petition::Json DecisionToJson(const dedup::DecisionView& decision, const Principal* who);

}  // namespace gateway
