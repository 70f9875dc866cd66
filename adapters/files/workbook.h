// A Workbook gives the rows of one sheet of an XLSX file as texts, in the memory of a window, a row and the shared
// strings. Bounds: what a part unpacks to, in all and against its packed size (a bomb packs a thousand to one), the
// shared strings, columns and cells. Built on minizip and expat; parts with a document type are refused. Numbers stay
// as they are written; dates are serials, which the mapping reads. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "petition/result.h"

namespace adapters {

class Workbook {
 public:
  /// `sheet`: its name; "": the first. kInvalid: "workbook_invalid", "workbook_too_large", "sheet_missing".
  static petition::Result<std::unique_ptr<Workbook>> Open(const std::filesystem::path& file, const std::string& sheet);
  ~Workbook();

  /// The cells of the next row that has any, from column A on; false at the end. `number`: the sheet's own.
  petition::Result<bool> Next(std::vector<std::string>& cells, std::uint64_t& number);

 private:
  struct Impl;
  explicit Workbook(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters
