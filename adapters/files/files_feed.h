// The folder where an old system drops files (also the landing place of SFTP). Each row of a file is one record; a file
// is read when it is whole, and moved to the archive under its SHA-256 when all of it is on the ledger; nothing is ever
// deleted. A file that can't be read at all becomes one refused record and goes to `refused/` of the archive; headings
// that the mapping does not know stop the source until the mapping knows them, since the next file will have them too.
//
// Options: folder; pattern (names with * and ?, one or a list); format, encoding, delimiter, records, sheet (rows.h);
// archive (default: `archive` in the folder); stable_seconds (a file that did not change for so long is whole; 10);
// done_suffix (instead: a file is whole when NAME + suffix lies beside it). Names that begin with a dot or end in .tmp,
// .part, .filepart or .uploading are uploads on their way.
//
// The cursor is "DIGEST:OFFSET:LINE" of the file being read, or "DIGEST:end". One caller at a time; Reread from any
// thread. Memory: one row (a workbook: its shared strings, too).
#pragma once

#include <memory>

#include "adapters/registry.h"

namespace adapters {

petition::Result<std::unique_ptr<Feed>> MakeFilesFeed(const AdapterSetup& setup);

}  // namespace adapters
