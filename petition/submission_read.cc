#include <algorithm>
#include <array>
#include <limits>

#include "petition/base64.h"
#include "petition/eight_bytes.h"
#include "petition/submission.h"
#include "petition/text/fold.h"

namespace petition {
namespace {

using namespace std::string_view_literals;

constexpr std::array kChannels = {"portal"sv,         "hotline"sv, "letter"sv, "email"sv,      "visit"sv,
                                  "wechat"sv,         "sms"sv,     "app"sv,    "department"sv, "leader_mailbox"sv,
                                  "upper_transfer"sv, "other"sv};
constexpr std::array kPurposes = {"求决"sv, "投诉"sv, "建议"sv, "举报"sv, "检举控告"sv, "申诉"sv, "咨询"sv, "其他"sv};
constexpr std::array kRoles = {"main"sv, "joint"sv, "agent"sv};
constexpr std::size_t kAttachmentBytesMax = 8u << 20;  // an inline one; larger ones are put first
constexpr std::size_t kFieldErrorsMax = 100;           // as many as anybody reads
constexpr std::uint32_t kHeadCountMax = 10'000'000;

template <typename List>
bool Contains(const List& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string EscapePointer(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

bool AllValidUtf8(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return text::IsValidUtf8(*text);
  if (const auto* object = value.get_ptr<const Json::object_t*>()) {
    return std::all_of(object->begin(), object->end(), [](const auto& member) {
      return text::IsValidUtf8(member.first) && AllValidUtf8(member.second);
    });
  }
  return !value.is_array() ||
         std::all_of(value.begin(), value.end(), [](const Json& item) { return AllValidUtf8(item); });
}

// What is wrong with a string as a field, or nullptr. C1 controls are C2 80..9F in UTF-8.
const char* ControlCharacter(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (text.size() - i > sizeof(EightBytes)) {
      const EightBytes eight(text.data() + i);
      if (eight.SomeBelow(0x20) || eight.SomeEqual(0x7F) || eight.SomeEqual(0xC2)) break;
      i += sizeof eight;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) return "nul_byte";
    if ((byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') || byte == 0x7F) return "control_character";
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0)
      return "control_character";
  }
  return nullptr;
}

// Line ends come as CRLF from forms and as CR from some old systems: one form for all.
std::string UnifyLineEnds(const std::string& text) {
  if (text.find('\r') == std::string::npos) return text;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      out += '\n';
    }
  }
  return out;
}

// Reads the members of one JSON object into fields, collects what is wrong, and keeps what it has no name for.
class ObjectReader {
 public:
  ObjectReader(const Json& json, std::string pointer, std::vector<FieldError>& errors, Json& unknown)
      : json_(json), pointer_(std::move(pointer)), errors_(errors), unknown_(unknown) {
    known_.reserve(32);
  }

  void Text(const char* name, std::string& field, std::size_t bytes_max = kFieldBytesMax) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    const auto* text = value->get_ptr<const std::string*>();
    if (text == nullptr) return Wrong(name, "type", "must be a string");
    if (text->size() > bytes_max) return Wrong(name, "too_long", "longer than " + std::to_string(bytes_max) + " bytes");
    if (!text::IsValidUtf8(*text)) return Wrong(name, "utf8", "is not valid UTF-8");
    if (const char* code = ControlCharacter(*text)) return Wrong(name, code, "holds a control character");
    field = UnifyLineEnds(*text);
  }
  template <typename List>
  void OneOf(const char* name, std::string& field, const List& allowed) {
    Text(name, field);
    if (field.empty() || Contains(allowed, field)) return;
    field.clear();
    Wrong(name, "unknown_value", "is not one of the known values");
  }
  void Instant(const char* name, std::optional<Time>& field) {
    std::string text;
    Text(name, text);
    if (text.empty()) return;
    if (auto time = ParseTime(text)) {
      field = *time;
    } else {
      Wrong(name, "time_invalid", time.error().message);
    }
  }
  void Flag(const char* name, bool& field) {
    std::optional<bool> value;
    Flag(name, value);
    field = value.value_or(false);
  }
  void Flag(const char* name, std::optional<bool>& field) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return Wrong(name, "type", "must be true or false");
    field = value->get<bool>();
  }
  template <typename Integer>
  void Count(const char* name, Integer& field, std::uint64_t largest) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    const auto* number = value->get_ptr<const std::uint64_t*>();
    if (number == nullptr && value->is_number_integer() && value->get<std::int64_t>() >= 0) {
      return CountOf(name, static_cast<std::uint64_t>(value->get<std::int64_t>()), field, largest);
    }
    if (number == nullptr) return Wrong(name, "type", "must be a whole number, 0 or more");
    CountOf(name, *number, field, largest);
  }
  std::optional<double> Number(const char* name) {
    const Json* value = Take(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) {
      Wrong(name, "type", "must be a number");
      return std::nullopt;
    }
    return value->get<double>();
  }
  /// Calls read(reader of the object) when the member is there.
  template <typename Read>
  void Object(const char* name, Read read) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    if (!value->is_object()) return Wrong(name, "type", "must be an object");
    ObjectReader inner(*value, pointer_ + "/" + name, errors_, unknown_);
    read(inner);
    inner.KeepUnknown();
  }
  /// Calls read(reader) for each object of an array.
  template <typename Read>
  void Objects(const char* name, std::size_t count_max, Read read) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    if (!value->is_array()) return Wrong(name, "type", "must be an array");
    if (value->size() > count_max) return Wrong(name, "too_many", "more than " + std::to_string(count_max) + " items");
    for (std::size_t i = 0; i < value->size(); ++i) {
      const std::string pointer = pointer_ + "/" + name + "/" + std::to_string(i);
      if (!(*value)[i].is_object()) {
        Report(pointer, "type", "must be an object");
        continue;
      }
      ObjectReader inner((*value)[i], pointer, errors_, unknown_);
      read(inner);
      inner.KeepUnknown();
    }
  }
  /// Base64 into bytes.
  void Bytes(const char* name, std::string& field) {
    const Json* value = Take(name);
    if (value == nullptr) return;
    const auto* text = value->get_ptr<const std::string*>();
    if (text == nullptr) return Wrong(name, "type", "must be a string");
    if (text->size() / 4 * 3 > kAttachmentBytesMax)
      return Wrong(name, "too_long", "put large attachments first, by their sha256");
    auto bytes = DecodeBase64(*text);
    if (!bytes) return Wrong(name, "base64", "is not base64");
    field = *std::move(bytes);
  }
  void Wrong(std::string_view name, std::string code, std::string message) {
    Report(pointer_ + "/" + std::string(name), std::move(code), std::move(message));
  }
  /// Call after all known members were read.
  void KeepUnknown() {
    if (found_ == json_.size()) return;
    for (const auto& [name, value] : *json_.get_ptr<const Json::object_t*>()) {
      if (Contains(known_, std::string_view(name))) continue;
      if (!text::IsValidUtf8(name) || !AllValidUtf8(value)) {
        Report(pointer_.empty() ? "/" : pointer_, "utf8", "holds an unknown field that is not valid UTF-8");
        continue;
      }
      // A top-level field stands under its own name; a deeper one (or one whose name begins with a slash) under its
      // pointer.
      const bool plain = pointer_.empty() && (name.empty() || name.front() != '/');
      unknown_[plain ? name : pointer_ + "/" + EscapePointer(name)] = value;
    }
  }

 private:
  const Json* Take(const char* name) {
    const auto& object = *json_.get_ptr<const Json::object_t*>();
    if (found_ == object.size()) return nullptr;  // all were asked for before
    known_.push_back(name);
    const auto it = object.find(name);
    if (it == object.end()) return nullptr;
    ++found_;
    return it->second.is_null() ? nullptr : &it->second;
  }
  template <typename Integer>
  void CountOf(const char* name, std::uint64_t number, Integer& field, std::uint64_t largest) {
    if (number > largest) return Wrong(name, "too_large", "is larger than " + std::to_string(largest));
    field = static_cast<Integer>(number);
  }
  void Report(std::string pointer, std::string code, std::string message) {
    if (errors_.size() < kFieldErrorsMax) errors_.push_back({std::move(pointer), std::move(code), std::move(message)});
  }

  const Json& json_;
  std::string pointer_;
  std::vector<FieldError>& errors_;
  Json& unknown_;
  std::vector<std::string_view> known_;
  std::size_t found_ = 0;  // known members that are there
};

Petitioner ReadPetitioner(ObjectReader& in) {
  Petitioner out;
  in.Text("name", out.name);
  in.Text("idNumber", out.id_number);
  in.Text("phone", out.phone);
  in.Text("callingNumber", out.calling_number);
  in.Text("account", out.account);
  in.Text("address", out.address);
  in.OneOf("role", out.role, kRoles);
  return out;
}

bool IsSha256(std::string_view hex) {
  return hex.size() == 64 &&
         std::all_of(hex.begin(), hex.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Attachment ReadAttachment(ObjectReader& in) {
  Attachment out;
  in.Text("name", out.name);
  in.Text("mediaType", out.media_type);
  in.Count("size", out.size, std::uint64_t{1} << 53);
  in.Text("sha256", out.sha256);
  std::transform(out.sha256.begin(), out.sha256.end(), out.sha256.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  if (!out.sha256.empty() && !IsSha256(out.sha256)) in.Wrong("sha256", "sha256", "must be 64 hexadecimal digits");
  in.Bytes("content", out.content);
  return out;
}

void ReadParts(ObjectReader& in, Submission& out) {
  in.Objects("petitioners", kPetitionersMax,
             [&](ObjectReader& item) { out.petitioners.push_back(ReadPetitioner(item)); });
  in.Objects("attachments", kAttachmentsMax,
             [&](ObjectReader& item) { out.attachments.push_back(ReadAttachment(item)); });
  in.Object("location", [&](ObjectReader& item) {
    const auto lon = item.Number("lon");
    const auto lat = item.Number("lat");
    if (lon && lat) out.location = Location{*lon, *lat};
    if (lon.has_value() != lat.has_value()) item.Wrong(lon ? "lat" : "lon", "missing", "lon and lat come together");
  });
  in.Object("call", [&](ObjectReader& item) {
    item.Text("id", out.call.id);
    item.Text("operator", out.call.operator_name);
    item.Text("recordingRef", out.call.recording_ref);
  });
  in.Object("claims", [&](ObjectReader& item) {
    item.Flag("first", out.claims.first);
    item.Flag("repeat", out.claims.repeat);
    item.Text("repeatOf", out.claims.repeat_of);
    item.Text("mergedInto", out.claims.merged_into);
  });
  in.Object("tie", [&](ObjectReader& item) {
    item.Text("caseNo", out.tie.case_no);
    item.OneOf("verdict", out.tie.verdict, std::array{"same"sv, "none"sv});
    item.Text("by", out.tie.by);
    if (out.tie.verdict == "same" && out.tie.case_no.empty()) item.Wrong("caseNo", "missing", "same as which case?");
  });
}

void ReadFields(ObjectReader& in, Submission& out) {
  in.Text("externalId", out.external_id);
  in.Text("upstreamNo", out.upstream_no);
  in.Text("linkNo", out.link_no);
  in.OneOf("channel", out.channel, kChannels);
  in.Instant("receivedAt", out.received_at);
  in.Instant("petitionedAt", out.petitioned_at);
  in.Count("headCount", out.head_count, kHeadCountMax);
  in.Flag("anonymous", out.anonymous);
  in.Text("title", out.title, kTextBytesMax);
  in.Text("content", out.content, kTextBytesMax);
  in.Text("placeText", out.place_text);
  in.Text("division", out.division);
  in.Text("category", out.category);
  in.OneOf("purpose", out.purpose, kPurposes);
  in.Flag("isPetition", out.is_petition);
  in.Text("accused", out.accused);
  in.Text("addressee", out.addressee);
  in.Flag("urgent", out.urgent);
  in.Text("threat", out.threat);
  in.Flag("confidential", out.confidential);
  in.Text("barcode", out.barcode);
  ReadParts(in, out);
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

bool SaysSomething(const Submission& submission) {
  if (!IsBlank(submission.content) || !IsBlank(submission.title)) return true;
  return std::any_of(submission.attachments.begin(), submission.attachments.end(),
                     [](const Attachment& a) { return !a.content.empty() || !a.sha256.empty(); });
}

}  // namespace

bool IsChannel(std::string_view channel) { return Contains(kChannels, channel); }
bool IsPurpose(std::string_view purpose) { return Contains(kPurposes, purpose); }

Result<Submission> SubmissionFromJson(const Json& json) {
  if (!json.is_object()) return Invalid("submission_invalid", "a submission is a JSON object");
  std::vector<FieldError> errors;
  Submission out;
  ObjectReader in(json, "", errors, out.unknown);
  ReadFields(in, out);
  in.KeepUnknown();
  if (!errors.empty()) {
    Error error = Invalid("fields_invalid", "some fields are wrong");
    error.fields = std::move(errors);
    return error;
  }
  if (!SaysSomething(out)) {
    return Error{Code::kInvalid,
                 "content_missing",
                 "neither content nor title nor attachment",
                 {},
                 {{"/content", "missing", "content, title or an attachment is needed"}}};
  }
  return out;
}

}  // namespace petition
