// The rows of an import file: what adapters/files reads of it, made by the source's mapping into a submission, a
// closing of an earlier one, or bytes that are neither. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/files/rows.h"
#include "adapters/source_spec.h"
#include "petition/submission.h"

namespace gateway {

struct ImportRow {
  enum class Kind { kSubmission, kClosure, kBad };
  Kind kind = Kind::kBad;
  std::uint64_t line = 0;  ///< where it begins, counted from 1
  std::string raw;         ///< its bytes as they stand in the file
  std::uint64_t raw_size = 0;
  petition::Submission submission;
  std::string id;      ///< the file's own name for the row, "" without; of a closing: the submission it closes
  std::string source;  ///< the row's own source, "" without
  petition::Time closed_at{};
  petition::Error error;  ///< of a bad row; its pointers name fields, never values
  std::vector<std::string> unmapped;
};

class ImportRows {
 public:
  /// A table's headings are held against the mapping at once: kInvalid as Mapping::CheckHeadings says. JSON rows are in
  /// the hub's own form where the mapping has no rules.
  static petition::Result<std::unique_ptr<ImportRows>> Open(const std::filesystem::path& file,
                                                            const adapters::ScannedFile& scanned,
                                                            const adapters::RowOptions& options,
                                                            std::shared_ptr<const adapters::SourceSpec> spec);
  /// False at the end. kUnavailable when the disk does not answer.
  petition::Result<bool> Next(ImportRow& row);
  petition::Status Resume(std::uint64_t offset, std::uint64_t line) { return reader_->Resume(offset, line); }
  std::uint64_t offset() const { return reader_->offset(); }
  std::uint64_t line() const { return reader_->line(); }
  std::string media_type() const { return reader_->media_type(); }
  std::string context() const { return reader_->context(); }

 private:
  ImportRows(std::unique_ptr<adapters::RowReader> reader, std::shared_ptr<const adapters::SourceSpec> spec)
      : reader_(std::move(reader)), spec_(std::move(spec)) {}
  void Read(petition::Json tree, ImportRow& row) const;

  std::unique_ptr<adapters::RowReader> reader_;
  std::shared_ptr<const adapters::SourceSpec> spec_;
  adapters::FileRow row_;
};

}  // namespace gateway
