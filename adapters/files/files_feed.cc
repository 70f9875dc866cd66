#include "adapters/files/files_feed.h"

#include <algorithm>
#include <charconv>

#include "adapters/files/landing.h"
#include "adapters/files/rows.h"
#include "adapters/json/json_records.h"
#include "adapters/spec_reader.h"
#include "petition/identifiers.h"

namespace adapters {
namespace {

using petition::Result;
using petition::Status;

constexpr std::size_t kRowsAtOnce = 2'000, kFetchBytesMax = 4u << 20;
constexpr std::size_t kFileDigestLetters = 16;
constexpr std::string_view kEnd = "end";

struct FilePlace {
  std::string digest;
  bool ended = false;
  std::uint64_t offset = 0, line = 1;

  std::string ToText() const {
    return digest + ":" + (ended ? std::string(kEnd) : std::to_string(offset) + ":" + std::to_string(line));
  }
  static FilePlace FromText(std::string_view text) {
    FilePlace cursor;
    const auto colon = std::min(text.find(':'), text.size());
    cursor.digest = text.substr(0, colon);
    text.remove_prefix(std::min(colon + 1, text.size()));
    cursor.ended = text == kEnd;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), cursor.offset);
    if (failed == std::errc() && end != text.data() + text.size()) {
      std::from_chars(end + 1, text.data() + text.size(), cursor.line);
    }
    return cursor;
  }
};

/// What says that one file is no good, not that the disk or the mapping is.
bool IsOfTheFile(const petition::Error& error) {
  return error.code == petition::Code::kInvalid && error.reason != "heading_unknown" && error.reason != "heading_twice";
}

class FilesFeed final : public Feed {
 public:
  FilesFeed(std::shared_ptr<const SourceSpec> spec, RowManner manner, LandingOptions landing,
            const petition::Clock& clock)
      : spec_(std::move(spec)), manner_(std::move(manner)), landing_(std::move(landing), clock) {}

  std::string_view kind() const override { return "files"; }
  std::size_t batch() const override { return kRowsAtOnce; }
  Result<Fetched> Fetch(std::string_view cursor, std::size_t limit) override;
  Status Settle(const Fetched& fetched, std::span<const Settled> settled) override;
  Result<Record> Reread(const Refused& refused) const override;

 private:
  /// The file being read.
  struct Open {
    LandedFile file;
    ScannedFile scanned;
    std::unique_ptr<RowReader> rows;
    std::optional<petition::Error> broken;  ///< why nothing (more) of it can be read
    std::string context;
    std::string Place() const { return "file " + scanned.sha256.substr(0, kFileDigestLetters); }
  };

  /// Opens the file the cursor stands in, or else the next one that is whole; false when there is none.
  Result<bool> OpenAt(const FilePlace& cursor);
  Result<Open> OpenFile(const LandedFile& file) const;
  Result<ScannedFile> Scan(const LandedFile& file) const;
  Record ToRecord(FileRow row) const;
  Record WholeFile() const;

  const std::shared_ptr<const SourceSpec> spec_;
  const RowManner manner_;
  const Landing landing_;
  std::optional<Open> open_;
  FilePlace at_;  ///< where open_ stands
};

Result<ScannedFile> FilesFeed::Scan(const LandedFile& file) const {
  const RowFormat format = manner_.format.value_or(RowFormatByName(file.path));
  return ScanFile(file.path, manner_.encoding,
                  format == RowFormat::kTable ? std::nullopt : std::optional(Encoding::kUtf8));
}

Result<FilesFeed::Open> FilesFeed::OpenFile(const LandedFile& file) const {
  Open open;
  open.file = file;
  auto scanned = Scan(file);
  if (!scanned.ok()) {
    if (!IsOfTheFile(scanned.error())) return std::move(scanned).error();
    open.broken = scanned.error();
    // Its digest is wanted all the same: declared as something that is never doubted.
    GUIYI_TRY(open.scanned, ScanFile(file.path, std::nullopt, Encoding::kUtf8));
    return open;
  }
  open.scanned = std::move(*scanned);
  RowOptions options = manner_.rows;
  options.format = manner_.format.value_or(RowFormatByName(file.path));
  auto rows = RowReader::Open(file.path, open.scanned, options);
  if (rows.ok() && !(*rows)->headings().empty()) {
    if (auto known = spec_->mapping.CheckHeadings((*rows)->headings()); !known.ok()) return std::move(known).error();
  }
  if (!rows.ok()) {
    if (!IsOfTheFile(rows.error())) return std::move(rows).error();
    open.broken = rows.error();
    return open;
  }
  open.rows = std::move(*rows);
  open.context = open.rows->context();
  return open;
}

Result<bool> FilesFeed::OpenAt(const FilePlace& cursor) {
  if (open_ && !cursor.ended && at_.digest == cursor.digest && at_.offset == cursor.offset && at_.line == cursor.line &&
      landing_.Unchanged(open_->file)) {
    return true;
  }
  open_.reset();
  GUIYI_TRY(const auto files, landing_.Whole());
  if (!cursor.digest.empty() && !cursor.ended) {
    // Whose digest it is can be told by reading them only; after a restart, once.
    for (const LandedFile& file : files) {
      auto scanned = Scan(file);
      if (!scanned.ok() || scanned->sha256 != cursor.digest) continue;
      GUIYI_TRY(open_, OpenFile(file));
      if (open_->rows) GUIYI_CHECK(open_->rows->Resume(cursor.offset, cursor.line));
      at_ = cursor;
      return true;
    }
  }
  if (files.empty()) return false;
  GUIYI_TRY(open_, OpenFile(files.front()));
  at_ = {open_->scanned.sha256, false, open_->rows ? open_->rows->offset() : 0, open_->rows ? open_->rows->line() : 1};
  return true;
}

Record FilesFeed::ToRecord(FileRow row) const {
  Record record;
  record.place = open_->Place() + " line " + std::to_string(row.line);
  record.raw = std::move(row.raw);
  record.media_type = open_->rows->media_type();
  record.context = open_->context;
  if (row.bad()) {
    record.refusal = std::move(row.error);
    return record;
  }
  const bool own_form = open_->rows->headings().empty() && !spec_->mapping.has_rules();
  if (own_form) {
    MapJson(row.tree, *spec_, record);
  } else {
    MapTree(row.tree, *spec_, record);
  }
  if (record.submission && record.submission->external_id.starts_with("digest:")) {
    // Two equal rows without a number are two submissions: the place tells them apart.
    record.submission->external_id =
        "files:" + open_->scanned.sha256.substr(0, kFileDigestLetters) + ":" + std::to_string(row.line);
  }
  return record;
}

/// What is told of a file of which nothing can be read.
Record FilesFeed::WholeFile() const {
  Record record;
  record.place = open_->Place();
  record.media_type = "application/octet-stream";
  record.refusal = open_->broken;
  if (auto bytes = FileBytes::Open(open_->file.path); bytes.ok()) {
    while (record.raw.size() < kOverlongKeptMax) {
      const auto window = bytes->Window().substr(0, kOverlongKeptMax - record.raw.size());
      if (window.empty()) break;
      record.raw += window;
      bytes->Skip(window.size());
    }
  }
  return record;
}

Result<Fetched> FilesFeed::Fetch(std::string_view cursor_text, std::size_t limit) {
  Fetched fetched;
  fetched.cursor = cursor_text;
  GUIYI_TRY(const bool any, OpenAt(FilePlace::FromText(cursor_text)));
  if (!any) return fetched;
  fetched.more = true;
  std::size_t bytes = 0;
  fetched.records.reserve(std::min(limit, kRowsAtOnce));
  while (!open_->broken && fetched.records.size() < limit && bytes < kFetchBytesMax) {
    FileRow row;
    auto next = open_->rows->Next(row);
    if (!next.ok()) {
      if (!IsOfTheFile(next.error())) return open_.reset(), std::move(next).error();
      open_->broken = next.error();
      break;
    }
    if (!*next) {
      at_.ended = true;
      break;
    }
    bytes += row.raw.size();
    fetched.records.push_back(ToRecord(std::move(row)));
  }
  if (open_->broken) {
    fetched.records.push_back(WholeFile());
    at_.ended = true;
  }
  if (open_->rows) at_.offset = open_->rows->offset(), at_.line = open_->rows->line();
  fetched.cursor = at_.ToText();
  fetched.ahead = !at_.ended;  // the end of a file is settled before the next one is opened
  return fetched;
}

Status FilesFeed::Settle(const Fetched& fetched, std::span<const Settled>) {
  const FilePlace cursor = FilePlace::FromText(fetched.cursor);
  if (!cursor.ended || !open_ || open_->scanned.sha256 != cursor.digest) return petition::Ok();
  // Written on while it was read: it stays, and is read again as the other file it has become.
  if (landing_.Unchanged(open_->file)) {
    GUIYI_CHECK(landing_.Archive(open_->file, cursor.digest, open_->broken.has_value()));
  }
  open_.reset();
  return petition::Ok();
}

Result<Record> FilesFeed::Reread(const Refused& refused) const {
  Record record;
  record.place = refused.place;
  record.raw = refused.raw;
  record.media_type = refused.media_type;
  record.context = refused.context;
  GUIYI_TRY(const auto tree, RereadRow(refused.raw, refused.context));
  const bool table =
      refused.context.find("\"table\"") != std::string::npos || refused.context.find("\"xlsx\"") != std::string::npos;
  if (table || spec_->mapping.has_rules()) {
    MapTree(tree, *spec_, record);
  } else {
    MapJson(tree, *spec_, record);
  }
  if (record.submission && record.submission->external_id.starts_with("digest:")) {
    // As it would have been the first time: "file DIGEST line N".
    std::string id = "files:";
    for (const char c : refused.place.substr(std::min<std::size_t>(5, refused.place.size()))) id += c == ' ' ? ':' : c;
    if (const auto line = id.find(":line:"); line != std::string::npos) id.replace(line, 6, ":");
    record.submission->external_id = id;
  }
  return record;
}

}  // namespace

Result<std::unique_ptr<Feed>> MakeFilesFeed(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader options(setup.spec->options, "", findings);
  LandingOptions landing;
  (void)options.NeededText("folder");
  landing.folder = options.File("folder", setup.folder);
  landing.archive = options.Has("archive") ? options.File("archive", setup.folder) : landing.folder / "archive";
  (void)options.Take("archive");
  landing.patterns = options.Texts("pattern");
  landing.stable = std::chrono::seconds(options.Count("stable_seconds", 10, 0, 86'400));
  landing.done_suffix = options.Text("done_suffix");
  RowManner manner = ReadRowManner(options);
  options.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  static const petition::SystemClock system;
  const petition::Clock& clock = setup.clock != nullptr ? *setup.clock : system;
  return std::unique_ptr<Feed>(std::make_unique<FilesFeed>(setup.spec, std::move(manner), std::move(landing), clock));
}

}  // namespace adapters
