// An ImportTarget is where an import puts its rows: straight into the ledger of a data folder that no hub has open, or
// over HTTP to a hub that runs. One thread. Durable: whatever a call answered for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "gateway/import/import_progress.h"
#include "gateway/intake.h"
#include "gateway/registry.h"

namespace gateway {

/// A registered row.
struct ImportReceipt {
  std::string intake_no;
  std::uint64_t index = 0;  ///< ledger index
  bool existing = false, revision = false, number_reused = false, sealed = false;
};

/// The closing of an earlier row.
struct ImportClosure {
  std::size_t after = 0;           ///< how many arrivals of the batch come before it
  std::optional<std::size_t> row;  ///< the arrival it is about
  ImportedId of;                   ///< without `row`: what was registered before
  std::string source;
  petition::Time at{};
  std::string file;  ///< with the line: tells a closing that was read twice
  std::uint64_t line = 0;
};

/// Rows in their order: a case must be closed before the next submission is looked at.
struct ImportBatch {
  std::string file;  ///< first digits of its SHA-256
  std::vector<Arrival> arrivals;
  std::vector<std::uint64_t> lines;     ///< of the arrivals
  std::vector<ImportClosure> closures;  ///< ascending by `after`
};
struct ImportAnswers {
  std::vector<petition::Result<ImportReceipt>> receipts;  ///< one an arrival
  std::vector<petition::Result<bool>> closures;  ///< one each: false when it was known already; kInvalid when its
                                                 ///< submission was not taken
};

class ImportTarget {
 public:
  virtual ~ImportTarget() = default;

  /// kNotFound; kUnauthorized for a suspended one. Over HTTP: the key's own source, whatever it is called.
  virtual petition::Result<Source> FindSource(const std::string& name) = 0;
  /// Adds one; answers its key.
  virtual petition::Result<std::string> AddSource(const Source& source) = 0;
  /// kPushback and kUnavailable: not taken, come back later with the whole batch; nothing is doubled by that.
  virtual ImportAnswers Register(const ImportBatch& batch) = 0;
  /// Whether a row that Register did not take stands as refused on its ledger already, with file and line.
  virtual bool RecordsRefusals() const = 0;
  /// All of them, or the error of the first that could not be recorded.
  virtual petition::Status Refuse(std::span<const Refusal> refusals) = 0;
  virtual std::uint64_t ledger_size() = 0;  ///< 0 where it is not known
  /// Lines of that file that were refused at or after this place of the ledger.
  virtual petition::Result<std::vector<std::uint64_t>> RefusedLines(const std::string& file, std::uint64_t since) = 0;
  /// Where progress is kept; "" nowhere.
  virtual std::filesystem::path progress_file() const = 0;
};

/// A batch taken piece by piece: `take` registers the arrivals between two closings, `close` makes one closing once.
ImportAnswers RegisterInPieces(
    const ImportBatch& batch,
    const std::function<std::vector<petition::Result<ImportReceipt>>(std::size_t begin, std::size_t end)>& take,
    const std::function<petition::Result<bool>(const ImportClosure&)>& close);

/// Opens the data folder's ledger for itself: kConflict while a hub runs on it, kNotFound when there is no such folder.
petition::Result<std::unique_ptr<ImportTarget>> OpenLocalTarget(const config::Settings& settings,
                                                                const petition::Clock& clock);
/// A running hub: http://HOST:PORT or https://..., with a source's key.
petition::Result<std::unique_ptr<ImportTarget>> OpenHttpTarget(const std::string& url, const std::string& key);

}  // namespace gateway
