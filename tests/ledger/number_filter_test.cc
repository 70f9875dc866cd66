#include "ledger/number_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "ledger_fixture.h"

namespace ledger {
namespace {

std::string Number(int i) { return "N-" + std::to_string(i); }

TEST(NumberFilterTest, NeverCallsNewWhatWasAdded) {
  NumberFilter filter;
  filter.Complete();
  constexpr int kCount = 200'000;  // so many that it grows
  for (int i = 0; i < kCount; ++i) filter.Add("portal", Number(i));
  for (int i = 0; i < kCount; ++i) ASSERT_TRUE(filter.MayHold("portal", Number(i))) << i;
  int perhaps = 0;
  for (int i = 0; i < kCount; ++i) perhaps += filter.MayHold("hotline", Number(i));
  EXPECT_LT(perhaps, kCount / 50) << "nearly everything new is called new";
}

TEST(NumberFilterTest, SaysPerhapsUntilItKnowsWhatWasThere) {
  NumberFilter filter;
  EXPECT_TRUE(filter.MayHold("portal", "a"));
  filter.Add("portal", "a");
  filter.Complete();
  EXPECT_TRUE(filter.MayHold("portal", "a"));
  EXPECT_FALSE(filter.MayHold("portal", "b"));
  filter.GiveUp();
  EXPECT_TRUE(filter.MayHold("portal", "b"));
}

TEST(NumberFilterTest, BeyondItsBoundItSaysPerhapsToEverything) {
  NumberFilter filter(300u << 10);  // the first part, not the second
  filter.Complete();
  for (int i = 0; i < 120'000; ++i) filter.Add("portal", Number(i));
  EXPECT_FALSE(filter.useful());
  EXPECT_TRUE(filter.MayHold("portal", "new"));
}

TEST(NumberFilterTest, TheSameNumberAgainTakesNoRoom) {
  NumberFilter filter(300u << 10);
  filter.Complete();
  for (int i = 0; i < 1'000'000; ++i) filter.Add("portal", "same");
  EXPECT_TRUE(filter.useful());
}

Draft Intake(const std::string& number, std::uint64_t serial) {
  Draft draft = Event("x");
  draft.kind = Kind::kIntake;
  draft.intake = IntakeKey{"portal", number, "content", "people", "20250304", serial};
  return draft;
}

TEST(LedgerNumbersTest, NumbersAreKnownAtOnceAndAfterAStart) {
  const TemporaryFolder folder;
  constexpr int kCount = 5'000;  // more than is read at once
  {
    const auto ledger = OpenLedger(folder.path());
    EXPECT_FALSE(ledger->MayHold("portal", Number(1)));
    std::vector<DraftProposal> drafts;
    for (int i = 0; i < kCount; ++i) drafts.emplace_back(Intake(Number(i), static_cast<std::uint64_t>(i) + 1));
    std::vector<Proposal*> all;
    for (auto& draft : drafts) all.push_back(&draft);
    for (const auto& result : ledger->AppendAll(all)) ASSERT_TRUE(result.ok()) << result.error().detail;
    EXPECT_TRUE(ledger->MayHold("portal", Number(1)));
    EXPECT_FALSE(ledger->MayHold("hotline", Number(1)));
  }
  const auto ledger = OpenLedger(folder.path());
  // The rest is read on a thread: until then everything may be there.
  while (ledger->MayHold("portal", "new") && ledger->MayHold("portal", "newer")) std::this_thread::yield();
  for (int i = 0; i < kCount; ++i) ASSERT_TRUE(ledger->MayHold("portal", Number(i))) << i;
}

}  // namespace
}  // namespace ledger
