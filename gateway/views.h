// Views: what a reader is shown of intakes, cases, questions and deliveries, as JSON. Personal data is masked unless
// the principal has the right; what lies outside the principal's scope is left out as if it were not there. Every door
// that shows records shows them through these. Pure functions but for Reading, which keeps count of what one request
// showed so that it can be put on the ledger. Safe from any thread; a Reading belongs to one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dedup/case_book.h"
#include "gateway/access.h"
#include "gateway/decisions.h"
#include "gateway/follower.h"
#include "gateway/intake.h"
#include "gateway/sight.h"
#include "gateway/state/deliveries.h"
#include "petition/json.h"
#include "petition/submission.h"

namespace gateway {

/// The submission as a reader without the right to personal data may see it: names, numbers, addresses and accounts
/// masked, also where they stand inside its texts; fields we have no name for reduced to their names; names of
/// attachments reduced to their endings.
petition::Submission Masked(const petition::Submission& submission);
/// What others wrote about a submission (an answer, the name of a clerk), with what it says of its own people masked.
class Masks {
 public:
  explicit Masks(const petition::Submission& submission);
  std::string Text(const std::string& text) const;
  /// What `own` would mask is shown from here on.
  void Forget(const Masks& own);

 private:
  struct Mask {
    std::string plain, shown;
  };
  std::vector<Mask> masks_;  // longest first, so that a name within an address does not break it
};
/// An answer to `others` as it may be passed on to the petitioners of `own`: whatever it says of the people of `others`
/// is masked unless it is theirs too, and so is every telephone and id number.
std::string MaskedFor(const petition::Submission& own, const petition::Submission& others, const std::string& text);
petition::Json SubmissionView(const petition::Submission& submission, const Principal& who);

petition::Json ReasonsView(const std::vector<dedup::Reason>& reasons);
/// `of` and its number are shown only when `shows_of`.
petition::Json MemberView(const dedup::MemberRow& member, bool shows_of);
petition::Json EventView(const dedup::EventRow& event);
petition::Json DeliveryView(const Delivery& delivery);
petition::Json ActedView(const Acted& acted);
petition::Json ChangeView(const dedup::ChangeRow& change);
/// Members, links, history and group of a case as that principal sees them; counts are of what is shown. `group`: the
/// other cases of the group with a member in scope.
petition::Json CaseFullView(const dedup::CaseView& view, const std::vector<dedup::CaseRow>& group,
                            const Principal& who);
petition::Json CaseRowView(const dedup::CaseRow& row);
petition::Json ReviewView(const dedup::ReviewRow& review);

/// "registered" -> 已登记 ...: the words a petitioner reads.
std::string_view StateText(std::string_view state, bool english);

/// What one request showed of personal data or sealed intakes. Reading of one's own submissions by the source that sent
/// them is none.
class Reading {
 public:
  Reading(const Principal& who, Call call) : who_(who), call_(call) {}

  /// An intake was shown with its words.
  void Showed(std::uint64_t index, bool sealed);
  /// Something about people was asked for or shown unmasked.
  void Personal() { personal_ = true; }
  /// One `access` entry when anything needs it; what was read may be answered only when this is ok.
  petition::Status Record(ledger::Ledger& ledger) const;

 private:
  const Principal& who_;
  const Call call_;
  std::uint64_t shown_ = 0;
  std::uint64_t about_ = ledger::kNoIndex;
  bool personal_ = false, sealed_ = false;
};

}  // namespace gateway
