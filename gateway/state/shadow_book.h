// The ShadowBook keeps what a model on trial would have decided beside what was decided, in a table of `state.db`
// folded from the verdicts on the ledger. Staff compare the two before they let the new one decide; nothing reads it to
// decide. Of two models that were tried one after the other each has its own rows. Threads: Take is the follower's,
// within its transaction; questions from any thread. Failure: kUnavailable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "petition/relation.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

/// One of the two answers. `of_no`: the earlier intake it ties to; "" for none, and for one that may not be seen.
struct ModelAnswer {
  petition::Relation relation = petition::Relation::kNew;
  petition::Mode mode = petition::Mode::kNew;
  double score = 0;
  std::string of_no;
};

/// An intake about which the two differ.
struct ShadowDifference {
  std::uint64_t index = 0;
  std::string intake_no;
  petition::Time at{};
  ModelAnswer live, shadow;
};

/// Intakes by what each of the two did with them.
struct ShadowTally {
  petition::Mode live = petition::Mode::kNew, shadow = petition::Mode::kNew;
  std::uint64_t count = 0;
  std::uint64_t same = 0;    ///< the same answer: mode, relation and case
  std::uint64_t open = 0;    ///< of those a person is still asked about
  std::uint64_t stands = 0;  ///< the shadow's tie is between two of one case or group, as it stands now
};

struct ShadowComparison {
  std::uint64_t looked_at = 0;  ///< intakes counted: the newest ones, kLookedAtMax at most
  std::vector<ShadowTally> tallies;
  std::vector<ShadowDifference> differences;  ///< newest first
};

class ShadowBook {
 public:
  static constexpr std::uint64_t kLookedAtMax = 50'000;

  static petition::Result<std::unique_ptr<ShadowBook>> Open(dedup::CaseBook& book);

  petition::Status Take(const dedup::IntakeRow& row, const dedup::VerdictRecord& verdict);

  /// `model`: hash of the one on trial. Differences are those before the ledger index `before`, `limit` at most.
  petition::Result<ShadowComparison> Compare(std::string_view model, const dedup::Scope& scope, std::uint64_t before,
                                             std::size_t limit) const;
  petition::Result<std::string> Dump() const;

 private:
  explicit ShadowBook(dedup::CaseBook& book) : book_(book) {}

  dedup::CaseBook& book_;
};

}  // namespace gateway
