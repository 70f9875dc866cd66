// Cosigned is what witnesses have answered so far: the checkpoint of the round, its cosignature lines, and the newest
// checkpoint that enough of them cosigned. Not safe for concurrent use: its owner holds a lock. Durable: the witnessed
// checkpoint, when Add says so.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "petition/result.h"

namespace gateway {

/// A checkpoint and the lines of its witnesses.
struct CosignedCheckpoint {
  ledger::Checkpoint checkpoint;
  std::string note;                          ///< as published
  std::map<std::string, std::string> lines;  ///< by the witness' key, each with its newline
  std::string Text() const;
};

class Cosigned {
 public:
  Cosigned(std::filesystem::path file, std::size_t quorum, ledger::FileSystem& files)
      : file_(std::move(file)), quorum_(quorum), files_(files) {}

  /// Reads what an earlier life left; answers size and time by witness (its key as text). A file that is not signed by
  /// the log is kCorrupt.
  struct Known {
    std::uint64_t size = 0, seconds = 0;
  };
  petition::Result<std::map<std::string, Known>> Load(const ledger::VerifierKey& log,
                                                      const std::vector<ledger::VerifierKey>& witnesses);

  /// A new round.
  void Begin(ledger::Checkpoint checkpoint, std::string note);
  const std::optional<CosignedCheckpoint>& round() const { return round_; }
  /// A verified line; of an earlier round it is passed over.
  petition::Status Add(const ledger::Checkpoint& checkpoint, const std::string& witness, const std::string& line);
  const std::optional<CosignedCheckpoint>& witnessed() const { return witnessed_; }

 private:
  const std::filesystem::path file_;
  const std::size_t quorum_;
  ledger::FileSystem& files_;
  std::optional<CosignedCheckpoint> round_, witnessed_;
};

}  // namespace gateway
