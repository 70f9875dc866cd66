// The exchange database against the stand-in of its other side: rows, state column, result codes, what is sent again,
// what comes down. On SQLite always, on PostgreSQL when a server can be started.
#include "adapters/exchange_db/exchange_db.h"

#include <gtest/gtest.h>

#include "adapters/code_table.h"
#include "adapters/exchange_db/sim/exchange_sim.h"
#include "support/postgres.h"
#include "support/process.h"

namespace adapters {
namespace {

using namespace std::chrono_literals;

class ExchangeDbTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "sqlite") {
      connection_ = folder_.path() + "/exchange.db";
    } else {
      const auto fresh = support::FreshPostgresDatabase();
      if (!fresh) GTEST_SKIP() << "no PostgreSQL server here";
      connection_ = *fresh;
    }
    OpenSim({});
    ExchangeDbOptions options;
    options.name = "province";
    options.database = GetParam();
    options.connection = connection_;
    options.look_again = 2s;
    options.waiting_max = 5;
    auto made = MakeExchangeDb(options, clock_);
    ASSERT_TRUE(made.ok());
    destination_ = std::move(*made);
  }
  void OpenSim(ExchangeSimOptions options) {
    options.database = GetParam();
    options.connection = connection_;
    auto sim = ExchangeSim::Open(options, clock_);
    ASSERT_TRUE(sim.ok()) << sim.error().detail;
    sim_ = std::move(*sim);
  }
  static Parcel Item(int n) {
    Parcel parcel;
    parcel.intake_no = "439900-20250304-00000" + std::to_string(n) + "-X";
    parcel.case_no = "C" + parcel.intake_no;
    parcel.source = "hotline";
    parcel.content_digest = std::string(64, static_cast<char>('a' + n));
    parcel.registered_at = petition::Time(1741054320s);
    auto& submission = parcel.submission;
    submission.external_id = "GD-" + std::to_string(n);
    submission.channel = "hotline";
    submission.title = "电梯坏了";
    submission.content = "锦澜湾7栋电梯停了好几天, 'quoted' 𠮷";
    submission.division = "439901";
    submission.call.id = "call-1";
    submission.petitioners.resize(2);
    submission.petitioners[0].name = "王小明";
    submission.petitioners[0].phone = "19900001207";
    submission.petitioners[1].name = "李四";
    submission.petitioners[1].role = "agent";
    return parcel;
  }
  Answer Ask(const Parcel& parcel, const std::string& update = "") {
    auto found = destination_->FindByReference(parcel.intake_no, update);
    EXPECT_TRUE(found.ok());
    if (!found.ok() || !*found) return Answer{Outcome::kTransient, "", "", "nothing", {}, ""};
    return **found;
  }

  support::TemporaryFolder folder_;
  std::string connection_;
  petition::ManualClock clock_{petition::Time(1741054320s)};
  std::unique_ptr<ExchangeSim> sim_;
  std::unique_ptr<Destination> destination_;
};

TEST_P(ExchangeDbTest, FourLinkedRowsAreTakenOverLater) {
  const auto item = Item(1);
  EXPECT_EQ(Ask(item).reason, "nothing");
  const auto written = destination_->Register(item);
  EXPECT_EQ(written.outcome, Outcome::kUnknown) << "a row that is written is not taken over";
  EXPECT_EQ(written.reason, "waiting_there");
  EXPECT_EQ(written.retry_after, 2s);
  for (const char* table : {"gy_hj", "gy_xfj", "gy_blgc"})
    EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM " + std::string(table)).value(), 1) << table;
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfr").value(), 2);
  EXPECT_EQ(Ask(item).outcome, Outcome::kUnknown);
  ASSERT_EQ(sim_->Step().value(), 1u);
  const auto done = Ask(item);
  EXPECT_EQ(done.outcome, Outcome::kDone);
  EXPECT_EQ(done.national_no, "E1-439900");
  EXPECT_EQ(done.state, "registered");
  EXPECT_EQ(done.content_digest, item.content_digest);
  EXPECT_EQ(destination_->Register(item).outcome, Outcome::kDone) << "told again, answered again";
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfj").value(), 1);
}

TEST_P(ExchangeDbTest, OfABatchSomeAreDoneAndOthersNot) {
  for (int n = 1; n <= 4; ++n) (void)destination_->Register(Item(n));
  const auto set = [&](int n, const std::string& columns) {
    ASSERT_TRUE(sim_->Run("UPDATE gy_xfj SET " + columns + " WHERE lhxfjid='" + Item(n).intake_no + "'").ok());
  };
  set(1, "clzt=20, gjbh='N1'");
  set(2, "clzt=40, jgdm='0202'");
  set(3, "clzt=3, jgdm='-1'");
  EXPECT_EQ(Ask(Item(1)).outcome, Outcome::kDone);
  EXPECT_EQ(Ask(Item(2)).outcome, Outcome::kPermanent);
  EXPECT_EQ(Ask(Item(2)).reason, "bad_format");
  EXPECT_EQ(Ask(Item(3)).outcome, Outcome::kUnknown);
  EXPECT_EQ(Ask(Item(3)).reason, "tried_there");
  EXPECT_EQ(Ask(Item(4)).reason, "waiting_there");
  const std::map<std::string, std::pair<Outcome, std::string>> codes = {
      {"0301", {Outcome::kPermanent, "no_service"}},
      {"0304", {Outcome::kPermanent, "no_right"}},
      {"0404", {Outcome::kPermanent, "business_rule"}},
      {"04", {Outcome::kTransient, "unknown_error"}},
      {"-1", {Outcome::kTransient, "busy"}},
      {"-2", {Outcome::kTransient, "too_frequent"}},
      {"77", {Outcome::kPermanent, "code_77"}},
      {"<b>", {Outcome::kPermanent, "code_unknown"}}};
  for (const auto& [code, expected] : codes) {
    set(2, "clzt=40, jgdm='" + code + "'");
    EXPECT_EQ(Ask(Item(2)).outcome, expected.first) << code;
    EXPECT_EQ(Ask(Item(2)).reason, expected.second) << code;
  }
}

TEST_P(ExchangeDbTest, AFailedRowIsSentAgainAsAWhole) {
  auto item = Item(1);
  (void)destination_->Register(item);
  ASSERT_TRUE(sim_->Run("UPDATE gy_xfj SET clzt=40, jgdm='04'").ok());
  EXPECT_EQ(destination_->Register(item).reason, "waiting_there");
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfr").value(), 2) << "nobody twice";
  ASSERT_TRUE(sim_->Step().ok());
  EXPECT_EQ(Ask(item).outcome, Outcome::kDone);
}

// A timeout after the other side's commit turns into a conflict: delivered only when the content is ours.
TEST_P(ExchangeDbTest, AConflictIsDeliveredWhenTheContentAgrees) {
  ExchangeSimOptions losing;
  losing.lose = 1;
  OpenSim(losing);
  (void)destination_->Register(Item(1));
  ASSERT_TRUE(sim_->Step().ok());
  EXPECT_EQ(Ask(Item(1)).outcome, Outcome::kUnknown);
  ASSERT_TRUE(sim_->Step().ok());
  EXPECT_EQ(sim_->Number("SELECT clzt FROM gy_xfj").value(), 30);
  EXPECT_EQ(Ask(Item(1)).outcome, Outcome::kDone);
  ASSERT_TRUE(sim_->Run("UPDATE gy_xfj SET ctzy='another'").ok());
  EXPECT_EQ(Ask(Item(1)).outcome, Outcome::kPermanent);
  EXPECT_EQ(Ask(Item(1)).reason, "key_conflict");
}

TEST_P(ExchangeDbTest, AnotherContentUnderADoneKeyIsSeen) {
  (void)destination_->Register(Item(1));
  ASSERT_TRUE(sim_->Step().ok());
  auto other = Item(1);
  other.content_digest = std::string(64, 'z');
  const auto answer = destination_->Register(other);
  EXPECT_EQ(answer.outcome, Outcome::kDone);
  EXPECT_NE(answer.content_digest, other.content_digest) << "the uplink parks it as content_differs";
}

TEST_P(ExchangeDbTest, WhatItHoldsOfADayCanBeAskedFor) {
  for (int n = 1; n <= 3; ++n) (void)destination_->Register(Item(n));
  EXPECT_TRUE(destination_->HeldOn("20250304", 10).value()->lines.empty()) << "what waits is not held";
  ASSERT_TRUE(sim_->Step().ok());
  const auto held = destination_->HeldOn("20250304", 10).value();
  ASSERT_TRUE(held);
  ASSERT_EQ(held->lines.size(), 3u);
  EXPECT_FALSE(held->cut);
  EXPECT_EQ(held->lines[0].reference, Item(1).intake_no);
  EXPECT_EQ(held->lines[0].national_no, "E1-439900");
  EXPECT_TRUE(destination_->HeldOn("20250305", 10).value()->lines.empty());
  // A key that somebody else's content holds is not ours.
  ASSERT_TRUE(sim_->Run("UPDATE gy_xfj SET clzt=30, ctzy='other' WHERE lhxfjid='" + Item(2).intake_no + "'").ok());
  EXPECT_EQ(destination_->HeldOn("20250304", 10).value()->lines.size(), 2u);
  const auto cut = destination_->HeldOn("20250304", 1).value();
  EXPECT_EQ(cut->lines.size(), 1u);
  EXPECT_TRUE(cut->cut);
  EXPECT_FALSE(destination_->HeldOn("4. 3.", 1).ok());
}

TEST_P(ExchangeDbTest, ASealedEnvelopeHoldsNoWords) {
  auto item = Item(1);
  item.sealed = true;
  item.submission = {};
  item.submission.channel = "letter";
  (void)destination_->Register(item);
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfj WHERE mfbz=1 AND tsnr='' AND bt=''").value(), 1);
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfr").value(), 0);
}

TEST_P(ExchangeDbTest, UpdatesAreHandlingRows) {
  (void)destination_->Register(Item(1));
  Update update;
  update.intake_no = Item(1).intake_no;
  update.update_id = "77";
  update.kind = "event";
  update.event = "replied";
  update.text = "已修好";
  EXPECT_EQ(destination_->Send(update).reason, "waiting_there");
  EXPECT_EQ(sim_->Number("SELECT dftype FROM gy_blgc WHERE gxbh='77'").value(), 1);
  ASSERT_TRUE(sim_->Step().ok());
  EXPECT_EQ(Ask(Item(1), "77").outcome, Outcome::kDone);
  update.update_id = "78";
  update.kind = "revision";
  update.event.clear();
  update.submission = Item(1).submission;
  (void)destination_->Send(update);
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfj WHERE gxbh='78'").value(), 1);
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_xfr WHERE gxbh='78'").value(), 2);
}

TEST_P(ExchangeDbTest, AFullQueueDefersWhatIsNew) {
  for (int n = 1; n <= 5; ++n) EXPECT_EQ(destination_->Register(Item(n)).outcome, Outcome::kUnknown);
  const auto answer = destination_->Register(Item(6));
  EXPECT_EQ(answer.outcome, Outcome::kDeferred);
  EXPECT_EQ(answer.reason, "queue_full");
  ASSERT_TRUE(sim_->Step().ok());
  EXPECT_EQ(destination_->Register(Item(6)).outcome, Outcome::kUnknown);
}

TEST_P(ExchangeDbTest, WhatComesDownIsReadByACursor) {
  Instruction answer;
  answer.kind = "answer";
  answer.intake_no = Item(1).intake_no;
  answer.text = "同意";
  ASSERT_EQ(sim_->PutDown(answer).value(), 1);
  Instruction handed;
  handed.kind = "item";
  handed.item = Item(1).submission;
  ASSERT_EQ(sim_->PutDown(handed).value(), 2);
  auto page = destination_->Fetch("", 1);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].text, "同意");
  EXPECT_EQ(page->items[0].problem, "");
  EXPECT_TRUE(page->more);
  ASSERT_TRUE(destination_->Acknowledge("1").ok());
  page = destination_->Fetch(page->next_cursor, 10);
  ASSERT_EQ(page->items.size(), 1u);
  ASSERT_TRUE(page->items[0].item.has_value());
  EXPECT_EQ(page->items[0].item->content, Item(1).submission.content);
  ASSERT_EQ(page->items[0].item->petitioners.size(), 2u);
  EXPECT_EQ(page->items[0].item->petitioners[0].name, "王小明");
  EXPECT_EQ(page->items[0].item->petitioners[1].role, "agent");
  // Not acknowledged: it comes again, also when it shows up behind the cursor.
  page = destination_->Fetch("2", 10);
  EXPECT_EQ(page->items.size(), 1u);
  ASSERT_TRUE(destination_->Acknowledge("2").ok());
  EXPECT_EQ(destination_->Fetch("2", 10)->items.size(), 0u);
  ASSERT_TRUE(sim_->Run("INSERT INTO gy_xf(bh, lb, sj) VALUES(9, 'state', 'yesterday')").ok());
  page = destination_->Fetch("2", 10);
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_EQ(page->items[0].problem, "time_unreadable");
  EXPECT_NE(page->items[0].raw, "");
}

TEST_P(ExchangeDbTest, ABrokenDatabaseIsNoAnswer) {
  ASSERT_TRUE(sim_->Run("ALTER TABLE gy_xfr RENAME TO gone").ok());
  EXPECT_EQ(destination_->Register(Item(1)).outcome, Outcome::kTransient);
  EXPECT_EQ(sim_->Number("SELECT COUNT(*) FROM gy_hj").value(), 0) << "one transaction";
  ASSERT_TRUE(sim_->Run("ALTER TABLE gone RENAME TO gy_xfr").ok());
  EXPECT_EQ(destination_->Register(Item(1)).outcome, Outcome::kUnknown);
  destination_->Interrupt();
  EXPECT_EQ(destination_->Register(Item(2)).outcome, Outcome::kDeferred);
  EXPECT_FALSE(destination_->Fetch("", 10).ok());
}

INSTANTIATE_TEST_SUITE_P(Databases, ExchangeDbTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& database) { return database.param; });

TEST(ExchangeDbOptionsTest, UnknownDatabasesAreRefused) {
  const petition::ManualClock clock{petition::Time{}};
  EXPECT_FALSE(MakeExchangeDb({.database = "oracle", .connection = "x"}, clock).ok());
  EXPECT_FALSE(MakeExchangeDb({}, clock).ok());
}

TEST(CodeTableTest, MapsAndNamesWhatIsUnmapped) {
  const auto table =
      CodeTable::Parse(R"({"channel":{"hotline":"0002"},"event":{"replied":"07"},"states":{"已办结":"closed"}})");
  ASSERT_TRUE(table.ok());
  Parcel parcel;
  parcel.submission.channel = "hotline";
  parcel.submission.category = "任意";
  ASSERT_TRUE(table->Apply(parcel).ok());
  EXPECT_EQ(parcel.submission.channel, "0002");
  EXPECT_EQ(parcel.submission.category, "任意") << "a field without a table";
  parcel.submission.channel = "letter";
  EXPECT_EQ(table->Apply(parcel).error().Reason(), "code_unmapped:channel");
  Update update;
  update.event = "closed";
  EXPECT_EQ(table->Apply(update).error().Reason(), "code_unmapped:event");
  EXPECT_EQ(table->State("已办结"), "closed");
  EXPECT_EQ(table->State("别的"), "别的");
  EXPECT_FALSE(CodeTable::Parse("[]").ok());
  EXPECT_FALSE(CodeTable::Parse(R"({"form":{}})").ok());
  EXPECT_FALSE(CodeTable::Parse(R"({"channel":{"hotline":2}})").ok());
}

}  // namespace
}  // namespace adapters
