// An Importer registers the rows of files: resumable after a kill at any point without doubling anything. Rows without
// a number of their own get one that follows from the file's digest and the line, so that the ledger itself knows them
// again; progress only saves reading them twice. One thread, with one of its own that reads ahead while rows are
// registered. Durable: what the summary counts.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/import/import_target.h"
#include "gateway/import/rows.h"

namespace gateway {

struct ImportOptions {
  std::string source;  ///< "-": each row names its own
  bool historic = false;
  std::optional<adapters::Encoding> encoding;  ///< declared; else found out
  std::optional<adapters::RowFormat> format;   ///< else by the file's name
  std::optional<char> delimiter;
  bool add_sources = false;  ///< with "-": sources that do not exist are added
  bool again = false;        ///< read a file anew that was imported to its end
  std::size_t batch_rows = 1024;
  std::chrono::milliseconds retry_for{120'000};  ///< how long "not now" is waited for
};

/// How a file is read: by what was asked for, else by the source's file (its text, "": none), else by the file's name.
struct ImportManner {
  std::shared_ptr<const adapters::SourceSpec> spec;
  adapters::RowOptions rows;
  std::optional<adapters::Encoding> encoding;
};
petition::Result<ImportManner> MannerOf(const ImportOptions& options, const std::filesystem::path& file,
                                        const std::string& source_file);

/// One thing wrong, for a person to look up.
struct ImportFinding {
  std::uint64_t line = 0;
  std::string reason;
  std::vector<std::string> pointers;
};

struct ImportSummary {
  std::string file, sha256, encoding;
  bool resumed = false;  ///< went on where an earlier run had stopped
  bool known = false;    ///< had been imported to its end before: nothing was read
  ImportCounts counts;
  std::vector<ImportFinding> findings;   ///< the first few refused rows
  std::set<std::string> unknown_fields;  ///< kept, but we have no name for them; the first few
  std::vector<std::pair<std::string, std::string>> added_sources;  ///< with their keys
  double seconds = 0;
};
petition::Json ImportSummaryToJson(const ImportSummary& summary);

/// Hears how far it has come: rows, bytes read, bytes in all, rows refused. While scanning rows stays 0.
using ImportListener = std::function<void(std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t)>;

class Importer {
 public:
  Importer(ImportOptions options, ImportTarget& target) : options_(std::move(options)), target_(target) {}

  /// kInvalid: the file as a whole can't be taken (encoding, headings): recorded as a refusal. Other errors: it stopped
  /// on the way and can be gone on with.
  petition::Result<ImportSummary> Import(const std::filesystem::path& file, const ImportListener& listener = {});

 private:
  struct Run;

  /// Valid as long as this object.
  petition::Result<const Source*> SourceNamed(const std::string& name, const std::string& channel,
                                              ImportSummary& summary);

  const ImportOptions options_;
  ImportTarget& target_;
  std::map<std::string, Source> sources_;
};

}  // namespace gateway
