#include "ledger/ledger.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "ledger/sqlite_session.h"
#include "ledger_fixture.h"

namespace ledger {
namespace {

namespace fs = std::filesystem;
using petition::Code;

// Registers as intake does: a number of its own, and the first answer again for the same source, number and content.
class IntakeProposal final : public Proposal {
 public:
  IntakeProposal(const Ledger& ledger, std::string external_id, std::string content)
      : external_id_(std::move(external_id)),
        content_(std::move(content)),
        before_(ledger.size()),
        known_(ledger.FindContent("portal", external_id_, content_).value()) {}
  petition::Result<std::variant<Draft, std::uint64_t>> Compose(View& view) override {
    if (known_) return std::variant<Draft, std::uint64_t>(known_->index);
    for (const KnownIntake* intake : view.FindSince("portal", external_id_, before_)) {
      if (intake->key.content == content_) return std::variant<Draft, std::uint64_t>(intake->index);
    }
    GUIYI_TRY(const std::uint64_t serial, view.NextSerial("20250304"));
    Draft draft;
    draft.kind = Kind::kIntake;
    draft.record = R"({"serial":)" + std::to_string(serial) + "}";
    draft.raw = content_;
    draft.intake = IntakeKey{"portal", external_id_, content_, "people", "20250304", serial};
    return std::variant<Draft, std::uint64_t>(std::move(draft));
  }
  bool WantsProof() const override { return wants_proof; }
  bool wants_proof = true;

 private:
  const std::string external_id_, content_;
  const std::uint64_t before_;
  const std::optional<KnownIntake> known_;
};

class LedgerTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(LedgerTest, AppendedEntryProvesItselfAtOnce) {
  const auto ledger = OpenLedger(folder_.path());
  ASSERT_NE(ledger, nullptr);
  for (int i = 0; i < 270; ++i) {
    const Draft draft = Event(std::to_string(i));
    const auto appended = ledger->Append(draft);
    ASSERT_TRUE(appended.ok());
    ASSERT_EQ(appended->index, static_cast<std::uint64_t>(i));
    ASSERT_FALSE(appended->existing);
    if (i % 37 == 0 || i > 260) ExpectProven(*appended, draft, ledger->vkey());
  }
  EXPECT_EQ(ledger->size(), 270u);
}

TEST_F(LedgerTest, ReadsBackWhatWasAppendedAlsoAfterReopening) {
  {
    const auto ledger = OpenLedger(folder_.path());
    ASSERT_TRUE(ledger->Append(Event("one")).ok());
    Draft bare = Event("two");
    bare.raw.clear();
    ASSERT_TRUE(ledger->Append(bare).ok());
  }
  const auto ledger = OpenLedger(folder_.path());
  ASSERT_EQ(ledger->size(), 2u);
  const auto lean = ledger->Read(0);
  ASSERT_TRUE(lean.ok());
  EXPECT_EQ(lean->record, Event("one").record);
  EXPECT_EQ(lean->raw, "");
  EXPECT_EQ(lean->salt.size(), 32u);
  EXPECT_FALSE(lean->dropped);
  EXPECT_EQ(ledger->Read(0, Ledger::Raw::kRead)->raw, "raw one");
  EXPECT_EQ(ledger->Read(1, Ledger::Raw::kRead)->raw, "");
  const auto both = ledger->ReadRange(0, 10);
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ((*both)[1].record, Event("two").record);
  EXPECT_EQ(ledger->Read(2).error().code, Code::kNotFound);
  EXPECT_TRUE(ledger->ReadRange(7, 5)->empty());
}

TEST_F(LedgerTest, ProofsHoldForEveryEntryAfterManyBatchesAndReopening) {
  std::vector<std::string> entries;
  {
    const auto ledger = OpenLedger(folder_.path());
    std::vector<std::unique_ptr<DraftProposal>> drafts;
    std::vector<Proposal*> proposals;
    for (int i = 0; i < 1500; ++i) {
      drafts.push_back(std::make_unique<DraftProposal>(Event(std::to_string(i))));
      proposals.push_back(drafts.back().get());
    }
    for (auto& result : ledger->AppendAll(proposals)) {
      ASSERT_TRUE(result.ok());
      ASSERT_EQ(result->index, entries.size());
      entries.push_back(result->entry);
    }
  }
  const auto ledger = OpenLedger(folder_.path());
  const VerifierKey key = VerifierKey::Parse(ledger->vkey()).value();
  for (std::uint64_t i = 0; i < entries.size(); i += 31) {
    const auto proof = ledger->Prove(i);
    ASSERT_TRUE(proof.ok());
    EXPECT_EQ(VerifyProof(*proof, entries[i], key)->size, 1500u);
  }
  EXPECT_EQ(ledger->Prove(1500).error().code, Code::kNotFound);
}

TEST_F(LedgerTest, WhoWantsNoProofIsToldThePlaceAndOthersOfTheSameBatchAll) {
  const auto ledger = OpenLedger(folder_.path());
  IntakeProposal first(*ledger, "A-1", "words"), again(*ledger, "A-1", "words");
  first.wants_proof = false;
  DraftProposal event(Event("x"), false);
  std::vector<Proposal*> all = {&event, &first, &again};
  const auto told = ledger->AppendAll(all);
  ASSERT_TRUE(told[0].ok() && told[1].ok() && told[2].ok());
  EXPECT_EQ(told[1]->index, 1u);
  EXPECT_TRUE(told[1]->entry.empty() && told[1]->salt.empty() && told[1]->proof.path.empty());
  EXPECT_TRUE(told[2]->existing);
  EXPECT_EQ(told[2]->index, 1u);
  const VerifierKey key = VerifierKey::Parse(ledger->vkey()).value();
  EXPECT_EQ(VerifyProof(told[2]->proof, told[2]->entry, key)->size, 2u) << "of an entry whose own sender wanted none";
  EXPECT_EQ(told[2]->entry, ledger->Read(1)->entry);
  EXPECT_EQ(told[2]->salt, ledger->Read(1)->salt);
  IntakeProposal later(*ledger, "A-1", "words");
  later.wants_proof = false;
  const auto resent = ledger->Append(later);
  ASSERT_TRUE(resent.ok());
  EXPECT_TRUE(resent->existing);
  EXPECT_EQ(resent->index, 1u);
}

TEST_F(LedgerTest, RetryReturnsFirstReceipt) {
  const auto ledger = OpenLedger(folder_.path());
  IntakeProposal first(*ledger, "A-1", "words"), again(*ledger, "A-1", "words"), other(*ledger, "A-1", "other words"),
      nameless(*ledger, "", "words"), nameless_again(*ledger, "", "words");
  const auto registered = ledger->Append(first);
  ASSERT_TRUE(registered.ok());
  EXPECT_EQ(ledger->Append(again)->index, registered->index) << "looked up before the first was there";
  IntakeProposal later(*ledger, "A-1", "words");
  const auto retried = ledger->Append(later);
  ASSERT_TRUE(retried.ok());
  EXPECT_TRUE(retried->existing);
  EXPECT_EQ(retried->index, registered->index);
  EXPECT_EQ(retried->salt, registered->salt);
  EXPECT_EQ(retried->entry, registered->entry);
  EXPECT_EQ(ledger->Append(other)->index, 1u);
  EXPECT_EQ(ledger->Append(nameless)->index, 2u);
  EXPECT_EQ(ledger->Append(nameless_again)->index, 3u) << "without a number of the source nothing is a resend";
  EXPECT_EQ(ledger->FindIntake("20250304", 4).value(), 3u);
  EXPECT_EQ(ledger->FindIntake("20250304", 5).value(), std::nullopt);
  EXPECT_EQ(ledger->FindExternal("portal", "A-1")->size(), 2u);
  EXPECT_EQ(ledger->FindExternal("portal", "A-1")->at(1).key.content, "other words");
  EXPECT_TRUE(ledger->FindExternal("portal", "")->empty());
}

TEST_F(LedgerTest, RetriesWithinOneBatchAreFoundAndSerialsHaveNoGap) {
  const auto ledger = OpenLedger(folder_.path());
  std::vector<std::unique_ptr<IntakeProposal>> owned;
  std::vector<Proposal*> proposals;
  for (int i = 0; i < 100; ++i) {
    owned.push_back(std::make_unique<IntakeProposal>(*ledger, "N-" + std::to_string(i / 2), "same"));
    proposals.push_back(owned.back().get());
  }
  const auto results = ledger->AppendAll(proposals);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(results[i].ok());
    EXPECT_EQ(results[i]->existing, i % 2 == 1);
    EXPECT_EQ(results[i]->index, static_cast<std::uint64_t>(i / 2));
    EXPECT_EQ(VerifyProof(results[i]->proof, results[i]->entry, VerifierKey::Parse(ledger->vkey()).value()).ok(), true);
  }
  EXPECT_EQ(ledger->size(), 50u);
  for (std::uint64_t serial = 1; serial <= 50; ++serial)
    EXPECT_EQ(ledger->FindIntake("20250304", serial).value(), serial - 1);
}

TEST_F(LedgerTest, NumberThatManyShareIsLookedUpWithinBounds) {
  const auto ledger = OpenLedger(folder_.path());
  std::vector<DraftProposal> drafts;
  for (std::uint64_t i = 0; i < kSameNumberMax + 90; ++i) {
    Draft draft = Event("x");
    draft.kind = Kind::kIntake;
    draft.intake = IntakeKey{"portal", "same", "content " + std::to_string(i), "people", "20250304", i + 1};
    if (i > 0) draft.intake->revision_of = i / 2;
    drafts.emplace_back(std::move(draft));
  }
  std::vector<Proposal*> all;
  for (auto& draft : drafts) all.push_back(&draft);
  for (const auto& result : ledger->AppendAll(all)) ASSERT_TRUE(result.ok());
  const auto found = ledger->FindExternal("portal", "same");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), kSameNumberMax);
  EXPECT_TRUE(std::is_sorted(found->begin(), found->end(), [](auto& a, auto& b) { return a.index < b.index; }));
  for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1}, kSameNumberMax + 89}) {
    const auto one = ledger->FindContent("portal", "same", "content " + std::to_string(index));
    ASSERT_TRUE(one.ok() && *one) << index;
    EXPECT_EQ((*one)->index, index);
    EXPECT_EQ((*one)->key.revision_of, index == 0 ? kNoIndex : index / 2);
    EXPECT_EQ((*one)->key.serial, index + 1);
  }
  EXPECT_FALSE(*ledger->FindContent("portal", "same", "content"));
  EXPECT_FALSE(*ledger->FindContent("hotline", "same", "content 1"));
}

TEST_F(LedgerTest, StoreOfAnEarlierDayKeepsItsNumbers) {
  {
    const auto ledger = OpenLedger(folder_.path());
    IntakeProposal first(*ledger, "A-1", "words");
    ASSERT_TRUE(ledger->Append(first).ok());
  }
  {
    auto session = sqlite::OpenSession({folder_.path() / "ledger.db", {}, true, false}).value();
    for (const char* statement :
         {"DROP TABLE numbers", "DROP TABLE numbers_to", "ALTER TABLE intakes DROP COLUMN revision_of",
          "CREATE INDEX intakes_external ON intakes(source, external_id) WHERE external_id <> ''"}) {
      session << statement, Poco::Data::Keywords::now;
    }
  }
  const auto ledger = OpenLedger(folder_.path());
  ASSERT_NE(ledger, nullptr);
  IntakeProposal again(*ledger, "A-1", "words"), other(*ledger, "A-2", "words");
  EXPECT_EQ(ledger->Append(again)->index, 0u);
  EXPECT_EQ(ledger->Append(other)->index, 1u);
  EXPECT_EQ(ledger->FindExternal("portal", "A-1")->at(0).key.revision_of, kNoIndex);
}

// Numbers get their places many at once: those before, those still waiting and those on both sides are found alike,
// beside the running ledger and after a restart.
TEST_F(LedgerTest, NumbersAreFoundWhileTheyWaitForTheirPlaces) {
  constexpr std::uint64_t kIntakes = 2500;
  const auto id = [](std::uint64_t i) { return "N-" + std::to_string(i * 7919 % 1000); };  // each two or three times
  {
    const auto ledger = OpenLedger(folder_.path());
    for (std::uint64_t i = 0; i < kIntakes; i += 50) {
      std::vector<std::unique_ptr<IntakeProposal>> batch;
      std::vector<Proposal*> proposals;
      for (std::uint64_t k = i; k < i + 50; ++k) {
        batch.push_back(std::make_unique<IntakeProposal>(*ledger, id(k), "words " + std::to_string(k)));
        proposals.push_back(batch.back().get());
      }
      for (const auto& result : ledger->AppendAll(proposals)) ASSERT_TRUE(result.ok());
      const auto known = ledger->FindExternal("portal", id(i));
      ASSERT_TRUE(known.ok());
      ASSERT_EQ(known->size(), i / 1000 + 1);
      EXPECT_EQ(known->back().index, i);
    }
  }
  for (int restart = 0; restart < 2; ++restart) {
    const auto ledger = OpenLedger(folder_.path());
    for (std::uint64_t i = 0; i < kIntakes; i += 97) {
      EXPECT_EQ(ledger->FindExternal("portal", id(i))->size(), i % 1000 < 500 ? 3u : 2u) << i;
      const auto one = ledger->FindContent("portal", id(i), "words " + std::to_string(i));
      ASSERT_TRUE(one.ok() && *one) << i;
      EXPECT_EQ((*one)->index, i);
    }
    IntakeProposal again(*ledger, id(42), "words 42"), other(*ledger, "N-new", "words");
    EXPECT_TRUE(ledger->Append(again)->existing);
    EXPECT_EQ(ledger->Append(other)->existing, restart > 0);
  }
}

TEST_F(LedgerTest, RefusedProposalLeavesTheOthersOfItsBatchAlone) {
  struct Refusing final : Proposal {
    petition::Result<std::variant<Draft, std::uint64_t>> Compose(View&) override {
      return petition::Invalid("content_missing", "nothing in it");
    }
  } refusing;
  struct Throwing final : Proposal {
    petition::Result<std::variant<Draft, std::uint64_t>> Compose(View&) override {
      throw std::runtime_error("words of a petition");
    }
  } throwing;
  struct Pointing final : Proposal {
    petition::Result<std::variant<Draft, std::uint64_t>> Compose(View&) override {
      return std::variant<Draft, std::uint64_t>(std::uint64_t{99});
    }
  } pointing;
  const auto ledger = OpenLedger(folder_.path());
  DraftProposal before(Event("a")), after(Event("b")), about_future(Event("c", 77));
  Proposal* all[] = {&before, &refusing, &throwing, &pointing, &about_future, &after};
  const auto results = ledger->AppendAll(all);
  EXPECT_EQ(results[0]->index, 0u);
  EXPECT_EQ(results[1].error().reason, "content_missing");
  EXPECT_EQ(results[2].error().code, Code::kInternal);
  EXPECT_EQ(results[2].error().detail.find("petition"), std::string::npos);
  EXPECT_EQ(results[3].error().code, Code::kInternal);
  EXPECT_EQ(results[4].error().code, Code::kInternal);
  EXPECT_EQ(results[5]->index, 1u);
  EXPECT_TRUE(ledger->healthy());
}

TEST_F(LedgerTest, HistoryListsWhatIsAboutAnEntry) {
  const auto ledger = OpenLedger(folder_.path());
  ASSERT_TRUE(ledger->Append(Event("intake")).ok());
  ASSERT_TRUE(ledger->Append(Event("x", 0)).ok());
  Draft verdict = Event("y", 0);
  verdict.kind = Kind::kVerdict;
  ASSERT_TRUE(ledger->Append(verdict).ok());
  ASSERT_TRUE(ledger->Append(Event("z", 1)).ok());
  EXPECT_EQ(ledger->History(0).value(), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(ledger->History(0, Kind::kVerdict).value(), (std::vector<std::uint64_t>{2}));
  EXPECT_TRUE(ledger->History(3)->empty());
}

TEST_F(LedgerTest, DroppedPayloadIsGoneAndItsProofStays) {
  const auto ledger = OpenLedger(folder_.path());
  const auto appended = ledger->Append(Event("secret"));
  ASSERT_TRUE(appended.ok());
  ASSERT_TRUE(ledger->DropPayload(0).ok());
  const auto read = ledger->Read(0, Ledger::Raw::kRead);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->dropped);
  EXPECT_EQ(read->record + read->raw + read->salt, "");
  EXPECT_EQ(read->entry, appended->entry);
  EXPECT_TRUE(VerifyProof(*ledger->Prove(0), appended->entry, VerifierKey::Parse(ledger->vkey()).value()).ok());
  EXPECT_EQ(ledger->DropPayload(1).error().code, Code::kNotFound);
}

TEST_F(LedgerTest, ManyThreadsAppendAndReadAtOnce) {
  const auto ledger = OpenLedger(folder_.path(), true);
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 60; ++i) {
        const Draft draft = Event(std::to_string(t) + "/" + std::to_string(i));
        const auto appended = ledger->Append(draft);
        if (!appended.ok() || ledger->Read(appended->index)->record != draft.record ||
            !ledger->Prove(appended->index / 2).ok())
          ++failed;
        if (i % 20 == 7 && !ledger->Publish().ok()) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(ledger->size(), 480u);
}

TEST_F(LedgerTest, WaitBeyondWakesUpForGrowth) {
  const auto ledger = OpenLedger(folder_.path());
  EXPECT_EQ(ledger->WaitBeyond(0, std::chrono::milliseconds(1)), 0u);
  std::thread appender([&] { ASSERT_TRUE(ledger->Append(Event("x")).ok()); });
  EXPECT_EQ(ledger->WaitBeyond(0, std::chrono::seconds(30)), 1u);
  appender.join();
}

TEST_F(LedgerTest, PlainWordsAreNotInTheFolder) {
  {
    const auto ledger = OpenLedger(folder_.path(), true);
    ASSERT_TRUE(ledger->Append(Event("PLANTEDWORD")).ok());
    ASSERT_TRUE(ledger->Publish().ok());
  }
  for (const auto& file : fs::recursive_directory_iterator(folder_.path())) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find("PLANTEDWORD"), std::string::npos) << file.path();
  }
}

TEST_F(LedgerTest, SecondOpenIsRefusedWithAClearMessage) {
  const auto ledger = OpenLedger(folder_.path());
  Options options;
  options.folder = folder_.path();
  const auto second = TryOpen(options);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos);
}

TEST_F(LedgerTest, AnotherOriginOrMasterKeyIsRefused) {
  { OpenLedger(folder_.path()); }
  Options options;
  options.folder = folder_.path();
  options.origin = "other.example/ledger";
  EXPECT_EQ(TryOpen(options).error().code, Code::kConflict);
  options.origin = Options().origin;
  const fs::path master = folder_.path() / "keys" / "master.key";
  std::ofstream(master, std::ios::trunc) << std::string(64, 'a');
  EXPECT_EQ(TryOpen(options).error().reason, "key_differs");
}

TEST_F(LedgerTest, LostSigningKeyIsNotReplacedByANewOne) {
  { OpenLedger(folder_.path()); }
  fs::remove(folder_.path() / "keys" / "ledger.key");
  Options options;
  options.folder = folder_.path();
  EXPECT_EQ(TryOpen(options).error().code, Code::kNotFound);
  EXPECT_FALSE(fs::exists(folder_.path() / "keys" / "ledger.key"));
}

TEST(KeyRingTest, IsMadeOnceAndGuarded) {
  TemporaryFolder folder;
  const fs::path keys = folder.path() / "keys";
  EXPECT_EQ(KeyRing::Open(keys, false).error().code, Code::kNotFound);
  const auto made = KeyRing::Open(keys, true);
  ASSERT_TRUE(made.ok());
  const auto again = KeyRing::Open(keys, true);
  EXPECT_EQ(made->Derive("payload"), again->Derive("payload"));
  EXPECT_NE(made->Derive("payload"), made->Derive("terms"));
  struct stat info {};
  ASSERT_EQ(stat((keys / "master.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(chmod((keys / "master.key").c_str(), 0640), 0);
  EXPECT_EQ(KeyRing::Open(keys, true).error().reason, "key_exposed");
  fs::remove(keys / "master.key");
  std::ofstream(keys / "ledger.key") << "x";
  EXPECT_EQ(KeyRing::Open(keys, true).error().code, Code::kNotFound) << "half a set of keys is not a new beginning";
}

TEST(CryptoTest, SealedBlobOpensOnlyWithItsKeyAndContext) {
  Key key{}, other{};
  other[0] = 1;
  const Sealer sealer(key), stranger(other);
  for (const std::string& plain : {std::string(), std::string("x"), std::string(100000, 'y')}) {
    const std::string sealed = sealer.Seal(plain, "record 1");
    EXPECT_EQ(sealed.size(), plain.size() + 33);
    EXPECT_EQ(sealer.Open(sealed, "record 1").value(), plain);
    EXPECT_EQ(sealer.Open(sealed, "record 2").error().code, Code::kCorrupt);
    EXPECT_EQ(stranger.Open(sealed, "record 1").error().code, Code::kCorrupt);
    EXPECT_NE(sealed, sealer.Seal(plain, "record 1"));
  }
  const std::string sealed = sealer.Seal("words", "c");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string bent = sealed;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(sealer.Open(bent, "c").ok()) << i;
    EXPECT_FALSE(sealer.Open(sealed.substr(0, i), "c").ok()) << i;
  }
}

TEST(CryptoTest, Base64IsStrict) {
  for (const std::string& bytes :
       {std::string(), std::string("a"), std::string("ab"), std::string("abc"), std::string("\xff\xfe\xfd\xfc", 4)}) {
    EXPECT_EQ(FromBase64(Base64(bytes)).value(), bytes);
  }
  for (const char* wrong :
       {"A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "AA A", "AA_A", "AAAA\n", "=AAA", "AAAA===="}) {
    EXPECT_FALSE(FromBase64(wrong).ok()) << wrong;
  }
  EXPECT_EQ(FromHex("00fF").value(), std::string("\0\xff", 2));
  EXPECT_FALSE(FromHex("0").ok());
  EXPECT_FALSE(FromHex("zz").ok());
}

TEST(CryptoTest, KeyedHashesDependOnKeyAndData) {
  Key key{}, other{};
  other[0] = 1;
  EXPECT_EQ(KeyedHash(key, "a").size(), 16u);
  EXPECT_EQ(KeyedHash(key, "a", 8).size(), 8u);
  EXPECT_NE(KeyedHash(key, "a"), KeyedHash(other, "a"));
  EXPECT_NE(KeyedHash64(key, "a"), KeyedHash64(other, "a"));
  EXPECT_EQ(KeyedHash64(key, "a"), KeyedHash64(key, "a"));
}

}  // namespace
}  // namespace ledger
