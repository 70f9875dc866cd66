// The state held against the ledger: every table of state.db is tampered with, one after the other, and each time the
// audit names the table and the row.
#include "gateway/state_audit.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <set>

#include "dedup/case_book_file.h"
#include "gateway/manifest.h"
#include "oversight_house.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;

class StateAuditTest : public testing::Test {
 protected:
  // A little of everything that is folded.
  static void SetUpTestSuite() {
    folder_ = new support::TemporaryFolder;
    OversightHouse house;
    house.destinations_ = {"national"};
    house.Open(true);
    const auto first = house.Submit("portal", Petition("P-1")), second = house.Submit("portal", Petition("P-2"));
    auto threat = Petition("P-3");
    threat["urgent"] = true;
    house.Submit("hotline", threat);
    house.Submit("portal", Petition("P-4", true));
    house.Report("portal", first, "accepted");
    house.Report("portal", second, "closed");
    const auto one = house.hub().cases().Member(first)->case_no, other = house.hub().cases().Member(second)->case_no;
    Principal reviewer;
    reviewer.role = Role::kReviewer;
    reviewer.name = "li";
    const auto merged = house.hub().decisions().Merge(reviewer, one, other, "同一件事");
    ASSERT_TRUE(merged.ok()) << merged.error().message;
    house.Fold();
    Manifest manifest;
    manifest.source = "portal";
    manifest.day = "2025-03-04";
    manifest.numbers = {{"P-1", ""}, {"P-9", ""}};
    ASSERT_TRUE(RecordManifest(house.hub(), manifest, Overseer(true)).ok());
    house.Fold();
    const auto third = house.Submit("portal", Petition("P-5"));
    house.Report("portal", third, "transferred", {{"to", "某局"}});
    const std::vector<std::string> taken_out{house.hub().cases().Member(second)->intake_no};
    const auto split =
        house.hub().decisions().Split(reviewer, house.hub().cases().Member(second)->case_no, taken_out, "不是一件事");
    ASSERT_TRUE(split.ok()) << split.error().message;
    house.Fold();
    FillRegisters(house, house.hub().cases().Member(first)->intake_no);
    FillFromOutside(house, first);
    house.clock().Advance(std::chrono::hours(7));
    house.Look();
    sound_ = fs::path(folder_->path()) / "sound";
    house.Close();
    fs::copy(house.folder(), sound_, fs::copy_options::recursive);
  }
  static void TearDownTestSuite() { delete folder_; }
  /// What independent registers and a destination's own say.
  static void FillRegisters(OversightHouse& house, const std::string& intake_no) {
    const auto at = petition::FormatTime(house.clock().Now());
    const auto calls =
        petition::Json::array({{{"id", "c-1"}, {"time", at}, {"answered", true}, {"seconds", 60}, {"waitSeconds", 8}}});
    const auto mails = petition::Json::array({{{"day", "2025-03-04"}, {"source", "portal"}, {"count", 3}}});
    ASSERT_TRUE(house.hub().oversight().RecordRegister("calls", calls, "exchange").ok());
    ASSERT_TRUE(house.hub().oversight().RecordRegister("mailroom", mails, "exchange").ok());
    const auto held = petition::Json::array({{{"reference", intake_no}, {"nationalNo", "G1"}}});
    Put(house, ledger::Kind::kRegister,
        {{"kind", "register"},
         {"v", 1},
         {"register", "upstream"},
         {"destination", "national"},
         {"day", "20250304"},
         {"count", 1},
         {"lines", 1},
         {"by", "sun"},
         {"at", at}},
        petition::CanonicalJson(held));
  }
  /// What a destination sent down, what was refused, and what came in shadow.
  static void FillFromOutside(OversightHouse& house, std::uint64_t intake) {
    const auto at = petition::FormatTime(house.clock().Now());
    Put(house, ledger::Kind::kEvent,
        {{"kind", "event"},
         {"v", 1},
         {"event", "national"},
         {"intake", intake},
         {"by", "national"},
         {"at", at},
         {"text", ""},
         {"destination", "national"},
         {"instruction", "i-1"},
         {"what", "number"},
         {"nationalNo", "G1"},
         {"state", "received"}});
    Put(house, ledger::Kind::kDelivered,
        {{"kind", "delivered"},
         {"v", 1},
         {"intake", intake},
         {"destination", "national"},
         {"outcome", "done"},
         {"nationalNo", "G1"},
         {"state", "registered"},
         {"at", at}});
    const petition::Json refused = {
        {"kind", "refused"}, {"v", 1},   {"source", "portal"}, {"door", "files"},
        {"reason", "cut"},   {"at", at}, {"size", 7},          {"where", {{"place", "row 1"}}}};
    Put(house, ledger::Kind::kRefused, refused, "p|l|n");
    auto shadow = refused;
    shadow["where"] = {{"place", "row 2"}, {"would", {{"externalId", "S-1"}}}};
    Put(house, ledger::Kind::kRefused, shadow, "p|l|m");
  }
  static void Put(OversightHouse& house, ledger::Kind kind, const petition::Json& record, std::string raw = {}) {
    ledger::Draft draft;
    draft.kind = kind;
    draft.record = petition::CanonicalJson(record);
    draft.raw = std::move(raw);
    ASSERT_TRUE(house.hub().ledger().Append(std::move(draft)).ok());
    house.Fold();
  }

  void SetUp() override {
    data_ = fs::path(folder_->path()) / "tampered";
    fs::remove_all(data_);
    fs::copy(sound_, data_, fs::copy_options::recursive);
  }
  void Sql(const std::string& text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((data_ / "state.db").c_str(), &database), SQLITE_OK);
    sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);  // they follow honest changes
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &error), SQLITE_OK) << text << ": " << error;
    sqlite3_free(error);
    EXPECT_GT(sqlite3_total_changes(database) + (text.starts_with("DROP") || text.starts_with("CREATE")), 0) << text;
    sqlite3_close(database);
  }
  template <typename F>
  void Ask(const std::string& question, F&& row) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    ASSERT_EQ(sqlite3_open((data_ / "state.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_prepare_v2(database, question.c_str(), -1, &statement, nullptr), SQLITE_OK) << question;
    while (sqlite3_step(statement) == SQLITE_ROW) row(statement);
    sqlite3_finalize(statement);
    sqlite3_close(database);
  }
  /// All tables with the columns of their keys.
  std::map<std::string, std::string> Tables() {
    std::map<std::string, std::string> tables;
    Ask("SELECT m.name, IFNULL((SELECT group_concat(name) FROM pragma_table_info(m.name) WHERE pk>0), 'rowid') FROM "
        "sqlite_master m WHERE m.type='table' AND m.name NOT LIKE 'sqlite_%'",
        [&](sqlite3_stmt* row) {
          tables[reinterpret_cast<const char*>(sqlite3_column_text(row, 0))] =
              reinterpret_cast<const char*>(sqlite3_column_text(row, 1));
        });
    return tables;
  }
  bool HasColumn(const std::string& table, const std::string& column) {
    bool found = false;
    Ask("SELECT 1 FROM pragma_table_info('" + table + "') WHERE name='" + column + "'",
        [&](sqlite3_stmt*) { found = true; });
    return found;
  }
  std::int64_t Count(const std::string& table) {
    std::int64_t count = 0;
    Ask("SELECT COUNT(*) FROM " + table, [&](sqlite3_stmt* row) { count = sqlite3_column_int64(row, 0); });
    return count;
  }
  StateAuditReport Audit() {
    StateAuditOptions options;
    options.data = data_;
    options.work = folder_->path();
    const auto report = AuditState(options);
    EXPECT_TRUE(report.ok()) << report.error().message << " " << report.error().detail;
    return report.ok() ? *report : StateAuditReport();
  }
  void Expect(const std::string& code, const std::string& where) { ExpectIn(Audit(), code, where); }
  static void ExpectIn(const StateAuditReport& report, const std::string& code, const std::string& where) {
    bool found = false;
    std::string all;
    for (const auto& finding : report.findings) {
      all += finding.code + " " + finding.where + "\n";
      found = found || (finding.code.starts_with(code) && finding.where.starts_with(where));
    }
    EXPECT_TRUE(found) << code << " " << where << " is not among\n" << all;
  }

  static support::TemporaryFolder* folder_;
  static fs::path sound_;
  fs::path data_;
};
support::TemporaryFolder* StateAuditTest::folder_ = nullptr;
fs::path StateAuditTest::sound_;

TEST_F(StateAuditTest, WhatWasFoldedIsSound) {
  const auto report = Audit();
  for (const auto& finding : report.findings) ADD_FAILURE() << finding.code << " " << finding.where;
  EXPECT_GT(report.tables, 25u);
  EXPECT_GT(report.rows, 50u);
  EXPECT_TRUE(report.skipped.empty());
}

TEST_F(StateAuditTest, EveryTableIsHeldAgainstTheLedger) {
  // A table, what is done to it, and what is said of it.
  const std::tuple<const char*, const char*, const char*> tampering[] = {
      {"intakes", "UPDATE intakes SET state='closed' WHERE idx=(SELECT MIN(idx) FROM intakes)", "state_row_changed"},
      {"profiles",
       "UPDATE profiles SET profile=(SELECT profile FROM profiles ORDER BY idx DESC LIMIT 1) WHERE "
       "idx=(SELECT MIN(idx) FROM profiles)",
       "state_row_changed"},
      {"verdicts", "DELETE FROM verdicts WHERE idx=(SELECT MIN(idx) FROM verdicts)", "state_row_missing"},
      {"cases", "UPDATE cases SET size=7", "state_row_changed"},
      {"links", "DELETE FROM links", "state_row_missing"},
      {"acts", "UPDATE acts SET by='another'", "state_row_changed"},
      {"acts_about", "DELETE FROM acts_about", "state_row_missing"},
      {"events", "UPDATE events SET event='replied' WHERE entry=(SELECT MIN(entry) FROM events)", "state_row_changed"},
      {"changes", "DELETE FROM changes WHERE seq=(SELECT MAX(seq) FROM changes)", "state_row_missing"},
      {"deliveries", "DELETE FROM deliveries WHERE id=(SELECT MIN(id) FROM deliveries)", "state_row_missing"},
      {"items", "UPDATE items SET number='P-0' WHERE idx=(SELECT MIN(idx) FROM items)", "state_row_changed"},
      {"figure_cells", "UPDATE figure_cells SET satisfied=9 WHERE level=0", "state_row_changed"},
      {"day_cells", "DELETE FROM day_cells WHERE level=0", "state_row_missing"},
      {"pending_cells", "UPDATE pending_cells SET n=n+5", "state_row_changed"},
      {"delivery_cells", "UPDATE delivery_cells SET n=n+5", "state_row_changed"},
      {"reached_cells", "UPDATE reached_cells SET acknowledged=acknowledged+5", "state_row_changed"},
      {"figures_intakes", "UPDATE figures_intakes SET n=n+5", "state_row_changed"},
      {"clocks", "UPDATE clocks SET due=due+86400000 WHERE stopped=0", "state_row_changed"},
      {"clock_marks", "DELETE FROM clock_marks", "state_row_missing"},
      {"manifest_days", "UPDATE manifest_days SET count=0", "state_row_changed"},
      {"findings", "DELETE FROM findings WHERE id=(SELECT MIN(id) FROM findings)", "state_row_missing"},
      {"findings", "UPDATE findings SET owner='nobody'", "state_row_changed"},
      {"refusals",
       "INSERT INTO refusals(entry, source, door, reason, number, event, at) VALUES(1, 'portal', 'http', "
       "'x', '', '', 1)",
       "state_row_without_entry"},
      {"quarantine", "INSERT INTO quarantine SELECT 1, 'portal', 'http', 'x', '', 1, 1, 0, 0, '', 0, -1, -1",
       "state_row_without_entry"},
  };
  for (const auto& [table, sql, code] : tampering) {
    SetUp();
    Sql(sql);
    Expect(code, std::string(table) + " [");
  }
}

// They held the same values, written in another way.
TEST_F(StateAuditTest, VerdictsAsAnEarlierVersionWroteThemAreSound) {
  const auto keys = ledger::KeyRing::Open(data_ / "keys", false).value();
  const ledger::Sealer sealer(keys.Sealing("profile"));
  int differing = 0;
  {
    dedup::Connection sql(data_ / "state.db", "", true);
    for (const auto& [index, sealed] : sql.Ask<std::int64_t, dedup::Bytes>("SELECT idx, verdict FROM verdicts")) {
      const auto plain = sealer.Open(sealed.value, "verdict");
      ASSERT_TRUE(plain.ok());
      auto record = petition::ParseJson(*plain).value();
      record["score"] = record.at("score").get<double>();  // 0.0 where a canonical text has 0
      const auto text = petition::DumpJson(record);
      differing += text != *plain ? 1 : 0;
      sql.Run("UPDATE verdicts SET verdict=$1 WHERE idx=$2", dedup::Bytes{sealer.Seal(text, "verdict")}, index);
    }
  }
  EXPECT_GT(differing, 0) << "else nothing is tried";
  EXPECT_TRUE(Audit().findings.empty());
}

// Whatever table there is, also one that comes later: a row that is taken out of it is named. A row out of each at
// once.
TEST_F(StateAuditTest, NoTableIsLeftOut) {
  // What follows from no entry. Questions to people and verdicts in shadow do not come up in this house.
  const std::set<std::string> not_folded{"cursors", "instruction_cursors", "clock_table"};
  std::set<std::string> empty, taken;
  for (const auto& [table, key] : Tables()) {
    if (not_folded.contains(table)) continue;
    if (Count(table) == 0) {
      empty.insert(table);
      continue;
    }
    // Sums that sank to zero count for nothing.
    const std::string counts = HasColumn(table, "n") ? " WHERE n<>0" : "";
    Sql("DELETE FROM " + table + " WHERE (" + key + ") IN (SELECT " + key + " FROM " + table + counts + " LIMIT 1)");
    taken.insert(table);
  }
  const auto report = Audit();
  for (const std::string& table : taken) ExpectIn(report, "state_row_", table + " [");
  const std::set<std::string> known_empty{"clock_moves", "figures_reviews", "item_moves",
                                          "reviews",     "reviews_counted", "shadows"};
  EXPECT_EQ(empty, known_empty);
}

TEST_F(StateAuditTest, PartsThatAreGoneOrForeignAreNamed) {
  Sql("DROP TRIGGER item_counted");
  Expect("state_part_missing", "trigger item_counted");
  SetUp();
  Sql("CREATE TRIGGER helpful AFTER INSERT ON findings BEGIN DELETE FROM findings WHERE id=NEW.id; END");
  Expect("state_part_foreign", "trigger helpful");
}

}  // namespace
}  // namespace gateway
