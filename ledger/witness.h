// A Witness vouches that the logs it knows only ever grew: it cosigns a checkpoint when the newest one it cosigned
// before is proven to be a part of it, and remembers that before it answers (C2SP tlog-witness). It holds a key of its
// own and one small file a log: the newest checkpoint it cosigned. It needs nothing else of a log, no entries, no
// trust.
//
// Threads: safe from any thread; one request of a log after the other, so that check and storing are one step.
// Durable: the new checkpoint, before its cosignature is answered. Failure: a checkpoint that can't be stored is not
// cosigned; whether it was stored is looked up at the next request, from the file.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/durable_file.h"
#include "ledger/note.h"
#include "petition/result.h"
#include "petition/time.h"

namespace ledger {

class Witness {
 public:
  /// The folder of the state is made when missing, and so is `witness.key` in it, named `name` (an existing key's name
  /// must be that, unless `name` is empty). `files` outlives the witness.
  static petition::Result<std::unique_ptr<Witness>> Open(const std::filesystem::path& folder, const std::string& name,
                                                         std::vector<VerifierKey> logs, const petition::Clock& clock,
                                                         FileSystem& files = FileSystem::Real());

  /// What the witness is known by: a key of type 0x04.
  const VerifierKey& verifier() const { return verifier_; }

  struct Answer {
    int status = 200;
    std::string body;  ///< cosignature line; of a 409 the size that is held, with a newline; else a word why not
  };
  /// The body of an add-checkpoint request. Statuses: 200; 400 malformed, or the old size is beyond the new one; 403
  /// not signed by the log's key; 404 a log that is not known; 409 another size (or another tree of that size) is held;
  /// 422 the proof is wrong; 500 the state can't be read or written, nothing was cosigned.
  Answer AddCheckpoint(std::string_view body);

  /// Size of the newest checkpoint cosigned for a log; 0 when there is none.
  petition::Result<std::uint64_t> SizeOf(std::string_view origin);

 private:
  /// One log and where its head is kept.
  struct Log {
    VerifierKey key;
    std::filesystem::path file;
    std::mutex mutex;       // of check and store; guards all below
    bool doubtful = false;  // the last store failed: the file may not be durable as it stands
  };
  Witness(Signer signer, const petition::Clock& clock, FileSystem& files);
  petition::Result<Checkpoint> Held(const Log& log) const;
  petition::Status Settle(Log& log) const;
  Answer Check(Log& log, std::uint64_t old_size, const std::vector<Hash>& proof, const Checkpoint& checkpoint,
               const Note& note, std::string_view text);

  const Signer signer_;
  const VerifierKey verifier_;
  const petition::Clock& clock_;
  FileSystem& files_;
  std::map<std::string, std::unique_ptr<Log>, std::less<>> logs_;  // by origin; constant after Open
};

}  // namespace ledger
