// The document within a SOAP call, as a tree that mappings read. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "adapters/soap/envelope.h"
#include "petition/json.h"

namespace adapters::soap {

/// Text that is XML or JSON, told by its first character. XML becomes {"root": ...} as in adapters/text/xml_tree.h; its
/// declaration's encoding counts for nothing, since the text was decoded with what it stood in.
petition::Result<petition::Json> ReadDocument(std::string_view utf8);

/// The payload of an operation: the document in its parameter, or its own elements.
petition::Result<petition::Json> ReadPayload(const xml::Element& operation, const std::string& parameter);

}  // namespace adapters::soap
