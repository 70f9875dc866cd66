#include "adapters/source_spec.h"

#include "adapters/spec_reader.h"
#include "petition/identifiers.h"
#include "petition/submission.h"

namespace adapters {

petition::Result<std::shared_ptr<const SourceSpec>> SourceSpecFromJson(const petition::Json& file) {
  auto spec = std::make_shared<SourceSpec>();
  std::vector<petition::FieldError> findings;
  SpecReader reader(file, "", findings);
  spec->kind = reader.Text("kind", "json");
  spec->channel = reader.Text("channel");
  spec->division = reader.Text("division");
  if (!spec->channel.empty() && !petition::IsChannel(spec->channel)) {
    reader.Wrong("channel", "channel_unknown", "is no channel");
  }
  if (!spec->division.empty() && petition::NormaliseDivision(spec->division).empty()) {
    reader.Wrong("division", "division_invalid", "must have 6 or 12 digits");
  }
  const petition::Json& options = reader.Take("options");
  if (options.is_object()) spec->options = options;
  if (!options.is_object() && !options.is_null()) reader.Wrong("options", "type", "must be a mapping of keys");
  auto mapping = Mapping::Make(reader.Take("mapping"));
  if (mapping.ok()) {
    spec->mapping = std::move(*mapping);
  } else {
    for (auto& finding : std::move(mapping).error().fields) {
      findings.push_back({"/mapping" + (finding.pointer == "/" ? "" : finding.pointer), finding.code, finding.message});
    }
  }
  reader.Finish();
  GUIYI_CHECK(StatusOf(findings, "mapping_invalid"));
  return std::shared_ptr<const SourceSpec>(std::move(spec));
}

}  // namespace adapters
