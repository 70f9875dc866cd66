// Cases and groups that oversight looks at one by one: those that grow fast, those that have been open for long. Asked
// of the case book's tables. Safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dedup/case_book.h"
#include "petition/time.h"

namespace gateway {

/// A case or group with how many came lately. Counted are only those the scope holds.
struct GrowingMatter {
  std::string no;  ///< "C..." or "G..."
  std::uint64_t lately = 0, before = 0;
};
/// Those with at least `least` intakes since, most first.
petition::Result<std::vector<GrowingMatter>> GrowingMatters(const dedup::CaseBook& book, petition::Time since,
                                                            std::uint64_t least, const dedup::Scope& scope,
                                                            std::size_t limit);
struct PendingCase {
  std::string case_no, source, division;
  std::uint64_t size = 0;
  petition::Time first_received{};
};
struct PendingCases {
  std::uint64_t total = 0;
  std::vector<PendingCase> oldest;
};
/// Live cases that first came before the day of `before` and were never closed since, oldest first.
petition::Result<PendingCases> LongPending(const dedup::CaseBook& book, petition::Time before,
                                           const dedup::Scope& scope, std::size_t limit);

/// How often a matter that was told first through one channel was told again through another (or the same). `from` is
/// "" where the first one lies outside the scope.
struct ChannelFlow {
  std::string from, to;
  std::uint64_t intakes = 0;
};
/// Of those received on the days from `from` to `to` ("20250304", inclusive; "": open), most first.
petition::Result<std::vector<ChannelFlow>> ChannelFlows(const dedup::CaseBook& book, const std::string& from,
                                                        const std::string& to, const dedup::Scope& scope);

}  // namespace gateway
