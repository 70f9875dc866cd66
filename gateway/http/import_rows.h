// Rows of a batch that `guiyi import` read from a file: {"import": {"file", "line", "mediaType", "raw", "size",
// "refused", "fields"}, "submission": {...}}. They say where each stood and carry its bytes, so that what goes on the
// ledger is what the file held, and a row that was refused is known again when a killed import sends it once more.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "petition/json.h"
#include "petition/result.h"

namespace gateway::http {

struct ImportedRow {
  std::string file;        ///< first digits of the file's SHA-256
  std::uint64_t line = 0;  ///< of the file
  std::string media_type;
  std::string raw;             ///< the row's bytes; empty when they were too many to send
  std::uint64_t raw_size = 0;  ///< of the row in the file
  std::string refused;         ///< why the import itself could not take it; "": it could
  petition::Json fields = petition::Json::array();
  petition::Json submission;
};
/// Empty: a plain row.
petition::Result<std::optional<ImportedRow>> ReadImportedRow(petition::Json& row);

/// The refused rows of imports since the hub's start, the latest ones. Safe from any thread.
class RefusedRows {
 public:
  std::optional<std::uint64_t> Find(const std::string& source, const ImportedRow& row) const;
  void Add(const std::string& source, const ImportedRow& row, std::uint64_t index);

 private:
  using Place = std::tuple<std::string, std::string, std::uint64_t>;
  mutable std::mutex mutex_;
  std::map<Place, std::uint64_t> index_;  // guarded by mutex_
  std::deque<Place> order_;               // guarded by mutex_
};

}  // namespace gateway::http
