#include "search/term_filter.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace search {
namespace {

// Terms as the index has them: hashes cut to their first 48 bits.
std::vector<std::uint64_t> Terms(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> terms(count);
  for (auto& term : terms) term = random() & ~std::uint64_t{0xFFFF};
  return terms;
}

TEST(TermFilterTest, SaysYesToEverythingUntilItIsFilled) {
  TermFilter filter;
  EXPECT_TRUE(filter.MayHold(Terms(1, 1)[0]));
  filter.SayFilled();
  EXPECT_FALSE(filter.MayHold(Terms(1, 1)[0]));
}

TEST(TermFilterTest, NeverDeniesWhatItHoldsAndSeldomConfirmsWhatItDoesNot) {
  TermFilter filter;
  filter.SayFilled();
  const auto held = Terms(2'000'000, 2);  // three layers
  for (const std::uint64_t term : held) filter.Insert(term);
  for (const std::uint64_t term : held) ASSERT_TRUE(filter.MayHold(term));
  std::size_t wrong = 0;
  for (const std::uint64_t term : Terms(100'000, 3)) wrong += filter.MayHold(term) ? 1 : 0;
  EXPECT_LT(wrong, 5'000u);
}

TEST(TermFilterTest, ManyMayInsertAtOnce) {
  TermFilter filter;
  filter.SayFilled();
  constexpr std::size_t kThreads = 4, kEach = 150'000;  // past the first layer
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&filter, i] {
      for (const std::uint64_t term : Terms(kEach, 10 + i)) {
        filter.Insert(term);
        ASSERT_TRUE(filter.MayHold(term));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < kThreads; ++i) {
    for (const std::uint64_t term : Terms(kEach, 10 + i)) ASSERT_TRUE(filter.MayHold(term));
  }
}

}  // namespace
}  // namespace search
