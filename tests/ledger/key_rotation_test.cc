// A new key for what is stored from now on: what older keys sealed stays readable, what is found by keyed hashes is
// still found, and a folder of keys that lacks the new one is refused before anything is written under an older one.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "ledger/blobs.h"
#include "ledger/offline.h"
#include "ledger_fixture.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;
using petition::Code;

class KeyRotationTest : public testing::Test {
 protected:
  KeyRing Rotate() {
    auto rotated = KeyRing::Rotate(keys_);
    EXPECT_TRUE(rotated.ok()) << rotated.error().message;
    return std::move(*rotated);
  }

  TemporaryFolder folder_;
  const fs::path keys_ = folder_.path() / "keys";
};

TEST_F(KeyRotationTest, WhatIsSealedChangesWhatIsFoundStays) {
  const auto before = KeyRing::Open(keys_, true).value();
  const auto after = Rotate();
  EXPECT_EQ(before.rotations(), 0u);
  EXPECT_EQ(after.rotations(), 1u);
  for (const char* purpose : {"identity", "terms", "query-code", "blob name"})
    EXPECT_EQ(after.Derive(purpose), before.Derive(purpose)) << purpose;
  const auto keys = after.Sealing("payload");
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[1], before.Sealing("payload")[0]);
  EXPECT_NE(keys[0], keys[1]);
  EXPECT_NE(keys[0], after.Sealing("blob")[0]);
  struct stat info {};
  ASSERT_EQ(stat((keys_ / "sealing.keys").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const auto again = Rotate();
  EXPECT_EQ(again.rotations(), 2u);
  EXPECT_EQ(again.Sealing("payload")[1], keys[0]);
  EXPECT_EQ(KeyRing::Open(keys_, false)->Sealing("payload"), again.Sealing("payload"));
}

TEST_F(KeyRotationTest, OldRecordsAreReadAndNewOnesAreUnderTheNewKey) {
  {
    auto ledger = OpenLedger(folder_.path());
    ASSERT_TRUE(ledger->Append(Event("old")).ok());
  }
  Rotate();
  const auto draft = Event("new");
  {
    auto ledger = OpenLedger(folder_.path());
    const auto appended = ledger->Append(Event("new"));
    ASSERT_TRUE(appended.ok());
    ExpectProven(*appended, draft, ledger->vkey());
    EXPECT_EQ(ledger->Read(0, Ledger::Raw::kRead)->raw, "raw old");
    EXPECT_EQ(ledger->Read(1, Ledger::Raw::kRead)->raw, "raw new");
  }
  std::size_t read = 0;
  const auto all =
      OfflineRecords(folder_.path() / "ledger.db", KeyRing::Open(keys_, false).value(), [&](const Stored&) {
        ++read;
        return petition::Ok();
      });
  EXPECT_TRUE(all.ok());
  EXPECT_EQ(read, 2u);
  // Whoever has only the old keys opens what is old, and nothing that came since.
  fs::remove(keys_ / "sealing.keys");
  EXPECT_FALSE(OfflineRecords(folder_.path() / "ledger.db", KeyRing::Open(keys_, false).value(), [](const Stored&) {
                 return petition::Ok();
               }).ok());
}

TEST_F(KeyRotationTest, AFolderThatLacksTheNewKeyIsRefused) {
  { ASSERT_TRUE(OpenLedger(folder_.path())->Append(Event("old")).ok()); }
  Rotate();
  { ASSERT_TRUE(OpenLedger(folder_.path())->Append(Event("new")).ok()); }
  fs::rename(keys_ / "sealing.keys", folder_.path() / "elsewhere");
  Options options;
  options.folder = folder_.path();
  EXPECT_EQ(TryOpen(options).error().reason, "sealing_key_missing");
  fs::rename(folder_.path() / "elsewhere", keys_ / "sealing.keys");
  EXPECT_TRUE(TryOpen(options).ok());
}

TEST_F(KeyRotationTest, AttachmentsOfBothTimesAreRead) {
  const auto name = [](std::string_view bytes) { return Hex(AsBytes(Sha256(bytes))); };
  const auto put = [&](BlobStore& blobs, std::string_view bytes) {
    auto writer = blobs.Put(name(bytes));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->Write(bytes).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
    ASSERT_TRUE(blobs.Keep(name(bytes)).ok());
  };
  const auto open = [&] {
    return BlobStore::Open(folder_.path() / "blobs", KeyRing::Open(keys_, true).value()).value();
  };
  put(*open(), "old words");
  Rotate();
  auto blobs = open();
  put(*blobs, "new words");
  for (const std::string_view bytes : {"old words", "new words"}) {
    auto reader = blobs->Get(name(bytes));
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ((*reader)->Next().value(), bytes);
  }
  fs::remove(keys_ / "sealing.keys");
  EXPECT_TRUE(open()->Get(name("old words")).ok());
  EXPECT_EQ(open()->Get(name("new words")).error().code, Code::kCorrupt);
}

TEST_F(KeyRotationTest, AMalformedOrExposedFileIsRefused) {
  ASSERT_TRUE(KeyRing::Open(keys_, true).ok());
  Rotate();
  ASSERT_EQ(chmod((keys_ / "sealing.keys").c_str(), 0640), 0);
  EXPECT_EQ(KeyRing::Open(keys_, false).error().reason, "key_exposed");
  ASSERT_EQ(chmod((keys_ / "sealing.keys").c_str(), 0600), 0);
  std::ofstream(keys_ / "sealing.keys", std::ios::app) << "half a key\n";
  EXPECT_EQ(KeyRing::Open(keys_, false).error().reason, "key_malformed");
  EXPECT_FALSE(KeyRing::Rotate(keys_).ok()) << "what can't be read is not written over";
}

}  // namespace
}  // namespace ledger
