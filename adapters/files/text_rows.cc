#include "adapters/files/text_rows.h"

#include "adapters/files/line_bytes.h"

namespace adapters {
namespace {

using petition::Result;

constexpr std::size_t kReservedMax = 8192;

class JsonlRows final : public RowReader {
 public:
  JsonlRows(FileBytes bytes, const ScannedFile& scanned) : bytes_(std::move(bytes)), decoder_(scanned.encoding) {
    bytes_.Seek(scanned.begin);
  }

  Result<bool> Next(FileRow& row) override {
    row.error = {};
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

  petition::Status Resume(std::uint64_t offset, std::uint64_t line) override {
    bytes_.Seek(offset);
    line_ = line;
    return petition::Ok();
  }
  std::uint64_t offset() const override { return bytes_.offset(); }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override {
    if (decoder_.encoding() == Encoding::kUtf8) return "application/json";
    return "application/json; charset=" + std::string(EncodingName(decoder_.encoding()));
  }
  const std::vector<std::string>& headings() const override { return headings_; }
  std::string context() const override {
    return petition::DumpJson({{"format", "jsonl"}, {"encoding", EncodingName(decoder_.encoding())}});
  }

 private:
  void Read(FileRow& row) {
    auto text = decoder_.Decode(row.raw);
    if (!text.ok()) return void(row.error = std::move(text).error());
    auto json = petition::ParseJson(*text);
    if (!json.ok()) return void(row.error = std::move(json).error());
    if (!json->is_object()) return void(row.error = petition::Invalid("not_an_object", "the row is no JSON object"));
    row.tree = std::move(*json);
  }

  FileBytes bytes_;
  Decoder decoder_;
  std::uint64_t line_ = 1;
  const std::vector<std::string> headings_;  // none
};

class TableRows final : public RowReader {
 public:
  TableRows(FileBytes bytes, const ScannedFile& scanned, char delimiter)
      : bytes_(std::move(bytes)), decoder_(scanned.encoding), delimiter_(delimiter) {
    bytes_.Seek(scanned.begin);
  }

  petition::Status ReadHeadings() {
    FileRow row;
    GUIYI_TRY(const bool more, NextRecord(row));
    if (!more) return petition::Invalid("table_empty", "the file holds no row of headings");
    if (row.bad() || !Split(row, headings_)) return row.error;
    context_ = TableContext(headings_, delimiter_, decoder_.encoding());
    return petition::Ok();
  }

  Result<bool> Next(FileRow& row) override {
    GUIYI_TRY(const bool more, NextRecord(row));
    if (!more || row.bad()) return more;
    std::vector<std::string> cells;
    if (Split(row, cells)) RowToTree(headings_, cells, row);
    return true;
  }

  petition::Status Resume(std::uint64_t offset, std::uint64_t line) override {
    bytes_.Seek(offset);
    line_ = line;
    return petition::Ok();
  }
  std::uint64_t offset() const override { return bytes_.offset(); }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override {
    return "text/csv; charset=" + std::string(EncodingName(decoder_.encoding()));
  }
  const std::vector<std::string>& headings() const override { return headings_; }
  std::string context() const override { return context_; }

 private:
  enum class Ended { kRecord, kFile, kBroken };

  Result<bool> NextRecord(FileRow& row);
  void TakeRun(bool quoted, RawBytes& raw, std::uint64_t& lines);
  Ended ScanRecord(RawBytes& raw, std::uint64_t& lines, bool& failed);
  bool Split(FileRow& row, std::vector<std::string>& cells);

  FileBytes bytes_;
  Decoder decoder_;
  const char delimiter_;
  std::uint64_t line_ = 1;
  std::size_t usual_size_ = 0;  ///< of a row: as that of the last one
  std::vector<std::string> headings_;
  std::string context_;
};

/// The bytes inside a cell that mean nothing by themselves, as far as the window goes.
void TableRows::TakeRun(bool quoted, RawBytes& raw, std::uint64_t& lines) {
  if (decoder_.encoding() != Encoding::kUtf8) return;  // whole characters, see ScanRecord
  const std::string_view window = bytes_.Window();
  std::size_t size = 0;
  if (quoted) {
    size = std::min(window.find('"'), window.size());
    lines += static_cast<std::uint64_t>(std::count(window.begin(), window.begin() + size, '\n'));
  } else {
    while (size < window.size() && window[size] != delimiter_ && window[size] != '\n') ++size;
  }
  raw.Add(window.substr(0, size));
  bytes_.Skip(size);
}

/// Finds the end of a record by its quotes, taking whole characters: the second byte of a GB18030 character can look
/// like a delimiter, never like a quote or the end of a line.
TableRows::Ended TableRows::ScanRecord(RawBytes& raw, std::uint64_t& lines, bool& failed) {
  enum class At { kCellBegin, kPlain, kQuoted, kAfterQuote } at = At::kCellBegin;
  while (true) {
    if (at == At::kPlain || at == At::kQuoted) TakeRun(at == At::kQuoted, raw, lines);
    const int byte = bytes_.Get();
    failed = byte == -2;
    if (raw.overlong()) return Ended::kBroken;
    if (byte < 0) return at == At::kQuoted ? Ended::kBroken : Ended::kFile;
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

Result<bool> TableRows::NextRecord(FileRow& row) {
  while (true) {
    row.error = {};
    row.line = line_;
    const std::uint64_t begin = bytes_.offset();
    row.raw.reserve(std::min(usual_size_ + usual_size_ / 4, kReservedMax));
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
    usual_size_ = row.raw.size();
    if (!IsBlank(row.raw)) return true;
  }
}

bool TableRows::Split(FileRow& row, std::vector<std::string>& cells) {
  auto text = decoder_.Decode(row.raw);
  if (!text.ok()) return row.error = std::move(text).error(), false;
  if (SplitRecord(*text, delimiter_, cells)) return true;
  row.error = petition::Invalid("quotes_invalid", "quotes stand where they should not");
  return false;
}

}  // namespace

bool SplitRecord(std::string_view record, char delimiter, std::vector<std::string>& cells) {
  cells.clear();
  std::size_t at = 0;
  while (true) {
    std::string cell;
    if (at < record.size() && record[at] == '"') {
      for (++at;; ++at) {
        const std::size_t quote = record.find('"', at);
        if (quote == std::string_view::npos) return false;
        cell.append(record, at, quote - at);
        at = quote + 1;
        if (at >= record.size() || record[at] != '"') break;
        cell += '"';
      }
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

Result<std::unique_ptr<RowReader>> OpenJsonlRows(FileBytes bytes, const ScannedFile& scanned) {
  return std::unique_ptr<RowReader>(std::make_unique<JsonlRows>(std::move(bytes), scanned));
}

Result<std::unique_ptr<RowReader>> OpenTableRows(FileBytes bytes, const ScannedFile& scanned, char delimiter) {
  auto rows = std::make_unique<TableRows>(std::move(bytes), scanned, delimiter);
  GUIYI_CHECK(rows->ReadHeadings());
  return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace adapters
