// What lies in a folder of scanned letters: one file a letter (PDF, TIFF, PNG, JPEG), and beside it, where the mail
// room writes one, a sheet with what is on the envelope: barcode, day of the postmark, addressee. Pure functions but
// for reading the files named.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace adapters::letters {

/// "application/pdf", "image/tiff", "image/png", "image/jpeg", by the first bytes; "" for anything else.
std::string MediaTypeOf(std::string_view first_bytes);

/// The sheet beside a scan: NAME.json (an object) or NAME.csv (a heading line and one line, UTF-8 or GB18030), as an
/// object of texts. nullopt when there is none; kInvalid "sheet_invalid".
petition::Result<std::optional<petition::Json>> SheetBeside(const std::filesystem::path& scan);
/// Where it lies, for putting it away with the scan.
std::optional<std::filesystem::path> SheetFile(const std::filesystem::path& scan);

}  // namespace adapters::letters
