// Readers of files of lines: JSONL, and tables of delimited cells. Internal to adapters/files.
#pragma once

#include <memory>

#include "adapters/files/rows.h"

namespace adapters {

petition::Result<std::unique_ptr<RowReader>> OpenJsonlRows(FileBytes bytes, const ScannedFile& scanned);
petition::Result<std::unique_ptr<RowReader>> OpenTableRows(FileBytes bytes, const ScannedFile& scanned, char delimiter);

}  // namespace adapters
