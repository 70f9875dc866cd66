#include "ledger/blobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <thread>

#include "ledger_fixture.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;
using petition::Code;

class BlobStoreTest : public testing::Test {
 protected:
  BlobStoreTest()
      : keys_(KeyRing::Open(folder_.path() / "keys", true).value()),
        blobs_(BlobStore::Open(folder_.path() / "blobs", keys_, 1 << 20).value()) {}

  static std::string Name(std::string_view bytes) { return Hex(AsBytes(Sha256(bytes))); }

  petition::Result<std::uint64_t> Put(std::string_view bytes, std::size_t step = 7777) {
    GUIYI_TRY(auto writer, blobs_->Put(Name(bytes)));
    for (std::size_t at = 0; at < bytes.size(); at += step) GUIYI_CHECK(writer->Write(bytes.substr(at, step)));
    return writer->Finish();
  }

  petition::Result<std::string> Get(std::string_view bytes) const {
    GUIYI_TRY(auto reader, blobs_->Get(Name(bytes)));
    std::string all;
    for (;;) {
      GUIYI_TRY(const std::string part, reader->Next());
      if (part.empty()) return all;
      all += part;
    }
  }

  std::vector<fs::path> Files() const {
    std::vector<fs::path> found;
    for (const auto& file : fs::recursive_directory_iterator(folder_.path() / "blobs")) {
      if (file.is_regular_file()) found.push_back(file.path());
    }
    return found;
  }

  TemporaryFolder folder_;
  KeyRing keys_;
  std::unique_ptr<BlobStore> blobs_;
};

std::string Pattern(std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(i * 31 + i / 256);
  return out;
}

TEST_F(BlobStoreTest, ComesBackWholeWhateverItsSize) {
  constexpr std::size_t kChunk = 64 << 10;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 2 * kChunk, 3 * kChunk + 5}) {
    const std::string bytes = Pattern(size);
    EXPECT_FALSE(blobs_->Exists(Name(bytes)));
    ASSERT_EQ(Put(bytes).value(), size);
    EXPECT_TRUE(blobs_->Exists(Name(bytes)));
    EXPECT_EQ(Get(bytes).value(), bytes) << size;
  }
}

TEST_F(BlobStoreTest, NamesOnDiskDoNotTellTheDigestNorFilesTheWords) {
  const std::string bytes = "PLANTEDWORD in an attachment";
  ASSERT_TRUE(Put(bytes).ok());
  ASSERT_EQ(Files().size(), 1u);
  EXPECT_EQ(Files()[0].string().find(Name(bytes)), std::string::npos);
  std::ifstream in(Files()[0], std::ios::binary);
  const std::string stored((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(stored.find("PLANTEDWORD"), std::string::npos);
}

TEST_F(BlobStoreTest, BytesOtherThanAnnouncedLeaveNothing) {
  auto writer = blobs_->Put(Name("announced")).value();
  ASSERT_TRUE(writer->Write("delivered").ok());
  EXPECT_EQ(writer->Finish().error().reason, "digest_mismatch");
  writer.reset();
  EXPECT_FALSE(blobs_->Exists(Name("announced")));
  EXPECT_TRUE(Files().empty());
}

TEST_F(BlobStoreTest, AbandonedWriterLeavesNothing) {
  auto writer = blobs_->Put(Name("x")).value();
  ASSERT_TRUE(writer->Write(Pattern(200000)).ok());
  writer.reset();
  EXPECT_TRUE(Files().empty());
}

TEST_F(BlobStoreTest, LimitOfSizeIsKept) {
  EXPECT_TRUE(Put(Pattern(1 << 20)).ok());
  EXPECT_EQ(Put(Pattern((1 << 20) + 1)).error().reason, "too_large");
}

TEST_F(BlobStoreTest, OnlyADigestIsAName) {
  for (const std::string& name : {std::string(), std::string("../../etc/passwd"), std::string(64, 'A'),
                                  std::string(63, 'a'), std::string(64, '/')}) {
    EXPECT_EQ(blobs_->Put(name).error().code, Code::kInvalid);
    EXPECT_EQ(blobs_->Get(name).error().code, Code::kInvalid);
    EXPECT_FALSE(blobs_->Exists(name));
  }
  EXPECT_EQ(blobs_->Get(std::string(64, 'a')).error().code, Code::kNotFound);
}

TEST_F(BlobStoreTest, ChangedOrCutFilesAreNoticed) {
  const std::string bytes = Pattern(150000);
  ASSERT_TRUE(Put(bytes).ok());
  const fs::path file = Files()[0];
  const std::string good = [&] {
    std::ifstream in(file, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  }();
  const auto write = [&](std::string_view content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  };
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{5}, std::size_t{20}, std::size_t{45}, std::size_t{70000}, good.size() - 1}) {
    std::string bent = good;
    bent[at] = static_cast<char>(bent[at] ^ 1);
    write(bent);
    EXPECT_EQ(Get(bytes).error().code, Code::kCorrupt) << at;
  }
  constexpr std::size_t kHeader = 40, kStoredChunk = (64 << 10) + 16;
  for (const std::size_t length : {std::size_t{0}, std::size_t{39}, kHeader, kHeader + 5, kHeader + kStoredChunk,
                                   kHeader + 2 * kStoredChunk, good.size() - 1}) {
    write(std::string_view(good).substr(0, length));
    EXPECT_EQ(Get(bytes).error().code, Code::kCorrupt) << length;
  }
  write(good + "x");
  EXPECT_EQ(Get(bytes).error().code, Code::kCorrupt);
  std::string swapped = good;
  for (std::size_t i = 0; i < kStoredChunk; ++i) std::swap(swapped[kHeader + i], swapped[kHeader + kStoredChunk + i]);
  write(swapped);
  EXPECT_EQ(Get(bytes).error().code, Code::kCorrupt);
  write(good);
  EXPECT_EQ(Get(bytes).value(), bytes);
}

TEST_F(BlobStoreTest, OneBlobCanNotStandInForAnother) {
  ASSERT_TRUE(Put("first").ok());
  const fs::path first = Files()[0];
  ASSERT_TRUE(Put("other").ok());
  fs::path second;
  for (const auto& file : Files()) {
    if (file != first) second = file;
  }
  fs::copy_file(first, second, fs::copy_options::overwrite_existing);
  EXPECT_EQ(Get("other").error().code, Code::kCorrupt);
}

TEST_F(BlobStoreTest, WhatNobodyNamedIsRemovedAndWhatWasKeptNever) {
  ASSERT_TRUE(Put("kept").ok() && Put("unnamed").ok());
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::hours(1), 100), 0u) << "all are young";
  EXPECT_TRUE(blobs_->Keep(Name("kept")).value());
  EXPECT_EQ(Get("kept").value(), "kept");
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::seconds(0), 100), 1u);
  EXPECT_FALSE(blobs_->Exists(Name("unnamed")));
  EXPECT_FALSE(blobs_->Keep(Name("unnamed")).value());
  EXPECT_FALSE(blobs_->Keep("no digest").value());
  EXPECT_EQ(Get("kept").value(), "kept");
  EXPECT_TRUE(blobs_->Keep(Name("kept")).value()) << "again";
  // Put once more by somebody else, who never names it.
  ASSERT_TRUE(Put("kept").ok());
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::seconds(0), 100), 0u);
  EXPECT_EQ(Get("kept").value(), "kept");
  // Removed, and put again.
  ASSERT_TRUE(Put("unnamed").ok());
  EXPECT_TRUE(blobs_->Keep(Name("unnamed")).value());
}

TEST_F(BlobStoreTest, CleaningIsBoundedAndGoesOnWhereItStopped) {
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(Put("unnamed " + std::to_string(i)).ok());
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::seconds(0), 3), 3u);
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::seconds(0), 3), 3u);
  EXPECT_EQ(blobs_->RemoveUnnamed(std::chrono::seconds(0), 3), 1u);
  EXPECT_TRUE(Files().empty());
}

TEST_F(BlobStoreTest, KeepingRacesWithCleaningAndNeverLoses) {
  std::atomic<bool> ended = false;
  std::thread cleaning([&] {
    while (!ended) blobs_->RemoveUnnamed(std::chrono::seconds(0), 100);
  });
  std::vector<std::string> kept;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const std::string bytes = "blob " + std::to_string(i % 20) + " " + std::to_string(t % 2);
        if (!Put(bytes).ok() || !blobs_->Keep(Name(bytes)).value()) continue;
        const std::lock_guard lock(mutex);
        kept.push_back(bytes);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  ended = true;
  cleaning.join();
  blobs_->RemoveUnnamed(std::chrono::seconds(0), 10'000);
  for (const auto& bytes : kept) ASSERT_EQ(Get(bytes).value(), bytes);
}

TEST_F(BlobStoreTest, ConcurrentPutsOfTheSameBytesAgree) {
  const std::string bytes = Pattern(300000);
  std::vector<std::thread> threads;
  std::atomic<int> stored = 0;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { stored += Put(bytes).ok(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(stored, 4);
  EXPECT_EQ(Files().size(), 1u);
  EXPECT_EQ(Get(bytes).value(), bytes);
}

}  // namespace
}  // namespace ledger
