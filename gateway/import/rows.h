// The rows of an import file, one after the other in constant memory: each a submission, a closing of an earlier one,
// or bytes that are neither. A bad row never spoils the next. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "gateway/import/columns.h"
#include "gateway/import/file_bytes.h"
#include "petition/submission.h"

namespace gateway {

inline constexpr std::size_t kRowBytesMax = 8u << 20;  ///< as one HTTP body

struct ImportRow {
  enum class Kind { kSubmission, kClosure, kBad };
  Kind kind = Kind::kBad;
  std::uint64_t line = 0;  ///< where it begins, counted from 1
  std::string raw;  ///< its bytes as they stand in the file, without the line's end; of an overlong one the front
  std::uint64_t raw_size = 0;
  petition::Submission submission;
  std::string id;      ///< the file's own name for the row, "" without; of a closing: the submission it closes
  std::string source;  ///< the row's own source, "" without
  petition::Time closed_at{};
  petition::Error error;  ///< of a bad row; its pointers name fields or columns, never values
};

enum class ImportFormat { kJsonl, kTable };
/// A table for .csv, .tsv and .txt, else JSONL.
ImportFormat FormatByName(const std::filesystem::path& file);

class ImportRows {
 public:
  virtual ~ImportRows() = default;
  /// Opens the file. A table reads its headings at once: kInvalid as MapHeadings says.
  static petition::Result<std::unique_ptr<ImportRows>> Open(const std::filesystem::path& file,
                                                            const ScannedFile& scanned, ImportFormat format,
                                                            const TableMapping& mapping);
  /// False at the end. kUnavailable when the disk does not answer.
  virtual petition::Result<bool> Next(ImportRow& row) = 0;
  /// Goes on from where an earlier reading stopped: the offset and line after a row.
  virtual void Resume(std::uint64_t offset, std::uint64_t line) = 0;
  virtual std::uint64_t offset() const = 0;
  virtual std::uint64_t line() const = 0;  ///< of the row to come
  virtual std::string media_type() const = 0;
};

/// Cuts a record of decoded text into its fields: quotes as in RFC 4180. False when quotes are not as they should be.
bool SplitRecord(std::string_view record, char delimiter, std::vector<std::string>& cells);

}  // namespace gateway
