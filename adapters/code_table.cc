#include "adapters/code_table.h"

#include <array>

#include "petition/json.h"

namespace adapters {
namespace {

using petition::Result;
using petition::Status;

constexpr std::array<std::string_view, 6> kFields{"channel", "purpose", "category", "division", "event", "states"};
constexpr std::size_t kBytesMax = 8u << 20;

petition::Error Wrong(const std::string& where, const char* what) {
  return petition::Invalid("codes_invalid", "the table of codes, " + where + ": " + what);
}

}  // namespace

Result<CodeTable> CodeTable::Parse(std::string_view json) {
  if (json.size() > kBytesMax) return Wrong("the file", "is larger than 8 MiB");
  const auto parsed = petition::ParseJson(json);
  if (!parsed.ok()) return Wrong("the file", "is not JSON");
  if (!parsed->is_object()) return Wrong("the file", "must be an object");
  CodeTable table;
  for (const auto& [field, words] : parsed->items()) {
    if (std::find(kFields.begin(), kFields.end(), field) == kFields.end())
      return Wrong(field, "is no field with codes");
    if (!words.is_object()) return Wrong(field, "must be an object of codes");
    auto& known = table.fields_[field];
    for (const auto& [ours, theirs] : words.items()) {
      if (!theirs.is_string()) return Wrong(field + ", " + ours, "codes are strings");
      known[ours] = theirs.get<std::string>();
    }
  }
  return table;
}

Status CodeTable::Map(std::string_view field, std::string& code) const {
  const auto words = fields_.find(field);
  if (words == fields_.end() || code.empty()) return petition::Ok();
  const auto found = words->second.find(code);
  if (found == words->second.end())
    return petition::Invalid("code_unmapped:" + std::string(field), "the destination's table lacks a code");
  code = found->second;
  return petition::Ok();
}

Status CodeTable::Map(petition::Submission& submission) const {
  GUIYI_CHECK(Map("channel", submission.channel));
  GUIYI_CHECK(Map("purpose", submission.purpose));
  GUIYI_CHECK(Map("category", submission.category));
  return Map("division", submission.division);
}

Status CodeTable::Apply(Parcel& parcel) const { return Map(parcel.submission); }

Status CodeTable::Apply(Update& update) const {
  GUIYI_CHECK(Map("event", update.event));
  return update.submission ? Map(*update.submission) : petition::Ok();
}

std::string CodeTable::State(const std::string& theirs) const {
  const auto words = fields_.find("states");
  if (words == fields_.end()) return theirs;
  const auto found = words->second.find(theirs);
  return found == words->second.end() ? theirs : found->second;
}

}  // namespace adapters
