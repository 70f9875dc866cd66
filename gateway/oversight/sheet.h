// A Sheet is a table on its way out: to a spreadsheet (CSV, XLSX) or paper (HTML, PDF). Text that a spreadsheet
// would take for a formula is written so that it is taken for text. Plain data; the writers are pure but for a
// temporary file.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "petition/result.h"

namespace gateway {

using Cell = std::variant<std::string, double>;

struct Sheet {
  std::string title;
  std::vector<std::string> headings;
  std::vector<std::vector<Cell>> rows;
  std::string name = {};  ///< what it is asked for by, among several
};

/// `text`, with an apostrophe before it when a spreadsheet would read it as a formula: = + - @, tab, return.
std::string PlainCell(std::string_view text);

/// UTF-8 with a byte order mark (spreadsheets here take anything else for GBK), RFC 4180.
std::string ToCsv(const Sheet& sheet);
/// A workbook of these sheets. kUnavailable when the temporary file can't be written.
petition::Result<std::string> ToXlsx(const std::vector<Sheet>& sheets);
/// A number as text: whole ones without a point.
std::string CellNumber(double number);
/// A PDF of these tables, the first thousand rows of each, with its letters embedded. kUnavailable where no font has
/// them. Safe from any thread; one is made at a time. Cairo keeps about 2 KiB of each for ever.
petition::Result<std::string> ToPdf(std::string_view title, const std::vector<Sheet>& sheets);
/// One page to print, without scripts or anything from elsewhere.
std::string ToHtml(std::string_view title, const std::vector<Sheet>& sheets);

}  // namespace gateway
