#include "gateway/feeds/made_record.h"

#include <set>
#include <string>

#include "petition/utf32.h"

namespace gateway {

using petition::Json;

namespace {

/// Fields that hold a code, a time, a number or a yes: they say nothing of anybody.
const std::set<std::string_view>& PlainFields() {
  static const std::set<std::string_view> names = {
      "externalId", "upstreamNo", "channel", "receivedAt", "division",   "petitionedAt", "headCount",
      "anonymous",  "category",   "purpose", "urgent",     "isPetition", "confidential"};
  return names;
}

/// Names of members that any of the parts holds.
Json PartNames(const Json& parts) {
  std::set<std::string> names;
  for (const auto& part : parts) {
    for (const auto& [name, value] : part.items()) names.insert(name);
  }
  return names;
}

Json MadeFieldView(const std::string& name, const Json& value) {
  Json field{{"name", name}};
  if (PlainFields().contains(name)) {
    field["value"] = value;
  } else if (value.is_string()) {
    field["length"] = petition::ToUtf32(value.get_ref<const std::string&>()).size();
  } else if (value.is_array()) {
    field["count"] = value.size();
    field["parts"] = PartNames(value);
  } else if (value.is_object()) {
    field["parts"] = PartNames(Json::array({value}));
  }
  return field;
}

}  // namespace

Json MadeRecord(const petition::Submission& submission) {
  Json fields = Json::array(), unmapped = Json::array();
  auto known = submission;
  known.unknown = Json::object();
  const auto made = petition::SubmissionToJson(known, false);
  for (const auto& [name, value] : made.items()) {
    fields.push_back(MadeFieldView(name, value));
  }
  for (const auto& [name, value] : submission.unknown.items()) unmapped.push_back(name);
  return {{"fields", std::move(fields)}, {"unmapped", std::move(unmapped)}};
}

}  // namespace gateway
