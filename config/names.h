// The Names of sources and divisions, as people know them: a JSON file for the console to show them by, since the wire
// knows codes only. {"sources": {"dept-housing": {"zh": "市住建局", "en": "Housing Bureau"}}, "divisions": {"439902":
// "江北区"}}; a text alone is the name in every language. Pure functions.
#pragma once

#include <filesystem>

#include "petition/json.h"
#include "petition/result.h"

namespace config {

/// {"sources": {code: {"zh", "en"?}}, "divisions": {...}} of such a text; kInvalid "names_invalid" for anything else.
petition::Result<petition::Json> ParseNames(const std::string& text);
/// The same of a file of at most 4 MiB; "": no names.
petition::Result<petition::Json> LoadNames(const std::filesystem::path& file);
/// Those of the demo's invented city.
petition::Result<petition::Json> SampleNames();

}  // namespace config
