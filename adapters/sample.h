// What a sample would become by a source's file: nothing is stored, nothing settled. Pure but for a temporary file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/record.h"
#include "adapters/registry.h"
#include "adapters/text/encoding.h"

namespace adapters {

/// `bytes` as one delivery of the source: a file (read by `name`, `format` and the options as the watched folder
/// would), a body (JSON: one record, a list or lines), or one record of any other kind. At most `limit` records.
/// kInvalid: the sample as a whole can't be read (an unknown heading). `encoding`: of a file, instead of what the
/// options say.
petition::Result<std::vector<Record>> ReadSample(const AdapterSetup& setup, const std::string& bytes,
                                                 const std::string& media_type, const std::string& name,
                                                 std::size_t limit, std::optional<Encoding> encoding = {});

}  // namespace adapters
