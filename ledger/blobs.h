// A BlobStore keeps large attachments: streamed in, encrypted, named on disk by a keyed hash of their SHA-256, synced
// before anything may name them. What was put waits in a folder apart until an entry is about to name it (Keep); only
// that folder is ever cleaned, so nothing that was kept can be removed. Threads: safe from any thread; each Writer and
// Reader belongs to one. Durable: when Writer::Finish or Keep answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "ledger/crypto.h"
#include "petition/result.h"

namespace ledger {

class FileSystem;  // durable_file.h

class BlobStore {
 public:
  virtual ~BlobStore() = default;
  static petition::Result<std::unique_ptr<BlobStore>> Open(
      const std::filesystem::path& folder, const KeyRing& keys, std::uint64_t size_max = 4ull << 30,
      FileSystem* files = nullptr);  ///< null: the operating system's; outlives the store

  class Writer {
   public:
    virtual ~Writer() = default;  ///< without Finish: nothing remains
    virtual petition::Status Write(
        std::string_view chunk) = 0;  ///< kInvalid "too_large"; kUnavailable when the disk is full
    virtual petition::Result<std::uint64_t>
    Finish() = 0;  ///< size; kInvalid "digest_mismatch" when the bytes are not those named
  };
  class Reader {
   public:
    virtual ~Reader() = default;
    /// The next part, "" at the end. kCorrupt when the file was changed or cut.
    virtual petition::Result<std::string> Next() = 0;
  };

  /// `sha256_hex`: lower-case hex of the plain bytes, what a submission will name.
  virtual petition::Result<std::unique_ptr<Writer>> Put(std::string_view sha256_hex) = 0;
  virtual petition::Result<std::unique_ptr<Reader>> Get(std::string_view sha256_hex) const = 0;
  virtual bool Exists(std::string_view sha256_hex) const = 0;

  /// To be called before the entry that names it is appended: from now on it stays. False: there is none of that
  /// digest.
  virtual petition::Result<bool> Keep(std::string_view sha256_hex) = 0;
  /// Removes what was put longer ago than `age` and never kept, at most `count_max`; answers how many.
  virtual std::size_t RemoveUnnamed(std::chrono::seconds age, std::size_t count_max) = 0;
};

}  // namespace ledger
