#include "adapters/json/json_door.h"

#include "adapters/json/json_records.h"
#include "adapters/mapping/path.h"
#include "adapters/spec_reader.h"

namespace adapters {
namespace {

using petition::Json;
using petition::Result;

constexpr std::size_t kRecordsMax = 10'000;
constexpr const char* kJson = "application/json";

petition::Error TooMany() { return petition::Invalid("too_many_records", "a body holds at most 10000 records"); }

class JsonDoor final : public Door {
 public:
  JsonDoor(std::shared_ptr<const SourceSpec> spec, std::optional<Path> records)
      : spec_(std::move(spec)), records_(std::move(records)) {}

  std::string_view kind() const override { return "json"; }

  petition::Status Verify(const DoorCall&, bool bearer_ok) const override {
    if (bearer_ok) return petition::Ok();
    return petition::Error{petition::Code::kUnauthorized, {}, "the call needs the source's key", {}, {}};
  }

  Result<DoorDecoded> Decode(const DoorCall& call) override {
    if (call.method != "POST" || !call.path.empty())
      return petition::NotFound("records are posted to this address itself");
    DoorDecoded decoded;
    if (IsLines(call)) {
      GUIYI_CHECK(DecodeLines(call.body, decoded));
    } else {
      GUIYI_CHECK(DecodeBody(call.body, decoded));
    }
    return decoded;
  }

  DoorAnswer Reply(const DoorCall&, const DoorDecoded&, std::span<const Settled> settled) override {
    Json results = Json::array();
    for (const Settled& one : settled) results.push_back(SettledToJson(one));
    DoorAnswer answer;
    answer.media_type = kJson;
    answer.body = petition::DumpJson({{"results", std::move(results)}});
    return answer;
  }

  DoorAnswer Refuse(const DoorCall&, const petition::Error&) const override { return {}; }  // the hub's own problem

  Result<Record> Reread(const Refused& refused) const override {
    Record record;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    record.place = refused.place;
    MapJsonText(refused.raw, *spec_, record);
    return record;
  }

 private:
  static bool IsLines(const DoorCall& call) {
    const auto type = call.Header("content-type");
    return type.find("jsonl") != std::string::npos || type.find("ndjson") != std::string::npos ||
           type.find("json-lines") != std::string::npos;
  }
  Record Begin(std::size_t number) const {
    Record record;
    record.place = "record " + std::to_string(number);
    record.media_type = kJson;
    return record;
  }
  petition::Status DecodeLines(std::string_view body, DoorDecoded& decoded) const {
    for (std::size_t at = 0, number = 1; at < body.size(); ++number) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      const std::string_view line = body.substr(at, end - at);
      at = end + 1;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (decoded.records.size() == kRecordsMax) return TooMany();
      Record record = Begin(number);
      record.raw = line;
      MapJsonText(line, *spec_, record);
      decoded.records.push_back(std::move(record));
    }
    return petition::Ok();
  }
  petition::Status DecodeBody(std::string_view body, DoorDecoded& decoded) const {
    GUIYI_TRY(const Json json, petition::ParseJson(body));
    std::vector<const Json*> nodes;
    if (records_) {
      records_->Find(json, nodes);
    } else if (json.is_array()) {
      for (const Json& one : json) nodes.push_back(&one);
    } else {
      nodes.push_back(&json);
    }
    if (nodes.size() > kRecordsMax) return TooMany();
    const bool alone = nodes.size() == 1 && nodes.front() == &json;
    for (const Json* node : nodes) {
      Record record = Begin(decoded.records.size() + 1);
      record.raw = alone ? std::string(body) : petition::DumpJson(*node);
      MapJson(*node, *spec_, record);
      decoded.records.push_back(std::move(record));
    }
    if (decoded.records.empty()) return petition::Invalid("records_missing", "the body holds no record");
    return petition::Ok();
  }

  const std::shared_ptr<const SourceSpec> spec_;
  const std::optional<Path> records_;
};

}  // namespace

Result<std::unique_ptr<Door>> MakeJsonDoor(const AdapterSetup& setup) {
  std::vector<petition::FieldError> findings;
  SpecReader options(setup.spec->options, "", findings);
  std::optional<Path> records;
  if (const std::string text = options.Text("records"); !text.empty()) {
    auto path = Path::Parse(text);
    if (path.ok()) {
      records = std::move(*path);
    } else {
      options.Wrong("records", "path_invalid", path.error().message);
    }
  }
  options.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return std::unique_ptr<Door>(std::make_unique<JsonDoor>(setup.spec, std::move(records)));
}

}  // namespace adapters
