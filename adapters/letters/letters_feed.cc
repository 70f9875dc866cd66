#include "adapters/letters/letters_feed.h"

#include <algorithm>
#include <fstream>

#include "adapters/json/json_records.h"
#include "adapters/letters/scan.h"
#include "ledger/crypto.h"
#include "ledger/durable_file.h"

namespace adapters::letters {
namespace {

namespace fs = std::filesystem;
using petition::Invalid;
using petition::Json;

constexpr std::chrono::seconds kStill{2};  // a file that has not grown for so long is whole
constexpr std::size_t kScansAtOnce = 4;    // reading one takes seconds
constexpr const char* kArchived = "archived";

struct Digested {
  std::string sha256, first_bytes;
};

petition::Result<Digested> Digest(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return petition::Unavailable("a scan can't be read", file.filename().string());
  ledger::RunningSha256 sum;
  Digested digested;
  std::vector<char> chunk(1 << 20);
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    const std::string_view bytes(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (digested.first_bytes.empty()) digested.first_bytes = bytes.substr(0, 16);
    sum.Add(bytes);
  }
  digested.sha256 = sum.HexDigest();
  return digested;
}

class LettersFeed final : public Feed {
 public:
  LettersFeed(LettersOptions options, std::shared_ptr<const SourceSpec> spec, const petition::Clock& clock)
      : options_(std::move(options)), spec_(std::move(spec)), clock_(clock) {}

  std::string_view kind() const override { return "letters"; }

  petition::Result<Fetched> Fetch(std::string_view, std::size_t limit) override {
    GUIYI_TRY(const auto names, Names());
    Fetched fetched;
    for (const auto& name : names) {
      if (fetched.records.size() == std::min(limit, kScansAtOnce)) {
        fetched.more = true;
        break;
      }
      GUIYI_TRY(auto record, RecordOf(name));
      fetched.records.push_back(std::move(record));
    }
    return fetched;  // what is settled is gone from the folder: no cursor is needed
  }

  petition::Status Settle(const Fetched& fetched, std::span<const Settled>) override {
    std::error_code error;
    const fs::path archive = options_.folder / kArchived;
    fs::create_directories(archive, error);
    for (const auto& record : fetched.records) {
      const fs::path scan = options_.folder / record.place;
      if (!fs::exists(scan, error)) continue;
      // The sheet first: a scan whose sheet is gone already is known to the ledger by then.
      if (const auto sheet = SheetFile(scan)) GUIYI_CHECK(PutAway(*sheet, archive));
      GUIYI_CHECK(PutAway(scan, archive));
    }
    for (const auto& folder : {archive, options_.folder}) {
      GUIYI_TRY(const auto handle, ledger::FileSystem::Real().OpenFolder(folder));
      GUIYI_CHECK(handle->Sync());
    }
    return petition::Ok();
  }

  petition::Result<Record> Reread(const Refused& refused) const override {
    Record record;
    record.place = refused.place;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    record.context = refused.context;
    const auto context = petition::ParseJson(refused.context);
    if (!context.ok() || !context->is_object() || !context->contains("tree")) {
      record.refusal = Invalid("scan_unreadable", "the file was refused as a whole: put it into the folder once more");
      return record;
    }
    Map(*context, options_.folder / kArchived / refused.place, record);
    return record;
  }

 private:
  petition::Result<std::vector<std::string>> Names() const {
    std::vector<std::string> names;
    std::error_code error;
    for (auto it = fs::directory_iterator(options_.folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
      const auto name = it->path().filename().string();
      const auto extension = it->path().extension();
      std::error_code odd;
      if (name.starts_with(".") || extension == ".json" || extension == ".csv" || it->is_symlink(odd) ||
          !it->is_regular_file(odd))
        continue;
      const auto written = std::chrono::file_clock::to_sys(it->last_write_time(odd));
      if (!odd && written + kStill <= clock_.Now()) names.push_back(name);
    }
    if (error) return petition::Unavailable("the folder of scans can't be read", error.message());
    std::sort(names.begin(), names.end());
    return names;
  }

  petition::Result<Record> RecordOf(const std::string& name) const {
    const fs::path scan = options_.folder / name;
    Record record;
    record.place = name;
    std::error_code error;
    const auto size = fs::file_size(scan, error);
    if (error) return petition::Unavailable("a scan can't be read", name);
    GUIYI_TRY(const auto digested, Digest(scan));
    const auto type = MediaTypeOf(digested.first_bytes);
    record.raw = petition::DumpJson({{"file", name}, {"sha256", digested.sha256}, {"size", size}});
    record.media_type = "application/json";
    if (type.empty()) record.refusal = Invalid("scan_type", "the file is no PDF, TIFF, PNG or JPEG");
    if (size > options_.scan_bytes_max) record.refusal = Invalid("scan_too_large", "the scan is larger than is taken");
    if (record.refusal) return record;
    auto sheet = SheetBeside(scan);
    if (!sheet.ok()) {
      record.refusal = std::move(sheet).error();
      return record;
    }
    GUIYI_TRY(const auto read, ReadScan(scan, type));
    Json context = {{"tree", TreeOf(scan, *sheet, digested.sha256, read)}, {"type", type}, {"scan", OcrOf(read)}};
    record.context = petition::DumpJson(context);
    Map(context, scan, record);
    return record;
  }

  // A letter that the program can't read is a letter all the same: a person will read it.
  petition::Result<Recognised> ReadScan(const fs::path& scan, const std::string& type) const {
    std::error_code error;
    fs::remove_all(options_.scratch, error);
    fs::create_directories(options_.scratch, error);
    auto read = Recognise(scan, type, options_.scratch, options_.recognise);
    fs::remove_all(options_.scratch, error);
    if (!read.ok() && read.error().code == petition::Code::kInvalid) return Recognised{};
    return read;
  }

  Json TreeOf(const fs::path& scan, const std::optional<Json>& sheet, const std::string& sha256,
              const Recognised& read) const {
    Json tree = sheet.value_or(Json::object());
    tree["content"] = read.text.empty() ? "[信件扫描件，文字未能识别]" : read.text;
    tree["channel"] = "letter";
    if (!tree.contains("externalId")) tree["externalId"] = "scan-" + sha256.substr(0, 40);
    std::error_code error;
    const auto written = std::chrono::file_clock::to_sys(fs::last_write_time(scan, error));
    if (!error && !tree.contains("receivedAt"))
      tree["receivedAt"] = petition::FormatTime(std::chrono::floor<std::chrono::seconds>(written));
    return tree;
  }

  static Json OcrOf(const Recognised& read) {
    return {{"confidence", static_cast<int>(read.confidence * 10) / 10.0},
            {"pages", read.pages},
            {"pagesLeft", read.pages_left}};
  }

  void Map(const Json& context, const fs::path& scan, Record& record) const {
    MapTree(context.at("tree"), *spec_, record);
    if (!record.submission) return;
    auto& submission = *record.submission;
    // The sticker's number tells letters apart better than their images do.
    if (!submission.barcode.empty() && submission.external_id.starts_with("scan-"))
      submission.external_id = submission.barcode;
    if (submission.channel.empty()) submission.channel = "letter";
    submission.unknown["scan"] = context.value("scan", Json::object());
    record.media.push_back({scan.filename().string(), context.value("type", std::string()), {}, scan});
  }

  static petition::Status PutAway(const fs::path& file, const fs::path& archive) {
    std::error_code error;
    fs::path to = archive / file.filename();
    for (int n = 2; fs::exists(to, error); ++n)
      to = archive / (file.stem().string() + "." + std::to_string(n) + file.extension().string());
    fs::rename(file, to, error);
    return error ? petition::Status(petition::Unavailable("a scan can't be put away", error.message()))
                 : petition::Ok();
  }

  const LettersOptions options_;
  const std::shared_ptr<const SourceSpec> spec_;
  const petition::Clock& clock_;
};

}  // namespace

std::unique_ptr<Feed> MakeLettersFeed(LettersOptions options, std::shared_ptr<const SourceSpec> spec,
                                      const petition::Clock& clock) {
  return std::make_unique<LettersFeed>(std::move(options), std::move(spec), clock);
}

}  // namespace adapters::letters
