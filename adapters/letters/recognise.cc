#include "adapters/letters/recognise.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "adapters/letters/child.h"
#include "petition/text/fold.h"
#include "petition/utf32.h"

namespace adapters::letters {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> Tabs(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0;;) {
    const std::size_t end = line.find('\t', at);
    cells.push_back(line.substr(at, end - at));
    if (end == std::string_view::npos) return cells;
    at = end + 1;
  }
}

bool IsHan(std::string_view word, bool last) {
  const auto points = petition::ToUtf32(word);
  return !points.empty() && (last ? points.back() : points.front()) >= 0x2E80;
}

/// A PNG whose first chunk is no header is none, whatever its first bytes say: no program need be started for it.
bool LacksPngHeader(const fs::path& scan) {
  char head[16] = {};
  std::ifstream(scan, std::ios::binary).read(head, sizeof head);
  return std::string_view(head + 12, 4) != "IHDR";
}

petition::Result<std::vector<fs::path>> Pages(const fs::path& scan, const std::string& media_type,
                                              const fs::path& scratch, const RecogniseOptions& options, bool& left) {
  if (media_type != "application/pdf") return std::vector<fs::path>{scan};
  ChildLimits limits{options.time_a_page * 2, options.memory_bytes, 256ull << 20, 64u << 10};
  GUIYI_CHECK(RunChild({options.pdftoppm, "-r", std::to_string(options.dots_per_inch), "-gray", "-png", "-l",
                        std::to_string(options.pages_max + 1), scan.string(), (scratch / "page").string()},
                       limits));
  std::vector<fs::path> pages;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(scratch, error)) {
    if (entry.path().extension() == ".png") pages.push_back(entry.path());
  }
  std::sort(pages.begin(), pages.end());
  left = pages.size() > options.pages_max;
  if (left) pages.resize(options.pages_max);
  if (pages.empty()) return petition::Invalid("scan_unreadable", "the scan has no pages");
  return pages;
}

}  // namespace

// level page block par line word left top width height conf text
Recognised ReadTsv(std::string_view tsv) {
  Recognised read;
  double sum = 0;
  std::size_t words = 0;
  std::string paragraph_of;
  std::string_view word_before;
  for (std::size_t at = 0; at < tsv.size();) {
    const std::size_t end = std::min(tsv.find('\n', at), tsv.size());
    const auto cells = Tabs(tsv.substr(at, end - at));
    at = end + 1;
    if (cells.size() < 12 || cells[0] != "5") continue;
    const std::string_view word = cells[11];
    if (word.find_first_not_of(" \r") == std::string_view::npos || !petition::text::IsValidUtf8(word)) continue;
    std::string paragraph;
    for (std::size_t i = 1; i <= 3; ++i) paragraph.append(cells[i]).append(".");
    if (!read.text.empty() && paragraph != paragraph_of) {
      read.text += '\n';
    } else if (!read.text.empty() && !IsHan(word, false) && !IsHan(word_before, true)) {
      read.text += ' ';  // between words of letters, not between ideographs
    }
    paragraph_of = paragraph;
    word_before = word;
    read.text += word;
    double confidence = 0;
    std::from_chars(cells[10].data(), cells[10].data() + cells[10].size(), confidence);
    sum += confidence;
    ++words;
  }
  read.confidence = words == 0 ? 0 : sum / static_cast<double>(words);
  return read;
}

petition::Result<Recognised> Recognise(const fs::path& scan, const std::string& media_type, const fs::path& scratch,
                                       const RecogniseOptions& options) {
  if (media_type == "image/png" && LacksPngHeader(scan))
    return petition::Invalid("scan_unreadable", "the scan can't be read, or takes more than it may");
  Recognised all;
  auto pages = Pages(scan, media_type, scratch, options, all.pages_left);
  if (!pages.ok() && pages.error().code == petition::Code::kInvalid)
    return petition::Invalid("scan_unreadable", "the scan can't be read, or takes more than it may");
  if (!pages.ok()) return std::move(pages).error();
  const ChildLimits limits{options.time_a_page * static_cast<int>(media_type == "image/tiff" ? options.pages_max : 1),
                           options.memory_bytes, 64ull << 20, 8u << 20};
  double weight = 0;
  for (const auto& page : *pages) {
    auto tsv = RunChild({options.tesseract, page.string(), "stdout", "-l", options.languages, "--dpi",
                         std::to_string(options.dots_per_inch), "tsv"},
                        limits);
    if (!tsv.ok() && tsv.error().code == petition::Code::kInvalid)
      return petition::Invalid("scan_unreadable", "the scan can't be read, or takes more than it may");
    if (!tsv.ok()) return std::move(tsv).error();
    const auto read = ReadTsv(*tsv);
    ++all.pages;
    if (read.text.empty()) continue;
    all.text += (all.text.empty() ? "" : "\n") + read.text;
    const auto letters = static_cast<double>(read.text.size());
    all.confidence += read.confidence * letters;
    weight += letters;
  }
  all.confidence = weight == 0 ? 0 : all.confidence / weight;
  return all;
}

}  // namespace adapters::letters
