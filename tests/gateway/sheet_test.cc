#include "gateway/oversight/sheet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "gateway/oversight/serial.h"
#include "support/process.h"

// Cairo keeps a little of each PDF it makes, and fontconfig hides its pointers from whoever looks for them.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libcairo.so\nleak:libfontconfig.so\n"; }

namespace gateway {
namespace {

TEST(SheetTest, WhatASpreadsheetWouldRunIsWrittenAsText) {
  for (const char* text : {"=1+1", "+861", "-2", "@SUM(A1)", "\t=1", "\r=1"})
    EXPECT_EQ(PlainCell(text), "'" + std::string(text));
  EXPECT_EQ(PlainCell("WZ-1"), "WZ-1");
  const Sheet sheet{"t", {"a", "b"}, {{std::string("=cmd|'/c calc'!A1"), 3.0}, {std::string("x,\"y\"\n"), 0.5}}};
  EXPECT_EQ(ToCsv(sheet),
            "\xEF\xBB\xBF"
            "a,b\r\n'=cmd|'/c calc'!A1,3\r\n\"x,\"\"y\"\"\n\",0.5000\r\n");
}

TEST(SheetTest, AWorkbookIsAZipAndAPageHoldsNoMarkup) {
  const std::vector<Sheet> sheets{{"按月/[x]", {"月份"}, {{std::string("=1")}, {2.0}}}};
  const auto book = ToXlsx(sheets);
  ASSERT_TRUE(book.ok());
  EXPECT_EQ(book->substr(0, 2), "PK");
  const auto page = ToHtml("<b>", {{"t", {"<i>"}, {{std::string("<script>")}}}});
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

TEST(SheetTest, APdfHoldsEveryPageOfALongTable) {
  Sheet sheet{"按月", {"月份", "件数", "说明"}, {}};
  for (int row = 0; row < 120; ++row)
    sheet.rows.push_back({"第" + std::to_string(row) + "月", static_cast<double>(row), std::string(300, 'x')});
  const auto pdf = ToPdf("归一 监督报表", {sheet, {"空表", {"一", "二"}, {}}});
  ASSERT_TRUE(pdf.ok()) << pdf.error().message;
  EXPECT_EQ(pdf->substr(0, 5), "%PDF-");
  EXPECT_NE(pdf->find("%%EOF"), std::string::npos);
  // As a reader sees it: every row, in order, and each page has the headings.
  const support::TemporaryFolder folder;
  const auto path = std::filesystem::path(folder.path()) / "report.pdf";
  std::ofstream(path, std::ios::binary) << *pdf;
  const auto read = support::Run({"/usr/bin/pdftotext", "-layout", path.string(), "-"});
  ASSERT_EQ(read.status, 0);
  std::size_t at = 0;
  for (int row = 0; row < 120; ++row) {
    at = read.out.find("第" + std::to_string(row) + "月", at);
    ASSERT_NE(at, std::string::npos) << row;
  }
  std::size_t headings = 0;
  for (auto found = read.out.find("月份"); found != std::string::npos; found = read.out.find("月份", found + 1))
    ++headings;
  // A page ends with a form feed, the last one without a line of its own.
  EXPECT_EQ(headings, 1 + static_cast<std::size_t>(std::count(read.out.begin(), read.out.end(), '\f')));
  EXPECT_GT(headings, 3u);
}

TEST(SerialTest, ReadsPrefixDateAndWidth) {
  const auto dated = ReadSerial("HL20250304-0017", "20250304");
  ASSERT_TRUE(dated);
  EXPECT_EQ(dated->series, "HL20250304-");
  EXPECT_EQ(dated->shape, "HL########-");
  EXPECT_EQ(dated->number, 17u);
  EXPECT_EQ(dated->width, 4u);
  // The date may run into the serial; it counts as one when it is near the day.
  const auto joined = ReadSerial("202503040017", "20250305");
  EXPECT_EQ(joined->series, "20250304");
  EXPECT_EQ(joined->number, 17u);
  const auto yearly = ReadSerial("LX202500123", "20250304");
  EXPECT_EQ(yearly->series, "LX2025");
  EXPECT_EQ(yearly->shape, "LX####");
  EXPECT_EQ(yearly->number, 123u);
  const auto running = ReadSerial("ZJ-20455", "20250304");
  EXPECT_EQ(running->series, "ZJ-");
  EXPECT_EQ(running->number, 20455u);
  EXPECT_EQ(ReadSerial("ZJ-20250", "20250304")->series, "ZJ-") << "no year: a running number that has come that far";
  EXPECT_FALSE(ReadSerial("无编号", "20250304"));
  EXPECT_FALSE(ReadSerial("", "20250304"));
  EXPECT_FALSE(ReadSerial("X9999999999999999999", "20250304"));
}

}  // namespace
}  // namespace gateway
