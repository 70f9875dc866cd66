// The watched folder and the readers of its files: encodings, workbooks, big documents, uploads on their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

#include <fstream>

#include "adapters/files/files_feed.h"
#include "adapters/files/landing.h"
#include "adapters/files/rows.h"
#include "adapters/files/workbook.h"
#include "config/source_file.h"
#include "support/process.h"

namespace adapters {
namespace {

namespace fs = std::filesystem;
using petition::Json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(EncodingTest, WhatDoesNotDecodeIsToldItsByte) {
  EXPECT_THAT(Decoder(Encoding::kUtf8).Decode("ab\xFFz").error().message, HasSubstr("at byte 3"));
  EXPECT_THAT(Decoder(Encoding::kGb18030).Decode("ab\xC4\xE3\xFFz").error().message, HasSubstr("at byte 5"));
  EXPECT_THAT(Decoder(Encoding::kBig5).Decode(std::string(2'000, 'a') + "\x81 ").error().message,
              HasSubstr("at byte 2001"));
  EXPECT_THAT(Decoder(Encoding::kGb18030).Decode("ab\xC4").error().message, HasSubstr("at byte 3")) << "cut off";
}

class FilesTest : public testing::Test {
 protected:
  fs::path Put(const std::string& name, const std::string& bytes) {
    const fs::path path = fs::path(folder_.path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::unique_ptr<Feed> Make(const std::string& yaml) {
    const auto spec = config::ParseSourceFile("kind: files\n" + yaml);
    EXPECT_TRUE(spec.ok()) << spec.error().message;
    auto feed = MakeFilesFeed({"trial", *spec, folder_.path(), {}, &clock_});
    EXPECT_TRUE(feed.ok()) << feed.error().message;
    return std::move(*feed);
  }
  /// All records up to the end, everything settled.
  std::vector<Record> Drain(Feed& feed) {
    std::vector<Record> all;
    for (int round = 0; round < 100; ++round) {
      auto fetched = feed.Fetch(cursor_, 100);
      EXPECT_TRUE(fetched.ok()) << fetched.error().reason << fetched.error().message;
      if (!fetched.ok() || (fetched->records.empty() && !fetched->more)) break;
      EXPECT_TRUE(feed.Settle(*fetched, std::vector<Settled>(fetched->records.size())).ok());
      cursor_ = fetched->cursor;
      for (auto& record : fetched->records) all.push_back(std::move(record));
    }
    return all;
  }
  std::vector<std::string> Names(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& item : fs::directory_iterator(fs::path(folder_.path()) / folder, failed)) {
      names.push_back(item.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  support::TemporaryFolder folder_;
  petition::SystemClock clock_;
  std::string cursor_;
};

TEST_F(FilesTest, Utf8InASourceThatDeclaresGbkIsRefusedAndNeverReadAsOtherCharacters) {
  for (const char* encoding : {"gbk", "big5"}) {
    Put("in/a.csv", "xfjbh,tsnr\n1,锦澜湾七栋的电梯停了三天没有人来修\n");
    cursor_.clear();
    const auto feed = Make("options: {folder: in, stable_seconds: 0, encoding: " + std::string(encoding) + "}\n");
    const auto all = Drain(*feed);
    ASSERT_EQ(all.size(), 1u);
    ASSERT_TRUE(all[0].refusal.has_value());
    EXPECT_EQ(all[0].refusal->Reason(), "encoding_differs");
  }
}

TEST_F(FilesTest, GbkPipesAreDecodedBeforeTheyAreSplit) {
  Put("in/a.txt", "姓名|电话|内容\n");  // replaced below by its bytes in GBK
  Put("in/a.txt",
      "\xD0\xD5\xC3\xFB|\xB5\xE7\xBB\xB0|\xC4\xDA\xC8\xDD\r\n\xD5\xC5\x96\x7C|19900000101|\xC2\xB7\xB5\xC6\r\n");
  const auto records = Drain(*Make("options: {folder: in, encoding: gbk, delimiter: '|', stable_seconds: 0}\n"));
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0].submission.has_value());
  EXPECT_EQ(records[0].submission->petitioners.at(0).name, "张東");
  EXPECT_THAT(records[0].submission->external_id, testing::StartsWith("files:"));
  EXPECT_TRUE(Names("in").size() == 1 && Names("in")[0] == "archive") << "the file is in the archive";
  ASSERT_EQ(Names("in/archive").size(), 1u);
  EXPECT_EQ(Names("in/archive")[0].size(), 64 + std::string("-a.txt").size());
}

TEST_F(FilesTest, UploadsOnTheirWayAreLeftAlone) {
  Put("in/a.csv.part", "内容\nx\n");
  Put("in/.b.csv", "内容\nx\n");
  Put("in/c.csv", "内容\nx\n");
  const auto waiting = Make("options: {folder: in, stable_seconds: 3600}\n");
  EXPECT_TRUE(Drain(*waiting).empty()) << "c.csv changed just now";
  const auto marked = Make("options: {folder: in, done_suffix: .done}\n");
  EXPECT_TRUE(Drain(*marked).empty());
  Put("in/c.csv.done", "");
  EXPECT_EQ(Drain(*marked).size(), 1u);
  EXPECT_EQ(Names("in"), (std::vector<std::string>{".b.csv", "a.csv.part", "archive"}));
}

TEST_F(FilesTest, AnUnknownHeadingStopsTheSourceUntilTheMappingKnowsIt) {
  Put("in/a.csv", "内容,上官寒梅\nx,y\n");
  const auto stopped = Make("options: {folder: in, stable_seconds: 0}\n")->Fetch("", 10);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().reason, "heading_unknown");
  EXPECT_EQ(stopped.error().message.find("上官寒梅"), std::string::npos);
  EXPECT_THAT(Names("in"), ElementsAre("a.csv")) << "it waits where it is";
  EXPECT_EQ(Drain(*Make("options: {folder: in, stable_seconds: 0}\nmapping: {ignore: [上官寒梅]}\n")).size(), 1u);
}

TEST_F(FilesTest, AFileThatCannotBeReadIsRefusedWholeAndTheNextOneIsTaken) {
  Put("in/a.csv", "内容\n\xFF\xFE\x80 neither this nor that \xE8\xB7\n");
  Put("in/b.csv", "内容\n井盖\n");
  Put("in/c.xlsx", "no workbook at all");
  const auto records = Drain(*Make("options: {folder: in, stable_seconds: 0}\n"));
  ASSERT_EQ(records.size(), 3u);
  std::size_t refused = 0;
  for (const auto& record : records) {
    if (!record.refusal) continue;
    ++refused;
    EXPECT_THAT(record.place, testing::StartsWith("file "));
    EXPECT_FALSE(record.raw.empty());
  }
  EXPECT_EQ(refused, 2u);
  EXPECT_EQ(Names("in/archive/refused").size(), 2u);
}

TEST_F(FilesTest, WorkbooksOfOpenpyxlAreRead) {
  fs::create_directories(fs::path(folder_.path()) / "in");
  fs::copy_file(std::string(GUIYI_SOURCE_DIR) + "/tests/adapters/fixtures/openpyxl.xlsx",
                fs::path(folder_.path()) / "in" / "a.xlsx");
  const auto records =
      Drain(*Make("options: {folder: in, sheet: 登记簿, stable_seconds: 0}\n"
                  "mapping: {fields: {petitionedAt: {from: 来访日期, date: [serial, auto]}, petitioner.name: {from: "
                  "来访人, split: 、}, "
                  "category: 事项}, keep: [接待人]}\n"));
  ASSERT_EQ(records.size(), 3u);
  ASSERT_TRUE(records[0].submission.has_value());
  EXPECT_EQ(records[0].submission->petitioners.size(), 2u);
  EXPECT_EQ(records[0].submission->head_count, 2u);
  ASSERT_TRUE(records[0].submission->petitioned_at.has_value());
  EXPECT_EQ(petition::FormatTime(*records[0].submission->petitioned_at), "2025-03-04T09:30:00+08:00");
  EXPECT_EQ(petition::FormatTime(*records[1].submission->petitioned_at), "2025-03-04T10:30:00+08:00");
  ASSERT_TRUE(records[2].refusal.has_value());
  EXPECT_EQ(records[2].refusal->fields.at(0).pointer, "/来访日期");
  EXPECT_EQ(records[2].place.substr(records[2].place.find("line")), "line 4");
}

TEST_F(FilesTest, AWorkbookMadeByLibreOfficeIsRead) {
  fs::create_directories(fs::path(folder_.path()) / "in");
  fs::copy_file(std::string(GUIYI_SOURCE_DIR) + "/tests/adapters/fixtures/libreoffice.xlsx",
                fs::path(folder_.path()) / "in" / "a.xlsx");
  const auto records =
      Drain(*Make("options: {folder: in, stable_seconds: 0}\n"
                  "mapping: {fields: {headCount: 人数}}\n"));
  ASSERT_EQ(records.size(), 2u);
  ASSERT_TRUE(records[0].submission.has_value()) << records[0].refusal->message;
  const auto& first = *records[0].submission;
  EXPECT_EQ(petition::FormatTime(*first.received_at), "2025-03-04T09:30:00+08:00") << "a serial with a date's style";
  EXPECT_EQ(first.content, "电梯停了三天\n没有人来修");
  EXPECT_EQ(first.petitioners.at(0).name, "孟远帆");
  EXPECT_EQ(first.petitioners.at(0).phone, "13812345678") << "a number, never 1.38E+10";
  EXPECT_EQ(first.head_count, 3u) << "what a formula came to";
  ASSERT_TRUE(records[1].submission.has_value());
  EXPECT_EQ(petition::FormatTime(*records[1].submission->received_at), "2025-03-05T10:00:00+08:00");
  EXPECT_EQ(records[1].submission->petitioners.at(0).phone, "057112345678") << "a text: its zero stays";
}

/// A zip archive with one stored or deflated part each: what a bomb is made of.
std::string Zip(const std::vector<std::pair<std::string, std::string>>& parts) {
  std::string zip, directory;
  const auto number = [](std::string& into, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) into += static_cast<char>(value >> (8 * i) & 0xFF);
  };
  for (const auto& part : parts) {
    const auto& name = part.first;
    const auto& bytes = part.second;
    std::string packed(compressBound(bytes.size()) + 64, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    const auto crc = crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    const auto offset = zip.size();
    const auto common = [&](std::string& into) {
      number(into, 20, 2), number(into, 0, 2), number(into, 8, 2), number(into, 0, 4), number(into, crc, 4);
      number(into, packed.size(), 4), number(into, bytes.size(), 4), number(into, name.size(), 2), number(into, 0, 2);
    };
    zip += "PK\3\4";
    common(zip);
    zip += name + packed;
    directory += "PK\1\2";
    number(directory, 20, 2);
    common(directory);
    number(directory, 0, 2), number(directory, 0, 2), number(directory, 0, 2), number(directory, 0, 4);
    number(directory, offset, 4);
    directory += name;
  }
  const auto begin = zip.size();
  zip += directory + "PK\5\6";
  number(zip, 0, 4), number(zip, parts.size(), 2), number(zip, parts.size(), 2), number(zip, directory.size(), 4);
  number(zip, begin, 4), number(zip, 0, 2);
  return zip;
}

std::string Book(const std::string& sheet, const std::string& strings = "<sst/>") {
  return Zip({{"xl/workbook.xml",
               "<workbook xmlns:r='r'><sheets><sheet name='A' sheetId='1' r:id='rId1'/></sheets></workbook>"},
              {"xl/_rels/workbook.xml.rels",
               "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/></Relationships>"},
              {"xl/sharedStrings.xml", strings},
              {"xl/worksheets/sheet1.xml", sheet}});
}

TEST_F(FilesTest, BombsAndDamagedWorkbooksAreRefusedInBoundedMemory) {
  const auto reason = [&](const std::string& bytes) -> std::string {
    const auto book = Workbook::Open(Put("w.xlsx", bytes), "");
    if (!book.ok()) return book.error().reason;
    std::vector<std::string> cells;
    std::uint64_t number = 0;
    while (true) {
      const auto more = (*book)->Next(cells, number);
      if (!more.ok()) return more.error().reason;
      if (!*more) return "ok";
    }
  };
  const std::string row = "<row r='1'><c t='inlineStr'><is><t>x</t></is></c></row>";
  EXPECT_EQ(reason(Book("<worksheet><sheetData>" + row + "</sheetData></worksheet>")), "ok");
  EXPECT_EQ(reason(Book("<worksheet>" + std::string(64u << 20, ' ') + "</worksheet>")), "workbook_too_large");
  EXPECT_EQ(reason(Book("<worksheet/>", "<sst><si><t>" + std::string(40u << 20, 'x') + "</t></si></sst>")),
            "workbook_too_large");
  EXPECT_EQ(reason(Book("<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>")), "xml_doctype");
  EXPECT_EQ(reason(Book("<worksheet><sheetData><row><c t='s'><v>7</v></c></row></sheetData></worksheet>")),
            "workbook_invalid");
  EXPECT_EQ(reason(Book("<worksheet><row><c r='ZZZZ1'><v>1</v></c></row></worksheet>")), "workbook_too_large");
  EXPECT_EQ(reason(Book("<worksheet>")), "workbook_invalid");
  const std::string good = Book("<worksheet><sheetData>" + row + "</sheetData></worksheet>");
  EXPECT_EQ(reason(good.substr(0, good.size() / 2)), "workbook_invalid");
  EXPECT_EQ(reason(""), "workbook_invalid");
}

std::vector<Json> Trees(const fs::path& file, RowOptions options) {
  const auto scanned = ScanFile(file, std::nullopt, Encoding::kUtf8);
  auto rows = RowReader::Open(file, *scanned, options);
  EXPECT_TRUE(rows.ok()) << rows.error().message;
  std::vector<Json> trees;
  FileRow row;
  while (rows.ok()) {
    const auto more = (*rows)->Next(row);
    EXPECT_TRUE(more.ok()) << more.error().message;
    if (!more.ok() || !*more) break;
    trees.push_back(row.bad() ? Json(row.error.reason) : row.tree);
  }
  return trees;
}

TEST_F(FilesTest, JsonDocumentsAreCutIntoTheirRecords) {
  RowOptions options;
  options.format = RowFormat::kJson;
  EXPECT_THAT(Trees(Put("a.json", R"( [ {"a":"]}\""} , 7, {"b":[1,{"c":2}]} ] )"), options),
              ElementsAre(Json{{"a", "]}\""}}, Json("not_an_object"), (Json{{"b", {1, {{"c", 2}}}}})));
  EXPECT_THAT(Trees(Put("b.json", R"({"a":1})"), options), ElementsAre(Json{{"a", 1}}));
  options.records = "/data/list";
  EXPECT_THAT(Trees(Put("c.json", R"({"x":[1,"]"],"data":{"n":2,"list":[{"a":1},{"a":2}]}})"), options),
              ElementsAre(Json{{"a", 1}}, Json{{"a", 2}}));
  EXPECT_FALSE(RowReader::Open(Put("d.json", R"({"data":{}})"),
                               *ScanFile(Put("d.json", R"({"data":{}})"), {}, Encoding::kUtf8), options)
                   .ok());
}

TEST_F(FilesTest, AJsonListThatCannotBeReadOnEndsInsteadOfTurningInPlace) {
  Put("in/a.json", R"([ {"content":"路灯"}, x: "y" } ])");
  const auto records = Drain(*Make("options: {folder: in, format: json, stable_seconds: 0}\n"));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_TRUE(records[0].submission.has_value());
  EXPECT_TRUE(records[1].refusal.has_value());
  EXPECT_EQ(records[2].refusal->reason, "json_invalid") << "the file as a whole";
}

TEST_F(FilesTest, XmlDocumentsInGbkGiveTheirElementsOneByOne) {
  RowOptions options;
  options.format = RowFormat::kXml;
  options.records = "/cases/case";
  std::string xml = "<?xml version=\"1.0\" encoding=\"GBK\"?><cases>";
  for (int i = 0; i < 30'000; ++i) xml += "<case><n>" + std::to_string(i) + "</n><who>\xD5\xC5\x96\x7C</who></case>";
  const auto trees = Trees(Put("a.xml", xml + "</cases>"), options);
  ASSERT_EQ(trees.size(), 30'000u);
  EXPECT_EQ(trees.back(), (Json{{"n", "29999"}, {"who", "张東"}}));
}

TEST(LandingTest, PatternsAreStarsAndQuestionMarks) {
  EXPECT_TRUE(NameFits("20250304.txt", "*.txt"));
  EXPECT_TRUE(NameFits("a.b.txt", "a*b.t?t"));
  EXPECT_FALSE(NameFits("a.txt.bak", "*.txt"));
  EXPECT_TRUE(NameFits("", "*"));
  EXPECT_FALSE(NameFits("", "?"));
}

}  // namespace
}  // namespace adapters
