// An Open311 source from its options.
#include "adapters/open311/open311_door.h"
#include "adapters/spec_reader.h"

namespace adapters::open311 {
namespace {

using petition::FieldError;
using petition::Json;

ServiceAttribute ReadAttribute(const Json& json, const std::string& pointer, std::vector<FieldError>& findings) {
  SpecReader reader(json, pointer, findings);
  ServiceAttribute attribute;
  attribute.code = reader.NeededText("code");
  attribute.description = reader.Text("description");
  attribute.datatype = reader.Text("datatype", "string");
  attribute.required = reader.Flag("required", false);
  const Json& values = reader.Take("values");
  if (values.is_object()) {
    for (const auto& [key, name] : values.items())
      if (name.is_string()) attribute.values.emplace_back(key, name.get<std::string>());
  } else if (!values.is_null()) {
    reader.Wrong("values", "type", "must be a mapping of keys to names");
  }
  bool known = false;
  for (const char* type : {"string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"})
    known = known || attribute.datatype == type;
  if (!known) reader.Wrong("datatype", "unknown_value", "is none of GeoReport's data types");
  reader.Finish();
  return attribute;
}

// Calls `read(json, pointer)` for each of a list.
template <typename Read>
void ForEach(SpecReader& reader, const std::string& key, Read read) {
  const Json& list = reader.Take(key);
  if (list.is_null()) return;
  if (!list.is_array()) return reader.Wrong(key, "type", "must be a list");
  for (std::size_t i = 0; i < list.size(); ++i)
    read(list[i], PointerTo(PointerTo(reader.pointer(), key), std::to_string(i)));
}

Service ReadService(const Json& json, const std::string& pointer, std::vector<FieldError>& findings) {
  SpecReader reader(json, pointer, findings);
  Service service;
  service.code = reader.NeededText("code");
  service.name = reader.NeededText("name");
  service.description = reader.Text("description");
  service.group = reader.Text("group");
  service.keywords = reader.Texts("keywords");
  ForEach(reader, "attributes", [&](const Json& one, const std::string& at) {
    service.attributes.push_back(ReadAttribute(one, at, findings));
  });
  reader.Finish();
  return service;
}

}  // namespace

petition::Result<std::unique_ptr<Door>> MakeDoor(const AdapterSetup& setup) {
  std::vector<FieldError> findings;
  SpecReader reader(setup.spec->options, "", findings);
  Open311Options options;
  options.source = setup.source;
  options.jurisdictions = reader.Texts("jurisdictions");
  options.service_notice = reader.Text("service_notice");
  options.publish_description = reader.Flag("publish_description", false);
  ForEach(reader, "services",
          [&](const Json& one, const std::string& at) { options.services.push_back(ReadService(one, at, findings)); });
  if (options.services.empty()) reader.Wrong("services", "missing", "at least one service is needed");
  for (const auto& file : reader.Texts("api_key_files")) {
    const auto key = ReadSecret((setup.folder / file).lexically_normal());
    if (!key.ok() || key->empty()) {
      reader.Wrong("api_key_files", "secret_unreadable", "a key's file can't be read or is empty");
    } else {
      options.api_keys.push_back(*key);
    }
  }
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "options_invalid"));
  return MakeOpen311Door(std::move(options), setup.spec, setup.requests);
}

}  // namespace adapters::open311
