// The shared conformance suite: what every kind of adapter promises, tried on every registered kind. The gateway is
// played by a set of what "the ledger" knows; a kill is an adapter that is made anew with the cursor of before.
#include "conformance.h"

#include <gtest/gtest.h>

#include <set>

#include "config/source_file.h"
#include "support/process.h"

namespace adapters::conformance {
namespace {

using petition::Result;

class ConformanceTest : public testing::TestWithParam<Trial> {
 protected:
  void SetUp() override {
    std::string yaml = GetParam().yaml;
    for (auto at = yaml.find("@FOLDER@"); at != std::string::npos; at = yaml.find("@FOLDER@")) {
      yaml.replace(at, 8, folder_.path());
    }
    const auto spec = config::ParseSourceFile(yaml);
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    setup_ = {"trial", *spec, folder_.path(), std::filesystem::path(folder_.path()) / "state", &clock_};
    const auto checked = CheckSetup(setup_);
    ASSERT_TRUE(checked.ok()) << checked.error().message;
    kind_ = FindKind(GetParam().kind);
    ASSERT_NE(kind_, nullptr);
    if (GetParam().make) GetParam().make(folder_.path());
  }
  bool pulled() const { return kind_->make_feed != nullptr && GetParam().make; }
  bool pushed() const { return kind_->make_door != nullptr && GetParam().call; }
  std::unique_ptr<Feed> NewFeed() { return std::move(*kind_->make_feed(setup_)); }
  std::unique_ptr<Door> NewDoor() { return std::move(*kind_->make_door(setup_)); }

  /// The gateway's part: everything on "the ledger", by number or place.
  std::vector<Settled> Append(const Fetched& fetched) {
    std::vector<Settled> settled;
    for (const Record& record : fetched.records) {
      Settled one;
      if (record.submission) {
        EXPECT_FALSE(record.submission->external_id.empty());
        one.kind = numbers_.insert(record.submission->external_id).second ? Settled::Kind::kRegistered
                                                                          : Settled::Kind::kExisting;
        one.intake_no = "439900-20250304-000001-V";
      } else if (record.refusal) {
        refused_.insert(record.place);
        one.error = record.refusal;
      }
      settled.push_back(std::move(one));
    }
    return settled;
  }
  /// From the cursor to the end; answers the last cursor.
  std::string Drain(Feed& feed, std::string cursor, std::size_t limit) {
    for (int round = 0; round < 50; ++round) {
      const auto fetched = feed.Fetch(cursor, limit);
      EXPECT_TRUE(fetched.ok()) << fetched.error().message << fetched.error().detail;
      if (!fetched.ok() || (fetched->records.empty() && !fetched->more)) return cursor;
      EXPECT_TRUE(feed.Settle(*fetched, Append(*fetched)).ok());
      cursor = fetched->cursor;
    }
    ADD_FAILURE() << "it never comes to an end";
    return cursor;
  }
  void HoldsNothingPersonal(const std::string& text) const {
    for (const auto& word : GetParam().personal) EXPECT_EQ(text.find(word), std::string::npos) << text;
  }

  support::TemporaryFolder folder_;
  petition::SystemClock clock_;
  AdapterSetup setup_;
  const Kind* kind_ = nullptr;
  std::set<std::string> numbers_, refused_;
};

TEST_P(ConformanceTest, ABadRecordIsRefusedAndTheRestGoesOn) {
  if (!pulled()) GTEST_SKIP();
  const auto feed = NewFeed();
  Drain(*feed, "", 100);
  EXPECT_EQ(numbers_.size(), GetParam().good);
  EXPECT_EQ(refused_.size(), 1u);
}

TEST_P(ConformanceTest, TheSameCursorGivesTheSameUntilItIsSettled) {
  if (!pulled()) GTEST_SKIP();
  const auto first = NewFeed()->Fetch("", 100), second = NewFeed()->Fetch("", 100);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_EQ(first->records.size(), second->records.size());
  for (std::size_t i = 0; i < first->records.size(); ++i) {
    EXPECT_EQ(first->records[i].place, second->records[i].place);
    EXPECT_EQ(first->records[i].raw, second->records[i].raw);
    if (first->records[i].submission) {
      EXPECT_EQ(first->records[i].submission->external_id, second->records[i].submission->external_id);
    }
  }
}

TEST_P(ConformanceTest, KilledAnywhereNothingIsLostOrDoubled) {
  if (!pulled()) GTEST_SKIP();
  std::string cursor;
  for (int round = 0; round < 60; ++round) {
    auto feed = NewFeed();
    auto fetched = feed->Fetch(cursor, 1);
    ASSERT_TRUE(fetched.ok()) << fetched.error().message;
    if (fetched->records.empty() && !fetched->more) break;
    if (round % 4 == 0) continue;  // killed before anything was appended
    const auto settled = Append(*fetched);
    if (round % 4 == 1) continue;  // killed before Settle
    ASSERT_TRUE(feed->Settle(*fetched, settled).ok());
    if (round % 4 == 2) continue;  // killed before the cursor was stored
    cursor = fetched->cursor;
  }
  const auto feed = NewFeed();
  Drain(*feed, cursor, 100);
  EXPECT_EQ(numbers_.size(), GetParam().good);
  EXPECT_EQ(refused_.size(), 1u);
}

TEST_P(ConformanceTest, SettlingTwiceIsSettlingOnce) {
  if (!pulled()) GTEST_SKIP();
  const auto feed = NewFeed();
  const auto fetched = feed->Fetch("", 100);
  ASSERT_TRUE(fetched.ok());
  const auto settled = Append(*fetched);
  EXPECT_TRUE(feed->Settle(*fetched, settled).ok());
  EXPECT_TRUE(feed->Settle(*fetched, settled).ok());
  Drain(*feed, fetched->cursor, 100);
  EXPECT_EQ(numbers_.size(), GetParam().good);
}

TEST_P(ConformanceTest, PlacesAndCursorsHoldNothingPersonal) {
  if (!pulled()) GTEST_SKIP();
  const auto feed = NewFeed();
  const auto fetched = feed->Fetch("", 100);
  ASSERT_TRUE(fetched.ok());
  HoldsNothingPersonal(fetched->cursor);
  for (const Record& record : fetched->records) {
    HoldsNothingPersonal(record.place);
    for (const auto& name : record.unmapped) HoldsNothingPersonal(name);
    if (!record.refusal) continue;
    HoldsNothingPersonal(record.refusal->message + record.refusal->detail);
    for (const auto& field : record.refusal->fields) HoldsNothingPersonal(field.pointer + field.message);
  }
}

TEST_P(ConformanceTest, WhatWasRefusedIsReadAgainFromWhatTheLedgerKeeps) {
  if (!pulled()) GTEST_SKIP();
  const auto feed = NewFeed();
  const auto fetched = feed->Fetch("", 100);
  ASSERT_TRUE(fetched.ok());
  for (const Record& record : fetched->records) {
    const auto again = NewFeed()->Reread({record.place, record.raw, record.media_type, record.context});
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->refusal.has_value(), record.refusal.has_value());
    if (record.submission) {
      EXPECT_EQ(again->submission->external_id, record.submission->external_id);
    }
  }
}

TEST_P(ConformanceTest, ADoorWantsItsSourcesProof) {
  if (!pushed()) GTEST_SKIP();
  const auto door = NewDoor();
  EXPECT_EQ(door->kind(), GetParam().kind);
  const DoorCall call = GetParam().call();
  EXPECT_TRUE(door->Verify(call, GetParam().bearer).ok());
  DoorCall stranger;
  stranger.method = "POST";
  stranger.body = call.body;
  const auto shown = door->Verify(stranger, false);
  ASSERT_FALSE(shown.ok());
  EXPECT_EQ(shown.error().code, petition::Code::kUnauthorized);
}

TEST_P(ConformanceTest, ADoorDecodesAnswersAndRefuses) {
  if (!pushed()) GTEST_SKIP();
  const auto door = NewDoor();
  const DoorCall call = GetParam().call();
  auto decoded = door->Decode(call);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  Fetched fetched;
  fetched.records = decoded->records;
  const auto settled = Append(fetched);
  EXPECT_EQ(door->Reply(call, *decoded, settled).status / 100, 2);
  for (const Record& record : decoded->records) HoldsNothingPersonal(record.place);
  // Whatever comes, it is taken or refused, and nothing else happens.
  for (const std::string& body :
       {std::string(), std::string("\0\xff<", 3), std::string(100'000, '['), std::string("{}")}) {
    DoorCall odd = call;
    odd.body = body;
    const auto read = door->Decode(odd);
    if (!read.ok()) HoldsNothingPersonal(door->Refuse(odd, read.error()).body);
  }
}

TEST(ConformanceTrialsTest, EveryKindIsTried) {
  std::set<std::string_view> tried;
  for (const Trial& trial : Trials()) tried.insert(trial.kind);
  for (const Kind& kind : Kinds()) EXPECT_TRUE(tried.contains(kind.name)) << kind.name;
}

INSTANTIATE_TEST_SUITE_P(EveryKind, ConformanceTest, testing::ValuesIn(Trials()), [](const auto& instance) {
  std::string name;
  for (const char c : instance.param.kind) {
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
  }
  return name;
});

}  // namespace
}  // namespace adapters::conformance
