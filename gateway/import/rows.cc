#include "gateway/import/rows.h"

#include <algorithm>

#include "gateway/intake.h"

namespace gateway {
namespace {

using petition::Json;
using petition::Result;

petition::Error DiskError() { return petition::Unavailable("the file can't be read any further"); }

/// Collects the bytes of a record up to its bound; beyond, it only counts.
class RawBytes {
 public:
  explicit RawBytes(ImportRow& row) : row_(row) {
    row_.raw.clear();
    row_.raw_size = 0;
  }
  void Add(int byte) {
    if (row_.raw_size++ < kRowBytesMax) row_.raw += static_cast<char>(byte);
  }
  void Add(std::string_view bytes) {
    const std::size_t room = kRowBytesMax - std::min<std::uint64_t>(kRowBytesMax, row_.raw_size);
    row_.raw += bytes.substr(0, room);
    row_.raw_size += bytes.size();
  }
  bool overlong() const { return row_.raw_size > kRowBytesMax; }
  /// Takes away the end of the line.
  void Finish() {
    if (!row_.raw.empty() && row_.raw_size == row_.raw.size() && row_.raw.back() == '\r') {
      row_.raw.pop_back();
      --row_.raw_size;
    }
  }
  void Bad(std::string reason, std::string message) {
    row_.kind = ImportRow::Kind::kBad;
    row_.error = petition::Invalid(std::move(reason), std::move(message));
    if (overlong()) row_.raw.resize(std::min(row_.raw.size(), kRefusedRawMax));
  }

 private:
  ImportRow& row_;
};

/// Fills the row from the JSON of a submission, taking out what names the row itself.
void FillSubmission(Json json, ImportRow& row) {
  row.id = row.source = "";
  for (const auto& [name, field] : {std::pair{"id", &row.id}, std::pair{"source", &row.source}}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) continue;
    *field = found->get<std::string>();
    json.erase(found);
  }
  auto submission = petition::SubmissionFromJson(json);
  if (!submission.ok()) {
    row.kind = ImportRow::Kind::kBad;
    row.error = std::move(submission).error();
    return;
  }
  row.kind = ImportRow::Kind::kSubmission;
  row.submission = std::move(*submission);
}

/// The rest of the line, and its end. False when the disk does not answer.
bool TakeLine(FileBytes& bytes, RawBytes& raw) {
  while (true) {
    const std::string_view window = bytes.Window();
    if (window.empty()) return !bytes.failed();
    const std::size_t end = window.find('\n');
    raw.Add(window.substr(0, end));
    bytes.Skip(end == std::string_view::npos ? window.size() : end + 1);
    if (end != std::string_view::npos) return true;
  }
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

class JsonlRows final : public ImportRows {
 public:
  JsonlRows(FileBytes bytes, const ScannedFile& scanned) : bytes_(std::move(bytes)), decoder_(scanned.encoding) {
    bytes_.Seek(scanned.begin);
  }

  Result<bool> Next(ImportRow& row) override {
    do {
      row.line = line_;
      RawBytes raw(row);
      if (bytes_.Window().empty() && !bytes_.failed()) return false;
      if (!TakeLine(bytes_, raw)) return DiskError();
      ++line_;
      raw.Finish();
      if (raw.overlong()) {
        raw.Bad("row_too_long", "the row is longer than 8 MiB");
        return true;
      }
    } while (IsBlank(row.raw));
    Read(row);
    return true;
  }

  void Resume(std::uint64_t offset, std::uint64_t line) override {
    bytes_.Seek(offset);
    line_ = line;
  }
  std::uint64_t offset() const override { return bytes_.offset(); }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override {
    return decoder_.encoding() == Encoding::kUtf8 ? "application/json" : "application/json; charset=gb18030";
  }

 private:
  void Read(ImportRow& row) {
    row.kind = ImportRow::Kind::kBad;
    auto text = decoder_.Decode(row.raw);
    if (!text.ok()) return void(row.error = std::move(text).error());
    auto json = petition::ParseJson(*text);
    if (!json.ok()) return void(row.error = std::move(json).error());
    if (!json->is_object()) return void(row.error = petition::Invalid("not_an_object", "the row is no JSON object"));
    const auto type = json->find("type");
    const bool named = type != json->end();
    if (named && *type == "closure") return ReadClosure(*json, row);
    if (named && *type != "submission") {
      return void(row.error = petition::Invalid("type_unknown", "the row is neither a submission nor a closure"));
    }
    if (named) json->erase(type);
    FillSubmission(std::move(*json), row);
  }

  static void ReadClosure(const Json& json, ImportRow& row) {
    row.error = petition::Invalid("closure_invalid", "a closure names the id of a submission and the time");
    const auto id = json.find("id"), at = json.find("at");
    if (id == json.end() || !id->is_string() || id->get_ref<const std::string&>().empty() || at == json.end() ||
        !at->is_string()) {
      return;
    }
    const auto time = petition::ParseTime(at->get_ref<const std::string&>());
    if (!time.ok()) return void(row.error = time.error());
    row.kind = ImportRow::Kind::kClosure;
    row.id = id->get<std::string>();
    row.source = json.contains("source") && json["source"].is_string() ? json["source"].get<std::string>() : "";
    row.closed_at = *time;
  }

  FileBytes bytes_;
  Decoder decoder_;
  std::uint64_t line_ = 1;
};

class TableRows final : public ImportRows {
 public:
  TableRows(FileBytes bytes, const ScannedFile& scanned, char delimiter)
      : bytes_(std::move(bytes)), decoder_(scanned.encoding), delimiter_(delimiter) {
    bytes_.Seek(scanned.begin);
  }

  petition::Status ReadHeadings(const TableMapping& mapping) {
    ImportRow row;
    GUIYI_TRY(const bool more, NextRecord(row));
    if (!more) return petition::Invalid("table_empty", "the file holds no row of headings");
    std::vector<std::string> headings;
    if (!row.error.reason.empty() || !Split(row, headings)) return row.error;
    GUIYI_TRY(fields_, MapHeadings(headings, mapping));
    return petition::Ok();
  }

  Result<bool> Next(ImportRow& row) override {
    GUIYI_TRY(const bool more, NextRecord(row));
    if (!more || !row.error.reason.empty()) return more;
    std::vector<std::string> cells;
    if (!Split(row, cells)) return true;
    if (cells.size() != fields_.size()) {
      row.error = petition::Invalid(cells.size() < fields_.size() ? "cells_missing" : "cells_extra",
                                    "the row has not as many cells as there are headings");
      return true;
    }
    auto json = RowToJson(fields_, cells);
    if (json.ok()) {
      FillSubmission(std::move(*json), row);
    } else {
      row.error = std::move(json).error();
    }
    return true;
  }

  void Resume(std::uint64_t offset, std::uint64_t line) override {
    bytes_.Seek(offset);
    line_ = line;
  }
  std::uint64_t offset() const override { return bytes_.offset(); }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override {
    return "text/csv; charset=" + std::string(EncodingName(decoder_.encoding()));
  }

 private:
  enum class Ended { kRecord, kFile, kBroken };

  Result<bool> NextRecord(ImportRow& row);
  Ended ScanRecord(RawBytes& raw, std::uint64_t& lines, bool& failed);
  bool Split(ImportRow& row, std::vector<std::string>& cells);

  FileBytes bytes_;
  Decoder decoder_;
  const char delimiter_;
  std::uint64_t line_ = 1;
  std::vector<std::string> fields_;
};

/// Finds the end of a record by its quotes, taking whole characters: the second byte of a GB18030 character can look
/// like a delimiter, never like a quote or the end of a line.
TableRows::Ended TableRows::ScanRecord(RawBytes& raw, std::uint64_t& lines, bool& failed) {
  enum class At { kCellBegin, kPlain, kQuoted, kAfterQuote } at = At::kCellBegin;
  while (true) {
    const int byte = bytes_.Get();
    failed = byte == -2;
    if (byte < 0) return at == At::kQuoted ? Ended::kBroken : Ended::kFile;
    if (raw.overlong()) return Ended::kBroken;
    if (byte == '\n') ++lines;
    if (byte == '\n' && at != At::kQuoted) return Ended::kRecord;
    raw.Add(byte);
    const int next = byte >= 0x80 ? bytes_.Peek() : -1;
    if (next >= 0) {
      const std::size_t size =
          CharacterBytes(decoder_.encoding(), static_cast<unsigned char>(byte), static_cast<unsigned char>(next));
      for (std::size_t i = 1; i < size && bytes_.Peek() >= 0 && bytes_.Peek() != '\n'; ++i) raw.Add(bytes_.Get());
    }
    switch (at) {
      case At::kCellBegin:
        at = byte == '"' ? At::kQuoted : byte == delimiter_ ? At::kCellBegin : At::kPlain;
        break;
      case At::kPlain:
        if (byte == delimiter_) at = At::kCellBegin;
        break;
      case At::kQuoted:
        if (byte == '"') at = At::kAfterQuote;
        break;
      case At::kAfterQuote:
        if (byte == '"') {
          at = At::kQuoted;
        } else if (byte == delimiter_) {
          at = At::kCellBegin;
        } else if (byte != '\r') {
          return Ended::kBroken;
        }
    }
  }
}

Result<bool> TableRows::NextRecord(ImportRow& row) {
  while (true) {
    row.kind = ImportRow::Kind::kBad;
    row.error = {};
    row.line = line_;
    const std::uint64_t begin = bytes_.offset();
    RawBytes raw(row);
    std::uint64_t lines = 0;
    bool failed = false;
    if (bytes_.Peek() == -1) return false;
    const Ended ended = ScanRecord(raw, lines, failed);
    if (failed) return DiskError();
    line_ += std::max<std::uint64_t>(lines, 1);
    if (ended == Ended::kBroken) {
      // A quote that nobody closes would swallow the rest of the file: only the line it stands on is lost.
      bytes_.Seek(begin);
      line_ = row.line + 1;
      RawBytes again(row);
      if (!TakeLine(bytes_, again)) return DiskError();
      again.Finish();
      again.Bad("quotes_invalid", "a quote is not closed, or the row is longer than 8 MiB");
      return true;
    }
    raw.Finish();
    if (!IsBlank(row.raw)) return true;
  }
}

bool TableRows::Split(ImportRow& row, std::vector<std::string>& cells) {
  auto text = decoder_.Decode(row.raw);
  if (!text.ok()) return row.error = std::move(text).error(), false;
  if (SplitRecord(*text, delimiter_, cells)) return true;
  row.error = petition::Invalid("quotes_invalid", "quotes stand where they should not");
  return false;
}

}  // namespace

ImportFormat FormatByName(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return extension == ".csv" || extension == ".tsv" || extension == ".txt" ? ImportFormat::kTable
                                                                           : ImportFormat::kJsonl;
}

bool SplitRecord(std::string_view record, char delimiter, std::vector<std::string>& cells) {
  cells.clear();
  std::size_t at = 0;
  while (true) {
    std::string cell;
    if (at < record.size() && record[at] == '"') {
      for (++at;; ++at) {
        if (at >= record.size()) return false;
        if (record[at] != '"') {
          cell += record[at];
        } else if (at + 1 < record.size() && record[at + 1] == '"') {
          cell += record[at++];
        } else {
          break;
        }
      }
      ++at;
      if (at < record.size() && record[at] != delimiter) return false;
    } else {
      const std::size_t end = std::min(record.find(delimiter, at), record.size());
      cell = record.substr(at, end - at);
      at = end;
    }
    cells.push_back(std::move(cell));
    if (at >= record.size()) return true;
    ++at;
    if (at == record.size()) return cells.emplace_back(), true;
  }
}

Result<std::unique_ptr<ImportRows>> ImportRows::Open(const std::filesystem::path& file, const ScannedFile& scanned,
                                                     ImportFormat format, const TableMapping& mapping) {
  GUIYI_TRY(FileBytes bytes, FileBytes::Open(file));
  if (format == ImportFormat::kJsonl) {
    return std::unique_ptr<ImportRows>(std::make_unique<JsonlRows>(std::move(bytes), scanned));
  }
  auto rows = std::make_unique<TableRows>(std::move(bytes), scanned, mapping.delimiter);
  GUIYI_CHECK(rows->ReadHeadings(mapping));
  return std::unique_ptr<ImportRows>(std::move(rows));
}

}  // namespace gateway
