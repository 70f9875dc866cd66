// What the columns of a table mean: headings as old systems write them, mapped to the fields of a submission, and cells
// turned into values. Pure functions over built-in tables; safe from any thread.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"

namespace gateway {

/// A source's own words for headings and how its tables are written: {"columns": {"heading": "field"}, "encoding":
/// "gb18030", "delimiter": "|"}, all of it optional. Fields are named as in FieldNames().
struct TableMapping {
  std::map<std::string, std::string> columns;  ///< folded heading -> field
  std::string encoding;
  char delimiter = ',';
};
petition::Result<TableMapping> TableMappingFromJson(const petition::Json& json);
petition::Result<TableMapping> LoadTableMapping(const std::filesystem::path& file);

/// The names a column can be mapped to: those of the submission's JSON ("title", "receivedAt", "petitioner.name",
/// "call.id" ...), "ignore" for a column to leave out, "keep:NAME" for one that is kept under a name we do not know.
const std::vector<std::string>& FieldNames();

/// One field a column. kInvalid: "heading_unknown" or "heading_twice" with the columns (counted from 1) in `fields`; a
/// heading's words are never repeated, since a table without headings begins with somebody's data.
petition::Result<std::vector<std::string>> MapHeadings(const std::vector<std::string>& headings,
                                                       const TableMapping& mapping);

/// The JSON of a submission from a row; cells that stand for nothing (无, null, \N) are left out. Wrong cells are all
/// reported: kInvalid "cell_invalid" with pointers "/columns/3".
petition::Result<petition::Json> RowToJson(const std::vector<std::string>& fields,
                                           const std::vector<std::string>& cells);

}  // namespace gateway
