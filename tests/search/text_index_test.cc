#include "search/text_index.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "index_folder.h"
#include "search/text_terms.h"

namespace search {
namespace {

namespace fs = std::filesystem;
using TextIds = std::vector<std::uint64_t>;

// In one store, and in stores of a few ids each.
class TextIndexTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    index_.reset();
    auto opened = Open();
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    index_ = std::move(opened).value();
  }
  petition::Result<std::unique_ptr<TextIndex>> Open(std::uint8_t key = 7) {
    return TextIndex::Open(folder_ / "t", TestKey(key), GetParam());
  }
  static TextDocument Document(std::uint64_t id, std::string content) {
    TextDocument document;
    document.id = id;
    document.content = std::move(content);
    document.day = "20250304";
    return document;
  }
  void Add(const TextDocument& document) { ASSERT_TRUE(index_->Add(document).ok()); }
  void Commit(std::uint64_t position = 1) { ASSERT_TRUE(index_->Commit(position).ok()); }
  TextHits Search(const TextQuery& query) {
    auto hits = index_->Search(query);
    EXPECT_TRUE(hits.ok());
    return hits.ok() ? std::move(hits).value() : TextHits{};
  }
  TextIds Sorted(const TextQuery& query) {
    TextIds ids = Search(query).ids;
    std::sort(ids.begin(), ids.end());
    return ids;
  }
  TextIds Words(const std::string& words) {
    TextQuery query;
    query.words = words;
    query.limit = 1000;
    return Sorted(query);
  }

  IndexFolder folder_;
  std::unique_ptr<TextIndex> index_;
};

TEST_P(TextIndexTest, FindsAnyRunOfTwoIdeographsOrMore) {
  const std::string text = "锦澜湾小区物业长期不作为，地下车库漏水无人处理";
  Add(Document(1, text));
  Add(Document(2, "拖欠工资三个月"));
  Commit();
  const std::string run = "锦澜湾小区物业长期不作为";
  for (std::size_t begin = 0; begin < run.size(); begin += 3) {
    for (std::size_t length = 6; begin + length <= run.size(); length += 3) {
      EXPECT_EQ(Words(run.substr(begin, length)), TextIds{1}) << run.substr(begin, length);
      EXPECT_EQ(Words("\"" + run.substr(begin, length) + "\""), TextIds{1}) << run.substr(begin, length);
    }
  }
  EXPECT_EQ(Words("资三"), TextIds{2});
  EXPECT_EQ(Words("湾作"), TextIds{});
}

TEST_P(TextIndexTest, AllWordsMustStandAndExcludedOnesMustNot) {
  Add(Document(1, "电梯停运，物业不管"));
  Add(Document(2, "电梯停运，已经修好"));
  Add(Document(3, "物业乱收费"));
  Commit();
  EXPECT_EQ(Words("电梯 物业"), TextIds{1});
  EXPECT_EQ(Words("电梯 -物业"), TextIds{2});
  EXPECT_EQ(Words("-电梯"), TextIds{3});
  EXPECT_EQ(Words("－电梯　物业"), TextIds{3});
  EXPECT_EQ(Words("物业 -“电梯停运”"), TextIds{3});
  EXPECT_EQ(Words("物业电梯"), TextIds{1});     // two words typed without a blank
  EXPECT_EQ(Words("\"物业电梯\""), TextIds{});  // but not as a phrase
  EXPECT_EQ(Words("\"停运，物业\""), TextIds{1});
  EXPECT_EQ(Words(""), (TextIds{1, 2, 3}));
  EXPECT_EQ(Words("。！"), TextIds{});
  EXPECT_EQ(Words("\""), TextIds{});
  EXPECT_EQ(Words("-"), TextIds{});
}

TEST_P(TextIndexTest, WritingVariantsAreTheSameWord) {
  Add(Document(1, "拖欠農民工工資３８０００元，ABC公司不給"));
  Commit();
  for (const char* words : {"农民工工资", "農民工", "38000元", "38000", "３８０００", "abc公司", "ＡＢＣ"})
    EXPECT_EQ(Words(words), TextIds{1}) << words;
  EXPECT_EQ(Words("3800"), TextIds{});
}

TEST_P(TextIndexTest, NumbersAndWordsMixInPlaceNames) {
  Add(Document(1, "住在3号楼2单元"));
  Add(Document(2, "住在2号楼3单元"));
  Commit();
  EXPECT_EQ(Words("3号楼"), TextIds{1});
  EXPECT_EQ(Words("2号楼"), TextIds{2});
}

TEST_P(TextIndexTest, FieldsNumbersAndPeopleAreSearchedApart) {
  TextDocument one = Document(1, "正文说到望江路");
  one.title = "关于噪音的投诉";
  one.place = "青石巷12号";
  one.accused = "王某某";
  one.numbers = {"439900-20250304-000123-V", "WX-88"};
  one.people = {"13912345678", "阿卜杜拉·买买提"};
  TextDocument two = Document(2, "正文说到噪音和青石巷");
  two.title = "望江路修路";
  Add(one);
  Add(two);
  Commit();
  TextQuery title;
  title.title = "噪音";
  EXPECT_EQ(Sorted(title), TextIds{1});
  TextQuery place;
  place.place = "青石巷";
  EXPECT_EQ(Sorted(place), TextIds{1});
  TextQuery accused;
  accused.accused = "王某某";
  EXPECT_EQ(Sorted(accused), TextIds{1});
  EXPECT_EQ(Words("噪音"), (TextIds{1, 2}));
  EXPECT_EQ(Words("王某某"), TextIds{1});
  for (const char* number : {"439900-20250304-000123-V", "43990020250304000123v", "wx88"}) {
    TextQuery query;
    query.number = number;
    EXPECT_EQ(Sorted(query), TextIds{1}) << number;
  }
  TextQuery part;
  part.number = "439900-20250304-000123";
  EXPECT_EQ(Sorted(part), TextIds{});
  for (const char* person : {"13912345678", "阿卜杜拉买买提", "阿卜杜拉•买买提"}) {
    TextQuery query;
    query.person = person;
    EXPECT_EQ(Sorted(query), TextIds{1}) << person;
  }
  TextQuery nobody;
  nobody.person = "···";
  EXPECT_EQ(Sorted(nobody), TextIds{});
  EXPECT_EQ(Words("13912345678"), TextIds{});  // people are no words
}

TEST_P(TextIndexTest, FiltersNarrow) {
  const char* divisions[] = {"439921105002", "439921105000", "439922", "430100", ""};
  const char* days[] = {"20241231", "20250101", "20250228", "20250301", "20260101"};
  for (std::uint64_t i = 0; i < 5; ++i) {
    TextDocument document = Document(i, "噪音");
    document.division = divisions[i];
    document.day = days[i];
    document.channel = i % 2 ? "portal" : "hotline";
    document.source = i < 2 ? "a" : "b";
    document.category = "c" + std::to_string(i);
    Add(document);
  }
  Commit();
  const auto within = [&](std::vector<std::string> wanted) {
    TextQuery query;
    query.words = "噪音";
    query.divisions = std::move(wanted);
    return Sorted(query);
  };
  EXPECT_EQ(within({}), (TextIds{0, 1, 2, 3, 4}));
  EXPECT_EQ(within({"000000"}), (TextIds{0, 1, 2, 3, 4}));
  EXPECT_EQ(within({"430000"}), (TextIds{0, 1, 2, 3}));
  EXPECT_EQ(within({"439900"}), (TextIds{0, 1, 2}));
  EXPECT_EQ(within({"439921"}), (TextIds{0, 1}));
  EXPECT_EQ(within({"439921105000"}), (TextIds{0, 1}));
  EXPECT_EQ(within({"439921105002"}), TextIds{0});
  EXPECT_EQ(within({"439922", "430100"}), (TextIds{2, 3}));
  EXPECT_EQ(within({"440000"}), TextIds{});
  const auto between = [&](std::string from, std::string to) {
    TextQuery query;
    query.day_from = std::move(from);
    query.day_to = std::move(to);
    return Sorted(query);
  };
  EXPECT_EQ(between("20250101", "20251231"), (TextIds{1, 2, 3}));
  EXPECT_EQ(between("20250102", "20250301"), (TextIds{2, 3}));
  EXPECT_EQ(between("", "20250101"), (TextIds{0, 1}));
  EXPECT_EQ(between("20250301", ""), (TextIds{3, 4}));
  EXPECT_EQ(between("20250301", "20250101"), TextIds{});
  TextQuery several;
  several.channel = "portal";
  several.source = "b";
  EXPECT_EQ(Sorted(several), TextIds{3});
  several.category = "c0";
  EXPECT_EQ(Sorted(several), TextIds{});
}

TEST(DaysBetweenTest, CoversEachDayOnceAndNoOther) {
  std::mt19937 random(3);
  std::vector<std::string> all;
  for (int year = 2023; year <= 2026; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= 31; ++day) all.push_back(std::to_string(year * 10000 + month * 100 + day));
    }
  }
  for (int round = 0; round < 200; ++round) {
    const std::string from = all[random() % all.size()], to = all[random() % all.size()];
    const auto parts = DaysBetween(from, to);
    EXPECT_LE(parts.size(), 120u);
    for (const std::string& day : all) {
      const auto covered =
          std::count_if(parts.begin(), parts.end(), [&](const std::string& part) { return day.starts_with(part); });
      ASSERT_EQ(covered, from <= day && day <= to ? 1 : 0) << day << " in " << from << " to " << to;
    }
  }
}

TEST_P(TextIndexTest, SealedDocumentsNeitherHitNorCountWithoutTheRight) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    TextDocument document = Document(i, "举报局长受贿");
    document.sealed = i % 2;
    document.numbers = {"n" + std::to_string(i)};
    Add(document);
  }
  Commit();
  TextQuery query;
  query.words = "受贿";
  query.limit = 3;
  EXPECT_EQ(Search(query).total, 10u);
  query.words = "";
  EXPECT_EQ(Search(query).total, 10u);
  query.number = "n3";
  EXPECT_EQ(Search(query).total, 0u);
  query.with_sealed = true;
  EXPECT_EQ(Search(query).ids, TextIds{3});
  query.number = "";
  query.words = "-局长";
  EXPECT_EQ(Search(query).total, 0u);
  query.words = "受贿";
  query.limit = 100;
  const auto all = Search(query);
  EXPECT_EQ(all.total, 20u);
  EXPECT_EQ(all.ids.size(), 20u);
  EXPECT_FALSE(all.estimated);
}

TEST_P(TextIndexTest, PagesAreStableAndNewestComeFirstWhenAsked) {
  for (std::uint64_t i = 0; i < 50; ++i) Add(Document(i, i % 5 ? "噪音扰民" : "噪音噪音噪音扰民"));
  Commit();
  TextQuery query;
  query.words = "噪音";
  query.newest_first = true;
  query.limit = 7;
  TextIds paged;
  for (query.offset = 0; query.offset < 50; query.offset += 7) {
    const auto hits = Search(query);
    EXPECT_EQ(hits.total, 50u);
    paged.insert(paged.end(), hits.ids.begin(), hits.ids.end());
  }
  ASSERT_EQ(paged.size(), 50u);
  for (std::uint64_t i = 0; i < 50; ++i) EXPECT_EQ(paged[i], 49 - i);
  query.newest_first = false;
  query.offset = 0;
  query.limit = 12;
  const auto relevant = Search(query).ids;  // those that say it more often first
  for (std::size_t i = 0; i < relevant.size(); ++i) EXPECT_EQ(relevant[i] % 5 == 0, i < 10) << i;
  if (GetParam() < 50) return;
  EXPECT_EQ(relevant.front(), 45u);  // ties by higher id
  EXPECT_EQ(relevant[9], 0u);
  EXPECT_EQ(relevant[10], 49u);
}

TEST_P(TextIndexTest, AddingAgainReplacesAndRemoveForgets) {
  Add(Document(1, "电梯停运"));
  Commit();
  TextDocument sealed = Document(1, "水管爆裂");
  sealed.sealed = true;
  Add(sealed);
  Add(Document(2, "电梯噪音"));
  Commit();
  EXPECT_EQ(Words("电梯"), TextIds{2});
  EXPECT_EQ(Words("水管"), TextIds{});
  EXPECT_EQ(index_->size(), 2u);
  ASSERT_TRUE(index_->Remove(2).ok());
  ASSERT_TRUE(index_->Remove(77).ok());
  Commit();
  EXPECT_EQ(Words("电梯"), TextIds{});
  EXPECT_EQ(index_->size(), 1u);
}

TEST_P(TextIndexTest, WrongQueriesAreRefusedClearly) {
  const auto reason = [&](const TextQuery& query) {
    const auto hits = index_->Search(query);
    return hits.ok() ? std::string("none") : hits.error().Reason();
  };
  TextQuery query;
  query.words = std::string(3000, 'x');
  EXPECT_EQ(reason(query), "query_too_long");
  query = {};
  for (const char* day : {"2025-03-04", "20251301", "20250100", "99999999", "2025030４"}) {
    query.day_from = day;
    EXPECT_EQ(reason(query), "day_invalid") << day;
  }
  query = {};
  for (const char* words : {"资", "电梯 资", "-资", "\"资\"", "“资，三”"}) {
    query.words = words;
    EXPECT_EQ(reason(query), "word_too_short") << words;
  }
  query = {};
  query.accused = "王";
  EXPECT_EQ(reason(query), "word_too_short");
  query = {};
  query.offset = 1000000000;
  EXPECT_EQ(reason(query), "offset_too_large");
}

TEST_P(TextIndexTest, HostileBytesDoNoHarm) {
  std::mt19937 random(9);
  for (std::uint64_t i = 0; i < 50; ++i) {
    TextDocument document;
    document.id = i;
    for (std::string* text : {&document.title, &document.content, &document.place, &document.accused,
                              &document.division, &document.category, &document.day}) {
      for (std::size_t n = random() % 200; n > 0; --n) *text += static_cast<char>(random());
    }
    document.numbers = {document.title, ""};
    document.people = {document.content};
    Add(document);
    TextQuery query;
    query.words = document.content;
    query.number = document.title;
    query.divisions = {document.division};
    ASSERT_TRUE(index_->Search(query).ok());
    for (const Span& span : Highlight(document.content, document.title + document.content))
      ASSERT_LE(span.begin, span.end);
  }
  TextDocument large = Document(99, std::string(3 << 20, 'x') + "尾声");
  Add(large);
  Commit();
}

TEST_P(TextIndexTest, RestartKeepsWhatWasCommittedAndThePosition) {
  Add(Document(1, "电梯停运"));
  Commit(42);
  Add(Document(43, "噪音扰民"));
  Reopen();
  EXPECT_EQ(index_->durable_position(), 42u);
  EXPECT_EQ(index_->size(), 1u);
  Add(Document(43, "噪音扰民"));
  Commit(44);
  EXPECT_EQ(Words("噪音"), TextIds{43});
}

TEST_P(TextIndexTest, AKilledWriterLosesOnlyWhatWasNotCommitted) {
  index_.reset();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Reopen();
    bool fine = index_ != nullptr;
    for (std::uint64_t i = 0; fine && i < 40; ++i) {
      fine = index_->Add(Document(i, "电梯停运")).ok();
      if (i == 19) fine = index_->Commit(20).ok();
    }
    ::kill(::getpid(), fine ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  Reopen();
  // A slow machine may have committed once more by the clock; never less, and never without its position.
  EXPECT_GE(index_->durable_position(), 20u);
  EXPECT_EQ(Words("电梯").size(), index_->size());
  EXPECT_GE(index_->size(), 20u);
}

TEST_P(TextIndexTest, DamageIsReportedAsCorrupt) {
  for (int i = 0; i < 30; ++i) Add(Document(static_cast<std::uint64_t>(i), "电梯停运" + std::to_string(i)));
  Commit();
  index_.reset();
  fs::resize_file(folder_ / "t" / "0000" / "postlist.glass", 100);
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, petition::Code::kCorrupt) << opened.error().detail;
  ASSERT_TRUE(TextIndex::Erase(folder_ / "t").ok());
  Reopen();
  EXPECT_EQ(index_->size(), 0u);
  index_.reset();
  const auto other = Open(9);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, petition::Code::kCorrupt);
}

TEST_P(TextIndexTest, APartThatIsMissingIsReportedAsCorrupt) {
  for (std::uint64_t i = 0; i < 3 * GetParam() && i < 60; ++i) Add(Document(i, "电梯停运"));
  Commit();
  index_.reset();
  fs::remove_all(folder_ / "t" / "0000");
  fs::create_directories(folder_ / "t" / "0001");
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, petition::Code::kCorrupt) << opened.error().detail;
}

TEST_P(TextIndexTest, AnIndexOfTheFormerFormatIsReportedAsCorrupt) {
  index_.reset();
  for (const auto& item : fs::directory_iterator(folder_ / "t" / "0000"))
    fs::rename(item, folder_ / "t" / item.path().filename());
  fs::remove(folder_ / "t" / "0000");
  const auto opened = Open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, petition::Code::kCorrupt) << opened.error().detail;
}

// A kill or a full disk while a further store is made costs nothing that was there; nor does what others leave beside.
TEST_P(TextIndexTest, WhatIsLeftOfAStoreThatWasBeingMadeIsNoDamage) {
  for (std::uint64_t i = 0; i < 40; ++i) Add(Document(i, "电梯停运"));
  Commit(40);
  index_.reset();
  fs::create_directories(folder_ / "t" / "0009.new");
  std::ofstream(folder_ / "t" / "0009.new" / "postlist.glass") << "half";
  fs::create_directories(folder_ / "t" / "lost+found");
  Reopen();
  EXPECT_EQ(index_->size(), 40u);
  EXPECT_EQ(Words("电梯").size(), 40u);
  EXPECT_FALSE(fs::exists(folder_ / "t" / "0009.new"));
}

// What is changed in a store at rest may be durable before the position is; the position never before it.
TEST_P(TextIndexTest, AnOldDocumentChangedBesideNewOnesIsThereWithThePosition) {
  for (std::uint64_t i = 0; i < 40; ++i) Add(Document(i, "电梯停运"));
  Commit(40);
  Add(Document(3, "噪音扰民"));
  Add(Document(41, "噪音扰民"));
  ASSERT_TRUE(index_->Remove(5).ok());
  Commit(42);
  Reopen();
  EXPECT_EQ(index_->durable_position(), 42u);
  EXPECT_EQ(index_->size(), 40u);
  EXPECT_EQ(Words("噪音"), (TextIds{3, 41}));
  EXPECT_EQ(Words("电梯").size(), 38u);
  Add(Document(4, "噪音扰民"));
  ASSERT_TRUE(index_->Reopen().ok());
  EXPECT_EQ(Words("噪音"), (TextIds{3, 41}));
  EXPECT_EQ(index_->size(), 40u);
}

TEST_P(TextIndexTest, FilesHoldNoWords) {
  TextDocument document = Document(1, "锦澜湾七栋 PLANTEDWORD");
  document.people = {"13911112222"};
  document.numbers = {"WX88881111"};
  document.source = "plantedsource";
  Add(document);
  Commit();
  index_.reset();
  for (const auto& item : fs::recursive_directory_iterator(folder_.path())) {
    if (!item.is_regular_file()) continue;
    std::ifstream in(item.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const char* planted : {"锦澜", "PLANTED", "planted", "139111", "8888"}) {
      EXPECT_EQ(bytes.find(planted), std::string::npos) << item.path() << planted;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, TextIndexTest, ::testing::Values(kTextIdsEach, 16));

// Any page of any question is the same however many stores hold the documents; so is what is most relevant, but for the
// order of equals.
TEST(TextStoresTest, ManyAnswerAsOneDoes) {
  std::mt19937 random(20250304);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  const std::string words[] = {"电梯", "噪音", "物业", "停水", "欠薪"};
  const IndexFolder folder;
  auto one = TextIndex::Open(folder / "one", TestKey()), many = TextIndex::Open(folder / "many", TestKey(), 32);
  ASSERT_TRUE(one.ok() && many.ok());
  for (std::uint64_t id = 0; id < 400; id += 1 + below(3)) {
    TextDocument document;
    document.id = id;
    for (std::size_t n = below(6); n > 0; --n) document.content += words[below(5)] + "，";
    document.day = below(2) ? "20250304" : "20250305";
    document.sealed = below(8) == 0;
    ASSERT_TRUE((*one)->Add(document).ok() && (*many)->Add(document).ok());
  }
  ASSERT_TRUE((*one)->Commit(400).ok() && (*many)->Commit(400).ok());
  EXPECT_EQ((*one)->size(), (*many)->size());
  for (int round = 0; round < 300; ++round) {
    TextQuery query;
    if (below(3) > 0) query.words = words[below(5)];
    if (below(3) == 0) query.words += " " + words[below(5)];
    if (below(3) == 0) query.day_from = query.day_to = "20250304";
    query.with_sealed = below(2) == 0;
    query.newest_first = below(2) == 0;
    query.offset = below(120);
    query.limit = below(40);
    const bool by_relevance = !query.newest_first && !query.words.empty();
    if (by_relevance) query.offset = 0, query.limit = 1000;
    auto expected = (*one)->Search(query), found = (*many)->Search(query);
    ASSERT_TRUE(expected.ok() && found.ok());
    if (by_relevance) {
      std::sort(expected->ids.begin(), expected->ids.end());
      std::sort(found->ids.begin(), found->ids.end());
    }
    EXPECT_EQ(found->ids, expected->ids) << query.words << query.offset;
    EXPECT_EQ(found->total, expected->total);
    EXPECT_FALSE(found->estimated);
  }
}

// More than are counted exactly, in stores that pages begin, end and lie beyond.
TEST(TextStoresTest, PagesGoOnBeyondWhatIsCounted) {
  constexpr std::uint64_t kDocuments = 11'500;
  const IndexFolder folder;
  auto index = TextIndex::Open(folder / "many", TestKey(), 1024);
  ASSERT_TRUE(index.ok());
  for (std::uint64_t id = 0; id < kDocuments; ++id) {
    TextDocument document;
    document.id = id;
    document.content = id % 2 ? "噪音" : "停水";
    ASSERT_TRUE((*index)->Add(document).ok());
  }
  ASSERT_TRUE((*index)->Commit(kDocuments).ok());
  TextQuery query;
  query.newest_first = true;
  for (const std::size_t limit : {0, 1, 40, 1000}) {
    for (const std::size_t offset : {0, 1, 1023, 1024, 5000, 9990, 10'200, 11'480, 11'500, 12'000}) {
      SCOPED_TRACE(testing::Message() << offset << " " << limit);
      query.offset = offset;
      query.limit = limit;
      const auto found = (*index)->Search(query);
      ASSERT_TRUE(found.ok());
      TextIds expected;
      for (std::size_t at = offset; at < std::min<std::size_t>(offset + limit, kDocuments); ++at)
        expected.push_back(kDocuments - 1 - at);
      EXPECT_EQ(found->ids, expected);
      EXPECT_LE(found->total, kDocuments);
      EXPECT_GE(found->total, std::min<std::size_t>(10'000, kDocuments));
      EXPECT_EQ(found->estimated, found->total != kDocuments);
    }
  }
  query.words = "噪音";
  query.offset = 5700;
  query.limit = 100;
  const auto few = (*index)->Search(query);
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->total, kDocuments / 2);
  EXPECT_FALSE(few->estimated);
  EXPECT_EQ(few->ids.size(), 50u);
  EXPECT_EQ(few->ids.back(), 1u);
}

std::vector<std::string> Marked(std::string_view words, std::string_view text) {
  std::vector<std::string> marked;
  for (const Span& span : Highlight(words, text)) marked.emplace_back(text.substr(span.begin, span.end - span.begin));
  return marked;
}

TEST(HighlightTest, MarksWordsAsTheyStandInTheText) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(Marked("电梯 物业", "七栋電梯停运，物業不管电梯"), (Texts{"電梯", "物業", "电梯"}));
  EXPECT_EQ(Marked("38000", "欠３８０００元，不是380000元"), (Texts{"３８０００"}));
  EXPECT_EQ(Marked("\"停运物业\"", "停运，物业。停运\n物业"), (Texts{"停运\n物业"}));
  EXPECT_EQ(Marked("电梯 -物业", "电梯物业"), (Texts{"电梯"}));
  EXPECT_EQ(Marked("工资 资三", "拖欠工资三个月"), (Texts{"工资三"}));
  EXPECT_EQ(Marked("", "电梯"), Texts{});
  EXPECT_EQ(Marked("电梯", ""), Texts{});
}

}  // namespace
}  // namespace search
