#include "search/candidate_index.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "index_folder.h"

namespace search {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<CandidateIndex> OpenAt(const fs::path& folder) {
  CandidateOptions options;
  options.folder = folder;
  auto index = CandidateIndex::Open(options, TestKey());
  EXPECT_TRUE(index.ok()) << (index.ok() ? "" : index.error().detail);
  return index.ok() ? std::move(index).value() : nullptr;
}

/// Commits after every so many: some documents are in the database then, and some in memory.
petition::Status AddAndCommit(CandidateIndex& index, const CandidateDocument& document, std::size_t every) {
  GUIYI_CHECK(index.Add(document));
  return index.size() % every == 0 ? index.Commit(document.id) : petition::Ok();
}

CandidateDocument Document(std::uint64_t id, std::string text, std::vector<std::string> keys = {},
                           bool sealed = false) {
  return {id, std::move(text), std::move(keys), sealed};
}

std::vector<std::uint64_t> Ids(const CandidateHits& hits) {
  std::vector<std::uint64_t> ids;
  for (const auto& hit : hits.hits) ids.push_back(hit.id);
  return ids;
}

std::vector<std::uint64_t> Find(const CandidateIndex& index, const CandidateDocument& asking, std::size_t limit = 10) {
  const auto hits = index.Find(asking, limit);
  EXPECT_TRUE(hits.ok());
  return hits.ok() ? Ids(*hits) : std::vector<std::uint64_t>{};
}

void ExpectSame(const CandidateHits& a, const CandidateHits& b) {
  EXPECT_EQ(a.bounded, b.bounded);
  ASSERT_EQ(a.hits.size(), b.hits.size());
  for (std::size_t i = 0; i < a.hits.size(); ++i) {
    EXPECT_EQ(a.hits[i].id, b.hits[i].id) << i;
    EXPECT_EQ(a.hits[i].shared_shingles, b.hits[i].shared_shingles) << i;
    EXPECT_EQ(a.hits[i].shared_keys, b.hits[i].shared_keys) << i;
    EXPECT_EQ(a.hits[i].score, b.hits[i].score) << i;
  }
}

// Texts of few different letters, so that shingles and whole texts meet; keys out of a small set; every seventh sealed.
std::vector<CandidateDocument> RandomCorpus(unsigned seed, std::size_t documents, std::uint32_t alphabet = 12) {
  std::mt19937 random(seed);
  std::vector<CandidateDocument> corpus;
  for (std::size_t i = 0; i < documents; ++i) {
    CandidateDocument document;
    document.id = i * 2;
    document.text = RandomText(random, random() % 40, alphabet);
    for (std::size_t k = random() % 4; k > 0; --k) document.keys.push_back("phone:" + std::to_string(random() % 30));
    document.sealed = random() % 7 == 0;
    corpus.push_back(std::move(document));
  }
  return corpus;
}

TEST(CandidateIndexTest, FindsWhatWasAddedAMomentAgoWithoutACommit) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  ASSERT_TRUE(index->Add(Document(5, "锦澜湾小区七栋电梯停运半个月无人维修", {"phone:13900000001"})).ok());
  EXPECT_EQ(Find(*index, Document(9, "我们小区七栋电梯停运，半个月了无人维修！")), std::vector<std::uint64_t>{5});
  EXPECT_EQ(Find(*index, Document(9, "完全别的话", {"phone:13900000001"})), std::vector<std::uint64_t>{5});
  EXPECT_EQ(index->Frequency("phone:13900000001"), 1u);
  EXPECT_EQ(index->size(), 1u);
  EXPECT_EQ(index->durable_position(), 0u);
}

TEST(CandidateIndexTest, NeverFindsTheAskingOne) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  ASSERT_TRUE(index->Add(Document(5, "电梯停运无人维修", {"k:1"})).ok());
  EXPECT_TRUE(Find(*index, Document(5, "电梯停运无人维修", {"k:1"})).empty());
  ASSERT_TRUE(index->Commit(6).ok());
  EXPECT_TRUE(Find(*index, Document(5, "电梯停运无人维修", {"k:1"})).empty());
}

TEST(CandidateIndexTest, FindsThroughWidthPunctuationAndTraditionalCharacters) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  ASSERT_TRUE(index->Add(Document(1, "拖欠农民工工资38000元，电话不接。")).ok());
  EXPECT_EQ(Find(*index, Document(2, "拖欠農民工工資３８０００元 電話不接")), std::vector<std::uint64_t>{1});
}

TEST(CandidateIndexTest, ShortAndEmptyTextsWork) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  ASSERT_TRUE(index->Add(Document(1, "停")).ok());
  ASSERT_TRUE(index->Add(Document(2, "停电")).ok());
  ASSERT_TRUE(index->Add(Document(3, "")).ok());
  ASSERT_TRUE(index->Add(Document(4, "\xff\xfe!!!")).ok());
  EXPECT_EQ(Find(*index, Document(9, "停！")), std::vector<std::uint64_t>{1});
  EXPECT_EQ(Find(*index, Document(9, "停電")), std::vector<std::uint64_t>{2});
  EXPECT_TRUE(Find(*index, Document(9, "")).empty());
  EXPECT_EQ(index->size(), 4u);
}

TEST(CandidateIndexTest, SealedAndOpenNeverMeet) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  const std::string text = "举报某局局长收受开发商贿赂";
  ASSERT_TRUE(index->Add(Document(1, text, {"accused:某局"}, true)).ok());
  ASSERT_TRUE(index->Add(Document(2, text, {"accused:某局"})).ok());
  for (int committed = 0; committed < 2; ++committed) {
    EXPECT_EQ(Find(*index, Document(9, text, {"accused:某局"})), std::vector<std::uint64_t>{2});
    EXPECT_EQ(Find(*index, Document(9, text, {"accused:某局"}, true)), std::vector<std::uint64_t>{1});
    EXPECT_EQ(index->Frequency("accused:某局"), 1u);
    ASSERT_TRUE(index->Commit(3).ok());
  }
}

TEST(CandidateIndexTest, SealedDocumentsLeaveNoTraceInOpenAnswers) {
  IndexFolder folder;
  auto with = OpenAt(folder / "with"), without = OpenAt(folder / "without");
  for (const auto& document : RandomCorpus(3, 700)) {
    ASSERT_TRUE(with->Add(document).ok());
    if (!document.sealed) {
      ASSERT_TRUE(without->Add(document).ok());
    }
  }
  EXPECT_EQ(with->frequency_table_hash(), without->frequency_table_hash());
  for (auto asking : RandomCorpus(4, 40)) {
    asking.id = 100000;
    asking.sealed = false;
    ExpectSame(with->Find(asking, 10).value(), without->Find(asking, 10).value());
  }
}

// What Find promises, computed the slow way. The corpus is smaller than the first epoch, so every shingle is of the
// rarest class and every text stores all of its own.
class Oracle {
 public:
  explicit Oracle(const std::vector<CandidateDocument>& corpus) : corpus_(corpus) {}

  CandidateHits Find(const CandidateDocument& asking, std::size_t limit) const {
    struct Scored {
      CandidateHit hit;
      double keys;
    };
    std::vector<Scored> all;
    const auto asked = ShinglesOf(asking.text);
    const std::set<std::string> keys(asking.keys.begin(), asking.keys.end());
    for (const auto& document : corpus_) {
      if (document.sealed != asking.sealed || document.id == asking.id) continue;
      Scored scored{{document.id, 0, 0, 0}, 0};
      for (const auto& shingle : ShinglesOf(document.text))
        scored.hit.shared_shingles += static_cast<std::uint32_t>(asked.count(shingle));
      scored.hit.score = scored.hit.shared_shingles * 12.0;
      for (const auto& key : std::set<std::string>(document.keys.begin(), document.keys.end())) {
        if (!keys.count(key)) continue;
        ++scored.hit.shared_keys;
        scored.keys += 80.0 - 4.0 * (std::bit_width(Frequency(key, asking.sealed)) - 1);
      }
      scored.hit.score += scored.keys;
      if (!document.text.empty() && document.text == asking.text) scored.hit.score += 60;
      if (scored.hit.score > 0) all.push_back(scored);
    }
    const auto better = [](const Scored& a, const Scored& b) {
      return a.hit.score != b.hit.score ? a.hit.score > b.hit.score : a.hit.id < b.hit.id;
    };
    std::sort(all.begin(), all.end(), better);
    const std::size_t kept = std::min(limit, all.size()), by_keys = kept < all.size() ? kept / 4 : 0;
    std::stable_sort(all.begin() + static_cast<std::ptrdiff_t>(kept - by_keys), all.end(),
                     [](const Scored& a, const Scored& b) { return a.keys > b.keys; });
    all.resize(kept);
    std::sort(all.begin(), all.end(), better);
    CandidateHits hits;
    for (const auto& scored : all) hits.hits.push_back(scored.hit);
    return hits;
  }

  std::uint64_t Frequency(const std::string& key, bool sealed) const {
    return static_cast<std::uint64_t>(std::count_if(corpus_.begin(), corpus_.end(), [&](const CandidateDocument& d) {
      return d.sealed == sealed && std::find(d.keys.begin(), d.keys.end(), key) != d.keys.end();
    }));
  }

 private:
  static std::set<std::string> ShinglesOf(const std::string& text) {
    std::set<std::string> shingles;
    const std::size_t width = std::min<std::size_t>(9, text.size());  // three letters of three bytes
    for (std::size_t i = 0; width > 0 && i + width <= text.size(); i += 3) shingles.insert(text.substr(i, width));
    return shingles;
  }

  const std::vector<CandidateDocument>& corpus_;
};

TEST(CandidateIndexTest, AgreesWithBruteForceOnSmallCorpora) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    IndexFolder folder;
    const auto corpus = RandomCorpus(seed, 250, 4 + seed * 2);
    const Oracle oracle(corpus);
    auto index = OpenAt(folder / "c");
    for (const auto& document : corpus) ASSERT_TRUE(AddAndCommit(*index, document, 60).ok());
    for (int k = 0; k < 30; ++k) {
      EXPECT_EQ(index->Frequency("phone:" + std::to_string(k)), oracle.Frequency("phone:" + std::to_string(k), false));
    }
    for (std::size_t i = 0; i < corpus.size(); i += 9) {
      for (const std::size_t limit : {1, 7, 30})
        ExpectSame(index->Find(corpus[i], limit).value(), oracle.Find(corpus[i], limit));
    }
  }
}

TEST(CandidateIndexTest, OverlaidCommittedAndRebuiltAnswerTheSame) {
  IndexFolder folder;
  const auto corpus = RandomCorpus(11, 1100, 30);
  auto overlaid = OpenAt(folder / "overlaid"), committed = OpenAt(folder / "committed");
  for (const auto& document : corpus) {
    ASSERT_TRUE(overlaid->Add(document).ok());
    ASSERT_TRUE(AddAndCommit(*committed, document, 297).ok());
  }
  ASSERT_TRUE(committed->Commit(2200).ok());
  committed.reset();
  committed = OpenAt(folder / "committed");
  EXPECT_EQ(overlaid->frequency_table_hash(), committed->frequency_table_hash());
  for (std::size_t i = 0; i < corpus.size(); i += 11) {
    ExpectSame(overlaid->Find(corpus[i], 20).value(), committed->Find(corpus[i], 20).value());
  }
}

TEST(CandidateIndexTest, RestartInTheMiddleChangesNothing) {
  IndexFolder folder;
  const auto corpus = RandomCorpus(12, 1200, 30);
  auto straight = OpenAt(folder / "straight");
  for (const auto& document : corpus) ASSERT_TRUE(straight->Add(document).ok());

  auto restarted = OpenAt(folder / "restarted");
  std::size_t next = 0;
  for (const std::size_t stop : {100, 255, 256, 257, 513, 900, 1200}) {
    for (; next < stop; ++next) ASSERT_TRUE(restarted->Add(corpus[next]).ok());
    if (stop == 513) {  // this stretch is lost and added again
      restarted.reset();
      restarted = OpenAt(folder / "restarted");
      next = static_cast<std::size_t>(restarted->durable_position() / 2);
      EXPECT_EQ(next, 257u);
      continue;
    }
    ASSERT_TRUE(restarted->Commit(stop * 2).ok());
    restarted.reset();
    restarted = OpenAt(folder / "restarted");
    EXPECT_EQ(restarted->durable_position(), stop * 2);
  }
  EXPECT_EQ(restarted->size(), straight->size());
  EXPECT_EQ(restarted->frequency_table_hash(), straight->frequency_table_hash());
  for (std::size_t i = 0; i < corpus.size(); i += 13) {
    ExpectSame(straight->Find(corpus[i], 10).value(), restarted->Find(corpus[i], 10).value());
  }
}

// Of few letters nearly everything shares a term with what comes in between; of many, hardly anything does.
class LookingAheadTest : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Alphabets, LookingAheadTest, testing::Values(14u, 300u, 20000u));

TEST_P(LookingAheadTest, ChangesNoAnswer) {
  IndexFolder folder;
  const auto corpus = RandomCorpus(21, 900, GetParam());
  auto plain = OpenAt(folder / "plain"), ahead = OpenAt(folder / "ahead");
  std::mt19937 random(4);
  // Looks are taken up to 12 documents early: over commits, begun and finished, and over epochs (256, 512). Between a
  // look and its turn a document that shares a key comes in about half of the times.
  std::vector<std::shared_ptr<CandidateLook>> looks;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    for (const auto end = std::min(corpus.size(), i + 1 + random() % 12); looks.size() < end;) {
      const auto together = std::min<std::size_t>(end - looks.size(), 1 + random() % 6);
      const auto some = std::span(corpus).subspan(looks.size(), together);
      const auto taken = ahead->LookAhead(some).value();
      ASSERT_EQ(taken.size(), together);
      for (std::size_t at = 0; at < together; ++at) {
        if (random() % 3 != 0) (void)ahead->Find(some[at], 10, taken[at].get());  // remembered until its turn
      }
      looks.insert(looks.end(), taken.begin(), taken.end());
    }
    ExpectSame(plain->Find(corpus[i], 10).value(), ahead->Find(corpus[i], 10, looks[i].get()).value());
    ASSERT_TRUE(plain->Add(corpus[i]).ok());
    ASSERT_TRUE(ahead->Add(corpus[i], looks[i].get()).ok());
    EXPECT_EQ(plain->frequency_table_hash(), ahead->frequency_table_hash());
    if (random() % 50 == 0) {
      ASSERT_TRUE(ahead->BeginCommit(i).ok());
    }
    if (random() % 50 == 0) {
      ASSERT_TRUE(ahead->FinishCommit().ok());
    }
    if (random() % 40 == 0) {
      const auto& again = corpus[random() % (i + 1)];  // replaced by another text: what was looked at before is old
      CandidateDocument other = corpus[random() % corpus.size()];
      other.id = again.id;
      ASSERT_TRUE(plain->Add(other).ok());
      ASSERT_TRUE(ahead->Add(other).ok());
    }
    for (int key = 0; key < 30; key += 7) {
      const std::string phone = "phone:" + std::to_string(key);
      EXPECT_EQ(plain->Frequency(phone), ahead->Frequency(phone));
      EXPECT_EQ(plain->Frequency(phone), ahead->Frequency(phone, looks[i].get()));
    }
    EXPECT_EQ(plain->size(), ahead->size());
  }
}

TEST(CandidateIndexTest, WhatIsBeingCommittedIsFoundAndLastsOnceFinished) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  ASSERT_TRUE(index->FinishCommit().ok()) << "nothing to finish";
  ASSERT_TRUE(index->Add(Document(1, "锦澜湾小区七栋电梯停运半个月", {"phone:1"})).ok());
  ASSERT_TRUE(index->BeginCommit(2).ok());
  ASSERT_TRUE(index->Add(Document(3, "云栖路夜间施工噪声扰民", {"phone:1"})).ok());
  EXPECT_EQ(index->durable_position(), 0u);
  EXPECT_EQ(Find(*index, Document(9, "", {"phone:1"})), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(index->Frequency("phone:1"), 2u);
  // Replaced while it is being committed: that is finished first.
  ASSERT_TRUE(index->Add(Document(1, "自来水管爆裂", {"phone:2"})).ok());
  EXPECT_EQ(index->durable_position(), 2u);
  EXPECT_EQ(Find(*index, Document(9, "", {"phone:1"})), (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(index->Frequency("phone:1"), 1u);
  // Begun again before the first is finished: both last.
  ASSERT_TRUE(index->BeginCommit(4).ok());
  ASSERT_TRUE(index->Add(Document(5, "路灯不亮", {"phone:3"})).ok());
  ASSERT_TRUE(index->BeginCommit(6).ok());
  EXPECT_EQ(index->durable_position(), 4u);
  ASSERT_TRUE(index->FinishCommit().ok());
  ASSERT_TRUE(index->Add(Document(7, "没有提交", {"phone:4"})).ok());
  ASSERT_TRUE(index->BeginCommit(8).ok());  // and not finished
  index.reset();
  index = OpenAt(folder / "c");
  EXPECT_EQ(index->durable_position(), 6u);
  EXPECT_EQ(index->size(), 3u);
  EXPECT_EQ(Find(*index, Document(9, "", {"phone:1", "phone:2", "phone:3", "phone:4"})),
            (std::vector<std::uint64_t>{1, 3, 5}));
}

TEST(CandidateIndexTest, TheTableInUseChangesOnlyAtEpochs) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  std::mt19937 random(1);
  auto before = index->frequency_table_hash();
  std::vector<std::uint64_t> changes;
  for (std::uint64_t i = 0; i < 1100; ++i) {
    ASSERT_TRUE(index->Add(Document(i, RandomText(random, 20, 50))).ok());
    if (index->frequency_table_hash() != before) changes.push_back(i);
    before = index->frequency_table_hash();
    if (i % 100 == 0) {
      ASSERT_TRUE(index->Commit(i).ok());
    }
  }
  EXPECT_EQ(changes, (std::vector<std::uint64_t>{256, 512, 1024}));
}

TEST(CandidateIndexTest, AddingAnIdAgainReplacesIt) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  for (const bool commit_between : {false, true}) {
    const std::uint64_t id = commit_between ? 20 : 10;
    const std::string key = commit_between ? "k:2" : "k:1";
    ASSERT_TRUE(index->Add(Document(id, "电梯坏了没人修" + key, {key, "old:1"})).ok());
    if (commit_between) {
      ASSERT_TRUE(index->Commit(1).ok());
    }
    ASSERT_TRUE(index->Add(Document(id, "自来水管爆裂" + key, {key})).ok());
    EXPECT_TRUE(Find(*index, Document(99, "电梯坏了没人修")).empty());
    EXPECT_TRUE(Find(*index, Document(99, "", {"old:1"})).empty());
    EXPECT_EQ(index->Frequency(key), 1u);
    EXPECT_EQ(index->Frequency("old:1"), 0u);
    EXPECT_EQ(Find(*index, Document(99, "", {key})), std::vector<std::uint64_t>{id});
  }
  EXPECT_EQ(index->size(), 2u);
  ASSERT_TRUE(index->Commit(2).ok());
  EXPECT_EQ(Find(*index, Document(99, "自来水管爆裂")).size(), 2u);
}

TEST(CandidateIndexTest, KeysOfACrowdAreAskedLastAndSaidToBeBounded) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  std::mt19937 random(5);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    std::vector<std::string> keys = {"place:全区"};
    if (i == 2500) keys.push_back("phone:1");
    ASSERT_TRUE(AddAndCommit(*index, Document(i, RandomText(random, 12, 3000), keys), 1000).ok());
  }
  const auto hits = index->Find(Document(9999, "没有共同的话", {"place:全区", "phone:1"}), 10).value();
  EXPECT_TRUE(hits.bounded);
  ASSERT_EQ(hits.hits.size(), 1u);
  EXPECT_EQ(hits.hits[0].id, 2500u);
  EXPECT_EQ(hits.hits[0].shared_keys, 2u);  // the crowd's key still counts for a candidate found otherwise
  EXPECT_EQ(index->Frequency("place:全区"), 3000u);
  EXPECT_FALSE(index->Find(Document(9999, "", {"phone:1"}), 10).value().bounded);
}

// Keys of each length: in few documents, in more than are read at once, in more than are read at all; and more of them
// than one question may read. What the documents since the commit add counts, too.
TEST(CandidateIndexTest, LooksTakenTogetherChangeNoAnswerOfLongKeys) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  std::mt19937 random(6);
  const auto keys_of = [](std::uint64_t i) {
    std::vector<std::string> keys = {"place:全区", "name:" + std::to_string(i)};
    if (i % 20 == 0) keys.push_back("phone:1");
    for (int k = 0; k < 9; ++k)
      if ((i * 7919 + 13 * static_cast<std::uint64_t>(k)) % 19 < 9) keys.push_back("group:" + std::to_string(k));
    return keys;
  };
  for (std::uint64_t i = 0; i < 2600; ++i)
    ASSERT_TRUE(AddAndCommit(*index, Document(i, RandomText(random, 12, 3000), keys_of(i)), 1250).ok());
  std::vector<CandidateDocument> asking;
  for (std::uint64_t i = 0; i < 20; ++i) {
    auto keys = i % 3 == 0 ? std::vector<std::string>{"phone:1", "place:全区"} : keys_of(i * 97);
    if (i == 4)
      keys = {"group:0", "group:1", "group:2", "group:3", "group:4", "group:5", "group:6", "group:7", "group:8"};
    asking.push_back(Document(9000 + i, RandomText(random, 12, 3000), std::move(keys)));
  }
  const auto looks = index->LookAhead(asking).value();
  ASSERT_EQ(looks.size(), asking.size());
  for (std::size_t i = 0; i < asking.size(); ++i) {
    const auto plain = index->Find(asking[i], 40).value();
    EXPECT_FALSE(plain.hits.empty());
    ExpectSame(plain, index->Find(asking[i], 40, looks[i].get()).value());
    for (const auto& key : asking[i].keys) EXPECT_EQ(index->Frequency(key), index->Frequency(key, looks[i].get()));
  }
}

TEST(CandidateIndexTest, ACrowdOfCopiesDoesNotHideTheSamePerson) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  const std::string letter = "我们全体业主联名要求撤换物业公司并公开维修资金账目";
  for (std::uint64_t i = 0; i < 1000; ++i)
    ASSERT_TRUE(AddAndCommit(*index, Document(i, letter, {"name:" + std::to_string(i)}), 300).ok());
  ASSERT_TRUE(index->Add(Document(2000, "上次反映的事怎么还没有答复", {"phone:1"})).ok());
  const auto hits = index->Find(Document(9999, letter, {"phone:1"}), 10).value();
  EXPECT_TRUE(hits.bounded);
  const auto ids = Ids(hits);
  ASSERT_EQ(ids.size(), 10u);
  EXPECT_EQ(ids.front(), 0u);  // the oldest copies come first
  EXPECT_EQ(ids[7], 7u);
  EXPECT_TRUE(std::find(ids.begin(), ids.end(), 2000u) != ids.end());
}

TEST(CandidateIndexTest, UncommittedDocumentsOfAKilledProcessAreGoneAndThePositionSaysSo) {
  IndexFolder folder;
  const auto corpus = RandomCorpus(8, 300, 40);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto index = OpenAt(folder / "c");
    bool fine = index != nullptr;
    for (std::size_t i = 0; fine && i < 300; ++i) {
      fine = index->Add(corpus[i]).ok();
      if (i == 199) fine = fine && index->Commit(400).ok();
    }
    ::kill(::getpid(), fine ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

  auto index = OpenAt(folder / "c");
  EXPECT_EQ(index->durable_position(), 400u);
  EXPECT_EQ(index->size(), 200u);
  for (std::size_t i = 200; i < 300; ++i) ASSERT_TRUE(index->Add(corpus[i]).ok());
  auto whole = OpenAt(folder / "whole");
  for (const auto& document : corpus) ASSERT_TRUE(whole->Add(document).ok());
  for (std::size_t i = 0; i < 300; i += 7)
    ExpectSame(index->Find(corpus[i], 10).value(), whole->Find(corpus[i], 10).value());
}

TEST(CandidateIndexTest, ALargerIndexIsToBeCommittedLessOften) {
  EXPECT_EQ(DocumentsBetweenCommits(4000, 0), 4000u);
  EXPECT_EQ(DocumentsBetweenCommits(4000, 64'000), 4000u);
  EXPECT_EQ(DocumentsBetweenCommits(4000, 320'000), 20'000u);
  EXPECT_EQ(DocumentsBetweenCommits(4000, 1'000'000'000), 32'768u);
  EXPECT_EQ(DocumentsBetweenCommits(100'000, 1'000'000'000), 100'000u);
}

TEST(CandidateIndexTest, DamageIsReportedAsCorruptAndErasingMakesRoomForARebuild) {
  const auto damage = [](const char* name, auto&& harm) {
    SCOPED_TRACE(name);
    IndexFolder folder;
    std::mt19937 random(2);
    {
      auto index = OpenAt(folder / "c");
      for (std::uint64_t i = 0; i < 150; ++i)
        ASSERT_TRUE(AddAndCommit(*index, Document(i, RandomText(random, 60, 2000)), 60).ok());
      ASSERT_TRUE(index->Commit(600).ok());
    }
    harm(folder / "c");
    CandidateOptions options;
    options.folder = folder / "c";
    const auto opened = CandidateIndex::Open(options, TestKey());
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, petition::Code::kCorrupt) << opened.error().detail;
    ASSERT_TRUE(CandidateIndex::Erase(folder / "c").ok());
    auto again = OpenAt(folder / "c");
    EXPECT_EQ(again->size(), 0u);
    EXPECT_EQ(again->durable_position(), 0u);
  };
  const auto overwrite = [](const fs::path& file) {
    ASSERT_TRUE(fs::exists(file));
    std::ofstream(file, std::ios::trunc | std::ios::binary) << "not what was written";
  };
  damage("version file", [&](const fs::path& c) { overwrite(c / "terms/iamglass"); });
  damage("no version file", [&](const fs::path& c) { fs::remove(c / "terms/iamglass"); });
  damage("no postings", [&](const fs::path& c) { fs::remove(c / "terms/postlist.glass"); });
  damage("postings cut", [&](const fs::path& c) { fs::resize_file(c / "terms/postlist.glass", 8192); });
  damage("term lists cut", [&](const fs::path& c) { fs::resize_file(c / "terms/termlist.glass", 0); });
  damage("table of frequencies", [&](const fs::path& c) {
    for (const auto& item : fs::directory_iterator(c / "rarity")) overwrite(item.path());
  });
  damage("no table of frequencies", [&](const fs::path& c) { fs::remove_all(c / "rarity"); });
}

TEST(CandidateIndexTest, AnotherKeyIsRefused) {
  IndexFolder folder;
  { ASSERT_TRUE(OpenAt(folder / "c")->Add(Document(1, "文字")).ok()); }
  CandidateOptions options;
  options.folder = folder / "c";
  const auto opened = CandidateIndex::Open(options, TestKey(8));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, petition::Code::kCorrupt);
}

TEST(CandidateIndexTest, ASecondWriterIsRefused) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  CandidateOptions options;
  options.folder = folder / "c";
  const auto second = CandidateIndex::Open(options, TestKey());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, petition::Code::kUnavailable);
}

TEST(CandidateIndexTest, FilesHoldNoWordsAndNoKeys) {
  IndexFolder folder;
  {
    auto index = OpenAt(folder / "c");
    ASSERT_TRUE(index->Add(Document(1, "锦澜湾七栋 PLANTEDWORD", {"phone:13911112222"})).ok());
    ASSERT_TRUE(index->Commit(2).ok());
  }
  for (const auto& item : fs::recursive_directory_iterator(folder.path())) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const char* planted : {"锦澜湾", "PLANTED", "plantedword", "139111", "phone"}) {
      EXPECT_EQ(bytes.find(planted), std::string::npos) << item.path() << planted;
    }
  }
}

TEST(CandidateIndexTest, CommitsFinishedByAnotherThreadChangeNoAnswer) {
  IndexFolder folder;
  const auto corpus = RandomCorpus(33, 1500, 14);
  auto plain = OpenAt(folder / "plain"), beside = OpenAt(folder / "beside");
  std::atomic<bool> done{false};
  std::thread finishing([&] {
    while (!done) EXPECT_TRUE(beside->FinishCommit().ok());
  });
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    const auto look = beside->LookAhead({&corpus[i], 1}).value().front();
    ExpectSame(plain->Find(corpus[i], 10).value(), beside->Find(corpus[i], 10, look.get()).value());
    ASSERT_TRUE(plain->Add(corpus[i]).ok());
    ASSERT_TRUE(beside->Add(corpus[i], look.get()).ok());
    if (i % 20 == 0) {
      ASSERT_TRUE(beside->BeginCommit(i).ok());
    }
    EXPECT_EQ(plain->Frequency("phone:3"), beside->Frequency("phone:3"));
  }
  done = true;
  finishing.join();
}

TEST(CandidateIndexTest, ReadersMissNothingWhileTheWriterAddsAndCommits) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  std::atomic<std::uint64_t> added{0};
  std::atomic<bool> stop{false};
  std::atomic<int> missed{0}, failed{0}, asked{0};
  const auto text = [](std::uint64_t i) {
    std::mt19937 random(static_cast<unsigned>(i));
    return RandomText(random, 20, 5000);
  };
  std::vector<std::thread> readers;
  for (unsigned reader = 0; reader < 3; ++reader) {
    readers.emplace_back([&, reader] {
      std::mt19937 random(reader);
      while (!stop) {
        const std::uint64_t known = added;
        if (known == 0) continue;
        const std::uint64_t wanted = random() % known;
        const auto hits = index->Find(Document(1 << 30, text(wanted)), 3);
        if (!hits.ok())
          ++failed;
        else if (hits->hits.empty() || hits->hits[0].id != wanted)
          ++missed;
        ++asked;
      }
    });
  }
  for (std::uint64_t i = 0; i < 400; ++i) {
    ASSERT_TRUE(AddAndCommit(*index, Document(i, text(i)), 40).ok());
    added = i + 1;
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(failed, 0);
  EXPECT_GT(asked, 0);
}

TEST(CandidateIndexTest, IdsBeyondXapiansRangeAreRefused) {
  IndexFolder folder;
  auto index = OpenAt(folder / "c");
  const auto status = index->Add(Document(std::uint64_t{1} << 32, "文字"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, petition::Code::kInvalid);
  EXPECT_TRUE(Find(*index, Document(~std::uint64_t{0}, "文字")).empty());
}

}  // namespace
}  // namespace search
