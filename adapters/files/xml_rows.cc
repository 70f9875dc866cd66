#include <deque>

#include "adapters/files/json_rows.h"
#include "adapters/files/line_bytes.h"
#include "adapters/text/xml_tree.h"

namespace adapters {
namespace {

using petition::Json;
using petition::Result;

constexpr std::size_t kHeadMax = 400;

/// The document piece by piece, decoded on the way: expat knows no GBK.
class XmlRows final : public RowReader {
 public:
  XmlRows(FileBytes bytes, std::string records)
      : bytes_(std::move(bytes)), decoder_(Encoding::kUtf8), elements_(records, Limits()) {}

  /// Reads the declaration and goes behind it.
  petition::Status Begin(std::uint64_t begin) {
    bytes_.Seek(begin);
    std::string head(bytes_.Window().substr(0, kHeadMax));
    if (bytes_.failed()) return DiskError();
    const auto end = head.starts_with("<?xml") ? head.find("?>") : std::string::npos;
    if (end == std::string::npos) return petition::Ok();
    head.resize(end + 2);
    // What the declaration says, told by the one place that knows how to read it.
    for (const Encoding encoding : {Encoding::kGb18030, Encoding::kBig5}) {
      const auto at = head.find("encoding");
      if (at == std::string::npos) break;
      const auto quote = head.find_first_of("\"'", at);
      const auto stop = quote == std::string::npos ? quote : head.find(head[quote], quote + 1);
      if (stop == std::string::npos) break;
      const auto named = EncodingFromName(std::string_view(head).substr(quote + 1, stop - quote - 1));
      if (!named) return petition::Invalid("encoding_unknown", "the document declares an encoding that is not known");
      if (*named == encoding) decoder_ = Decoder(encoding);
    }
    bytes_.Skip(head.size());
    return petition::Ok();
  }

  Result<bool> Next(FileRow& row) override {
    while (ready_.empty()) {
      if (ended_) return false;
      GUIYI_CHECK(FeedPiece());
    }
    row = std::move(ready_.front());
    ready_.pop_front();
    ++line_;
    return true;
  }
  petition::Status Resume(std::uint64_t, std::uint64_t line) override {
    FileRow passed_over;
    while (line_ < line) {
      GUIYI_TRY(const bool more, Next(passed_over));
      if (!more) break;
    }
    return petition::Ok();
  }
  std::uint64_t offset() const override { return line_ - 1; }
  std::uint64_t line() const override { return line_; }
  std::string media_type() const override { return "application/xml"; }
  const std::vector<std::string>& headings() const override { return headings_; }
  std::string context() const override { return R"({"format":"xml"})"; }

 private:
  static XmlLimits Limits() {
    XmlLimits limits;
    limits.bytes_max = kRowBytesMax;
    return limits;
  }
  petition::Status FeedPiece() {
    const std::string_view window = bytes_.Window();
    if (bytes_.failed()) return DiskError();
    ended_ = window.empty();
    left_ += window;
    bytes_.Skip(window.size());
    const std::size_t whole = ended_ ? left_.size() : WholeCharacters();
    GUIYI_TRY(const std::string text, decoder_.Decode(std::string_view(left_).substr(0, whole)));
    left_.erase(0, whole);
    if (seen_.size() + text.size() > 2 * kRowBytesMax) {
      return petition::Invalid("row_too_long", "an element of the document is longer than 8 MiB, or there is none");
    }
    seen_ += text;
    GUIYI_CHECK(elements_.Feed(text, ended_, [this](Json tree, std::uint64_t begin, std::uint64_t end) {
      FileRow& row = ready_.emplace_back();
      row.line = ++number_;
      row.raw = seen_.substr(static_cast<std::size_t>(begin - seen_from_), static_cast<std::size_t>(end - begin));
      row.raw_size = row.raw.size();
      row.tree = std::move(tree.begin().value());
      done_to_ = end;
    }));
    // What lies before the last element that ended is not asked for again; nor is anything before the first.
    if (done_to_ > seen_from_) {
      seen_.erase(0, static_cast<std::size_t>(done_to_ - seen_from_));
      seen_from_ = done_to_;
    }
    return petition::Ok();
  }
  /// How many of the bytes that are left are whole characters.
  std::size_t WholeCharacters() const {
    std::size_t at = 0;
    if (decoder_.encoding() == Encoding::kUtf8) {
      at = left_.size();
      for (std::size_t back = 1; back <= 3 && back <= left_.size(); ++back) {
        const auto byte = static_cast<unsigned char>(left_[left_.size() - back]);
        if (byte < 0x80) break;
        if (byte < 0xC0) continue;
        const std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
        if (size > back) at = left_.size() - back;
        break;
      }
      return at;
    }
    while (at < left_.size()) {
      const auto first = static_cast<unsigned char>(left_[at]);
      if (first >= 0x80 && at + 1 == left_.size()) return at;
      const auto second = static_cast<unsigned char>(at + 1 < left_.size() ? left_[at + 1] : 0);
      const std::size_t size = CharacterBytes(decoder_.encoding(), first, second);
      if (at + size > left_.size()) return at;
      at += size;
    }
    return at;
  }

  FileBytes bytes_;
  Decoder decoder_;
  XmlElements elements_;
  std::string left_, seen_;
  std::uint64_t seen_from_ = 0, done_to_ = 0, number_ = 0;
  std::deque<FileRow> ready_;
  std::uint64_t line_ = 1;
  bool ended_ = false;
  const std::vector<std::string> headings_;  // none
};

}  // namespace

Result<std::unique_ptr<RowReader>> OpenXmlRows(FileBytes bytes, const ScannedFile& scanned,
                                               const std::string& records) {
  if (records.empty()) return petition::Invalid("records_missing", "XML files need `records`, the path to an element");
  auto rows = std::make_unique<XmlRows>(std::move(bytes), records);
  GUIYI_CHECK(rows->Begin(scanned.begin));
  return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace adapters
