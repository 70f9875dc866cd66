// The store held against the ledger: every table and file is tampered with, one after the other, and each time the
// audit names what was touched.
#include "gateway/store_audit.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "intake_house.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

void Sql(const fs::path& data, const std::string& text) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((data / "ledger.db").c_str(), &database), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK) << text << ": " << error;
  sqlite3_free(error);
  sqlite3_close(database);
}

class StoreAuditTest : public testing::Test {
 protected:
  // 300 entries: a full tile, a partial one, intakes with and without attachments, events about them.
  static void SetUpTestSuite() {
    folder_ = new support::TemporaryFolder;
    const fs::path data = fs::path(folder_->path()) / "sound";
    const petition::ManualClock clock{petition::Time(std::chrono::milliseconds(1741054320000))};
    auto keys = ledger::KeyRing::Open(data / "keys", true);
    ASSERT_TRUE(keys.ok());
    auto blobs = ledger::BlobStore::Open(data / "blobs", *keys);
    ledger::Options options;
    options.folder = data;
    auto ledger = ledger::Ledger::Open(options, *keys, clock);
    ASSERT_TRUE(ledger.ok());
    auto intake = Intake::Make({}, **ledger, **blobs, *keys, clock, {});
    ASSERT_TRUE(intake.ok());
    for (int i = 0; i < 20; ++i) {
      const std::string no = std::to_string(i);
      const auto receipt = (*intake)->Register(
          ArrivalOf("portal", R"({"externalId":"A)" + no + R"(","channel":"portal","title":"第)" + no +
                                  R"(件","content":"内容","petitioners":[{"name":"何家明","phone":"1990000120)" + no +
                                  R"("}]})"));
      ASSERT_TRUE(receipt.ok());
    }
    const std::string large(100'000, 'x');
    const auto with = (*intake)->Register(
        ArrivalOf("portal", petition::Json{{"externalId", "B"},
                                           {"channel", "portal"},
                                           {"title", "带附件"},
                                           {"content", "内容"},
                                           {"attachments", {{{"name", "a.bin"}, {"content", ledger::Base64(large)}}}}}
                                .dump()));
    ASSERT_TRUE(with.ok()) << with.error().message << ": " << with.error().detail;
    for (int i = 0; i < 280; ++i) {
      ledger::Draft draft;
      draft.kind = ledger::Kind::kEvent;
      draft.about = static_cast<std::uint64_t>(i % 20);
      draft.record = petition::CanonicalJson(
          petition::Json{{"kind", "event"}, {"v", 1}, {"event", "urged"}, {"intake", i % 20}, {"n", i}});
      ASSERT_TRUE((*ledger)->Append(std::move(draft)).ok());
    }
    ASSERT_TRUE((*ledger)->Publish().ok());
    size_ = (*ledger)->size();
  }
  static void TearDownTestSuite() { delete folder_; }

  void SetUp() override {
    data_ = fs::path(folder_->path()) / "tampered";
    fs::remove_all(data_);
    fs::copy(fs::path(folder_->path()) / "sound", data_, fs::copy_options::recursive);
  }
  ledger::AuditReport Audit() {
    const auto report = AuditDataFolder({data_, true, {}});
    EXPECT_TRUE(report.ok()) << report.error().message << report.error().detail;
    return report.ok() ? *report : ledger::AuditReport();
  }
  /// Whether the audit names exactly that, possibly among others about the same.
  void Expect(const std::string& code, std::optional<std::uint64_t> index) {
    const auto report = Audit();
    bool found = false;
    std::string all;
    for (const auto& finding : report.findings) {
      all += finding.code + " " + (finding.index ? std::to_string(*finding.index) : "-") + " " + finding.where + "\n";
      found = found || (finding.code == code && finding.index == index);
    }
    EXPECT_TRUE(found) << code << " " << (index ? std::to_string(*index) : "-") << " is not among\n" << all;
  }
  static fs::path FirstBlob(const fs::path& data) {
    fs::path largest;
    std::uintmax_t size = 0;
    for (const auto& file : fs::recursive_directory_iterator(data / "blobs")) {
      if (file.is_regular_file() && file.file_size() > size) {
        size = file.file_size();
        largest = file.path();
      }
    }
    return largest;
  }
  static void Flip(const fs::path& file, std::streamoff at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(at);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(at);
    stream.put(byte);
  }

  static support::TemporaryFolder* folder_;
  static std::uint64_t size_;
  fs::path data_;
};
support::TemporaryFolder* StoreAuditTest::folder_ = nullptr;
std::uint64_t StoreAuditTest::size_ = 0;

TEST_F(StoreAuditTest, ASoundStoreIsSound) {
  const auto report = Audit();
  EXPECT_TRUE(report.ok()) << report.findings[0].code << " " << report.findings[0].where;
  EXPECT_EQ(report.size, size_);
  EXPECT_EQ(report.payloads, size_);
}

TEST_F(StoreAuditTest, PayloadsAreNamed) {
  Sql(data_, "UPDATE payloads SET record=(SELECT record FROM payloads WHERE idx=4) WHERE idx=3");
  Expect("record_changed", 3);
  SetUp();
  Sql(data_, "UPDATE payloads SET raw=(SELECT raw FROM payloads WHERE idx=4) WHERE idx=3");
  Expect("raw_changed", 3);
  SetUp();
  Sql(data_, "UPDATE payloads SET raw=NULL WHERE idx=3");
  Expect("payload_wrong", 3);
  SetUp();
  Sql(data_, "DELETE FROM payloads WHERE idx=7");
  Expect("payload_missing", 7);
  SetUp();
  Sql(data_, "INSERT INTO payloads(idx, record) VALUES(99999, x'00')");
  Expect("row_without_entry", 99999);
}

TEST_F(StoreAuditTest, EntriesAreNamed) {
  Sql(data_, "DELETE FROM entries WHERE idx=5");
  Expect("entry_missing", 5);
  SetUp();
  Sql(data_, "UPDATE entries SET entry=(SELECT entry FROM entries WHERE idx=6) WHERE idx=5");
  Expect("entry_or_tile_changed", 5);
  Expect("published_entry_differs", 5);
  SetUp();
  const auto last = std::to_string(size_ - 1);
  Sql(data_, "UPDATE entries SET entry=(SELECT entry FROM entries WHERE idx=6) WHERE idx=" + last);
  Expect("published_entry_differs", size_ - 1);
  Expect("root_wrong", std::nullopt);
  SetUp();
  Sql(data_, "UPDATE entries SET kind=11 WHERE idx=5");
  Expect("kind_changed", 5);
  SetUp();
  Sql(data_, "INSERT INTO entries(idx, kind, entry) VALUES(5000, 8, '{}')");
  Expect("row_without_entry", 5000);
}

TEST_F(StoreAuditTest, SideTablesAreNamed) {
  const std::pair<const char*, const char*> intakes[] = {
      {"UPDATE intakes SET source='other' WHERE idx=2", "intake_row_changed"},
      {"UPDATE intakes SET external_id='Z' WHERE idx=2", "intake_row_changed"},
      {"UPDATE intakes SET content=x'00' WHERE idx=2", "intake_row_changed"},
      {"UPDATE intakes SET people=x'00' WHERE idx=2", "intake_row_changed"},
      {"UPDATE intakes SET serial=999 WHERE idx=2", "intake_row_changed"},
      {"UPDATE intakes SET revision_of=1 WHERE idx=2", "intake_row_changed"},
      {"DELETE FROM intakes WHERE idx=2", "intake_row_missing"}};
  for (const auto& [sql, code] : intakes) {
    SetUp();
    Sql(data_, sql);
    Expect(code, 2);
  }
  SetUp();
  Sql(data_, "INSERT INTO intakes(idx, source, external_id, day, serial) VALUES(30, 'x', '', '20250101', 1)");
  Expect("row_without_entry", 30);
  SetUp();
  Sql(data_, "INSERT INTO numbers(source, external_id, content, idx) VALUES('x', 'Z', x'00', 2)");
  Expect("number_astray", 2);
  SetUp();
  Sql(data_, "UPDATE numbers_to SET idx=1000");
  Expect("number_astray", 2);
  SetUp();
  Sql(data_, "DELETE FROM about WHERE idx=40");
  Expect("about_row_missing", 40);
  SetUp();
  Sql(data_, "UPDATE about SET about=19 WHERE idx=41");
  Expect("about_row_changed", 41);
}

TEST_F(StoreAuditTest, TilesHeadAndFactsAreNamed) {
  Sql(data_, "DELETE FROM tiles WHERE level=0 AND n=0");
  Expect("tile_missing", std::nullopt);
  SetUp();
  Sql(data_, "INSERT INTO tiles(level, n, hashes) VALUES(0, 77, x'00')");
  Expect("tile_without_entries", std::nullopt);
  SetUp();
  Sql(data_, "UPDATE head SET root=x'00'");
  Expect("head_changed", std::nullopt);
  SetUp();
  Sql(data_, "UPDATE facts SET value='another' WHERE name='origin'");
  Expect("fact_changed", std::nullopt);
}

TEST_F(StoreAuditTest, PublishedFilesAreNamed) {
  Flip(data_ / "tiles/tile/entries/000", 150);
  Expect("published_entry_differs", 1);
  SetUp();
  Flip(data_ / "tiles/tile/0/000", 40);
  Expect("published_tile_differs", std::nullopt);
  SetUp();
  fs::remove(data_ / "tiles/tile/entries/000");
  Expect("published_missing", std::nullopt);
  SetUp();
  Flip(data_ / "tiles/checkpoint", 40);
  Expect("published_unsigned", std::nullopt);
}

TEST_F(StoreAuditTest, AttachmentsAreNamed) {
  Flip(FirstBlob(data_), 5'000);
  Expect("attachment_changed", 20);
  SetUp();
  fs::remove(FirstBlob(data_));
  Expect("attachment_missing", 20);
}

TEST_F(StoreAuditTest, AFileThatNoEntryNamesIsNamed) {
  const auto blob = FirstBlob(data_);
  const auto slipped_in = blob.parent_path() / std::string(64, 'a');
  fs::copy_file(blob, slipped_in);
  const auto report = Audit();
  ASSERT_EQ(report.finding_count, 1u) << report.findings[0].code << report.findings[0].where;
  EXPECT_EQ(report.findings[0].code, "attachment_without_entry");
  EXPECT_NE(report.findings[0].where.find(slipped_in.filename().string()), std::string::npos);
}

TEST_F(StoreAuditTest, AStoreThatWentBackIsNamed) {
  // The newest entries and all that belongs to them are taken out, and an older head is put back: only what was
  // published speaks against it.
  Sql(data_, "UPDATE head SET size=10");
  Expect("head_changed", std::nullopt);
  Expect("rolled_back", std::nullopt);
}

TEST_F(StoreAuditTest, WhatWasDroppedByDecisionIsNoFinding) {
  const petition::ManualClock clock{petition::Time(std::chrono::milliseconds(1741054320000))};
  {
    auto keys = ledger::KeyRing::Open(data_ / "keys", false);
    ledger::Options options;
    options.folder = data_;
    auto ledger = ledger::Ledger::Open(options, *keys, clock);
    ASSERT_TRUE(ledger.ok());
    ledger::Draft draft;
    draft.kind = ledger::Kind::kDecision;
    draft.record = R"({"entries":[9],"kind":"decision","v":1,"what":"payload_dropped"})";
    ASSERT_TRUE((*ledger)->Append(std::move(draft)).ok());
    ASSERT_TRUE((*ledger)->DropPayload(9).ok());
  }
  const auto report = Audit();
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.dropped, 1u);
}

}  // namespace
}  // namespace gateway
