#include "ledger/early_writing.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>

#include "ledger_fixture.h"

namespace ledger {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// How many pages of an open file only memory has; nothing where the system does not tell (cachestat, Linux 6.5).
std::optional<std::uint64_t> DirtyPages(int fd) {
  constexpr long kCachestat = 451;
  struct {
    std::uint64_t offset = 0, length = 0;
  } range;
  struct {
    std::uint64_t cached = 0, dirty = 0, writeback = 0, evicted = 0, recently_evicted = 0;
  } found;
  if (syscall(kCachestat, fd, &range, &found, 0u) != 0) return std::nullopt;
  return found.dirty;
}

TEST(EarlyWritingTest, WhatIsWrittenIsOnItsWayBeforeAnySync) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "table";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  const std::string bytes(1u << 20, 'x');
  ASSERT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  auto dirty = DirtyPages(fd);
  if (dirty.value_or(0) == 0) {
    close(fd);
    GTEST_SKIP() << "this system does not tell what is dirty, or writes it at once by itself";
  }
  const EarlyWriting beside({folder.path() / "missing", file});
  // By itself the system would wait for five seconds at least.
  const auto give_up = Steady::now() + milliseconds(3'000);
  while (dirty.value_or(0) > 0 && Steady::now() < give_up) {
    std::this_thread::sleep_for(milliseconds(2));
    dirty = DirtyPages(fd);
  }
  close(fd);
  EXPECT_EQ(dirty.value_or(0), 0u);
}

}  // namespace
}  // namespace ledger
