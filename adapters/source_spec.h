// A SourceSpec is what a source's file says: which kind of adapter, its settings, and what its records mean. One file a
// source, kept in the registry in numbered versions. Immutable; safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "adapters/mapping/mapping.h"
#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

struct SourceSpec {
  std::string kind;      ///< a name of registry.h: "files", "mail", "soap" ...; "json" when the file names none
  std::string channel;   ///< of submissions that say none; "": the one the source was added with
  std::string division;  ///< the same
  petition::Json options = petition::Json::object();  ///< of the kind: its adapter reads and checks them
  Mapping mapping;
};

/// The file as Json (config/source_file.h makes it of YAML): kind, channel, division, options, mapping. kInvalid
/// "mapping_invalid" with every finding, by pointer; options are checked by the adapter (registry.h).
petition::Result<std::shared_ptr<const SourceSpec>> SourceSpecFromJson(const petition::Json& file);

}  // namespace adapters
