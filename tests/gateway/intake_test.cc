#include "gateway/intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "gateway/access_log.h"
#include "gateway/attachments.h"
#include "gateway/intake_proposal.h"
#include "gateway/intake_record.h"
#include "gateway/resend.h"
#include "intake_house.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Code;
using petition::Json;
using testing::ElementsAre;

const Json kChen = {{"name", "陈立平"}, {"phone", "19900001234"}, {"role", "main"}};
const Json kZhou = {{"name", "周雪梅"}, {"phone", "19900005678"}, {"role", "main"}};

Json Letter(const std::string& external_id, const std::string& content, const Json& person = kChen) {
  return {{"externalId", external_id},
          {"channel", "letter"},
          {"receivedAt", "2025-03-04T09:00:00+08:00"},
          {"petitioners", Json::array({person})},
          {"title", "楼道照明"},
          {"content", content},
          {"division", "439902"},
          {"purpose", "求决"}};
}

class IntakeTest : public testing::Test {
 protected:
  Receipt Take(const std::string& source, const Json& json) {
    auto receipt = house_.intake().Register(ArrivalOf(source, json.dump()));
    EXPECT_TRUE(receipt.ok()) << receipt.error().Reason();
    return receipt.ok() ? *receipt : Receipt{};
  }

  IntakeHouse house_;
  const std::string division6_ = "439900";
};

TEST_F(IntakeTest, ReceiptCarriesNumberCodeEntryAndProof) {
  const Receipt receipt = Take("letters", Letter("信〔2025〕1号", "灯坏了"));
  EXPECT_EQ(receipt.intake_no.substr(0, 22), "439900-20250304-000001");
  EXPECT_TRUE(petition::ParseIntakeNo(receipt.intake_no));
  EXPECT_EQ(receipt.ledger_index, 0u);
  EXPECT_FALSE(receipt.existing || receipt.revision);
  EXPECT_EQ(receipt.registered_at, house_.clock().Now());
  EXPECT_THAT(receipt.proof, testing::StartsWith("c2sp.org/tlog-proof@v1\n"));
  const std::string salt = *ledger::FromBase64(receipt.salt);
  EXPECT_EQ(salt.size(), 32u);
  const auto leaf = ledger::Sha256({std::string_view("\0", 1), receipt.entry});
  EXPECT_EQ(receipt.leaf_hash, ledger::Base64(ledger::AsBytes(leaf)));
  // Its holder can check that their submission is what the ledger committed to.
  const auto stored = house_.ledger().Read(0, ledger::Ledger::Raw::kRead);
  ASSERT_TRUE(stored.ok());
  const auto raw_hash = ledger::Sha256(stored->raw), record_hash = ledger::Sha256(stored->record);
  const auto commit = ledger::Sha256({salt, ledger::AsBytes(raw_hash), ledger::AsBytes(record_hash)});
  EXPECT_THAT(receipt.entry, testing::AnyOf(testing::HasSubstr(ledger::Base64(ledger::AsBytes(commit))),
                                            testing::HasSubstr(ledger::Hex(ledger::AsBytes(commit)))));
}

TEST_F(IntakeTest, RecordIsCanonicalAndReadsBack) {
  Json json = Letter("L1", "灯坏了\n\"二单元\" \\");
  json["客户自定义"] = {{"b", 1}, {"a", "x"}};
  Arrival arrival = ArrivalOf("letters", json.dump());
  arrival.historic = true;
  arrival.media_type = "text/csv; charset=\"gb18030\"";
  const auto receipt = house_.intake().Register(arrival);
  ASSERT_TRUE(receipt.ok());
  EXPECT_THAT(receipt->unknown_fields, ElementsAre("客户自定义"));
  const auto stored = house_.ledger().Read(receipt->ledger_index, ledger::Ledger::Raw::kRead);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->raw, json.dump());
  EXPECT_EQ(stored->record, petition::CanonicalJson(*petition::ParseJson(stored->record)));
  const IntakeRecord record = house_.Read(receipt->ledger_index);
  EXPECT_EQ(record.intake_no, receipt->intake_no);
  EXPECT_EQ(record.source, "letters");
  EXPECT_EQ(record.registered_at, receipt->registered_at);
  EXPECT_TRUE(record.historic);
  EXPECT_FALSE(record.sealed);
  EXPECT_EQ(record.revision_of, ledger::kNoIndex);
  EXPECT_EQ(record.media_type, arrival.media_type);
  EXPECT_EQ(petition::SubmissionToJson(record.submission), petition::SubmissionToJson(arrival.submission));
}

TEST(PreparedRecordTest, EveryCombinationOfMembersIsCanonical) {
  const petition::Submission submission = ArrivalOf("s", R"({"content":"x"})").submission;
  for (int bits = 0; bits < 64; ++bits) {
    const bool sealed = bits & 1;
    const PreparedRecord record(submission, "s\"1", bits & 32 ? "li" : "", "text/plain", bits & 2, sealed,
                                sealed ? "purpose" : "",
                                bits & 4 ? std::vector<std::string>{"z", "a"} : std::vector<std::string>{});
    RecordPlace place{"439900-20250304-000001-V", "2025-03-04T10:12:00+08:00"};
    if (bits & 8) place.revision_of = 12;
    place.number_reused = bits & 16;
    const std::string text = record.Finish(place);
    const auto json = petition::ParseJson(text);
    ASSERT_TRUE(json.ok()) << text;
    EXPECT_EQ(petition::CanonicalJson(*json), text);
  }
}

// -- Resend, revision, reused number --------------------------------------------------------------------------------

TEST_F(IntakeTest, ResendAnswersTheFirstReceiptAgain) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  house_.clock().Advance(std::chrono::hours(30));
  Json again = Letter("L1", "灯坏了");
  again["receivedAt"] = "2025-03-05T09:00:00+08:00";
  again["call"] = {{"operator", "7"}};
  const Receipt second = Take("letters", again);
  EXPECT_TRUE(second.existing);
  EXPECT_EQ(second.intake_no, first.intake_no);
  EXPECT_EQ(second.query_code, first.query_code);
  EXPECT_EQ(second.registered_at, first.registered_at);
  EXPECT_EQ(second.ledger_index, first.ledger_index);
  EXPECT_EQ(second.entry, first.entry);
  EXPECT_EQ(second.salt, first.salt);
  EXPECT_EQ(house_.ledger().size(), 1u);
  EXPECT_EQ(house_.intake().counters().resends, 1u);
  EXPECT_EQ(house_.intake().counters().registered, 1u);
}

TEST_F(IntakeTest, WhatAResendSaysOtherwiseIsKeptBeforeItIsAnswered) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  Json again = Letter("L1", "灯坏了");
  again["upstreamNo"] = "U9";
  again["claims"] = {{"repeatOf", "L0"}};
  again["客户自定义"] = "x";
  EXPECT_TRUE(Take("letters", again).existing);
  ASSERT_EQ(house_.ledger().size(), 2u);
  const auto entry = house_.ledger().Read(1).value();
  EXPECT_EQ(entry.kind, ledger::Kind::kEvent);
  const auto kept = KeptResends(house_.ledger(), first.ledger_index, 10).value();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].fields.upstream_no, "U9");
  EXPECT_EQ(kept[0].fields.claims.repeat_of, "L0");
  EXPECT_EQ(kept[0].fields.unknown.dump(), R"({"客户自定义":"x"})");
  // Trying again adds nothing; silence takes nothing back; another number is another difference.
  EXPECT_TRUE(Take("letters", again).existing);
  EXPECT_TRUE(Take("letters", Letter("L1", "灯坏了")).existing);
  EXPECT_EQ(house_.ledger().size(), 2u);
  again["upstreamNo"] = "U10";
  EXPECT_TRUE(Take("letters", again).existing);
  EXPECT_EQ(house_.ledger().size(), 3u);
  EXPECT_EQ(KeptResends(house_.ledger(), first.ledger_index, 10)->at(1).fields.upstream_no, "U10");
}

TEST_F(IntakeTest, ChainOfRevisionsLeadsToItsFirst) {
  const auto letter = [](const std::string& content, const Json& people) {
    auto json = Letter("L1", content);
    json["petitioners"] = people;
    return json;
  };
  const Receipt first = Take("letters", letter("灯坏了", Json::array({kChen})));
  const Receipt both = Take("letters", letter("灯坏了两周", Json::array({kChen, kZhou})));
  const Receipt last = Take("letters", letter("灯坏了三周", Json::array({kZhou})));
  EXPECT_EQ(house_.Read(both.ledger_index).revision_of, first.ledger_index);
  EXPECT_EQ(house_.Read(last.ledger_index).revision_of, first.ledger_index);
}

TEST_F(IntakeTest, ResendOfAnEarlierRevisionFindsThatOne) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  const Receipt revision = Take("letters", Letter("L1", "灯坏了，摔伤一人"));
  EXPECT_TRUE(revision.revision);
  EXPECT_NE(revision.intake_no, first.intake_no);
  EXPECT_EQ(house_.Read(revision.ledger_index).revision_of, first.ledger_index);
  EXPECT_EQ(Take("letters", Letter("L1", "灯坏了")).intake_no, first.intake_no);
  const Receipt again = Take("letters", Letter("L1", "灯坏了，摔伤一人"));
  EXPECT_EQ(again.intake_no, revision.intake_no);
  EXPECT_TRUE(again.existing && again.revision);
  const Receipt third = Take("letters", Letter("L1", "灯坏了，摔伤两人"));
  EXPECT_EQ(house_.Read(third.ledger_index).revision_of, first.ledger_index) << "the first of all, not the last";
}

TEST_F(IntakeTest, SameNumberOfStrangersIsANewFlaggedIntake) {
  const Receipt first = Take("letters", Letter("信〔2025〕0513号", "灯坏了"));
  const Receipt other = Take("letters", Letter("信〔2025〕0513号", "路坏了", kZhou));
  EXPECT_FALSE(other.existing || other.revision);
  EXPECT_THAT(other.flags, ElementsAre("number-reused"));
  EXPECT_THAT(house_.Read(other.ledger_index).flags, ElementsAre("number-reused"));
  EXPECT_TRUE(house_.Read(first.ledger_index).flags.empty());
  // The second one's own revision is tied to the second one.
  const Receipt revised = Take("letters", Letter("信〔2025〕0513号", "路坏了很久", kZhou));
  EXPECT_TRUE(revised.revision);
  EXPECT_EQ(house_.Read(revised.ledger_index).revision_of, other.ledger_index);
  EXPECT_TRUE(revised.flags.empty());
  EXPECT_EQ(Take("letters", Letter("信〔2025〕0513号", "路坏了", kZhou)).intake_no, other.intake_no);
  EXPECT_EQ(house_.intake().counters().numbers_reused, 1u);
}

TEST_F(IntakeTest, RevisionsOfARevisionPointAtTheFirst) {
  const Json both = Json::array({kChen, kZhou});
  Json second = Letter("L1", "甲乙合写");
  second["petitioners"] = both;
  EXPECT_FALSE(Take("letters", Letter("L1", "甲写")).revision);
  EXPECT_TRUE(Take("letters", second).revision);
  const Receipt third = Take("letters", Letter("L1", "乙写", kZhou));
  EXPECT_TRUE(third.revision);
  EXPECT_EQ(house_.Read(third.ledger_index).revision_of, 0u);
  house_.Restart();
  const Receipt fourth = Take("letters", Letter("L1", "乙再写", kZhou));
  EXPECT_EQ(house_.Read(fourth.ledger_index).revision_of, 0u);
  // All in one batch, where the store knows nothing of them yet.
  std::vector<Arrival> arrivals;
  for (const Json& json : {Letter("L2", "甲写"), second, Letter("L2", "乙写", kZhou)}) {
    Json renamed = json;
    renamed["externalId"] = "L2";
    arrivals.push_back(ArrivalOf("letters", renamed.dump()));
  }
  const auto receipts = house_.intake().RegisterAll(arrivals);
  for (const auto& receipt : receipts) ASSERT_TRUE(receipt.ok());
  EXPECT_EQ(house_.Read(receipts[2]->ledger_index).revision_of, receipts[0]->ledger_index);
}

TEST_F(IntakeTest, BriefReceiptsTellNumbersOfTheSameEntries) {
  std::vector<Arrival> arrivals;
  for (int i = 0; i < 300; ++i) {
    arrivals.push_back(
        ArrivalOf("letters", Letter("B" + std::to_string(i % 290), "第" + std::to_string(i % 290) + "件").dump()));
  }
  arrivals.push_back(ArrivalOf("letters", Letter("B0", "另一件", kZhou).dump()));
  const auto brief = house_.intake().RegisterAll(arrivals, Intake::Receipts::kBrief);
  for (std::size_t i = 0; i < brief.size(); ++i) {
    ASSERT_TRUE(brief[i].ok());
    EXPECT_EQ(brief[i]->existing, i >= 290 && i < 300);
    EXPECT_TRUE(brief[i]->proof.empty() && brief[i]->query_code.empty() && brief[i]->entry.empty());
    const auto whole = house_.intake().ReceiptOf(brief[i]->ledger_index);
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(brief[i]->intake_no, whole->intake_no);
    EXPECT_EQ(brief[i]->registered_at, whole->registered_at);
    EXPECT_EQ(brief[i]->flags, whole->flags);
  }
  EXPECT_THAT(brief.back()->flags, ElementsAre("number-reused"));
  EXPECT_EQ(house_.intake().counters().resends, 10u);
}

TEST_F(IntakeTest, PlaceholderNumbersAreNone) {
  for (const char* number : {"0", "无", "null", "-", "0000"}) {
    EXPECT_FALSE(Take("letters", Letter(number, "灯坏了")).existing) << number;
    const Receipt again = Take("letters", Letter(number, "灯坏了"));
    EXPECT_FALSE(again.existing || again.revision) << number;
    EXPECT_THAT(again.flags, testing::IsEmpty()) << number;
    EXPECT_EQ(house_.Read(again.ledger_index).submission.external_id, number) << "kept as it came";
  }
}

TEST_F(IntakeTest, OneNumberForEverythingFindsResendsAndKeepsCountingPeople) {
  const auto person = [](int i) {
    return Json{{"name", "王" + std::to_string(i)}, {"account", "user-" + std::to_string(i)}};
  };
  std::vector<Arrival> arrivals;
  const int count = static_cast<int>(ledger::kSameNumberMax) + 60;
  for (int i = 0; i < count; ++i)
    arrivals.push_back(ArrivalOf("letters", Letter("X", "第" + std::to_string(i) + "件", person(i)).dump()));
  for (const auto& receipt : house_.intake().RegisterAll(arrivals)) ASSERT_TRUE(receipt.ok() && !receipt->existing);
  for (const auto& receipt : house_.intake().RegisterAll(arrivals)) ASSERT_TRUE(receipt.ok() && receipt->existing);
  house_.Restart();
  for (const auto& receipt : house_.intake().RegisterAll(arrivals)) ASSERT_TRUE(receipt.ok() && receipt->existing);
  const Receipt other = Take("letters", Letter("X", "新的", person(count)));
  EXPECT_THAT(other.flags, ElementsAre("number-reused"));
}

/// What the writer would tell, with as short a memory as wanted.
struct ShortView final : ledger::View {
  explicit ShortView(const ledger::Ledger& its_ledger) : ledger(its_ledger) {}
  std::uint64_t NextIndex() const override { return ledger.size(); }
  petition::Result<std::uint64_t> NextSerial(std::string_view) override { return std::uint64_t{77}; }
  std::uint64_t RemembersFrom() const override { return ledger.size(); }
  std::vector<const ledger::KnownIntake*> FindSince(std::string_view, std::string_view,
                                                    std::uint64_t from) const override {
    EXPECT_GE(from, RemembersFrom());
    return {};
  }
  const ledger::Ledger& ledger;
};

TEST_F(IntakeTest, WhoLookedLongerAgoThanTheWriterRemembersLooksAgain) {
  const Arrival same = ArrivalOf("letters", Letter("L1", "灯坏了").dump());
  const Arrival revised = ArrivalOf("letters", Letter("L1", "灯又坏了").dump());
  const auto propose = [&](const Arrival& arrival, const std::string& content) {
    auto proposal = std::make_unique<IntakeProposal>(
        house_.ledger(), house_.clock(), division6_, arrival,
        PreparedRecord(arrival.submission, "letters", "", "text/plain", false, false, "", {}), content, "12345678",
        true);
    NumbersKnown numbers(house_.ledger());
    EXPECT_TRUE(proposal->LookUp(numbers).ok());
    return proposal;
  };
  const auto first = propose(same, "one"), resend = propose(same, "one"), revision = propose(revised, "two");
  ASSERT_TRUE(house_.ledger().Append(*first).ok());
  ShortView view(house_.ledger());
  const auto found = resend->Compose(view);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(std::get<std::uint64_t>(*found), 0u);
  ASSERT_TRUE(revision->Compose(view).ok());
  EXPECT_TRUE(revision->revision());
  EXPECT_FALSE(revision->number_reused());
}

TEST_F(IntakeTest, WithoutANumberNothingIsAResend) {
  EXPECT_NE(Take("letters", Letter("", "灯坏了")).intake_no, Take("letters", Letter("", "灯坏了")).intake_no);
  EXPECT_EQ(house_.ledger().size(), 2u);
}

TEST_F(IntakeTest, NumbersOfOtherSourcesAreOtherNumbers) {
  const Receipt letter = Take("letters", Letter("1", "灯坏了")), portal = Take("portal", Letter("1", "灯坏了"));
  EXPECT_FALSE(portal.existing);
  EXPECT_TRUE(portal.flags.empty());
  EXPECT_NE(letter.intake_no, portal.intake_no);
}

struct Pair {
  const char* why;
  Json first, second;
  bool in_common;
};

Json Id(const char* id, const char* name = "", const char* phone = "") {
  return {{"idNumber", id}, {"name", name}, {"phone", phone}};
}

TEST_F(IntakeTest, WhoCountsAsAPersonInCommon) {
  const char *kId = "11010519491231002X", *kOther = "440524188001010014";
  const Pair pairs[] = {
      {"same resident id, written otherwise", Id(kId), Id("１１０１０５１９４９１２３１００２ｘ"), true},
      {"15 digits of the same id", Id(kId), Id("110105491231002"), true},
      {"two valid ids outweigh a shared telephone", Id(kId, "", "19900001234"), Id(kOther, "", "19900001234"), false},
      {"two valid ids outweigh a shared name", Id(kId, "张伟"), Id(kOther, "张伟"), false},
      {"an id added later", Id("", "张伟"), Id(kId, "张伟"), true},
      {"a damaged id is no identity", Id("110105194912310000"), Id("110105194912310000"), false},
      {"telephone with prefix and blanks", Id("", "", "19900001234"), Id("", "", "+86 199-0000-1234"), true},
      {"calling number is the contact number", {{"callingNumber", "19900001234"}}, Id("", "", "19900001234"), true},
      {"poison telephone", Id("", "", "13800000000"), Id("", "", "13800000000"), false},
      {"the hotline's own number", {{"callingNumber", "12345"}}, {{"callingNumber", "12345"}}, false},
      {"account", {{"account", "oX-19ab"}}, {{"account", "oX-19ab"}}, true},
      {"account code in the field of the name", {{"name", "A00087964"}}, {{"account", "A00087964"}}, true},
      {"full name in other characters", Id("", "張東"), Id("", "张东"), true},
      {"surname only", Id("", "王先生"), Id("", "王先生"), false},
      {"masked name", Id("", "王*峰"), Id("", "王*峰"), false},
      {"nothing said", Id("", ""), Id("", ""), false},
  };
  int number = 0;
  for (const Pair& pair : pairs) {
    const std::string id = "N" + std::to_string(++number);
    Take("letters", Letter(id, "第一封", pair.first));
    const Receipt second = Take("letters", Letter(id, "第二封", pair.second));
    EXPECT_EQ(second.revision, pair.in_common) << pair.why;
    EXPECT_EQ(second.flags.empty(), pair.in_common) << pair.why;
  }
}

TEST_F(IntakeTest, AnAgentInCommonIsNoPersonInCommon) {
  const Json agent = {{"name", "何律师"}, {"phone", "19900000001"}, {"role", "agent"}};
  Json first = Letter("1", "甲的请求", kChen), second = Letter("1", "乙的请求", kZhou);
  first["petitioners"].push_back(agent);
  second["petitioners"].push_back(agent);
  Take("letters", first);
  EXPECT_THAT(Take("letters", second).flags, ElementsAre("number-reused"));
  // One joint signer in common is enough.
  Json joint = Letter("1", "甲乙的请求", {{"name", "吴用"}, {"role", "main"}});
  joint["petitioners"].push_back(kZhou);
  EXPECT_TRUE(Take("letters", joint).revision);
}

TEST_F(IntakeTest, AnonymousLettersShareTheirAccused) {
  Json first = Letter("1", "甲", Json::object()), second = Letter("1", "甲，再补充", Json::object());
  first["accused"] = second["accused"] = "锦程物业";
  Take("letters", first);
  EXPECT_TRUE(Take("letters", second).revision);
}

TEST_F(IntakeTest, KeysSurviveARestart) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  house_.Restart();
  const Receipt again = Take("letters", Letter("L1", "灯坏了"));
  EXPECT_TRUE(again.existing);
  EXPECT_EQ(again.query_code, first.query_code);
  EXPECT_TRUE(Take("letters", Letter("L1", "灯又坏了")).revision);
  EXPECT_EQ(Take("letters", Letter("L2", "灯又坏了")).intake_no.substr(16, 6), "000003");
}

// -- Batches and many at once ---------------------------------------------------------------------------------------

TEST_F(IntakeTest, SixteenThreadsWithOneNumberMakeOneIntake) {
  std::vector<std::thread> threads;
  std::vector<Receipt> receipts(16);
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] { receipts[static_cast<std::size_t>(i)] = Take("letters", Letter("L1", "灯坏了")); });
  }
  for (auto& thread : threads) thread.join();
  int existing = 0;
  for (const Receipt& receipt : receipts) {
    existing += receipt.existing;
    EXPECT_EQ(receipt.intake_no, receipts[0].intake_no);
  }
  EXPECT_EQ(existing, 15);
  EXPECT_EQ(house_.ledger().size(), 1u);
}

TEST_F(IntakeTest, SerialsHaveNoGapsAndNoDoublesUnderLoad) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::uint64_t> serials;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const auto receipt = Take("letters", Letter(std::to_string(t) + "-" + std::to_string(i), "灯坏了"));
        const auto number = petition::ParseIntakeNo(receipt.intake_no);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(serials.insert(number->serial).second);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(serials.size(), 200u);
  EXPECT_EQ(*serials.begin(), 1u);
  EXPECT_EQ(*serials.rbegin(), 200u);
}

TEST_F(IntakeTest, BatchFindsRepeatsWithinItselfAndBadRowsSpoilNothing) {
  Json missing = Letter("L4", "有附件");
  missing["attachments"] = Json::array({{{"name", "a.pdf"}, {"sha256", std::string(64, 'a')}}});
  std::vector<Arrival> arrivals;
  for (const Json& json : {Letter("L1", "甲"), Letter("L1", "甲"), missing, Letter("L1", "甲，补充"),
                           Letter("L1", "乙", kZhou), Letter("L4", "有附件")}) {
    arrivals.push_back(ArrivalOf("letters", json.dump()));
  }
  const auto results = house_.intake().RegisterAll(arrivals);
  ASSERT_EQ(results.size(), 6u);
  EXPECT_FALSE(results[0]->existing);
  EXPECT_TRUE(results[1]->existing);
  EXPECT_EQ(results[1]->intake_no, results[0]->intake_no);
  EXPECT_EQ(results[1]->registered_at, results[0]->registered_at);
  ASSERT_FALSE(results[2].ok());
  EXPECT_EQ(results[2].error().reason, "attachment_missing");
  EXPECT_EQ(results[2].error().fields.at(0).pointer, "/attachments/0/sha256");
  EXPECT_TRUE(results[3]->revision);
  EXPECT_THAT(results[4]->flags, ElementsAre("number-reused"));
  EXPECT_FALSE(results[5]->existing) << "a failed attempt burns nothing";
  EXPECT_EQ(results[5]->intake_no.substr(16, 6), "000004") << "nor a serial";
  EXPECT_EQ(house_.ledger().size(), 4u);
  EXPECT_TRUE(house_.intake().RegisterAll({}).empty());
}

TEST_F(IntakeTest, EventsStandInTheirOrderAmongRegistrations) {
  Json missing = Letter("L9", "有附件");
  missing["attachments"] = Json::array({{{"name", "a.pdf"}, {"sha256", std::string(64, 'a')}}});
  std::vector<Arrival> arrivals;
  for (const Json& json : {Letter("L1", "甲"), missing, Letter("L1", "甲"), Letter("L2", "乙")}) {
    arrivals.push_back(ArrivalOf("letters", json.dump()));
  }
  const Json closed = {{"kind", "event"}, {"v", 1}, {"event", "closed"}};
  const std::vector<Sequel> sequels = {{1, 0, ledger::kNoIndex, closed},
                                       {2, 1, ledger::kNoIndex, closed},
                                       {3, 2, ledger::kNoIndex, closed},
                                       {4, std::nullopt, 0, closed},
                                       {4, std::nullopt, ledger::kNoIndex, closed},
                                       {4, 99, ledger::kNoIndex, closed}};
  const auto answers = house_.intake().RegisterInOrder(arrivals, sequels);
  ASSERT_EQ(answers.sequels.size(), 6u);
  EXPECT_EQ(*answers.sequels[0], 1u) << "right behind what it closes, before what comes after";
  EXPECT_EQ(answers.sequels[1].error().reason, "intake_refused");
  EXPECT_EQ(*answers.sequels[2], 2u);
  EXPECT_EQ(*answers.sequels[3], 4u);
  EXPECT_EQ(answers.sequels[4].error().reason, "intake_refused");
  EXPECT_EQ(answers.sequels[5].error().reason, "intake_refused");
  EXPECT_TRUE(answers.receipts[2]->existing);
  EXPECT_EQ(answers.receipts[3]->ledger_index, 3u);
  EXPECT_EQ(house_.Record(2).at("intake"), 0) << "a resend's event is about the first";
  EXPECT_THAT(*house_.ledger().History(0, ledger::Kind::kEvent), ElementsAre(1u, 2u, 4u));
  EXPECT_EQ(house_.ledger().size(), 5u);
}

TEST_F(IntakeTest, SerialsBeginAnewEachDay) {
  Take("letters", Letter("", "甲"));
  house_.clock().Set(petition::Time{std::chrono::milliseconds{1741103999999}});  // 23:59:59.999 at +08:00
  EXPECT_EQ(Take("letters", Letter("", "乙")).intake_no.substr(7, 15), "20250304-000002");
  house_.clock().Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(Take("letters", Letter("", "丙")).intake_no.substr(7, 15), "20250305-000001");
}

// -- Finding again --------------------------------------------------------------------------------------------------

TEST_F(IntakeTest, NumbersAreFoundAsPeopleTypeThem) {
  const Receipt receipt = Take("letters", Letter("L1", "灯坏了"));
  std::string plain;
  for (const char c : receipt.intake_no) {
    if (c != '-') plain += static_cast<char>(std::tolower(c));
  }
  for (const std::string& typed : {receipt.intake_no, plain, " " + receipt.intake_no}) {
    const auto found = house_.intake().Find(typed);
    ASSERT_TRUE(found.ok()) << typed;
    EXPECT_EQ(*found, receipt.ledger_index);
  }
  const std::string unknown = petition::MakeIntakeNo("439900", "20250304", 99);
  const std::string elsewhere = petition::MakeIntakeNo("110000", "20250304", 1);
  for (const std::string& wrong : {std::string("nonsense"), std::string(), unknown, elsewhere}) {
    EXPECT_EQ(house_.intake().Find(wrong).error().code, Code::kNotFound) << wrong;
  }
}

TEST_F(IntakeTest, ReceiptIsGivenAgainUnderANewerCheckpoint) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  Take("letters", Letter("L2", "路坏了"));
  const auto again = house_.intake().ReceiptOf(first.ledger_index);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->intake_no, first.intake_no);
  EXPECT_EQ(again->query_code, first.query_code);
  EXPECT_EQ(again->leaf_hash, first.leaf_hash);
  EXPECT_EQ(again->entry, first.entry);
  EXPECT_EQ(again->salt, first.salt);
  EXPECT_NE(again->proof, first.proof);
  EXPECT_FALSE(house_.intake().ReceiptOf(17).ok());
  const Json json = ReceiptToJson(*again);
  for (const char* name : {"intakeNo", "queryCode", "registeredAt", "ledgerIndex", "leafHash", "entry", "salt",
                           "existing", "revision", "proof", "decision"}) {
    EXPECT_TRUE(json.contains(name)) << name;
  }
}

TEST_F(IntakeTest, ResendOfADroppedPayloadStillKnowsItsNumber) {
  const Receipt first = Take("letters", Letter("L1", "灯坏了"));
  ASSERT_TRUE(house_.ledger().DropPayload(first.ledger_index).ok());
  const Receipt again = Take("letters", Letter("L1", "灯坏了"));
  EXPECT_TRUE(again.existing);
  EXPECT_EQ(again.intake_no, first.intake_no);
  EXPECT_TRUE(again.salt.empty());
  EXPECT_EQ(house_.intake().ReceiptOf(first.ledger_index).error().reason, "payload_dropped");
}

TEST_F(IntakeTest, QueryCodesAreLongUnlikeAndReadable) {
  std::set<std::string> codes;
  std::set<char> letters;
  for (int i = 1; i <= 2000; ++i) {
    const auto code = house_.intake().QueryCode(petition::MakeIntakeNo("439900", "20250304", static_cast<unsigned>(i)));
    EXPECT_EQ(code.size(), 16u);
    EXPECT_EQ(code[4], '-');
    codes.insert(code);
    for (const char c : code) letters.insert(c);
  }
  EXPECT_EQ(codes.size(), 2000u);
  letters.erase('-');
  EXPECT_EQ(letters.size(), 26u);  // 26^13 > 2^61
  for (const char confusable : std::string("01IOLSZ5BU")) EXPECT_FALSE(letters.contains(confusable)) << confusable;
  const std::string code = *codes.begin();
  std::string typed;
  for (const char c : code) typed += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  EXPECT_EQ(NormaliseQueryCode(typed), code);
  EXPECT_EQ(NormaliseQueryCode("1234"), "");
  EXPECT_EQ(NormaliseQueryCode(code + "2"), "");
}

// -- Sealing and attachments ----------------------------------------------------------------------------------------

TEST_F(IntakeTest, AccusationsAreSealedWithTheirRule) {
  Json json = Letter("L1", "反映某镇镇长收受贿赂、侵吞征地款");
  json["purpose"] = "检举控告";
  const Receipt receipt = Take("letters", json);
  const IntakeRecord record = house_.Read(receipt.ledger_index);
  EXPECT_TRUE(record.sealed);
  EXPECT_FALSE(record.sealing_rule.empty());
  EXPECT_THAT(receipt.flags, testing::Contains("sealed"));
  EXPECT_FALSE(house_.Read(Take("letters", Letter("L2", "灯坏了")).ledger_index).sealed);
}

TEST_F(IntakeTest, SmallAttachmentsStayInTheRawBytesAndAreNamedByTheirDigest) {
  const std::string bytes = "scan of a letter", digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes)));
  Json json = Letter("L1", "见附件");
  json["attachments"] = Json::array({{{"name", "a.txt"}, {"content", ledger::Base64(bytes)}}});
  const Receipt first = Take("letters", json);
  const IntakeRecord record = house_.Read(first.ledger_index);
  ASSERT_EQ(record.submission.attachments.size(), 1u);
  EXPECT_EQ(record.submission.attachments[0].sha256, digest);
  EXPECT_EQ(record.submission.attachments[0].size, bytes.size());
  EXPECT_TRUE(record.submission.attachments[0].content.empty());
  EXPECT_FALSE(house_.blobs().Exists(digest));
  // Named by its digest in upper case beside the bytes, it is the same submission.
  std::string upper = digest;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  json["attachments"][0]["sha256"] = upper;
  EXPECT_TRUE(Take("letters", json).existing);
}

TEST_F(IntakeTest, AttachmentsOfARegisteredIntakeOutliveTheCleaningOthersDoNot) {
  const auto digest = [](const std::string& bytes) { return ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes))); };
  const auto put = [&](const std::string& bytes) {
    auto writer = house_.blobs().Put(digest(bytes)).value();
    ASSERT_TRUE(writer->Write(bytes).ok() && writer->Finish().ok());
    ASSERT_TRUE(AttachmentOwners(house_.blobs(), house_.keys()).Remember("letters", digest(bytes)).ok());
  };
  const std::string small = "put and inline", large(100'000, 'b');
  for (const char* bytes : {"named", "refused", "forgotten"}) put(bytes);
  put(small);
  Json json = Letter("L1", "见附件");
  json["attachments"] = Json::array({{{"name", "a"}, {"sha256", digest("named")}},
                                     {{"name", "b"}, {"content", ledger::Base64(large)}},
                                     {{"name", "c"}, {"content", ledger::Base64(small)}}});
  const Receipt first = Take("letters", json);
  EXPECT_FALSE(first.existing);
  json = Letter("L2", "见附件");
  json["attachments"] =
      Json::array({{{"name", "a"}, {"sha256", digest("refused")}}, {{"name", "b"}, {"sha256", std::string(64, 'a')}}});
  EXPECT_EQ(house_.intake().Register(ArrivalOf("letters", json.dump())).error().reason, "attachment_missing");
  EXPECT_EQ(house_.blobs().RemoveUnnamed(std::chrono::seconds(0), 100), 4u) << "two, and whose they were";
  for (const std::string& bytes : {std::string("named"), large, small})
    EXPECT_TRUE(house_.blobs().Exists(digest(bytes)));
  for (const char* bytes : {"refused", "forgotten"}) EXPECT_FALSE(house_.blobs().Exists(digest(bytes)));
  house_.Restart();
  EXPECT_EQ(house_.blobs().RemoveUnnamed(std::chrono::seconds(0), 100), 0u);
  EXPECT_TRUE(house_.blobs().Exists(digest("named")));
}

TEST_F(IntakeTest, LargeInlineAttachmentsGoToTheBlobStore) {
  const std::string bytes(100'000, 'b'), digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(bytes)));
  Json json = Letter("L1", "见附件");
  json["attachments"] = Json::array({{{"name", "b.bin"}, {"size", 5}, {"content", ledger::Base64(bytes)}}});
  const Receipt first = Take("letters", json);
  EXPECT_TRUE(house_.blobs().Exists(digest));
  EXPECT_THAT(first.flags, ElementsAre("attachment-size-differs"));
  // Now it may be named alone.
  Json named = Letter("L2", "见附件");
  named["attachments"] = Json::array({{{"name", "b.bin"}, {"sha256", digest}}});
  EXPECT_FALSE(Take("letters", named).existing);
}

TEST_F(IntakeTest, WrongAttachmentsAreAllReportedAndNothingIsRegistered) {
  Json json = Letter("L1", "见附件");
  json["attachments"] = Json::array({{{"name", "a"}, {"sha256", std::string(64, '0')}, {"content", "eHg="}},
                                     {{"name", "b"}},
                                     {{"name", "c"}, {"sha256", std::string(64, '1')}}});
  const auto result = house_.intake().Register(ArrivalOf("letters", json.dump()));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, Code::kInvalid);
  ASSERT_EQ(result.error().fields.size(), 2u);
  EXPECT_EQ(result.error().fields[0].code, "attachment_digest_mismatch");
  EXPECT_EQ(result.error().fields[1].pointer, "/attachments/2/sha256");
  EXPECT_EQ(house_.ledger().size(), 0u);
  EXPECT_EQ(house_.intake().counters().invalid, 1u);
}

// -- Pushback -------------------------------------------------------------------------------------------------------

TEST(IntakePushbackTest, TooLongABacklogIsPushedBackAndBurnsNothing) {
  std::atomic<std::uint64_t> backlog{0};
  IntakeOptions options;
  options.backlog_max = 10;
  IntakeHouse house(options, [&] { return backlog.load(); });
  backlog = 11;
  const Arrival arrival = ArrivalOf("letters", Letter("L1", "灯坏了").dump());
  const auto pushed = house.intake().Register(arrival);
  ASSERT_FALSE(pushed.ok());
  EXPECT_EQ(pushed.error().code, Code::kPushback);
  EXPECT_EQ(pushed.error().reason, "backlog");
  EXPECT_EQ(house.intake().counters().pushed_back, 1u);
  backlog = 10;
  const auto taken = house.intake().Register(arrival);
  ASSERT_TRUE(taken.ok());
  EXPECT_FALSE(taken->existing);
  EXPECT_EQ(taken->intake_no.substr(16, 6), "000001");
}

TEST(IntakePushbackTest, AFullDiskIsPushedBack) {
  IntakeOptions options;
  options.disk_free_min = ~std::uint64_t{0};
  IntakeHouse house(options);
  const auto pushed = house.intake().Register(ArrivalOf("letters", Letter("L1", "灯坏了").dump()));
  EXPECT_EQ(pushed.error().code, Code::kPushback);
  EXPECT_EQ(pushed.error().reason, "disk_low");
  Refusal refusal;
  refusal.door = "http";
  EXPECT_EQ(house.intake().Refuse(refusal).error().code, Code::kPushback);
}

TEST(IntakePushbackTest, ADivisionThatIsNoneStopsTheStart) {
  IntakeHouse house;
  IntakeOptions options;
  options.division6 = "43";
  auto keys = ledger::KeyRing::Open(house.folder() + "/keys", false);
  EXPECT_FALSE(Intake::Make(options, house.ledger(), house.blobs(), *keys, house.clock(), {}).ok());
}

// -- Refusals -------------------------------------------------------------------------------------------------------

Refusal Refused(const std::string& source, const std::string& raw) {
  Refusal refusal;
  refusal.door = "http";
  refusal.source = source;
  refusal.reason = "json_invalid";
  refusal.raw = raw;
  refusal.raw_size = raw.size();
  refusal.media_type = "application/json";
  refusal.where = {{"byte", 12}};
  return refusal;
}

TEST_F(IntakeTest, RefusalKeepsTheRawBytes) {
  const std::string raw("{\"content\": \xff\x00", 14);
  const auto index = house_.intake().Refuse(Refused("portal", raw));
  ASSERT_TRUE(index.ok());
  const auto stored = house_.ledger().Read(*index, ledger::Ledger::Raw::kRead);
  EXPECT_EQ(stored->kind, ledger::Kind::kRefused);
  EXPECT_EQ(stored->raw, raw);
  const Json record = house_.Record(*index);
  EXPECT_EQ(record, (Json{{"kind", "refused"},
                          {"v", 1},
                          {"door", "http"},
                          {"source", "portal"},
                          {"reason", "json_invalid"},
                          {"size", raw.size()},
                          {"mediaType", "application/json"},
                          {"where", {{"byte", 12}}}}));
}

TEST_F(IntakeTest, RefusalBeyondTheBoundKeepsHashAndSize) {
  const std::string raw(kRefusedRawMax + 1, 'x');
  const auto index = house_.intake().Refuse(Refused("portal", raw));
  ASSERT_TRUE(index.ok());
  EXPECT_TRUE(house_.ledger().Read(*index, ledger::Ledger::Raw::kRead)->raw.empty());
  EXPECT_EQ(house_.Record(*index).at("sha256"), ledger::Hex(ledger::AsBytes(ledger::Sha256(raw))));
  EXPECT_EQ(house_.Record(*index).at("size"), raw.size());
}

TEST_F(IntakeTest, HostileWordsOfARefusalAreTamed) {
  Refusal refusal = Refused("portal", "x");
  refusal.door = "http\n<script>";
  refusal.reason = std::string(1000, 'r');
  refusal.where = Json::array();
  for (int i = 0; i < 10000; ++i) refusal.where.push_back(i);
  refusal.media_type = std::string(5000, '\xe4');
  const auto index = house_.intake().Refuse(refusal);
  ASSERT_TRUE(index.ok());
  EXPECT_LT(house_.ledger().Read(*index)->record.size(), 1000u);
}

TEST_F(IntakeTest, StrangersCantFillTheDiskWithLargeBodies) {
  const std::string body(1u << 20, 'x');
  const auto stranger = house_.intake().Refuse(Refused("", body));
  const auto known = house_.intake().Refuse(Refused("portal", body));
  ASSERT_TRUE(stranger.ok() && known.ok());
  EXPECT_TRUE(house_.ledger().Read(*stranger, ledger::Ledger::Raw::kRead)->raw.empty());
  EXPECT_EQ(house_.Record(*stranger).at("size"), body.size());
  EXPECT_EQ(house_.Record(*stranger).at("sha256"), ledger::Hex(ledger::AsBytes(ledger::Sha256(body))));
  EXPECT_EQ(house_.ledger().Read(*known, ledger::Ledger::Raw::kRead)->raw, body);
}

TEST_F(IntakeTest, FloodOfCallersWithoutAKeyIsSummedUp) {
  std::uint64_t single = 0, summed = 0;
  for (int i = 0; i < 10'000; ++i) {
    Refusal refusal = Refused("", "{}");
    refusal.reason = i % 2 ? "key_unknown" : "key_missing";
    const auto index = house_.intake().Refuse(refusal);
    ASSERT_TRUE(index.ok());
    ++(*index == ledger::kNoIndex ? summed : single);
  }
  EXPECT_EQ(single, 60u);
  EXPECT_EQ(house_.ledger().size(), 60u);
  house_.intake().FlushRefusals();
  EXPECT_EQ(house_.ledger().size(), 60u) << "its minute is not over";
  // Another door has a count of its own, and callers with a key are never summed up.
  Refusal rpc = Refused("", "{}");
  rpc.door = "rpc";
  EXPECT_NE(*house_.intake().Refuse(rpc), ledger::kNoIndex);
  EXPECT_NE(*house_.intake().Refuse(Refused("portal", "{}")), ledger::kNoIndex);
  house_.clock().Advance(std::chrono::minutes(1));
  house_.intake().FlushRefusals();
  house_.intake().FlushRefusals();
  ASSERT_EQ(house_.ledger().size(), 63u);
  const Json sum = house_.Record(62);
  EXPECT_EQ(sum.at("reason"), "flood");
  EXPECT_EQ(sum.at("count"), summed);
  EXPECT_EQ(sum.at("size"), 2 * summed);
  EXPECT_EQ(sum.at("where").at("reasons").at("key_unknown").get<int>() +
                sum.at("where").at("reasons").at("key_missing").get<int>(),
            static_cast<int>(summed));
  EXPECT_EQ(sum.at("where").at("minute"), "2025-03-04T10:12:00+08:00");
  EXPECT_NE(*house_.intake().Refuse(Refused("", "{}")), ledger::kNoIndex) << "a new minute, a new count";
  EXPECT_EQ(house_.intake().counters().refused_summed, summed);
}

TEST_F(IntakeTest, WhatIsSummedUpIsWrittenAtTheEnd) {
  for (int i = 0; i < 61; ++i) ASSERT_TRUE(house_.intake().Refuse(Refused("", "{}")).ok());
  house_.Restart();
  ASSERT_EQ(house_.ledger().size(), 61u);
  EXPECT_EQ(house_.Record(60).at("count"), 1);
}

TEST_F(IntakeTest, ReadingIsOneAccessEntryARequest) {
  const Receipt receipt = Take("letters", Letter("L1", "灯坏了"));
  const Principal who{Role::kReviewer, "wang-fang", "", {}, true, true};
  const auto index = AppendAccess(house_.ledger(), who, Call::kReadIntake, receipt.ledger_index, 1);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(house_.Record(*index), (Json{{"kind", "access"},
                                         {"v", 1},
                                         {"who", "wang-fang"},
                                         {"role", "reviewer"},
                                         {"call", "read_intake"},
                                         {"count", 1},
                                         {"about", receipt.ledger_index}}));
  EXPECT_THAT(*house_.ledger().History(receipt.ledger_index, ledger::Kind::kAccess), ElementsAre(*index));
}

}  // namespace
}  // namespace gateway
