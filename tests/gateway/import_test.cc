#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "gateway/import/importer.h"
#include "petition/json.h"
#include "support/process.h"

namespace gateway {
namespace {

using petition::Code;
using petition::Json;
using testing::ElementsAre;
using testing::HasSubstr;

class ImportTest : public testing::Test {
 protected:
  ImportTest() {
    settings_.data = folder_.path();
    settings_.disk_free_min = 1;
    auto registry = Registry::Open(folder_.path(), clock_);
    for (const char* name : {"portal", "hotline"}) {
      Source source;
      source.name = name;
      source.channel = name;
      source.division = "439902";
      EXPECT_TRUE((*registry)->AddSource(source).ok());
    }
  }

  std::string File(const std::string& name, const std::string& bytes) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  std::unique_ptr<ImportTarget> Open() {
    auto target = OpenLocalTarget(settings_, clock_);
    EXPECT_TRUE(target.ok()) << target.error().message << target.error().detail;
    return target.ok() ? std::move(*target) : nullptr;
  }

  petition::Result<ImportSummary> Import(const std::string& file, ImportOptions options = {}) {
    if (options.source.empty()) options.source = "portal";
    const auto target = Open();
    Importer importer(options, *target);
    return importer.Import(file);
  }
  ImportSummary Must(const std::string& file, ImportOptions options = {}) {
    auto summary = Import(file, std::move(options));
    EXPECT_TRUE(summary.ok()) << summary.error().Reason() << " " << summary.error().message << summary.error().detail;
    return summary.ok() ? *summary : ImportSummary{};
  }

  /// The entries of the folder's ledger, raw bytes included.
  std::vector<ledger::Stored> Entries() {
    const auto keys = ledger::KeyRing::Open(settings_.data / "keys", false);
    ledger::Options options;
    options.folder = settings_.data;
    const auto ledger = ledger::Ledger::Open(options, *keys, clock_);
    EXPECT_TRUE(ledger.ok());
    return *(*ledger)->ReadRange(0, (*ledger)->size(), ledger::Ledger::Raw::kRead);
  }
  std::vector<IntakeRecord> Intakes() {
    std::vector<IntakeRecord> intakes;
    for (const auto& entry : Entries()) {
      if (entry.kind == ledger::Kind::kIntake) intakes.push_back(*ReadIntakeRecord(entry));
    }
    return intakes;
  }
  std::vector<Json> Records(ledger::Kind kind) {
    std::vector<Json> records;
    for (const auto& entry : Entries()) {
      if (entry.kind == kind) records.push_back(*petition::ParseJson(entry.record));
    }
    return records;
  }

  support::TemporaryFolder folder_;
  petition::SystemClock clock_;
  config::Settings settings_;
};

std::string Line(const std::string& id, const std::string& external_id, const std::string& content,
                 const std::string& source = "portal") {
  return Json{{"type", "submission"},
              {"id", id},
              {"source", source},
              {"externalId", external_id},
              {"receivedAt", "2025-03-04T09:00:00+08:00"},
              {"content", content},
              {"petitioners", {{{"name", "陈立平"}, {"phone", "19900001234"}}}}}
             .dump() +
         "\n";
}

std::string Closure(const std::string& id) {
  return R"({"type":"closure","id":")" + id +
         R"(","at":"2025-04-01T10:00:00+08:00"})"
         "\n";
}

// -- JSONL ----------------------------------------------------------------------------------------------------------

TEST_F(ImportTest, LinesBecomeIntakesAndClosuresBecomeEventsInTheirOrder) {
  const auto file = File("a.jsonl", Line("s1", "1", "甲") + "\r\n\n" + Line("s2", "2", "乙") + Closure("s1") +
                                        Line("s3", "1", "甲") + Line("s4", "1", "甲，补充") + Closure("s3"));
  const auto summary = Must(file);
  EXPECT_EQ(summary.counts.rows, 6u);
  EXPECT_EQ(summary.counts.registered, 3u);
  EXPECT_EQ(summary.counts.existing, 1u);
  EXPECT_EQ(summary.counts.revisions, 1u);
  EXPECT_EQ(summary.counts.closures, 2u);
  EXPECT_EQ(summary.counts.refused, 0u);
  const auto entries = Entries();
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[2].kind, ledger::Kind::kEvent);
  const Json event = *petition::ParseJson(entries[2].record);
  EXPECT_EQ(event.at("intake"), 0);
  EXPECT_EQ(event.at("event"), "closed");
  EXPECT_EQ(event.at("at"), "2025-04-01T10:00:00+08:00");
  EXPECT_EQ(event.at("text"), "imported closure");
  EXPECT_EQ(petition::ParseJson(entries[4].record)->at("intake"), 0) << "a resend's closure closes the first";
  EXPECT_EQ(entries[0].raw + "\n", Line("s1", "1", "甲"));
}

TEST_F(ImportTest, NamesOfTheRowAreNoFieldsAndSourceDefaultsFillIn) {
  const auto summary = Must(File("a.jsonl", R"({"id":"x","content":"甲","gold":{"matter":"m"}})"
                                            "\n"));
  EXPECT_THAT(summary.unknown_fields, ElementsAre("gold"));
  const auto intakes = Intakes();
  ASSERT_EQ(intakes.size(), 1u);
  EXPECT_EQ(intakes[0].submission.channel, "portal");
  EXPECT_EQ(intakes[0].submission.division, "439902");
  EXPECT_EQ(intakes[0].submission.external_id, "import:" + summary.sha256.substr(0, 16) + ":1");
  EXPECT_FALSE(intakes[0].historic);
}

TEST_F(ImportTest, ClosingIsMadeOnceWhoeverRegisteredTheSubmission) {
  Must(File("a.jsonl", Line("s1", "1", "甲")));
  // Another file with the same submission, as when a run died between a submission and its closing.
  const std::string more = Line("s1", "1", "甲") + Closure("s1") + Line("s2", "2", "乙") + Closure("s1");
  const auto summary = Must(File("b.jsonl", more));
  EXPECT_EQ(summary.counts.existing, 1u);
  EXPECT_EQ(summary.counts.closures, 2u);
  const auto entries = Entries();
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[1].kind, ledger::Kind::kEvent) << "in the order of the file";
  std::filesystem::remove(settings_.data / "imports.db");
  EXPECT_EQ(Must(File("b.jsonl", more)).counts.closures_known, 2u) << "also without the memory of the first run";
  EXPECT_EQ(Entries().size(), 4u);
}

TEST_F(ImportTest, ClosingOfARefusedRowIsRefusedToo) {
  const auto summary = Must(File("a.jsonl", R"({"id":"x","content":"甲","attachments":[{"sha256":")" +
                                                std::string(64, 'a') + "\"}]}\n" + Closure("x")));
  EXPECT_EQ(summary.counts.refused, 2u);
  const auto refusals = Records(ledger::Kind::kRefused);
  ASSERT_EQ(refusals.size(), 2u);
  EXPECT_EQ(refusals[0].at("reason"), "attachment_missing");
  EXPECT_EQ(refusals[1].at("reason"), "closure_unknown");
}

TEST_F(ImportTest, HistoryIsMarked) {
  ImportOptions options;
  options.historic = true;
  Must(File("a.jsonl", Line("s1", "1", "甲")), options);
  EXPECT_TRUE(Intakes().at(0).historic);
}

TEST_F(ImportTest, BadRowsAreRefusedByLineAndSpoilNothing) {
  const std::string good = Line("s1", "1", "甲");
  const auto file = File("a.jsonl", good + "{broken\n" + "\"word\"\n" +
                                        R"({"title":""})"
                                        "\n" +
                                        R"({"type":"weather","content":"x"})"
                                        "\n" +
                                        "{\"content\":\"\xff\"}\n" +
                                        R"({"content":"x","receivedAt":"gestern"})"
                                        "\n" +
                                        Closure("nobody") +
                                        R"({"type":"closure","id":"s1","at":"never"})"
                                        "\n" +
                                        std::string("{\"content\":\"a\0b\"}\n", 18) + Line("s2", "2", "乙"));
  const auto summary = Must(file);
  EXPECT_EQ(summary.counts.registered, 2u);
  EXPECT_EQ(summary.counts.refused, 9u);
  EXPECT_EQ(summary.counts.rows, 11u);
  const auto refusals = Records(ledger::Kind::kRefused);
  ASSERT_EQ(refusals.size(), 9u);
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    EXPECT_EQ(refusals[i].at("door"), "import");
    EXPECT_EQ(refusals[i].at("source"), "portal");
    EXPECT_EQ(refusals[i].at("where").at("file"), summary.sha256.substr(0, 16));
    EXPECT_EQ(refusals[i].at("where").at("line"), i + 2);
    reasons.push_back(refusals[i].at("reason"));
  }
  EXPECT_THAT(reasons, ElementsAre("json_invalid", "not_an_object", "content_missing", "type_unknown", "undecodable",
                                   testing::_, "closure_unknown", "time_invalid", "json_invalid"));
  EXPECT_EQ(refusals[5].at("where").at("fields").at(0).at("pointer"), "/receivedAt");
  for (const auto& entry : Entries()) {
    EXPECT_TRUE(entry.kind != ledger::Kind::kRefused || !entry.raw.empty());
  }
}

TEST_F(ImportTest, OverlongLineIsRefusedAndTheNextIsTaken) {
  const std::string line = R"({"content":")" + std::string(9u << 20, 'x') + "\"}";
  const auto summary = Must(File("a.jsonl", line + "\n" + Line("s1", "1", "甲")));
  EXPECT_EQ(summary.counts.registered, 1u);
  const auto refusals = Records(ledger::Kind::kRefused);
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].at("reason"), "row_too_long");
  EXPECT_EQ(refusals[0].at("size"), line.size());
}

TEST_F(ImportTest, EachLineCanNameItsOwnSource) {
  const auto file = File("a.jsonl", Line("1", "1", "甲", "portal") + Line("2", "1", "甲", "hotline") +
                                        Line("3", "3", "丙", "letters") + Line("4", "4", "丁", "Bad Name"));
  ImportOptions options;
  options.source = "-";
  auto summary = Must(file, options);
  EXPECT_EQ(summary.counts.registered, 2u);
  EXPECT_EQ(summary.counts.refused, 2u);
  EXPECT_EQ(Records(ledger::Kind::kRefused).at(0).at("reason"), "source_unknown");
  options.add_sources = options.again = true;
  summary = Must(file, options);
  ASSERT_EQ(summary.added_sources.size(), 1u);
  EXPECT_EQ(summary.added_sources[0].first, "letters");
  EXPECT_EQ(summary.counts.registered, 1u);
  EXPECT_EQ(summary.counts.existing, 2u);
  EXPECT_EQ(Records(ledger::Kind::kRefused).back().at("reason"), "name_invalid");
}

TEST_F(ImportTest, UnknownOrSuspendedSourceStopsBeforeAnything) {
  ImportOptions options;
  options.source = "nobody";
  EXPECT_EQ(Import(File("a.jsonl", Line("1", "1", "甲")), options).error().code, Code::kNotFound);
  ASSERT_TRUE((*Registry::Open(folder_.path(), clock_))->SuspendSource("portal", true).ok());
  EXPECT_EQ(Import(File("a.jsonl", Line("1", "1", "甲"))).error().reason, "source_suspended");
  EXPECT_TRUE(Entries().empty());
}

TEST_F(ImportTest, AFolderThatAHubHasOpenIsRefusedClearly) {
  const auto hub = Open();
  const auto second = OpenLocalTarget(settings_, clock_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kConflict);
  settings_.data = folder_.path() + "/nowhere";
  EXPECT_EQ(OpenLocalTarget(settings_, clock_).error().code, Code::kNotFound);
}

// -- Going on after an end ------------------------------------------------------------------------------------------

TEST_F(ImportTest, AFileImportedToItsEndIsNotReadAgain) {
  const auto file = File("a.jsonl", Line("s1", "1", "甲") + "{broken\n" +
                                        R"({"content":"没有编号"})"
                                        "\n" +
                                        Closure("s1"));
  const auto first = Must(file);
  const std::size_t entries = Entries().size();
  const auto second = Must(File("other name.jsonl", Line("s1", "1", "甲") + "{broken\n" +
                                                        R"({"content":"没有编号"})"
                                                        "\n" +
                                                        Closure("s1")));
  EXPECT_TRUE(second.known);
  EXPECT_EQ(second.counts.registered, first.counts.registered);
  EXPECT_EQ(Entries().size(), entries);
  ImportOptions again;
  again.again = true;
  const auto third = Must(file, again);
  EXPECT_FALSE(third.known);
  EXPECT_EQ(third.counts.registered, 0u);
  EXPECT_EQ(third.counts.existing, 2u) << "also the one without a number";
  EXPECT_EQ(third.counts.closures_known, 1u);
}

/// Dies by SIGKILL at a chosen call, before or after the real target did its work.
class DyingTarget final : public ImportTarget {
 private:
  template <typename Call>
  auto Dying(Call call) {
    const bool last = --calls_ == 0;
    if (last && !after_) raise(SIGKILL);
    auto answer = call();
    if (last) raise(SIGKILL);
    return answer;
  }

 public:
  DyingTarget(std::unique_ptr<ImportTarget> target, int calls, bool after)
      : target_(std::move(target)), calls_(calls), after_(after) {}
  petition::Result<Source> FindSource(const std::string& name) override { return target_->FindSource(name); }
  petition::Result<std::string> AddSource(const Source& source) override { return target_->AddSource(source); }
  ImportAnswers Register(const ImportBatch& batch) override {
    return Dying([&] { return target_->Register(batch); });
  }
  petition::Status Refuse(std::span<const Refusal> refusals) override {
    return Dying([&] { return target_->Refuse(refusals); });
  }
  bool RecordsRefusals() const override { return target_->RecordsRefusals(); }
  std::uint64_t ledger_size() override { return target_->ledger_size(); }
  petition::Result<std::vector<std::uint64_t>> RefusedLines(const std::string& file, std::uint64_t since) override {
    return target_->RefusedLines(file, since);
  }
  std::filesystem::path progress_file() const override { return target_->progress_file(); }

 private:
  std::unique_ptr<ImportTarget> target_;
  int calls_;
  const bool after_;
};

TEST_F(ImportTest, KilledAtAnyCallItGoesOnAndDoublesNothing) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    if (i % 10 == 3) text += "{broken " + n + "\n";
    if (i % 4 == 1) {
      text += R"({"id":"r)" + n + R"(","content":"没有编号的第)" + n +
              R"(件"})"
              "\n";
    } else {
      text += Line("r" + n, n, "第" + n + "件");
    }
    if (i % 7 == 5) text += Line("again" + n, std::to_string(i - i % 4), "第" + std::to_string(i - i % 4) + "件");
    if (i % 5 == 4) text += Closure("r" + n);
    if (i % 9 == 8) text += Closure("missing" + n);
  }
  const auto file = File("a.jsonl", text);
  ImportOptions options;
  options.source = "portal";
  options.batch_rows = 6;
  int kills = 0;
  for (int run = 0;; ++run) {
    ASSERT_LT(run, 100);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto target = OpenLocalTarget(settings_, clock_);
      if (!target.ok()) _exit(9);
      DyingTarget dying(std::move(*target), 1 + run % 4, run % 2 == 0);
      Importer importer(options, dying);
      _exit(importer.Import(file).ok() ? 0 : 8);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    ++kills;
  }
  EXPECT_GT(kills, 10);
  const auto summary = Must(file, options);
  EXPECT_TRUE(summary.known);
  EXPECT_EQ(summary.counts.registered, 40u);
  EXPECT_EQ(summary.counts.existing, 5u);
  EXPECT_EQ(summary.counts.closures, 8u);
  EXPECT_EQ(summary.counts.refused, 8u);
  EXPECT_EQ(summary.counts.rows, 61u);
  EXPECT_EQ(Intakes().size(), 40u);
  EXPECT_EQ(Records(ledger::Kind::kEvent).size(), 8u);
  EXPECT_EQ(Records(ledger::Kind::kRefused).size(), 8u);
}

// -- Tables ---------------------------------------------------------------------------------------------------------

TEST_F(ImportTest, TableInGb18030WithDelimiterInsideCharacters) {
  // 東 = 96 7C, 訪 = D4 4C, 誠 = D5 5C, 這 = DF 40; 𠮷 and 㙦 only exist as four bytes.
  const std::string text =
      "\xd0\xd5\xc3\xfb|\xb5\xe7\xbb\xb0|\xc4\xda\xc8\xdd\r\n"                            // 姓名|电话|内容
      "\x8f\x88\x96\x7c|13800138001|\xd4\x4c\xd5\x5c\xdf\x40\r\n"                         // 張東|...|訪誠這
      "\x95\x34\xb2\x35\xd2\xb0|13800138002|\x82\x30\xad\x38\xc2\xb7\xcb\xf0\xbb\xb5\n";  // 𠮷野|...|㙦路损坏
  ImportOptions options;
  options.delimiter = '|';
  const auto summary = Must(File("a.csv", text), options);
  EXPECT_EQ(summary.encoding, "gb18030");
  EXPECT_EQ(summary.counts.refused, 0u);
  const auto intakes = Intakes();
  ASSERT_EQ(intakes.size(), 2u);
  EXPECT_EQ(intakes[0].submission.petitioners.at(0).name, "張東");
  EXPECT_EQ(intakes[0].submission.petitioners.at(0).phone, "13800138001");
  EXPECT_EQ(intakes[0].submission.content, "訪誠這");
  EXPECT_EQ(intakes[1].submission.petitioners.at(0).name, "𠮷野");
  EXPECT_EQ(intakes[1].submission.content, "㙦路损坏");
  EXPECT_EQ(intakes[0].media_type, "text/csv; charset=gb18030");
  EXPECT_EQ(Entries().at(0).raw, "\x8f\x88\x96\x7c|13800138001|\xd4\x4c\xd5\x5c\xdf\x40") << "as it came";
}

TEST_F(ImportTest, TableWithMarkQuotesAndNewlinesInCells) {
  const std::string text =
      "\xEF\xBB\xBF工单编号,登记时间,标题,诉求内容,信访形式,是否匿名,人数,备注\r\n"
      "A1,2025/3/4 9:05:00,\"逗号,在内\",\"第一行\n第二行\"\"引号\"\"\",来信,是,3,照抄\r\n"
      "A2,20250304091500,题,文,0400,否,,\\N\r\n";
  const auto summary = Must(File("a.csv", text));
  EXPECT_EQ(summary.counts.registered, 2u);
  EXPECT_EQ(summary.counts.refused, 0u);
  const auto intakes = Intakes();
  ASSERT_EQ(intakes.size(), 2u);
  const auto& first = intakes[0].submission;
  EXPECT_EQ(first.external_id, "A1");
  EXPECT_EQ(petition::FormatTime(*first.received_at), "2025-03-04T09:05:00+08:00");
  EXPECT_EQ(first.title, "逗号,在内");
  EXPECT_EQ(first.content, "第一行\n第二行\"引号\"");
  EXPECT_EQ(first.channel, "letter");
  EXPECT_TRUE(first.anonymous);
  EXPECT_EQ(first.head_count, 3u);
  EXPECT_EQ(first.unknown.at("remark"), "照抄");
  const auto& second = intakes[1].submission;
  EXPECT_EQ(second.channel, "portal") << "a bare number means different things in different sources";
  EXPECT_EQ(second.unknown.at("channelAsGiven"), "0400");
  EXPECT_FALSE(second.unknown.contains("remark"));
}

TEST_F(ImportTest, UnknownHeadingStopsTheFileAndIsOnTheLedger) {
  const auto summary = Import(File("a.csv", "标题,陈立平,内容\n甲,乙,丙\n"));
  ASSERT_FALSE(summary.ok());
  EXPECT_EQ(summary.error().reason, "heading_unknown");
  ASSERT_EQ(summary.error().fields.size(), 1u);
  EXPECT_EQ(summary.error().fields[0].pointer, "/columns/2");
  EXPECT_EQ(summary.error().message.find("陈立平"), std::string::npos) << "it may be somebody's data";
  EXPECT_TRUE(Intakes().empty());
  EXPECT_EQ(Records(ledger::Kind::kRefused).at(0).at("reason"), "heading_unknown");
  EXPECT_EQ(Import(File("b.csv", "标题,内容,主题\n甲,乙,丙\n")).error().reason, "heading_twice");
  EXPECT_EQ(Import(File("c.csv", "")).error().reason, "table_empty");
  EXPECT_EQ(Import(File("d.csv", "\"标题,内容\n甲,乙\n")).error().reason, "quotes_invalid");
}

TEST_F(ImportTest, HostileTableRowsAreRefusedOneByOne) {
  const std::string good = "n1,甲,正文\n";
  const std::string text = "编号,标题,内容\n" + good +
                           "n2,只有两格\n"
                           "n3,甲,乙,多一格\n"
                           "n4,甲,\"没有结束的引号\n"
                           "n5,\"甲\"乙,丙\n"
                           "n6,甲,\x80\xff\n"
                           "n7,,\n" +
                           std::string("n8,甲,a\0b\n", 11) + "\n,,\n" + "n9,乙,\"末行没有换行\"";
  ImportOptions options;
  options.encoding = adapters::Encoding::kUtf8;
  const auto summary = Must(File("a.csv", text), options);
  EXPECT_EQ(summary.counts.registered, 2u);
  std::vector<std::string> reasons;
  std::vector<std::uint64_t> lines;
  for (const auto& refusal : Records(ledger::Kind::kRefused)) {
    reasons.push_back(refusal.at("reason"));
    lines.push_back(refusal.at("where").at("line"));
  }
  EXPECT_THAT(reasons, ElementsAre("cells_missing", "cells_extra", "quotes_invalid", "quotes_invalid", "undecodable",
                                   "content_missing", testing::_, "content_missing"));
  EXPECT_THAT(lines, ElementsAre(3, 4, 5, 6, 7, 8, 9, 11));
  EXPECT_EQ(Intakes().at(1).submission.content, "末行没有换行");
}

// Also where the file ends within it: half a row is no row.
TEST_F(ImportTest, ARowLongerThanIsTakenIsRefusedAtTheEndOfAFileToo) {
  for (const std::size_t over : {std::size_t{1}, std::size_t{100'000}, std::size_t{1} << 20}) {
    const std::string name = "long" + std::to_string(over) + ".csv";
    const std::string text = "标题,内容\n甲,乙" + std::to_string(over) + "\n甲," + std::string((8u << 20) + over, 'a');
    const auto summary = Must(File(name, text), {});
    EXPECT_EQ(summary.counts.registered, 1u) << over;
    EXPECT_EQ(summary.counts.refused, 1u) << over;
    EXPECT_EQ(Records(ledger::Kind::kRefused).back().at("reason"), "quotes_invalid");
  }
}

TEST_F(ImportTest, HalfACharacterHurtsItsRowOnly) {
  // 标题,内容 / 可以 without its last byte, so that a delimiter stands where a second byte should / a row that is
  // whole.
  const std::string text =
      "\xb1\xea\xcc\xe2,\xc4\xda\xc8\xdd\n\xbf\xc9\xd2,\xb0\xa1\n\xb0\xa1,\"\xb0\"\n\xb0\xa1,\xb0\xa1\n";
  ImportOptions options;
  options.encoding = adapters::Encoding::kGb18030;
  const auto summary = Must(File("a.csv", text), options);
  EXPECT_EQ(summary.counts.refused, 2u);
  EXPECT_EQ(summary.counts.registered, 1u);
  EXPECT_EQ(Records(ledger::Kind::kRefused).at(0).at("reason"), "undecodable");
}

TEST_F(ImportTest, EncodingIsToldStrictlyOrNotAtAll) {
  const std::string utf8 = "标题,内容\n路灯坏了,请修一修这条路上的灯\n";
  EXPECT_EQ(Must(File("a.csv", utf8)).encoding, "utf-8");
  // UTF-8 with one broken character is not GB18030, though it may decode as such.
  std::string damaged = utf8 + utf8.substr(utf8.find('\n') + 1);
  damaged[damaged.size() - 3] = 'x';
  EXPECT_EQ(Import(File("b.csv", damaged)).error().reason, "encoding_unclear");
  EXPECT_EQ(Import(File("c.csv", std::string("\xFF\xFE\x07\x68", 4))).error().reason, "encoding_unclear");
  ImportOptions declared;
  declared.encoding = adapters::Encoding::kUtf8;
  const auto summary = Must(File("b.csv", damaged), declared);
  EXPECT_EQ(summary.counts.registered, 1u);
  EXPECT_EQ(summary.counts.refused, 1u);
  declared.encoding = adapters::Encoding::kGb18030;
  EXPECT_EQ(Import(File("d.csv", "\xEF\xBB\xBF" + utf8), declared).error().reason, "encoding_differs");
}

TEST_F(ImportTest, ResumingATableKeepsItsHeadings) {
  std::string text = "编号,内容\n";
  for (int i = 0; i < 30; ++i) text += "n" + std::to_string(i) + ",\"第" + std::to_string(i) + "件\n第二行\"\n";
  const auto file = File("a.csv", text);
  ImportOptions options;
  options.source = "portal";
  options.batch_rows = 7;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto target = OpenLocalTarget(settings_, clock_);
    if (!target.ok()) _exit(9);
    DyingTarget dying(std::move(*target), 3, true);
    Importer importer(options, dying);
    _exit(importer.Import(file).ok() ? 0 : 8);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto summary = Must(file, options);
  EXPECT_TRUE(summary.resumed);
  EXPECT_EQ(summary.counts.registered, 30u);
  EXPECT_EQ(summary.counts.existing, 0u);
  const auto intakes = Intakes();
  ASSERT_EQ(intakes.size(), 30u);
  EXPECT_EQ(intakes[29].submission.external_id, "n29");
}

TEST_F(ImportTest, SourcesOwnMappingComesFirst) {
  Source source;
  source.name = "dept";
  source.channel = "department";
  source.mapping =
      "kind: json\noptions: {delimiter: ';'}\n"
      "mapping:\n  fields: {content: 诉求, 'keep:headline': 标题}\n  ignore: [经办]\n";
  ASSERT_TRUE((*Registry::Open(folder_.path(), clock_))->AddSource(source).ok());
  ImportOptions options;
  options.source = "dept";
  Must(File("a.csv", "标题;诉求;经办\n甲;请修路;张三\n"), options);
  const auto intakes = Intakes();
  ASSERT_EQ(intakes.size(), 1u);
  EXPECT_EQ(intakes[0].submission.content, "请修路");
  EXPECT_EQ(intakes[0].submission.title, "");
  EXPECT_EQ(intakes[0].submission.unknown, (Json{{"headline", "甲"}}));
}

TEST_F(ImportTest, ManyUnclosedQuotesCostNoMoreThanTheirLines) {
  std::string text = "内容\n";
  for (int i = 0; i < 3000; ++i) text += "\"没有结束\n";
  const auto summary = Must(File("a.csv", text));
  EXPECT_EQ(summary.counts.rows, summary.counts.refused + summary.counts.registered);
  EXPECT_LE(summary.counts.rows, 3000u);
}

}  // namespace
}  // namespace gateway
