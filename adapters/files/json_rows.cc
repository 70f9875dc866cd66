#include "adapters/files/json_rows.h"

#include "adapters/files/line_bytes.h"

namespace adapters {
namespace {

using petition::Result;

constexpr std::size_t kDepthMax = 64;
constexpr std::size_t kKeyBytesMax = 1024;

petition::Error Broken(std::uint64_t at) {
  return petition::Invalid("json_invalid", "the document is no JSON at byte " + std::to_string(at + 1));
}

/// Cuts the elements out of a list by looking at brackets and quotes only; each element is then read strictly.
class JsonRows final : public RowReader {
 public:
  JsonRows(FileBytes bytes, std::uint64_t begin) : bytes_(std::move(bytes)) { bytes_.Seek(begin); }

  /// Goes to the list; its path as keys.
  petition::Status Enter(std::vector<std::string> keys) {
    SkipBlanks();
    if (keys.empty() && bytes_.Peek() == '{') return whole_ = true, petition::Ok();
    for (const std::string& key : keys) GUIYI_CHECK(EnterMember(key));
    SkipBlanks();
    if (bytes_.Get() != '[') return petition::Invalid("records_missing", "the document holds no list at its place");
    return petition::Ok();
  }

  Result<bool> Next(FileRow& row) override {
    row.error = {};
    row.line = line_;
    RawBytes raw(row);
    if (ended_) return false;
    SkipBlanks();
    if (!whole_ && bytes_.Peek() == ',') {
      (void)bytes_.Get();
      SkipBlanks();
    }
    const int first = bytes_.Peek();
    if (first == -2) return DiskError();
    if (first == -1 || (!whole_ && first == ']')) {
      ended_ = true;
      if (first == -1 && !whole_) return Broken(bytes_.offset());
      return false;
    }
    if (!TakeValue(raw)) return bytes_.failed() ? DiskError() : Broken(bytes_.offset());
    if (row.raw.empty()) return Broken(bytes_.offset());  // a bracket or comma where a value should be: no way on
    ++line_;
    ended_ = whole_;
    if (raw.overlong()) {
      raw.Bad("row_too_long", "the record is longer than 8 MiB");
      return true;
    }
    auto json = petition::ParseJson(row.raw);
    if (!json.ok()) {
      row.error = std::move(json).error();
    } else if (!json->is_object()) {
      row.error = petition::Invalid("not_an_object", "the record is no JSON object");
    } else {
      row.tree = std::move(*json);
    }
    return true;
  }

  petition::Status Resume(std::uint64_t offset, std::uint64_t line) override {
    bytes_.Seek(offset);
    line_ = line;
    ended_ = whole_ && line > 1;
    return petition::Ok();
  }
  std::uint64_t offset() const override { return bytes_.offset(); }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override { return "application/json"; }
  const std::vector<std::string>& headings() const override { return headings_; }
  std::string context() const override { return R"({"format":"json"})"; }

 private:
  void SkipBlanks() {
    while (bytes_.Peek() == ' ' || bytes_.Peek() == '\t' || bytes_.Peek() == '\r' || bytes_.Peek() == '\n') {
      (void)bytes_.Get();
    }
  }
  /// A text with its quotes; the front of it in `into`.
  bool TakeText(std::string* into, RawBytes* raw) {
    int byte = bytes_.Get();
    if (raw != nullptr) raw->Add(byte);
    while (true) {
      byte = bytes_.Get();
      if (byte < 0) return false;
      if (raw != nullptr) raw->Add(byte);
      if (byte == '"') return true;
      if (into != nullptr && into->size() < kKeyBytesMax) *into += static_cast<char>(byte);
      if (byte != '\\') continue;
      byte = bytes_.Get();
      if (byte < 0) return false;
      if (raw != nullptr) raw->Add(byte);
      if (into != nullptr && into->size() < kKeyBytesMax) *into += static_cast<char>(byte);
    }
  }
  bool TakeValue(RawBytes& raw) {
    std::size_t depth = 0;
    while (true) {
      const int byte = bytes_.Peek();
      if (byte < 0) return false;
      if (byte == '"') {
        if (!TakeText(nullptr, &raw)) return false;
        if (depth == 0) return true;
        continue;
      }
      const bool closes = byte == '}' || byte == ']';
      if (depth == 0 && (closes || byte == ',')) return true;  // the end of a bare number or word
      raw.Add(bytes_.Get());
      if (byte == '{' || byte == '[') ++depth;
      if (depth > kDepthMax) return false;
      if (closes && --depth == 0) return true;
    }
  }
  petition::Status EnterMember(const std::string& wanted) {
    SkipBlanks();
    if (bytes_.Get() != '{') return petition::Invalid("records_missing", "the document holds no list at its place");
    while (true) {
      SkipBlanks();
      if (bytes_.Peek() == ',') (void)bytes_.Get();
      SkipBlanks();
      if (bytes_.Peek() != '"') return petition::Invalid("records_missing", "the document holds no list at its place");
      std::string key;
      if (!TakeText(&key, nullptr)) return Broken(bytes_.offset());
      SkipBlanks();
      if (bytes_.Get() != ':') return Broken(bytes_.offset());
      if (key == wanted) return petition::Ok();
      SkipBlanks();
      FileRow passed_over;
      RawBytes raw(passed_over);
      if (!TakeValue(raw)) return Broken(bytes_.offset());
    }
  }

  FileBytes bytes_;
  std::uint64_t line_ = 1;
  bool whole_ = false, ended_ = false;
  const std::vector<std::string> headings_;  // none
};

}  // namespace

Result<std::unique_ptr<RowReader>> OpenJsonRows(FileBytes bytes, const ScannedFile& scanned,
                                                const std::string& records) {
  std::vector<std::string> keys;
  std::string_view left = records;
  while (!left.empty()) {
    const auto end = std::min(left.find('/'), left.size());
    if (end > 0) keys.emplace_back(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  auto rows = std::make_unique<JsonRows>(std::move(bytes), scanned.begin);
  GUIYI_CHECK(rows->Enter(std::move(keys)));
  return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace adapters
