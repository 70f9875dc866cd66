// The files beside the ledger held against it: every table of registry.db, feeds.db and fanout.db and the witnessed
// checkpoint are tampered with, one after the other, and each time the audit names what was touched.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "gateway/feeds/feed_state.h"
#include "gateway/kept_tables.h"
#include "gateway/passwords.h"
#include "gateway/store_audit.h"
#include "oversight_house.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

class RegistryAuditTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new support::TemporaryFolder;
    OversightHouse house;
    auto& registry = house.hub().registry();
    Source office;
    office.name = "office";
    office.channel = "letter";
    office.state = "draft";
    office.mapping = "adapter: files\n";
    office.key_expires_at = house.clock().Now() + std::chrono::hours(24 * 365);
    ASSERT_TRUE(registry.AddSource(office).ok());
    ASSERT_TRUE(registry.SetSourceState("office", "connected", "sun", {}).ok());
    ASSERT_TRUE(registry.PutMapping("office", "adapter: files\nmap: {}\n", "sun", "first fields").ok());
    User li;
    li.name = "li";
    li.role = Role::kReviewer;
    ASSERT_TRUE(registry.AddUser(li).ok());
    li.name = "wang";
    ASSERT_TRUE(registry.AddUser(li).ok());
    ASSERT_TRUE(registry.DisableUser("wang").ok());
    {
      auto passwords = Passwords::Open(house.folder(), house.clock());
      ASSERT_TRUE(passwords.ok());
      ASSERT_TRUE((*passwords)->Set("li", "not to be guessed").ok());
    }
    ASSERT_TRUE(house.hub().tables().Put("codes-national", R"({"channel": {"letter": "1"}})", "sun", "first").ok());
    Record(house.hub());
    house.Submit("portal", Petition("P-1"));
    {
      auto feeds = FeedState::Open(house.folder(), house.clock());
      ASSERT_TRUE(feeds.ok());
      FeedCounts counts;
      counts.registered = 1;
      const std::vector<std::string> unmapped{"颜色"};
      ASSERT_TRUE((*feeds)->Advance("portal", "files", "a.csv", counts, unmapped).ok());
      const auto no = house.hub().cases().Member(house.Submit("portal", Petition("P-2")))->intake_no;
      ASSERT_TRUE((*feeds)->OweWriteBack("portal", {"row 7", no}).ok());
    }
    house.Close();
    sound_ = fs::path(folder_->path()) / "sound";
    fs::copy(house.folder(), sound_, fs::copy_options::recursive);
    fs::create_directories(sound_ / "witnessed");
    std::ofstream(sound_ / "witnessed" / "checkpoint") << Checkpoint(sound_ / "ledger.db");
    Run(sound_ / "fanout.db",
        "CREATE TABLE IF NOT EXISTS told(source TEXT PRIMARY KEY, cursor INTEGER NOT NULL, gone "
        "INTEGER NOT NULL); INSERT OR REPLACE INTO told VALUES('portal', 1, 0)");
    fs::create_directories(sound_ / "alerts");
    std::ofstream(sound_ / "alerts" / "webhook") << "3\n";
    fs::create_directories(sound_ / "sources" / "portal");
    std::ofstream(sound_ / "sources" / "portal" / "session") << "an adapter's own";
  }
  static void TearDownTestSuite() { delete folder_; }

  void SetUp() override {
    data_ = fs::path(folder_->path()) / "tampered";
    fs::remove_all(data_);
    fs::copy(sound_, data_, fs::copy_options::recursive);
  }
  /// As the hub does while it runs.
  static void Record(Hub& hub) {
    const auto changes = hub.registry().UnrecordedChanges();
    ASSERT_TRUE(changes.ok());
    for (const auto& change : *changes) {
      ledger::Draft draft;
      draft.kind = ledger::Kind::kConfig;
      draft.record = change.record;
      ASSERT_TRUE(hub.ledger().Append(std::move(draft)).ok());
      ASSERT_TRUE(hub.registry().MarkRecorded(change.id).ok());
    }
  }
  /// The newest signed state.
  static std::string Checkpoint(const fs::path& ledger) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::string note;
    EXPECT_EQ(sqlite3_open(ledger.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_prepare_v2(database, "SELECT checkpoint FROM head", -1, &statement, nullptr), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
      note.assign(static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                  static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return note;
  }
  static void Run(const fs::path& file, const std::string& text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK) << text << ": " << error;
    sqlite3_free(error);
    EXPECT_GT(sqlite3_total_changes(database), 0) << text;
    sqlite3_close(database);
  }
  ledger::AuditReport Audit() {
    const auto report = AuditDataFolder({data_, true, {}});
    EXPECT_TRUE(report.ok()) << report.error().message << report.error().detail;
    return report.ok() ? *report : ledger::AuditReport();
  }
  void Expect(const std::string& code, const std::string& where) {
    std::string all;
    bool found = false;
    for (const auto& finding : Audit().findings) {
      all += finding.code + " " + finding.where + "\n";
      found = found || (finding.code == code && finding.where.starts_with(where));
    }
    EXPECT_TRUE(found) << code << " " << where << " is not among\n" << all;
  }

  static support::TemporaryFolder* folder_;
  static fs::path sound_;
  fs::path data_;
};
support::TemporaryFolder* RegistryAuditTest::folder_ = nullptr;
fs::path RegistryAuditTest::sound_;

TEST_F(RegistryAuditTest, WhatWasNotTouchedIsSound) {
  for (const auto& finding : Audit().findings) ADD_FAILURE() << finding.code << " " << finding.where;
}

TEST_F(RegistryAuditTest, EveryTableOfTheRegistryIsHeldAgainstTheLedger) {
  // What is done, what is said of it, and where.
  const std::tuple<const char*, const char*, const char*> tampering[] = {
      {"UPDATE sources SET key_hash='00' WHERE name='portal'", "registry_row_changed", "registry.db, sources [portal]"},
      {"UPDATE sources SET division='439999' WHERE name='office'", "registry_row_changed",
       "registry.db, sources [office]"},
      {"UPDATE sources SET state='live' WHERE name='office'", "registry_row_changed", "registry.db, sources [office]"},
      {"UPDATE sources SET state='suspended' WHERE name='portal'", "registry_row_changed",
       "registry.db, sources [portal]"},
      {"DELETE FROM sources WHERE name='hotline'", "registry_row_missing", "registry.db, sources [hotline]"},
      {"INSERT INTO sources SELECT 'secret', channel, division, state, mapping, created_at, 'ff' FROM sources WHERE "
       "name='portal'",
       "registry_row_without_entry", "registry.db, sources [secret]"},
      {"UPDATE users SET role='oversight' WHERE name='li'", "registry_row_changed", "registry.db, users [li]"},
      {"UPDATE users SET sealed=1 WHERE name='li'", "registry_row_changed", "registry.db, users [li]"},
      {"UPDATE users SET disabled=0 WHERE name='wang'", "registry_row_changed", "registry.db, users [wang]"},
      {"DELETE FROM users WHERE name='li'", "registry_row_missing", "registry.db, users [li]"},
      {"INSERT INTO users SELECT 'ghost', role, divisions, source, 1, 1, 0, created_at, 'ff' FROM users WHERE "
       "name='li'",
       "registry_row_without_entry", "registry.db, users [ghost]"},
      {"UPDATE passwords SET hash='$argon2id$another' WHERE name='li'", "registry_row_changed",
       "registry.db, passwords [li]"},
      {"INSERT INTO passwords VALUES('wang', '$argon2id$another', 1)", "registry_row_without_entry",
       "registry.db, passwords [wang]"},
      {"UPDATE mappings SET text='adapter: mail' WHERE source='office' AND version=2", "registry_row_changed",
       "registry.db, mappings [office 2]"},
      {"DELETE FROM mappings WHERE source='office' AND version=2", "registry_row_missing",
       "registry.db, mappings [office 2]"},
      {"INSERT INTO mappings VALUES('office', 3, 1, 'sun', '', 'x')", "registry_row_without_entry",
       "registry.db, mappings [office 3]"},
      {"UPDATE kept_tables SET text='{}'", "registry_row_changed", "registry.db, kept_tables [codes-national 1]"},
      {"DELETE FROM kept_tables", "registry_row_missing", "registry.db, kept_tables [codes-national 1]"},
      {"INSERT INTO kept_tables VALUES('holidays-2027', 1, 1, 'sun', '', 'x')", "registry_row_without_entry",
       "registry.db, kept_tables [holidays-2027 1]"},
      {"UPDATE key_ends SET at=at+86400000", "registry_row_changed", "registry.db, key_ends [office]"},
      {"DELETE FROM key_ends", "registry_row_missing", "registry.db, key_ends [office]"},
      {"DELETE FROM changes WHERE id=3", "registry_row_missing", "registry.db, changes [3]"},
      {"INSERT INTO changes VALUES(99, '{\"kind\":\"config\",\"change\":99}', 1)", "registry_row_without_entry",
       "registry.db, changes [99]"},
  };
  for (const auto& [sql, code, where] : tampering) {
    SetUp();
    Run(data_ / "registry.db", sql);
    Expect(code, where);
  }
}

TEST_F(RegistryAuditTest, ChangesThatTheHubHasNotRecordedYetAreNoFinding) {
  const petition::ManualClock clock{petition::Time{std::chrono::milliseconds{1741054320000}}};
  {
    auto registry = Registry::Open(data_, clock);
    ASSERT_TRUE(registry.ok());
    ASSERT_TRUE((*registry)->SuspendSource("hotline", true).ok());
    Source late;
    late.name = "late";
    late.channel = "visit";
    ASSERT_TRUE((*registry)->AddSource(late).ok());
  }
  for (const auto& finding : Audit().findings) ADD_FAILURE() << finding.code << " " << finding.where;
}

TEST_F(RegistryAuditTest, PlacesBeyondWhatTheLedgerHasAreNamed) {
  const std::tuple<const char*, const char*, const char*, const char*> tampering[] = {
      {"feeds.db", "UPDATE counts SET registered=registered+5", "place_beyond_ledger", "feeds.db, counts [portal]"},
      {"feeds.db", "UPDATE cursors SET source='nobody'", "place_of_nobody", "feeds.db, cursors [nobody]"},
      {"feeds.db", "UPDATE unmapped SET source='nobody'", "place_of_nobody", "feeds.db, unmapped [nobody]"},
      {"feeds.db", "UPDATE write_backs SET number='439900-20250304-000099-X'", "place_beyond_ledger",
       "feeds.db, write_backs [portal, row 7]"},
      {"fanout.db", "UPDATE told SET cursor=1000000", "place_beyond_ledger", "fanout.db, told [portal]"},
      {"fanout.db", "UPDATE told SET source='nobody'", "place_of_nobody", "fanout.db, told [nobody]"},
  };
  for (const auto& [file, sql, code, where] : tampering) {
    SetUp();
    Run(data_ / file, sql);
    Expect(code, where);
  }
}

TEST_F(RegistryAuditTest, PlacesOfAlertsBeyondTheLedgerAreNamed) {
  const std::tuple<const char*, const char*, const char*> tampering[] = {
      {"webhook", "1000000\n", "place_beyond_ledger"},
      {"webhook", "", "place_unreadable"},
      {"webhook", "3", "place_unreadable"},
      {"webhook", "-1\n", "place_unreadable"},
      {"pigeon", "3\n", "place_of_nobody"}};
  for (const auto& [file, text, code] : tampering) {
    SetUp();
    std::ofstream(data_ / "alerts" / file, std::ios::trunc) << text;
    Expect(code, std::string("alerts/") + file);
  }
  SetUp();
  // Lost, or left half-written by a crash: its channel is told of what comes from then on.
  fs::remove(data_ / "alerts" / "webhook");
  std::ofstream(data_ / "alerts" / "mail.tmp") << "12";
  EXPECT_TRUE(Audit().findings.empty());
}

TEST_F(RegistryAuditTest, WhatAnAdapterKeepsForASourceNobodyKnowsIsNamed) {
  fs::create_directories(data_ / "sources" / "nobody");
  Expect("place_of_nobody", "sources/nobody");
}

TEST_F(RegistryAuditTest, AWitnessedCheckpointOfAnotherHistoryIsNamed) {
  std::ofstream(data_ / "witnessed" / "checkpoint") << "guiyi.example/ledger\n5\nAAAA\n\n";
  Expect("witnessed_unsigned", "witnessed/checkpoint");
  SetUp();
  std::ofstream(data_ / "witnessed" / "checkpoint", std::ios::trunc).close();
  Expect("witnessed_unsigned", "witnessed/checkpoint");
  SetUp();
  // The newest entries are taken out with their published files: what was witnessed still speaks against it.
  fs::remove_all(data_ / "tiles");
  Run(data_ / "ledger.db", "UPDATE head SET size=size-1");
  Expect("witnessed_beyond_ledger", "witnessed/checkpoint");
}

}  // namespace
}  // namespace gateway
