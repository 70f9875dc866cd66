#include "adapters/sample.h"

#include <unistd.h>

#include <fstream>

#include "adapters/files/rows.h"
#include "adapters/json/json_records.h"
#include "adapters/spec_reader.h"

namespace adapters {
namespace {

using petition::Result;

/// A file that is gone when it is no longer needed.
class TemporaryFile {
 public:
  static Result<TemporaryFile> Write(const std::string& bytes) {
    std::string path = (std::filesystem::temp_directory_path() / "guiyi-sample-XXXXXX").string();
    const int handle = mkstemp(path.data());
    if (handle < 0) return petition::Unavailable("no temporary file can be made");
    TemporaryFile file(path);
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t put = write(handle, bytes.data() + at, bytes.size() - at);
      if (put <= 0) break;
      at += static_cast<std::size_t>(put);
    }
    close(handle);
    if (at < bytes.size()) return petition::Unavailable("the temporary file can't be written");
    return file;
  }
  TemporaryFile(TemporaryFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TemporaryFile() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// A line as `guiyi import` takes it: a submission with the file's own name for it, or a closing.
void MapOwnForm(petition::Json json, const SourceSpec& spec, Record& record) {
  const std::string type = json.value("type", ""), id = json.value("id", "");
  for (const char* own : {"type", "id", "source"}) {
    if (json.contains(own) && json[own].is_string()) json.erase(own);
  }
  if (type != "closure") return MapJson(json, spec, record);
  const auto at = petition::ParseTime(json.value("at", ""));
  if (id.empty() || !at.ok()) {
    record.refusal = petition::Invalid("closure_invalid", "a closure names the id of a submission and the time");
    return;
  }
  record.report = Report{id, "closed", "", *at};
}

/// A file of rows, told by the options of the watched folder or by its name.
Result<std::vector<Record>> ReadFile(const AdapterSetup& setup, const std::string& bytes, const std::string& name,
                                     std::size_t limit, std::optional<Encoding> encoding) {
  std::vector<petition::FieldError> findings;
  SpecReader options(setup.spec->options, "/options", findings);
  RowManner manner = ReadRowManner(options);
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  manner.rows.format = manner.format.value_or(RowFormatByName(name));
  if (encoding) manner.encoding = encoding;
  GUIYI_TRY(const TemporaryFile file, TemporaryFile::Write(bytes));
  GUIYI_TRY(const ScannedFile scanned,
            ScanFile(file.path(), manner.encoding,
                     manner.rows.format == RowFormat::kTable ? std::nullopt : std::optional(Encoding::kUtf8)));
  GUIYI_TRY(const auto rows, RowReader::Open(file.path(), scanned, manner.rows));
  if (!rows->headings().empty()) GUIYI_CHECK(setup.spec->mapping.CheckHeadings(rows->headings()));
  std::vector<Record> records;
  FileRow row;
  while (records.size() < limit) {
    GUIYI_TRY(const bool more, rows->Next(row));
    if (!more) break;
    Record& record = records.emplace_back();
    record.place = "line " + std::to_string(row.line);
    record.raw = row.raw;
    if (row.bad()) {
      record.refusal = row.error;
    } else if (rows->headings().empty() && !setup.spec->mapping.has_rules()) {
      MapOwnForm(std::move(row.tree), *setup.spec, record);
    } else {
      MapTree(row.tree, *setup.spec, record);
    }
  }
  return records;
}

}  // namespace

Result<std::vector<Record>> ReadSample(const AdapterSetup& setup, const std::string& bytes,
                                       const std::string& media_type, const std::string& name, std::size_t limit,
                                       std::optional<Encoding> encoding) {
  const Kind* kind = FindKind(setup.spec->kind);
  if (kind == nullptr) return petition::Invalid("kind_unknown", "there is no kind of adapter of this name");
  if (setup.spec->kind == "files" || (kind->name == "json" && !name.empty())) {
    return ReadFile(setup, bytes, name, limit, encoding);
  }
  if (kind->name == "json") {
    GUIYI_TRY(const auto door, kind->make_door(setup));
    DoorCall call;
    call.method = "POST";
    call.headers = {{"content-type", media_type}};
    call.body = bytes;
    GUIYI_TRY(auto decoded, door->Decode(call));
    if (decoded.records.size() > limit) decoded.records.resize(limit);
    return std::move(decoded.records);
  }
  // Doors that keep something between calls are not called for a try: the sample is one record, as it was refused.
  Refused sample{"sample", bytes, media_type, ""};
  std::vector<Record> records;
  if (kind->make_door != nullptr) {
    GUIYI_TRY(const auto door, kind->make_door(setup));
    GUIYI_TRY(records.emplace_back(), door->Reread(sample));
  } else {
    GUIYI_TRY(const auto feed, kind->make_feed(setup));
    GUIYI_TRY(records.emplace_back(), feed->Reread(sample));
  }
  return records;
}

}  // namespace adapters
