// What was dropped is gone from the files, not only from what the store answers.
#include <gtest/gtest.h>

#include <fstream>

#include "ledger/sqlite_store.h"
#include "ledger_fixture.h"

namespace ledger {
namespace {

using namespace std::chrono_literals;

class DropTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open(std::chrono::milliseconds empty_after) {
    SqliteStoreOptions options{file_, {}, false};
    options.empty_after = empty_after;
    return OpenSqliteStore(options).value();
  }

  void Append(Store& store, std::uint64_t index, const std::string& payload) {
    Batch batch;
    batch.rows.push_back({index, Kind::kEvent, "entry", payload, payload, kNoIndex, std::nullopt});
    batch.head = {index + 1, {}, "signed"};
    ASSERT_TRUE(store.Append(batch, store.LoadHead().value()).ok());
  }

  static bool Holds(const std::filesystem::path& file, const std::string& word) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    return bytes.find(word) != std::string::npos;
  }
  bool OnDisk(const std::string& word) const { return Holds(file_, word) || Holds(file_.string() + "-wal", word); }

  /// Until the store's own thread has done its work.
  bool Vanishes(const std::string& word) const {
    for (const auto end = std::chrono::steady_clock::now() + 30s; std::chrono::steady_clock::now() < end;) {
      if (!OnDisk(word)) return true;
      std::this_thread::yield();
    }
    return false;
  }

  TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "ledger.db";
};

TEST_F(DropTest, PayloadLeavesTheFilesWhileTheStoreIsOpen) {
  const auto store = Open(0ms);
  const std::string dropped(20'000, 'd'), kept(20'000, 'k');
  Append(*store, 0, dropped);
  Append(*store, 1, kept);
  ASSERT_TRUE(OnDisk(dropped.substr(0, 500)));
  ASSERT_TRUE(store->Drop(0).ok());
  EXPECT_TRUE(Vanishes(dropped.substr(0, 500)));
  EXPECT_EQ(store->Row(1, true)->sealed_raw, kept);
  EXPECT_EQ(store->Row(0, true)->sealed_record, "");
  Append(*store, 2, "after");
  EXPECT_EQ(store->Row(2, true)->sealed_raw, "after");
}

TEST_F(DropTest, PayloadDroppedJustBeforeAKillLeavesTheFilesAtTheNextStart) {
  const auto copy = folder_.path() / "copy";
  std::filesystem::create_directories(copy);
  const std::string dropped(20'000, 'd');
  {
    const auto store = Open(1h);
    Append(*store, 0, dropped);
    ASSERT_TRUE(store->Drop(0).ok());
    // What a killed process leaves.
    for (const char* part : {"", "-wal"})
      std::filesystem::copy_file(file_.string() + part, (copy / "ledger.db").string() + part);
  }
  for (const char* part : {"", "-wal"}) {
    std::filesystem::remove(file_.string() + part);
    std::filesystem::rename((copy / "ledger.db").string() + part, file_.string() + part);
  }
  ASSERT_TRUE(OnDisk(dropped.substr(0, 500)));
  const auto store = Open(0ms);
  EXPECT_TRUE(Vanishes(dropped.substr(0, 500)));
  EXPECT_EQ(store->LoadHead()->size, 1u);
}

}  // namespace
}  // namespace ledger
