#include "adapters/open311/open311_door.h"

#include <algorithm>

#include "adapters/json/json_records.h"
#include "adapters/open311/reading.h"
#include "adapters/text/form.h"
#include "ledger/crypto.h"
#include "petition/utf32.h"

namespace adapters::open311 {
namespace {

using petition::FieldError;
using petition::Invalid;
using petition::Json;

// Names of people who write ideographs stand family name first, without a blank.
std::string FullName(const std::string& first, const std::string& last) {
  if (first.empty() || last.empty()) return last + first;
  const bool han = petition::ToUtf32(last).front() >= 0x2E80;
  return han ? last + first : first + " " + last;
}

class Open311Door final : public Door {
 public:
  Open311Door(Open311Options options, std::shared_ptr<const SourceSpec> spec, std::shared_ptr<const RequestBook> book)
      : options_(std::move(options)), spec_(std::move(spec)), book_(std::move(book)) {}

  std::string_view kind() const override { return "open311"; }

  petition::Status Verify(const DoorCall& call, bool bearer_ok) const override {
    const auto form = call.method == "POST" ? FormOf(call) : petition::Result<FormFields>(FormFields{});
    const FormFields fields = form.ok() ? *form : FormFields{};
    std::string jurisdiction = call.Query("jurisdiction_id");
    if (jurisdiction.empty()) jurisdiction = FieldOf(fields, "jurisdiction_id");
    if (!options_.jurisdictions.empty() && !jurisdiction.empty() &&
        std::find(options_.jurisdictions.begin(), options_.jurisdictions.end(), jurisdiction) ==
            options_.jurisdictions.end())
      return petition::NotFound("jurisdiction_id was not found");
    if (call.method == "GET" || bearer_ok) return petition::Ok();
    const std::string key = FieldOf(fields, "api_key");
    for (const auto& known : options_.api_keys) {
      if (!key.empty() && ledger::ConstantTimeEqual(key, known)) return petition::Ok();
    }
    return petition::Error{petition::Code::kUnauthorized,
                           "api_key",
                           key.empty() ? "api_key was not provided" : "api_key is not known",
                           {},
                           {}};
  }

  petition::Result<DoorDecoded> Decode(const DoorCall& call) override {
    if (call.method == "GET") return DoorDecoded{{}, "read"};
    GUIYI_TRY(const auto what, ResourceOf(call.path));
    if (call.method != "POST" || what.name != "requests" || !what.id.empty())
      return petition::NotFound("requests are posted to requests.json or requests.xml");
    GUIYI_TRY(const auto fields, FormOf(call));
    DoorDecoded decoded;
    decoded.records.push_back(RecordOf(fields, call));
    return decoded;
  }

  DoorAnswer Reply(const DoorCall& call, const DoorDecoded& decoded, std::span<const Settled> settled) override {
    if (decoded.note == "read") return Read(call, options_, book_.get());
    const auto what = ResourceOf(call.path);
    const Format format = what.ok() ? what->format : Format::kJson;
    const auto& one = settled.front();
    if (one.kind == Settled::Kind::kRefused)
      return ErrorAnswer(format, one.error.value_or(Invalid("refused", "the request was not taken")), true);
    Row row;
    // Of a source that is tried out nothing is registered: there is no number yet, only a token.
    if (one.intake_no.empty()) {
      row.Add("token", decoded.records.front().submission ? decoded.records.front().submission->external_id : "");
    } else {
      row.Add("service_request_id", one.intake_no);
    }
    row.Add("service_notice", options_.service_notice).Add("account_id", "");
    return {.status = 201,
            .media_type = MediaTypeOf(format),
            .body = WriteRows(format, "service_requests", "request", {row}),
            .headers = {}};
  }

  DoorAnswer Refuse(const DoorCall& call, const petition::Error& error) const override {
    const auto what = ResourceOf(call.path);
    const auto form = FormOf(call);
    return ErrorAnswer(what.ok() ? what->format : Format::kJson, error,
                       form.ok() && !FieldOf(*form, "api_key").empty());
  }

  petition::Result<Record> Reread(const Refused& refused) const override {
    DoorCall call;
    call.method = "POST";
    call.body = refused.raw;
    call.headers.emplace_back("content-type", refused.media_type);
    if (const auto at = petition::ParseTime(refused.context); at.ok()) call.at = *at;
    const auto fields = FormOf(call);
    if (fields.ok()) return RecordOf(*fields, call);
    Record record;
    record.place = refused.place;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    record.refusal = fields.error();
    return record;
  }

 private:
  static petition::Result<FormFields> FormOf(const DoorCall& call) {
    const std::string type = call.Header("content-type");
    if (!type.empty() && adapters::MediaTypeOf(type) != "application/x-www-form-urlencoded")
      return Invalid("media_type", "requests are posted as application/x-www-form-urlencoded");
    return ParseForm(call.body, "utf-8");
  }

  std::vector<FieldError> Check(const FormFields& fields, const Service* service) const {
    std::vector<FieldError> findings;
    const auto has = [&](const char* name) { return !FieldOf(fields, name).empty(); };
    if (service == nullptr) {
      const bool given = has("service_code");
      findings.push_back(
          {"/service_code", given ? "unknown" : "missing", given ? "was not found" : "was not provided"});
    }
    if (has("lat") != has("long"))
      findings.push_back({has("lat") ? "/long" : "/lat", "missing", "lat and long come together"});
    if (!(has("lat") && has("long")) && !has("address_string") && !has("address_id"))
      findings.push_back({"/address_string", "missing", "lat and long, address_string or address_id is needed"});
    if (service == nullptr) return findings;
    for (const auto& attribute : service->attributes) {
      if (attribute.required && ValuesOf(fields, attribute.code).empty())
        findings.push_back({"/attribute[" + attribute.code + "]", "missing", "is required by the service"});
    }
    return findings;
  }

  // attribute[CODE]=v, and attribute[CODE][]=v for several.
  static std::string ValuesOf(const FormFields& fields, const std::string& code) {
    std::string values;
    for (const auto& [name, value] : fields) {
      if (value.empty() || (name != "attribute[" + code + "]" && name != "attribute[" + code + "][]")) continue;
      values += (values.empty() ? "" : "、") + value;
    }
    return values;
  }

  static Json TreeOf(const FormFields& fields, const Service& service) {
    Json tree = {{"category", service.code}, {"title", service.name}, {"channel", "app"}};
    std::string content = FieldOf(fields, "description");
    for (const auto& attribute : service.attributes) {
      const auto values = ValuesOf(fields, attribute.code);
      if (values.empty()) continue;
      content += (content.empty() ? "" : "\n") +
                 (attribute.description.empty() ? attribute.code : attribute.description) + "：" + values;
    }
    tree["content"] = content;
    const auto put = [&](const char* to, std::string text) {
      if (!text.empty()) tree[to] = std::move(text);
    };
    put("petitioner.name", FullName(FieldOf(fields, "first_name"), FieldOf(fields, "last_name")));
    put("petitioner.phone", FieldOf(fields, "phone"));
    put("petitioner.account", FieldOf(fields, "account_id"));
    put("placeText", FieldOf(fields, "address_string"));
    put("location.lat", FieldOf(fields, "lat"));
    put("location.lon", FieldOf(fields, "long"));
    for (const char* name : {"email", "address_id", "media_url", "device_id"}) put(name, FieldOf(fields, name));
    return tree;
  }

  // A client that got no answer posts again: the same words on the same day are the same request.
  static std::string TokenOf(const FormFields& fields, petition::Time at) {
    std::string text = petition::LocalDay(at);
    for (const auto& [name, value] : fields) {
      if (name != "api_key") text += '\n' + name + '=' + value;
    }
    return "o311-" + ledger::Hex(ledger::AsBytes(ledger::Sha256(text))).substr(0, 32);
  }

  Record RecordOf(const FormFields& fields, const DoorCall& call) const {
    Record record;
    const std::string token = TokenOf(fields, call.at);
    record.place = "request " + token;
    record.raw = WithoutKey(call.body);
    record.media_type = "application/x-www-form-urlencoded";
    record.context = petition::FormatTime(call.at);
    const Service* service = FindService(options_, FieldOf(fields, "service_code"));
    if (auto findings = Check(fields, service); !findings.empty()) {
      record.refusal = Invalid("request_invalid", "the request lacks what the standard or its service asks for");
      record.refusal->fields = std::move(findings);
      return record;
    }
    MapTree(TreeOf(fields, *service), *spec_, record);
    if (record.submission) {
      record.submission->external_id = token;
      if (record.submission->channel.empty()) record.submission->channel = "app";
    }
    return record;
  }

  // Keys are not kept with what they let in.
  static std::string WithoutKey(const std::string& body) {
    std::string out;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('&', at), body.size());
      const auto pair = body.substr(at, end - at);
      if (!pair.starts_with("api_key=")) out += (out.empty() ? "" : "&") + pair;
      at = end + 1;
    }
    return out;
  }

  const Open311Options options_;
  const std::shared_ptr<const SourceSpec> spec_;
  const std::shared_ptr<const RequestBook> book_;
};

}  // namespace

std::unique_ptr<Door> MakeOpen311Door(Open311Options options, std::shared_ptr<const SourceSpec> spec,
                                      std::shared_ptr<const RequestBook> book) {
  return std::make_unique<Open311Door>(std::move(options), std::move(spec), std::move(book));
}

}  // namespace adapters::open311
