#include "adapters/sms/callback.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <charconv>

#include "adapters/mapping/values.h"
#include "adapters/text/form.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace adapters::sms {
namespace {

using petition::Invalid;
using petition::Json;

constexpr std::size_t kMessagesMax = 500;
constexpr std::size_t kTextBytesMax = 64u << 10;

bool IsJson(const DoorCall& call) {
  const auto type = MediaTypeOf(call.Header("content-type"));
  if (type == "application/json" || type == "text/json") return true;
  const auto first = call.body.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (call.body[first] == '{' || call.body[first] == '[') &&
         type != "application/x-www-form-urlencoded";
}

// A form, or the query of a GET, as one flat object of texts.
petition::Result<Json> FormTree(const DoorCall& call) {
  Json tree = Json::object();
  for (const auto& [name, value] : call.query) tree.emplace(name, value);
  if (call.method != "GET") {
    auto charset = ParameterOf(call.Header("content-type"), "charset");
    GUIYI_TRY(const auto fields, ParseForm(call.body, charset.empty() ? "utf-8" : charset));
    for (const auto& [name, value] : fields) tree[name] = value;
  }
  return tree;
}

std::string TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() || value.is_boolean() ? value.dump() : std::string();
}

std::string Find(const Json& object, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto it = object.find(name);
    if (it == object.end()) continue;
    if (auto text = TextOf(*it); !text.empty()) return text;
  }
  return {};
}

petition::Error Wrong(const char* what, const std::vector<std::string>& names, const char* problem) {
  auto error = Invalid("callback_invalid", std::string("the callback's ") + what + " " + problem);
  error.fields.push_back({names.empty() ? "" : "/" + names.front(), "invalid", problem});
  return error;
}

petition::Result<unsigned> Number(const Json& object, const std::vector<std::string>& names) {
  const std::string text = Find(object, names);
  if (text.empty()) return 1u;
  unsigned number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 1 || number > kPartsMax)
    return Wrong("part number", names, "is no number from 1 to 64");
  return number;
}

// Milliseconds or seconds since the epoch, or any of the forms that old systems write.
std::optional<petition::Time> ReadTime(const std::string& text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) {
    if (text.size() == 10) return petition::Time(std::chrono::seconds(number));
    if (text.size() == 13) return petition::Time(std::chrono::milliseconds(number));
  }
  const auto time = petition::ParseTime(TimeFromCell(text));
  return time.ok() ? std::optional(*time) : std::nullopt;
}

petition::Result<SmsPart> ReadOne(const Json& object, const CallbackFields& fields) {
  if (!object.is_object()) return Invalid("callback_invalid", "a message of the callback is no object");
  SmsPart part;
  part.phone = Find(object, fields.phone);
  part.text = Find(object, fields.text);
  part.id = Find(object, fields.id);
  part.to = Find(object, fields.to);
  part.reference = Find(object, fields.reference);
  if (part.phone.empty()) return Wrong("phone number", fields.phone, "is missing");
  if (part.text.empty()) return Wrong("text", fields.text, "is missing");
  if (part.text.size() > kTextBytesMax) return Wrong("text", fields.text, "is too long");
  if (part.phone.size() > 64 || part.id.size() > 128 || part.reference.size() > 128 || part.to.size() > 64)
    return Invalid("callback_invalid", "a number in the callback is too long");
  GUIYI_TRY(part.part, Number(object, fields.part));
  GUIYI_TRY(part.parts, Number(object, fields.parts));
  if (part.part > part.parts) return Wrong("part number", fields.part, "is beyond the number of parts");
  part.at = ReadTime(Find(object, fields.at));
  return part;
}

// Where the messages stand: the body itself, or its one member that is an array of objects.
const Json* ArrayIn(const Json& tree) {
  if (tree.is_array()) return &tree;
  if (!tree.is_object()) return nullptr;
  const Json* found = nullptr;
  for (const auto& member : tree) {
    if (!member.is_array() || member.empty() || !member.front().is_object()) continue;
    if (found != nullptr) return nullptr;
    found = &member;
  }
  return found;
}

std::string HmacHex(const std::string& secret, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length) == nullptr)
    return {};
  return ledger::Hex({reinterpret_cast<const char*>(digest), length});
}

petition::Error NotTheirs() {
  return {petition::Code::kUnauthorized, "token_wrong", "the call does not show that it is the SMS gateway's", {}, {}};
}

petition::Status VerifyToken(const DoorCall& call, const CallbackAuthOptions& options) {
  std::string given = call.Header(options.name);
  if (given.empty()) given = call.Query(options.name);
  if (given.empty()) {
    const auto tree = IsJson(call) ? petition::ParseJson(call.body) : FormTree(call);
    if (tree.ok() && tree->is_object()) given = Find(*tree, {options.name});
  }
  return ledger::ConstantTimeEqual(given, options.secret) ? petition::Ok() : petition::Status(NotTheirs());
}

petition::Status VerifyHmac(const DoorCall& call, const CallbackAuthOptions& options) {
  std::string text;
  if (!options.timestamp_header.empty()) {
    const std::string stamp = call.Header(options.timestamp_header);
    const auto at = ReadTime(stamp);
    // Old calls can't be played again: the age is signed with the body.
    if (!at || *at > call.at + options.timestamp_age_max || *at < call.at - options.timestamp_age_max)
      return NotTheirs();
    text = stamp + "\n";
  }
  // A GET has its words in the query, which this signature does not cover.
  if (call.method == "GET") return NotTheirs();
  const auto expected = HmacHex(options.secret, text + call.body);
  return !expected.empty() && ledger::ConstantTimeEqual(call.Header(options.name), expected)
             ? petition::Ok()
             : petition::Status(NotTheirs());
}

}  // namespace

petition::Result<std::vector<petition::Result<SmsPart>>> ReadCallback(const DoorCall& call,
                                                                      const CallbackFields& fields) {
  GUIYI_TRY(const auto tree, IsJson(call) ? petition::ParseJson(call.body) : FormTree(call));
  std::vector<petition::Result<SmsPart>> parts;
  const Json* array = ArrayIn(tree);
  if (array == nullptr) {
    GUIYI_TRY(auto part, ReadOne(tree, fields));
    parts.emplace_back(std::move(part));
    return parts;
  }
  if (array->size() > kMessagesMax) return Invalid("callback_invalid", "the callback brings too many messages at once");
  for (const auto& object : *array) parts.push_back(ReadOne(object, fields));
  return parts;
}

petition::Status VerifyCallback(const DoorCall& call, bool bearer_ok, const CallbackAuthOptions& options) {
  if (options.kind == CallbackAuth::kBearer) return bearer_ok ? petition::Ok() : petition::Status(NotTheirs());
  if (options.secret.empty()) return NotTheirs();
  return options.kind == CallbackAuth::kToken ? VerifyToken(call, options) : VerifyHmac(call, options);
}

}  // namespace adapters::sms
