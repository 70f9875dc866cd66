#include "adapters/files/rows.h"

#include <algorithm>
#include <array>

#include "adapters/files/json_rows.h"
#include "adapters/files/line_bytes.h"
#include "adapters/files/text_rows.h"
#include "adapters/mapping/values.h"
#include "adapters/text/xml_tree.h"

namespace adapters {

using petition::Json;
using petition::Result;

namespace {

struct Name {
  std::string_view name;
  RowFormat format;
};
constexpr std::array kNames = {Name{"table", RowFormat::kTable}, Name{"jsonl", RowFormat::kJsonl},
                               Name{"json", RowFormat::kJson}, Name{"xml", RowFormat::kXml},
                               Name{"xlsx", RowFormat::kXlsx}};

petition::Error ContextLost() {
  return petition::Invalid("context_missing", "what is needed to read the row again was not kept with it");
}

}  // namespace

std::optional<RowFormat> RowFormatFromName(std::string_view name) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Name& one) { return one.name == name; });
  return found == kNames.end() ? std::nullopt : std::optional(found->format);
}

std::string_view RowFormatName(RowFormat format) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const Name& one) { return one.format == format; })->name;
}

RowFormat RowFormatByName(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt") return RowFormat::kTable;
  if (extension == ".xml") return RowFormat::kXml;
  if (extension == ".xlsx") return RowFormat::kXlsx;
  return RowFormat::kJsonl;
}

RowManner ReadRowManner(SpecReader& options) {
  RowManner manner;
  if (const std::string name = options.Text("format"); !name.empty()) {
    manner.format = RowFormatFromName(name);
    if (!manner.format) options.Wrong("format", "range", "must be table, jsonl, json, xml or xlsx");
  }
  if (const std::string name = options.Text("encoding"); !name.empty()) {
    manner.encoding = EncodingFromName(name);
    if (!manner.encoding) options.Wrong("encoding", "range", "must be utf-8, gb18030 (gbk) or big5");
  }
  if (const std::string mark = options.Text("delimiter"); !mark.empty()) {
    if (mark.size() != 1 && mark != "tab") options.Wrong("delimiter", "range", "must be one character, or tab");
    manner.rows.delimiter = mark == "tab" ? '\t' : mark[0];
  }
  manner.rows.records = options.Text("records");
  manner.rows.sheet = options.Text("sheet");
  return manner;
}

std::string TableContext(const std::vector<std::string>& headings, char delimiter, Encoding encoding) {
  return petition::DumpJson({{"format", "table"},
                             {"headings", headings},
                             {"delimiter", std::string(1, delimiter)},
                             {"encoding", EncodingName(encoding)}});
}

void RowToTree(const std::vector<std::string>& headings, std::vector<std::string>& cells, FileRow& row) {
  if (cells.size() != headings.size()) {
    row.error = petition::Invalid(cells.size() < headings.size() ? "cells_missing" : "cells_extra",
                                  "the row has not as many cells as there are headings");
    return;
  }
  row.tree = Json::object();
  auto& object = row.tree.get_ref<Json::object_t&>();
  for (std::size_t i = 0; i < headings.size(); ++i) {
    object.insert_or_assign(std::string(TrimCell(headings[i])), std::move(cells[i]));
  }
}

Result<Json> RereadRow(const std::string& raw, const std::string& context) {
  const auto how = petition::ParseJson(context);
  if (!how.ok() || !how->is_object()) return ContextLost();
  const auto format = RowFormatFromName(how->value("format", ""));
  if (!format) return ContextLost();
  if (*format == RowFormat::kXml) {
    XmlLimits limits;
    limits.namespaces = false;
    GUIYI_TRY(Json tree, XmlToTree(raw, limits));
    return Json(tree.begin().value());
  }
  if (*format == RowFormat::kJson || *format == RowFormat::kXlsx) return petition::ParseJson(raw);
  const auto encoding = EncodingFromName(how->value("encoding", ""));
  if (!encoding) return ContextLost();
  GUIYI_TRY(const std::string text, Decoder(*encoding).Decode(raw));
  if (*format == RowFormat::kJsonl) return petition::ParseJson(text);
  std::vector<std::string> headings, cells;
  for (const Json& heading : how->value("headings", Json::array())) {
    if (heading.is_string()) headings.push_back(heading.get<std::string>());
  }
  const std::string delimiter = how->value("delimiter", ",");
  if (!SplitRecord(text, delimiter.empty() ? ',' : delimiter[0], cells)) {
    return petition::Invalid("quotes_invalid", "quotes stand where they should not");
  }
  FileRow row;
  RowToTree(headings, cells, row);
  if (row.bad()) return row.error;
  return std::move(row.tree);
}

Result<std::unique_ptr<RowReader>> RowReader::Open(const std::filesystem::path& file, const ScannedFile& scanned,
                                                   const RowOptions& options) {
  switch (options.format) {
    case RowFormat::kTable: {
      GUIYI_TRY(FileBytes bytes, FileBytes::Open(file));
      return OpenTableRows(std::move(bytes), scanned, options.delimiter);
    }
    case RowFormat::kJsonl: {
      GUIYI_TRY(FileBytes bytes, FileBytes::Open(file));
      return OpenJsonlRows(std::move(bytes), scanned);
    }
    case RowFormat::kJson: {
      GUIYI_TRY(FileBytes bytes, FileBytes::Open(file));
      return OpenJsonRows(std::move(bytes), scanned, options.records);
    }
    case RowFormat::kXml: {
      GUIYI_TRY(FileBytes bytes, FileBytes::Open(file));
      return OpenXmlRows(std::move(bytes), scanned, options.records);
    }
    case RowFormat::kXlsx:
      return OpenXlsxRows(file, options.sheet);
  }
  return petition::Invalid("format_unknown", "files of this form can't be read");
}

}  // namespace adapters
