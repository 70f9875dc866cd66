#include "adapters/files/json_rows.h"
#include "adapters/files/line_bytes.h"
#include "adapters/files/workbook.h"

namespace adapters {
namespace {

using petition::Result;

/// A workbook's row is told by its cells; its "bytes as they came" are those cells as a JSON object, since the file
/// itself (archived whole) holds them in several places.
class XlsxRows final : public RowReader {
 public:
  XlsxRows(std::unique_ptr<Workbook> workbook, std::vector<std::string> headings, std::uint64_t number)
      : workbook_(std::move(workbook)), headings_(std::move(headings)), line_(number + 1) {}

  Result<bool> Next(FileRow& row) override {
    row.error = {};
    std::vector<std::string> cells;
    std::uint64_t number = 0;
    GUIYI_TRY(const bool more, workbook_->Next(cells, number));
    if (!more) return false;
    row.line = number;
    line_ = number + 1;
    const bool extra = cells.size() > headings_.size();
    cells.resize(std::max(cells.size(), headings_.size()));
    if (extra) {
      row.raw = petition::DumpJson(cells);
      row.error = petition::Invalid("cells_extra", "the row has cells beyond the headings");
    } else {
      RowToTree(headings_, cells, row);
      row.raw = petition::DumpJson(row.tree);
    }
    row.raw_size = row.raw.size();
    return true;
  }
  petition::Status Resume(std::uint64_t, std::uint64_t line) override {
    FileRow passed_over;
    while (line_ < line) {
      GUIYI_TRY(const bool more, Next(passed_over));
      if (!more) break;
    }
    return petition::Ok();
  }
  std::uint64_t offset() const override { return line_ - 1; }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override { return "application/json"; }
  const std::vector<std::string>& headings() const override { return headings_; }
  std::string context() const override { return R"({"format":"xlsx"})"; }

 private:
  std::unique_ptr<Workbook> workbook_;
  const std::vector<std::string> headings_;
  std::uint64_t line_;
};

}  // namespace

Result<std::unique_ptr<RowReader>> OpenXlsxRows(const std::filesystem::path& file, const std::string& sheet) {
  GUIYI_TRY(auto workbook, Workbook::Open(file, sheet));
  std::vector<std::string> headings;
  std::uint64_t number = 0;
  GUIYI_TRY(const bool more, workbook->Next(headings, number));
  if (!more) return petition::Invalid("table_empty", "the sheet holds no row of headings");
  return std::unique_ptr<RowReader>(std::make_unique<XlsxRows>(std::move(workbook), std::move(headings), number));
}

}  // namespace adapters
