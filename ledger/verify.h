// Checks a published log from outside, with nothing but its files and its public key: the signature, every entry and
// every tile against the signed root, and checkpoints that somebody kept. Trusts nobody: the tree is hashed again from
// the entries, so each byte read ends in a comparison with the root. Functions only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/log_source.h"

namespace ledger {

/// A checkpoint kept from earlier: `name` is how the report calls it (a file name).
struct OldCheckpoint {
  std::string name;
  std::string note;
};

struct VerifyOptions {
  VerifierKey key;
  std::vector<OldCheckpoint> old;
  std::function<void(std::uint64_t done, std::uint64_t size)> progress;  ///< after each bundle; may be empty
  std::size_t problems_max = 100;                                        ///< further ones are only counted
  std::vector<VerifierKey> witnesses = {};                               ///< whose cosignatures are looked for
  std::size_t quorum = 0;                                                ///< of them must have cosigned; 0: all
};

/// Something that is not as it must be.
struct Problem {
  std::string code;   ///< signature_wrong, entry_wrong, tile_wrong, tile_missing, root_wrong, rewritten, rolled_back,
                      ///< old_unreadable, cosignature_wrong, cosignature_missing ...
  std::string where;  ///< path in the log or name of an old checkpoint
};

/// A witness' cosignature that holds, and the time it gave.
struct Cosignature {
  std::string name;
  std::uint64_t unix_seconds = 0;
};

struct VerifyReport {
  std::string note;                      ///< the checkpoint as fetched
  Checkpoint checkpoint;                 ///< when its signature holds
  std::uint64_t entries = 0, tiles = 0;  ///< checked
  std::vector<Cosignature> cosignatures;
  std::vector<Problem> problems;
  std::uint64_t problem_count = 0;
  bool ok() const { return problem_count == 0; }
};

/// A log that is wrong is a report with problems; an error means that it could not be checked (kUnavailable, kNotFound:
/// no checkpoint at all).
petition::Result<VerifyReport> VerifyLog(LogSource& source, const VerifyOptions& options);

}  // namespace ledger
