#include "adapters/letters/scan.h"

#include <fstream>

#include "adapters/mail/header_words.h"

namespace adapters::letters {
namespace {

namespace fs = std::filesystem;
using petition::Invalid;
using petition::Json;

constexpr std::size_t kSheetBytesMax = 64u << 10;

petition::Result<std::string> ReadSheet(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kSheetBytesMax + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kSheetBytesMax) return Invalid("sheet_invalid", "the sheet beside the scan is too large");
  return bytes;
}

// One line of CSV; quotes double inside quotes.
std::vector<std::string> Cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

petition::Result<Json> FromCsv(const std::string& text) {
  const std::size_t first = text.find('\n');
  if (first == std::string::npos) return Invalid("sheet_invalid", "the sheet has no line below its headings");
  const auto headings = Cells(std::string_view(text).substr(0, first));
  const auto values = Cells(std::string_view(text).substr(first + 1, text.find('\n', first + 1) - first - 1));
  if (headings.size() != values.size())
    return Invalid("sheet_invalid", "the sheet's line has other columns than its headings");
  Json sheet = Json::object();
  for (std::size_t i = 0; i < headings.size(); ++i) {
    if (!headings[i].empty()) sheet[headings[i]] = values[i];
  }
  return sheet;
}

}  // namespace

std::string MediaTypeOf(std::string_view bytes) {
  if (bytes.starts_with("%PDF-")) return "application/pdf";
  if (bytes.starts_with(std::string_view("II*\0", 4)) || bytes.starts_with(std::string_view("MM\0*", 4)))
    return "image/tiff";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  return {};
}

std::optional<fs::path> SheetFile(const fs::path& scan) {
  std::error_code error;
  for (const char* extension : {".json", ".csv"}) {
    fs::path file = scan;
    file.replace_extension(extension);
    if (fs::is_regular_file(file, error) && !fs::is_symlink(file, error)) return file;
  }
  return std::nullopt;
}

petition::Result<std::optional<Json>> SheetBeside(const fs::path& scan) {
  const auto file = SheetFile(scan);
  if (!file) return std::optional<Json>();
  GUIYI_TRY(const auto bytes, ReadSheet(*file));
  const std::string text = mail::DecodeGuessing(bytes);
  if (file->extension() == ".csv") {
    GUIYI_TRY(auto sheet, FromCsv(text));
    return std::optional<Json>(std::move(sheet));
  }
  auto sheet = petition::ParseJson(text);
  if (!sheet.ok() || !sheet->is_object())
    return Invalid("sheet_invalid", "the sheet beside the scan is no JSON object");
  return std::optional<Json>(std::move(*sheet));
}

}  // namespace adapters::letters
