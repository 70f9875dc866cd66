#include "adapters/soap/soap_door.h"

#include "adapters/json/json_records.h"
#include "adapters/soap/document.h"
#include "adapters/soap/envelope.h"
#include "adapters/soap/wsdl.h"
#include "adapters/text/form.h"
#include "ledger/crypto.h"

namespace adapters::soap {
namespace {

using petition::Invalid;
using petition::Json;

constexpr std::chrono::seconds kTokenAgeMax{300};

bool IsForm(const DoorCall& call) {
  return MediaTypeOf(call.Header("content-type")) == "application/x-www-form-urlencoded";
}

bool WantsWsdl(const DoorCall& call) {
  if (call.method != "GET") return false;
  for (const auto& [name, value] : call.query) {
    if (name == "wsdl" || name == "WSDL") return true;
  }
  return false;
}

std::string Element(const char* name, const std::string& text) {
  return text.empty() ? std::string() : "<" + std::string(name) + ">" + xml::Escape(text) + "</" + name + ">";
}

class SoapDoor final : public Door {
 public:
  SoapDoor(SoapOptions options, std::shared_ptr<const SourceSpec> spec)
      : options_(std::move(options)), spec_(std::move(spec)) {}

  std::string_view kind() const override { return "soap"; }

  petition::Status Verify(const DoorCall& call, bool bearer_ok) const override {
    if (WantsWsdl(call) || bearer_ok) return petition::Ok();
    petition::Error error{petition::Code::kUnauthorized, "key_missing", "the call needs the source's key", {}, {}};
    if (options_.auth != SoapAuth::kUsernameToken || IsForm(call)) return error;
    error.message = "the call needs a UsernameToken of WS-Security";
    const auto envelope = ReadEnvelope(call.body, call.Header("content-type"));
    if (!envelope.ok() || !envelope->token) return error;
    return TokenIsRight(*envelope->token, options_.username, options_.password, call.at, kTokenAgeMax)
               ? petition::Ok()
               : petition::Status(error);
  }

  petition::Result<DoorDecoded> Decode(const DoorCall& call) override {
    if (WantsWsdl(call)) return DoorDecoded{{}, "wsdl"};
    if (call.method != "POST") return petition::NotFound("calls are posted; GET ?wsdl describes them");
    GUIYI_TRY(const auto tree, IsForm(call) ? FormTree(call.body, call.Header("content-type"))
                                            : EnvelopeTree(call.body, call.Header("content-type")));
    std::vector<const Json*> nodes;
    if (options_.records) {
      options_.records->Find(tree, nodes);
    } else {
      nodes.push_back(&tree);
    }
    if (nodes.empty()) return Invalid("records_missing", "the document holds no record where records are expected");
    if (nodes.size() > options_.records_max) return Invalid("too_many_records", "the document holds too many records");
    DoorDecoded decoded;
    for (const Json* node : nodes) decoded.records.push_back(RecordOf(*node, decoded.records.size(), call));
    return decoded;
  }

  DoorAnswer Reply(const DoorCall& call, const DoorDecoded& decoded, std::span<const Settled> settled) override {
    if (decoded.note == "wsdl")
      return {.media_type = "text/xml; charset=utf-8", .body = Wsdl(DescriptionFor(call)), .headers = {}};
    if (IsForm(call)) {
      // As ASMX answers a form: one string element, holding JSON here, since JSON came.
      return {.media_type = "text/xml; charset=utf-8",
              .body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<string xmlns=\"" +
                      xml::Escape(options_.name_space) + "\">" + xml::Escape(petition::DumpJson(JsonOf(settled))) +
                      "</string>\n",
              .headers = {}};
    }
    const auto envelope = ReadEnvelope(call.body, call.Header("content-type"));
    const Version version = envelope.ok() ? envelope->version : VersionOf(call.Header("content-type"));
    const std::string result = options_.operation + "Result", inner = XmlOf(settled);
    return {.media_type = ContentTypeOf(version),
            .body = WriteEnvelope(
                version, "<" + options_.operation + "Response xmlns=\"" + xml::Escape(options_.name_space) + "\"><" +
                             result + ">" +
                             (options_.parameter.empty() ? inner : xml::Escape("<result>" + inner + "</result>")) +
                             "</" + result + "></" + options_.operation + "Response>"),
            .headers = {}};
  }

  DoorAnswer Refuse(const DoorCall& call, const petition::Error& error) const override {
    if (call.method != "POST") return {};  // the hub's own problem
    const bool sender = error.code == petition::Code::kInvalid || error.code == petition::Code::kUnauthorized ||
                        error.code == petition::Code::kNotFound;
    const auto envelope = ReadEnvelope(call.body, call.Header("content-type"));
    const Version version = envelope.ok() ? envelope->version : VersionOf(call.Header("content-type"));
    int status = version == Version::k12 && sender ? 400 : 500;  // SOAP 1.1 knows no other than 500
    if (error.code == petition::Code::kUnauthorized) status = 401;
    if (error.code == petition::Code::kPushback || error.code == petition::Code::kUnavailable) status = 503;
    return {.status = status,
            .media_type = ContentTypeOf(version),
            .body = WriteFault(version, sender, error),
            .headers = {}};
  }

  petition::Result<Record> Reread(const Refused& refused) const override {
    Record record;
    record.place = refused.place;
    record.raw = refused.raw;
    record.media_type = refused.media_type;
    record.context = refused.context;
    const auto tree = petition::ParseJson(refused.context);
    if (tree.ok()) {
      Map(*tree, record);
    } else {
      record.refusal = Invalid("unreadable", "this was refused as a whole call");
    }
    return record;
  }

 private:
  petition::Result<Json> EnvelopeTree(const std::string& body, const std::string& content_type) const {
    GUIYI_TRY(const auto envelope, ReadEnvelope(body, content_type));
    if (envelope.operation.name != options_.operation)
      return Invalid("soap_operation", "there is no operation of this name; GET ?wsdl describes what there is");
    return ReadPayload(envelope.operation, options_.parameter);
  }

  petition::Result<Json> FormTree(const std::string& body, const std::string& content_type) const {
    const std::string charset = ParameterOf(content_type, "charset");
    GUIYI_TRY(const auto fields, ParseForm(body, charset.empty() ? "utf-8" : charset));
    return ReadDocument(FieldOf(fields, options_.form_field));
  }

  void Map(const Json& tree, Record& record) const {
    // JSON may be in the hub's own form; elements and XML are headings and paths.
    spec_->mapping.has_rules() || !tree.is_object() || tree.size() == 1 ? MapTree(tree, *spec_, record)
                                                                        : MapFlat(tree, record);
  }
  void MapFlat(const Json& tree, Record& record) const {
    for (const auto& member : tree) {
      if (member.is_structured()) return MapJson(tree, *spec_, record);
    }
    MapTree(tree, *spec_, record);
  }

  // The first record carries the call's bytes; what is needed to read each of them again is its tree.
  Record RecordOf(const Json& tree, std::size_t index, const DoorCall& call) const {
    Record record;
    const auto digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(call.body))).substr(0, 16);
    record.place = "record " + std::to_string(index + 1) + " of call " + digest;
    record.context = petition::DumpJson(tree);
    record.raw = index == 0 ? call.body : record.context;
    record.media_type = index == 0 ? call.Header("content-type") : "application/json";
    Map(tree, record);
    if (record.submission && record.submission->external_id.starts_with("digest:"))
      record.submission->external_id = FallbackId(record.context);  // the envelope around it differs each time
    return record;
  }

  WsdlOptions DescriptionFor(const DoorCall& call) const {
    std::string address = options_.public_address;
    if (address.empty()) address = "http://" + call.Header("host") + "/soap/" + options_.source;
    return {options_.name_space, options_.operation, options_.parameter, options_.elements, address};
  }

  const std::string& CodeOf(std::span<const Settled> settled) const {
    std::size_t refused = 0;
    for (const auto& one : settled) refused += one.kind == Settled::Kind::kRefused ? 1 : 0;
    if (refused == 0) return options_.code_done;
    return refused == settled.size() ? options_.code_refused : options_.code_part;
  }
  static std::string MessageOf(std::span<const Settled> settled) {
    for (const auto& one : settled) {
      if (one.error) return one.error->message;
    }
    return "ok";
  }

  Json JsonOf(std::span<const Settled> settled) const {
    Json items = Json::array();
    for (const auto& one : settled) items.push_back(SettledToJson(one));
    return {{"code", CodeOf(settled)}, {"message", MessageOf(settled)}, {"item", std::move(items)}};
  }
  std::string XmlOf(std::span<const Settled> settled) const {
    std::string out = "<code>" + xml::Escape(CodeOf(settled)) + "</code>" + "<message>" +
                      xml::Escape(MessageOf(settled)) + "</message>";
    for (const auto& one : settled) {
      const Json json = SettledToJson(one);
      out += "<item>";
      for (const char* name : {"status", "intakeNo", "queryCode", "code", "message"})
        out += Element(name, json.value(name, std::string()));
      out += "</item>";
    }
    return out;
  }

  const SoapOptions options_;
  const std::shared_ptr<const SourceSpec> spec_;
};

}  // namespace

std::unique_ptr<Door> MakeSoapDoor(SoapOptions options, std::shared_ptr<const SourceSpec> spec) {
  return std::make_unique<SoapDoor>(std::move(options), std::move(spec));
}

}  // namespace adapters::soap
