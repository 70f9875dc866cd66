// The UpstreamBook keeps what destinations say they hold: registers of the national system (or another destination) by
// its own booking day, each line a reference of ours and the number it has there. Held against what was acknowledged to
// us, by number. Kept in `state.db`, folded from the ledger; what a comparison found is worked out again when it is
// lost. Threads: Take* are the follower's, within its transaction; the rest from any thread. Failure: kUnavailable.
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

/// One booking day of one destination, as its newest register says.
struct UpstreamDay {
  std::string destination, day;  ///< day "20250304"
  std::uint64_t entry = 0;       ///< of the newest register
  petition::Time at{};
  std::uint64_t count = 0, listed = 0;  ///< as the destination says
};

/// One number on which both sides do not agree.
struct UpstreamDifference {
  enum class Kind {
    kUnknown,  ///< it holds what was never acknowledged to us, or what we never sent
    kMissing,  ///< it acknowledged what its registers do not hold
    kDiffers,  ///< under another number than it told us
    kTwice,    ///< it holds it more than once
  };
  Kind kind = Kind::kUnknown;
  std::string reference;  ///< our intake number, or what the register says instead
  bool sealed = false;    ///< of the intake; of what we do not know: not
};

class UpstreamBook {
 public:
  static petition::Result<std::unique_ptr<UpstreamBook>> Open(dedup::CaseBook& book, const ledger::Ledger& ledger);

  // -- The follower's.
  /// {"kind":"register","register":"upstream","destination","day","count","lines",...} with the lines as raw bytes.
  petition::Status TakeRegister(const ledger::Stored& stored, const petition::Json& record);
  /// A registration was acknowledged: its day is compared again.
  petition::Status TakeDelivered(const petition::Json& record);

  // -- Questions.
  /// Days to be looked at: new, changed, or those that did not agree the last time.
  petition::Result<std::vector<UpstreamDay>> ToCompare(std::size_t limit) const;
  /// Everything on which one day does not agree, at most `limit` of it.
  petition::Result<std::vector<UpstreamDifference>> Compare(const UpstreamDay& day, std::size_t limit) const;
  /// When the newest register of that day came; nothing when none did.
  petition::Result<std::optional<petition::Time>> CameAt(std::string_view destination, std::string_view day) const;
  petition::Status SetCompared(const UpstreamDay& day, bool differs);
  petition::Result<std::string> Dump() const;

 private:
  UpstreamBook(dedup::CaseBook& book, const ledger::Ledger& ledger) : book_(book), ledger_(ledger) {}
  dedup::CaseBook& book_;
  const ledger::Ledger& ledger_;
};

}  // namespace gateway
