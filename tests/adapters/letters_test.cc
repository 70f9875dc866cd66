#include <gtest/gtest.h>

#include <fstream>

#include "adapters/letters/child.h"
#include "adapters/letters/letters_feed.h"
#include "adapters/letters/scan.h"
#include "door_host.h"
#include "support/process.h"

namespace adapters::letters {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST(ChildTest, EndsWithinItsLimits) {
  EXPECT_EQ(*RunChild({"echo", "a b"}, {}), "a b\n");
  EXPECT_EQ(RunChild({"no-such-program-here"}, {}).error().Reason(), "program_missing");
  EXPECT_EQ(RunChild({"false"}, {}).error().Reason(), "program_failed");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(RunChild({"sleep", "60"}, {.time = 1s}).error().Reason(), "program_failed");
  EXPECT_EQ(RunChild({"yes"}, {.time = 20s, .output_bytes = 10'000}).error().Reason(), "program_failed");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
}

TEST(ScanTest, SheetsAreReadInBothForms) {
  const fs::path folder = door_test::FreshFolder();
  std::ofstream(folder / "a.json") << R"({"barcode": "XF1", "邮戳日期": "2025-03-01", "收信人": "市信访局"})";
  std::ofstream(folder / "b.csv") << "条码,邮戳日期,收信人\n\"XF,2\",2025/03/02,x\n";
  std::ofstream(folder / "c.csv") << "条码,邮戳日期\nonly one\n";
  EXPECT_EQ((*SheetBeside(folder / "a.png"))->at("barcode"), "XF1");
  EXPECT_EQ((*SheetBeside(folder / "b.pdf"))->at("条码"), "XF,2");
  EXPECT_EQ(SheetBeside(folder / "c.png").error().Reason(), "sheet_invalid");
  EXPECT_FALSE(SheetBeside(folder / "d.png")->has_value());
  fs::remove_all(folder);
}

TEST(ScanTest, IdeographsStandWithoutBlanks) {
  const auto read = ReadTsv(
      "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
      "5\t1\t1\t1\t1\t1\t0\t0\t1\t1\t90\t锦澜湾\n5\t1\t1\t1\t1\t2\t0\t0\t1\t1\t80\t电梯\n5\t1\t1\t1\t2\t1\t0\t0\t1\t1\t"
      "70\tno\n"
      "5\t1\t1\t1\t2\t2\t0\t0\t1\t1\t60\tlift\n5\t1\t1\t2\t1\t1\t0\t0\t1\t1\t50\t此致\n4\t1\t1\t2\t1\t0\t0\t0\t1\t1\t-"
      "1\t\n");
  EXPECT_EQ(read.text, "锦澜湾电梯no lift\n此致");
  EXPECT_DOUBLE_EQ(read.confidence, 70);
}

class LettersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (support::Run({"/bin/sh", "-c", "tesseract --list-langs | grep -q chi_sim && command -v pdftoppm"}).status != 0)
      GTEST_SKIP() << "tesseract-ocr-chi-sim or poppler-utils is not installed";
    folder_ = door_test::FreshFolder();
    fs::create_directories(folder_ / "scans");
    fs::copy_file(GUIYI_SOURCE_DIR "/tests/adapters/fixtures/letter.png", folder_ / "scans/letter1.png");
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }
  std::unique_ptr<Feed> OpenFeed() {
    LettersOptions options;
    options.folder = folder_ / "scans";
    options.scratch = folder_ / "pages";
    return MakeLettersFeed(options, spec_, clock_);
  }

  fs::path folder_;
  petition::ManualClock clock_{
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now() + 1min)};
  std::shared_ptr<const SourceSpec> spec_ = std::make_shared<SourceSpec>();
};

TEST_F(LettersTest, AScanIsReadKeptAndPutAway) {
  std::ofstream(folder_ / "scans/letter1.json")
      << R"({"barcode": "XF20250301001", "邮戳日期": "2025-03-01", "收信人": "市信访局"})";
  const auto feed = OpenFeed();
  const auto fetched = feed->Fetch("", 10);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  ASSERT_EQ(fetched->records.size(), 1u);
  const auto& record = fetched->records[0];
  ASSERT_TRUE(record.submission.has_value()) << record.refusal->message;
  const auto& submission = *record.submission;
  EXPECT_NE(submission.content.find("电梯"), std::string::npos) << submission.content;
  EXPECT_EQ(submission.external_id, "XF20250301001");
  EXPECT_EQ(submission.addressee, "市信访局");
  EXPECT_EQ(submission.channel, "letter");
  EXPECT_EQ(petition::FormatTime(*submission.petitioned_at), "2025-03-01T00:00:00+08:00");
  EXPECT_GT(submission.unknown.at("scan").at("confidence").get<double>(), 50);
  ASSERT_EQ(record.media.size(), 1u);
  EXPECT_EQ(record.media[0].media_type, "image/png");
  EXPECT_TRUE(fs::exists(record.media[0].file));
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  ASSERT_TRUE(feed->Settle(*fetched, {}).ok());
  EXPECT_TRUE(fs::exists(folder_ / "scans/archived/letter1.png"));
  EXPECT_TRUE(fs::exists(folder_ / "scans/archived/letter1.json"));
  EXPECT_TRUE(feed->Fetch("", 10)->records.empty());
}

/// A PDF that holds the picture of a PNG as it is: both pack rows of points the same way.
std::string PdfOf(const std::string& png) {
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(png[at + i]);
    return value;
  };
  const std::string width = std::to_string(number(16)), height = std::to_string(number(20));
  const int bits = png[24];
  const bool colour = png[25] == 2;
  std::string packed;
  for (std::size_t at = 8; at + 12 <= png.size(); at += 12 + number(at)) {
    if (png.compare(at + 4, 4, "IDAT") == 0) packed += png.substr(at + 8, number(at));
  }
  // Scanned at 200 points an inch.
  const std::string wide = std::to_string(number(16) * 9 / 25), high = std::to_string(number(20) * 9 / 25);
  const std::string page = "q " + wide + " 0 0 " + high + " 0 0 cm /I Do Q";
  const std::string kind = colour ? "/DeviceRGB" : "/DeviceGray", colours = colour ? "3" : "1";
  const std::string parts[] = {"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 " + wide + " " + high +
                                   "]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
                               "<</Length " + std::to_string(page.size()) + ">>stream\n" + page + "\nendstream",
                               "<</Type/XObject/Subtype/Image/Width " + width + "/Height " + height + "/ColorSpace" +
                                   kind + "/BitsPerComponent " + std::to_string(bits) +
                                   "/Filter/FlateDecode/DecodeParms<</Predictor 15/Colors " + colours +
                                   "/BitsPerComponent " + std::to_string(bits) + "/Columns " + width + ">>/Length " +
                                   std::to_string(packed.size()) + ">>stream\n" + packed + "\nendstream"};
  std::string pdf = "%PDF-1.4\n", places;
  for (std::size_t i = 0; i < std::size(parts); ++i) {
    char place[24];
    std::snprintf(place, sizeof place, "%010zu 00000 n \n", pdf.size());
    places += place;
    pdf += std::to_string(i + 1) + " 0 obj" + parts[i] + "endobj\n";
  }
  return pdf + "xref\n0 6\n0000000000 65535 f \n" + places + "trailer<</Size 6/Root 1 0 R>>startxref\n" +
         std::to_string(pdf.size()) + "\n%%EOF\n";
}

/// The letter as other offices' scanners give it: the same page as PDF and as TIFF.
TEST_F(LettersTest, PdfAndTiffAreReadAsWell) {
  const fs::path page = folder_ / "scans/letter1.png", pdf = folder_ / "scans/letter2.pdf";
  std::ifstream in(page, std::ios::binary);
  std::ofstream(pdf, std::ios::binary) << PdfOf(std::string(std::istreambuf_iterator<char>(in), {}));
  ASSERT_EQ(support::Run({"/usr/bin/env", "pdftoppm", "-tiff", "-r", "200", "-gray", "-singlefile", pdf.string(),
                          (folder_ / "scans/letter3").string()})
                .status,
            0);
  fs::remove(page);
  const auto fetched = OpenFeed()->Fetch("", 10);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  ASSERT_EQ(fetched->records.size(), 2u);
  const char* types[] = {"application/pdf", "image/tiff"};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& record = fetched->records[i];
    ASSERT_TRUE(record.submission.has_value()) << record.refusal->message;
    EXPECT_NE(record.submission->content.find("电梯"), std::string::npos) << record.submission->content;
    ASSERT_EQ(record.media.size(), 1u);
    EXPECT_EQ(record.media[0].media_type, types[i]);
  }
}

TEST_F(LettersTest, WhatIsNoScanIsRefusedAndABrokenOneIsALetterAllTheSame) {
  std::ofstream(folder_ / "scans/notes.txt") << "hello";
  std::ofstream(folder_ / "scans/broken.png") << "\x89PNG\r\n\x1a\nbroken";
  fs::remove(folder_ / "scans/letter1.png");
  const auto fetched = OpenFeed()->Fetch("", 10);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  ASSERT_EQ(fetched->records.size(), 2u);
  EXPECT_EQ(fetched->records[0].submission->content, "[信件扫描件，文字未能识别]");
  EXPECT_EQ(fetched->records[1].refusal->Reason(), "scan_type");
}

}  // namespace
}  // namespace adapters::letters
