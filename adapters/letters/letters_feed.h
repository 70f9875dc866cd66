// Scanned letters in a folder as a source: one file a letter, its text read by tesseract, the image kept as an
// attachment, what the mail room wrote on its sheet (barcode, postmark, addressee) as fields. What is settled goes to
// archived/ beside the rest, sheets too; nothing is ever deleted. Threads: as a Feed.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/letters/recognise.h"
#include "adapters/registry.h"

namespace adapters::letters {

struct LettersOptions {
  std::filesystem::path folder;
  std::filesystem::path scratch;  ///< a folder of our own for pages
  RecogniseOptions recognise;
  std::uint64_t scan_bytes_max = 100u << 20;
};

/// What a mapping sees: the sheet's fields by their names, content, receivedAt (when the scan was written), externalId
/// (the barcode, else a digest of the scan), channel. The submission's unknown field "scan" holds confidence and pages.
std::unique_ptr<Feed> MakeLettersFeed(LettersOptions options, std::shared_ptr<const SourceSpec> spec,
                                      const petition::Clock& clock);

/// As adapters/registry.h wants it, from a source's options (config/sources/letters.sample.yaml).
petition::Result<std::unique_ptr<Feed>> MakeFeed(const AdapterSetup& setup);

}  // namespace adapters::letters
