// The file of a source: YAML that says its kind, its settings and what its records mean (adapters/README.md explains
// every key; config/demo/sources/ has samples). Pure functions; safe from any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/source_spec.h"
#include "petition/result.h"

namespace config {

/// kInvalid "mapping_invalid" names every wrong or unknown key with its line, in `message` and in `fields`. The
/// options of the kind are not looked at yet: adapters::CheckSetup does.
petition::Result<std::shared_ptr<const adapters::SourceSpec>> ParseSourceFile(const std::string& yaml);

/// Adds the lines of the file to findings that were made of its Json (CheckSetup's).
petition::Error WithLines(petition::Error error, const std::string& yaml);

/// The text of a file, at most 256 KiB.
petition::Result<std::string> ReadSourceFile(const std::filesystem::path& file);

}  // namespace config
