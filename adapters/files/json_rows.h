// Readers of files that are one JSON or XML document holding many records. Internal to adapters/files.
#pragma once

#include <memory>

#include "adapters/files/rows.h"

namespace adapters {

/// The elements of the outer list, or of the list at `records`; an outer object without `records` is one record.
petition::Result<std::unique_ptr<RowReader>> OpenJsonRows(FileBytes bytes, const ScannedFile& scanned,
                                                          const std::string& records);
/// The elements at `records`, a path of names from the root.
petition::Result<std::unique_ptr<RowReader>> OpenXmlRows(FileBytes bytes, const ScannedFile& scanned,
                                                         const std::string& records);
petition::Result<std::unique_ptr<RowReader>> OpenXlsxRows(const std::filesystem::path& file, const std::string& sheet);

}  // namespace adapters
