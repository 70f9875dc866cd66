// Taking the bytes of one row from a file up to its bound. Internal to adapters/files. One thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/files/rows.h"

namespace adapters {

/// Collects the bytes of a row up to its bound; beyond, it only counts.
class RawBytes {
 public:
  explicit RawBytes(FileRow& row) : row_(row) {
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
    row_.error = petition::Invalid(std::move(reason), std::move(message));
    if (overlong()) row_.raw.resize(std::min(row_.raw.size(), kOverlongKeptMax));
  }

 private:
  FileRow& row_;
};

/// The rest of the line, and its end. False when the disk does not answer.
inline bool TakeLine(FileBytes& bytes, RawBytes& raw) {
  while (true) {
    const std::string_view window = bytes.Window();
    if (window.empty()) return !bytes.failed();
    const std::size_t end = window.find('\n');
    raw.Add(window.substr(0, end));
    bytes.Skip(end == std::string_view::npos ? window.size() : end + 1);
    if (end != std::string_view::npos) return true;
  }
}

inline bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }
inline petition::Error DiskError() { return petition::Unavailable("the file can't be read any further"); }
/// What there is to know besides the bytes of a row, and how a table's row becomes a tree.
std::string TableContext(const std::vector<std::string>& headings, char delimiter, Encoding encoding);
void RowToTree(const std::vector<std::string>& headings, std::vector<std::string>& cells, FileRow& row);

}  // namespace adapters
