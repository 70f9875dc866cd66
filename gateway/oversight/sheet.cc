#include "gateway/oversight/sheet.h"

#include <unistd.h>
#include <xlsxwriter.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gateway {

namespace {

constexpr std::size_t kSheetNameMax = 31;
constexpr double kColumnWidth = 18;

std::string CsvCell(std::string_view text) {
  const std::string plain = PlainCell(text);
  if (plain.find_first_of(",\"\r\n") == std::string::npos) return plain;
  std::string quoted = "\"";
  for (const char c : plain) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string HtmlEscaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

/// A file that goes when it is done with.
class SheetFile {
 public:
  SheetFile() {
    path_ = (std::filesystem::temp_directory_path() / "guiyi-sheet-XXXXXX").string();
    const int file = mkstemp(path_.data());  // mode 0600
    made_ = file >= 0;
    if (made_) close(file);
  }
  ~SheetFile() {
    if (made_) unlink(path_.c_str());
  }
  SheetFile(const SheetFile&) = delete;
  SheetFile& operator=(const SheetFile&) = delete;
  bool made() const { return made_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false;
};

/// Names of sheets hold none of []:*?/\ and at most 31 characters.
std::string SheetName(std::string_view title) {
  std::string name;
  std::size_t characters = 0;
  for (const char c : title) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++characters > kSheetNameMax) break;
    name += std::string_view("[]:*?/\\").find(c) == std::string_view::npos ? c : '-';
  }
  return name;
}

void FillPage(lxw_workbook* book, const Sheet& sheet, lxw_format* bold) {
  lxw_worksheet* page = workbook_add_worksheet(book, SheetName(sheet.title).c_str());
  if (!page) return;
  worksheet_set_column(page, 0, static_cast<lxw_col_t>(sheet.headings.size()), kColumnWidth, nullptr);
  for (std::size_t column = 0; column < sheet.headings.size(); ++column)
    worksheet_write_string(page, 0, static_cast<lxw_col_t>(column), PlainCell(sheet.headings[column]).c_str(), bold);
  for (std::size_t row = 0; row < sheet.rows.size(); ++row) {
    for (std::size_t column = 0; column < sheet.rows[row].size(); ++column) {
      const auto at_row = static_cast<lxw_row_t>(row + 1);
      const auto at_column = static_cast<lxw_col_t>(column);
      if (const auto* number = std::get_if<double>(&sheet.rows[row][column])) {
        worksheet_write_number(page, at_row, at_column, *number, nullptr);
      } else {
        worksheet_write_string(page, at_row, at_column,
                               PlainCell(std::get<std::string>(sheet.rows[row][column])).c_str(), nullptr);
      }
    }
  }
  worksheet_freeze_panes(page, 1, 0);
}

}  // namespace

std::string CellNumber(double number) {
  char text[64];
  const bool whole = number == std::floor(number) && std::fabs(number) < 1e15;
  std::snprintf(text, sizeof text, whole ? "%.0f" : "%.4f", number);
  return text;
}

std::string PlainCell(std::string_view text) {
  if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
    return "'" + std::string(text);
  return std::string(text);
}

std::string ToCsv(const Sheet& sheet) {
  std::string csv = "\xEF\xBB\xBF";
  for (std::size_t column = 0; column < sheet.headings.size(); ++column)
    csv += (column ? "," : "") + CsvCell(sheet.headings[column]);
  csv += "\r\n";
  for (const auto& row : sheet.rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      const auto* number = std::get_if<double>(&row[column]);
      csv += column ? "," : "";
      csv += number ? CellNumber(*number) : CsvCell(std::get<std::string>(row[column]));
    }
    csv += "\r\n";
  }
  return csv;
}

petition::Result<std::string> ToXlsx(const std::vector<Sheet>& sheets) {
  const SheetFile file;
  if (!file.made()) return petition::Unavailable("the table can't be written", "no temporary file");
  lxw_workbook* book = workbook_new(file.path().c_str());
  if (!book) return petition::Unavailable("the table can't be written", "no workbook");
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);
  for (const auto& sheet : sheets) FillPage(book, sheet, bold);
  if (const lxw_error failed = workbook_close(book); failed != LXW_NO_ERROR)
    return petition::Unavailable("the table can't be written", lxw_strerror(failed));
  std::ifstream in(file.path(), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (!in || bytes.empty()) return petition::Unavailable("the table can't be read back");
  return bytes;
}

std::string ToHtml(std::string_view title, const std::vector<Sheet>& sheets) {
  std::string html =
      "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>" + HtmlEscaped(title) +
      "</title><style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}"
      "th,td{border:1px solid #888;padding:.3em .6em;text-align:left}td.n{text-align:right}"
      "@media print{table{page-break-inside:auto}tr{page-break-inside:avoid}}</style></head><body><h1>" +
      HtmlEscaped(title) + "</h1>";
  for (const auto& sheet : sheets) {
    html += "<h2>" + HtmlEscaped(sheet.title) + "</h2><table><thead><tr>";
    for (const auto& heading : sheet.headings) html += "<th>" + HtmlEscaped(heading) + "</th>";
    html += "</tr></thead><tbody>";
    for (const auto& row : sheet.rows) {
      html += "<tr>";
      for (const auto& cell : row) {
        const auto* number = std::get_if<double>(&cell);
        html += number ? "<td class=\"n\">" + CellNumber(*number) : "<td>" + HtmlEscaped(std::get<std::string>(cell));
        html += "</td>";
      }
      html += "</tr>";
    }
    html += "</tbody></table>";
  }
  return html + "</body></html>\n";
}

}  // namespace gateway
