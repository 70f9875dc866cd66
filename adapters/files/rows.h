// The rows of a file that an old system exported, one after the other in constant memory: each read into a tree for the
// mapping (a table's row as an object of its cells by heading), or bytes that are none. A bad row never spoils the
// next. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/files/file_bytes.h"
#include "adapters/spec_reader.h"
#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

inline constexpr std::size_t kRowBytesMax = 8u << 20;      ///< as one HTTP body
inline constexpr std::size_t kOverlongKeptMax = 1u << 20;  ///< of a row beyond that: as much as a refusal keeps

struct FileRow {
  std::uint64_t line = 0;  ///< where it begins, counted from 1; of XML the element's number, of a workbook the row's
  std::string raw;  ///< its bytes as they stand in the file, without the line's end; of an overlong one the front
  std::uint64_t raw_size = 0;
  petition::Json tree;
  petition::Error error;  ///< with a reason: a bad row; names fields or columns, never values
  bool bad() const { return !error.reason.empty(); }
};

enum class RowFormat { kTable, kJsonl, kJson, kXml, kXlsx };
/// "table", "jsonl", "json", "xml", "xlsx".
std::optional<RowFormat> RowFormatFromName(std::string_view name);
std::string_view RowFormatName(RowFormat format);
/// A table for .csv, .tsv and .txt; else what the name says; JSONL for what says nothing.
RowFormat RowFormatByName(const std::filesystem::path& file);

struct RowOptions {
  RowFormat format = RowFormat::kJsonl;
  char delimiter = ',';
  /// Of JSON and XML: the path of names to the elements that are records ("/list/case"); "" of JSON: the outer list.
  std::string records;
  std::string sheet;  ///< of a workbook; "": the first
};

/// What a source's settings say of its files: format (else told by the name), encoding, delimiter (one character, or
/// "tab"), records, sheet.
struct RowManner {
  RowOptions rows;
  std::optional<RowFormat> format;
  std::optional<Encoding> encoding;
};
RowManner ReadRowManner(SpecReader& options);

class RowReader {
 public:
  virtual ~RowReader() = default;
  /// Opens the file. A table reads its headings at once (kInvalid "table_empty").
  static petition::Result<std::unique_ptr<RowReader>> Open(const std::filesystem::path& file,
                                                           const ScannedFile& scanned, const RowOptions& options);
  /// False at the end. kUnavailable when the disk does not answer; kInvalid when the rest can't be read at all.
  virtual petition::Result<bool> Next(FileRow& row) = 0;
  /// Goes on from where an earlier reading stopped: the offset and line after a row.
  virtual petition::Status Resume(std::uint64_t offset, std::uint64_t line) = 0;
  virtual std::uint64_t offset() const = 0;  ///< after the row read last, in the format's own measure
  virtual std::uint64_t line() const = 0;    ///< of the row to come
  virtual std::string media_type() const = 0;
  /// Of a table: what stands above its columns, for Mapping::CheckHeadings. Empty otherwise.
  virtual const std::vector<std::string>& headings() const = 0;
  /// What RereadRow needs besides the bytes of one row.
  virtual std::string context() const = 0;
};

/// The tree of one row again, from its bytes and the reader's context.
petition::Result<petition::Json> RereadRow(const std::string& raw, const std::string& context);

/// Cuts a record of decoded text into its fields: quotes as in RFC 4180. False when quotes are not as they should be.
bool SplitRecord(std::string_view record, char delimiter, std::vector<std::string>& cells);

}  // namespace adapters
