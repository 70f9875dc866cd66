#include "adapters/pushed/checked_door.h"

#include "adapters/json/json_records.h"
#include "adapters/text/form.h"

namespace adapters {
namespace {

using petition::Json;

constexpr const char* kBody = "body";  // the place of a record that is the whole body

bool IsForm(const std::string& content_type) {
  return MediaTypeOf(content_type) == "application/x-www-form-urlencoded";
}

// A form as an object of its fields; a field that stands several times is a list.
petition::Result<Json> TreeOf(std::string_view body, const std::string& content_type) {
  if (!IsForm(content_type)) return petition::ParseJson(body);
  const std::string charset = ParameterOf(content_type, "charset");
  GUIYI_TRY(const auto fields, ParseForm(body, charset.empty() ? "utf-8" : charset));
  Json tree = Json::object();
  for (const auto& [name, value] : fields) {
    auto& member = tree[name];
    if (member.is_null()) {
      member = value;
    } else if (member.is_array()) {
      member.push_back(value);
    } else {
      member = Json::array({std::move(member), value});
    }
  }
  return tree;
}

class CheckedDoor final : public Door {
 public:
  CheckedDoor(CheckedDoorOptions options, std::shared_ptr<const SourceSpec> spec)
      : options_(std::move(options)), spec_(std::move(spec)) {}

  std::string_view kind() const override { return options_.kind; }

  petition::Status Verify(const DoorCall&, bool bearer_ok) const override {
    if (bearer_ok) return petition::Ok();
    return petition::Error{petition::Code::kUnauthorized, {}, "the source's key is needed", {}, {}};
  }

  petition::Result<DoorDecoded> Decode(const DoorCall& call) override {
    if (call.method != "POST" || !call.path.empty())
      return petition::NotFound("records are posted to this address itself");
    GUIYI_TRY(const auto tree, TreeOf(call.body, call.Header("content-type")));
    const std::string type = call.Header("content-type");
    DoorDecoded decoded;
    if (!tree.is_array()) {
      decoded.records.push_back(RecordOf(tree, kBody, call.body, type));
      return decoded;
    }
    if (tree.empty() || tree.size() > options_.records_max)
      return petition::Invalid("records_count",
                               "between 1 and " + std::to_string(options_.records_max) + " records a call");
    for (std::size_t i = 0; i < tree.size(); ++i)
      decoded.records.push_back(
          RecordOf(tree[i], "record " + std::to_string(i + 1), petition::DumpJson(tree[i]), "application/json"));
    return decoded;
  }

  DoorAnswer Reply(const DoorCall&, const DoorDecoded& decoded, std::span<const Settled> settled) override {
    DoorAnswer answer{.media_type = "application/json", .body = {}, .headers = {}};
    if (decoded.records.size() == 1 && decoded.records.front().place == kBody) {
      const auto kind = settled.front().kind;
      if (kind == Settled::Kind::kRegistered) answer.status = 201;
      if (kind == Settled::Kind::kRefused) answer.status = 422;
      answer.body = petition::DumpJson(SettledToJson(settled.front()));
      return answer;
    }
    Json results = Json::array();
    for (const auto& one : settled) results.push_back(SettledToJson(one));
    answer.body = petition::DumpJson({{"results", std::move(results)}});
    return answer;
  }

  DoorAnswer Refuse(const DoorCall&, const petition::Error&) const override { return {}; }  // the hub's own problem

  petition::Result<Record> Reread(const Refused& refused) const override {
    const auto tree = TreeOf(refused.raw, refused.media_type);
    if (tree.ok()) return RecordOf(*tree, refused.place, refused.raw, refused.media_type);
    Record record;
    record.place = refused.place;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    record.refusal = tree.error();
    return record;
  }

 private:
  Record RecordOf(const Json& tree, std::string place, std::string raw, const std::string& type) const {
    Record record;
    record.place = std::move(place);
    record.raw = std::move(raw);
    record.media_type = type;
    // A form's names are headings; JSON without a mapping is in the hub's own form.
    IsForm(type) ? MapTree(tree, *spec_, record) : MapJson(tree, *spec_, record);
    if (!record.submission) return record;
    if (record.submission->channel.empty()) record.submission->channel = options_.channel;
    if (!options_.check) return record;
    auto findings = options_.check(tree, *record.submission);
    if (findings.empty()) return record;
    record.submission.reset();
    record.refusal =
        petition::Invalid(options_.kind + "_rules", "the record does not keep to the rules of its channel");
    record.refusal->fields = std::move(findings);
    return record;
  }

  const CheckedDoorOptions options_;
  const std::shared_ptr<const SourceSpec> spec_;
};

}  // namespace

std::unique_ptr<Door> MakeCheckedDoor(CheckedDoorOptions options, std::shared_ptr<const SourceSpec> spec) {
  return std::make_unique<CheckedDoor>(std::move(options), std::move(spec));
}

}  // namespace adapters
