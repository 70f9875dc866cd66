// The Registry holds the connected systems (sources) and the people (users) with their keys: `registry.db` in the data
// folder, a file of its own so that `guiyi source add` works while the hub runs. Keys are 256 random bits, shown once,
// stored as a keyed-less SHA-256 (they need no slow hash); `guiyi_` in front tells leaked ones apart. Threads: all
// calls safe from any thread; Authenticate is a look-up in memory, refreshed within a second of a change by another
// process.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access.h"
#include "petition/json.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct Source {
  std::string name;      ///< [a-z0-9-]{1,40}
  std::string channel;   ///< default channel of its submissions
  std::string division;  ///< default division, may be empty
  /// draft: nothing is taken yet; connected: it is tried whether it can be reached; shadow: what comes is mapped,
  /// checked and counted, but registered nowhere; live; suspended: its key does not work
  std::string state;
  std::string mapping;  ///< the source's file (YAML, config/source_file.h) as it counts now; "": none
  petition::Time created_at{};
  std::uint64_t mapping_version = 0;  ///< 0: none
  std::optional<petition::Time> key_expires_at;
  std::optional<petition::Time> old_key_until;  ///< the key before the newest one works until then
};

/// draft, connected, shadow, live, suspended.
bool IsSourceState(std::string_view state);

/// One version of a source's file. Numbers count from 1 and are never used again; a rollback is a version of its own.
struct MappingVersion {
  std::uint64_t version = 0;
  petition::Time at{};
  std::string by, note;
  std::string text;
};

struct User {
  std::string name;
  Role role = Role::kOperator;
  std::vector<std::string> divisions;
  std::string source;  ///< handler, department: their source
  bool sealed = false, personal = false, disabled = false;
  petition::Time created_at{};
};

class Registry {
 public:
  virtual ~Registry() = default;
  static petition::Result<std::unique_ptr<Registry>> Open(const std::filesystem::path& folder,
                                                          const petition::Clock& clock);

  /// Each answers the new key, shown this once. kConflict when the name exists.
  virtual petition::Result<std::string> AddSource(const Source& source) = 0;
  virtual petition::Result<std::string> AddUser(const User& user) = 0;
  /// A new key for a source: how long it works (none: for ever), and until when the one of now goes on working beside
  /// it, as those before it that have not ended, so that the source can be switched over without losing anything.
  struct KeyRenewal {
    std::optional<petition::Time> ends;
    petition::Time old_until{};
    std::string by;
  };
  virtual petition::Result<std::string> RenewKey(std::string_view name, const KeyRenewal& renewal) = 0;
  virtual petition::Status SuspendSource(std::string_view name, bool suspended) = 0;
  /// `why`: what the change rests on (control totals ...), recorded with it. kConflict "same_state". Whether the step
  /// is allowed is gateway/feeds/source_life.h's.
  virtual petition::Status SetSourceState(std::string_view name, std::string_view state, std::string_view by,
                                          const petition::Json& why) = 0;
  /// The file counts from now on, everywhere within a second; answers its version. The same text as now: the version
  /// it has. Checked by the caller.
  virtual petition::Result<std::uint64_t> PutMapping(std::string_view name, const std::string& text,
                                                     std::string_view by, std::string_view note) = 0;
  /// All versions, newest first.
  virtual petition::Result<std::vector<MappingVersion>> Mappings(std::string_view name) const = 0;
  virtual petition::Status DisableUser(std::string_view name) = 0;
  virtual std::vector<Source> Sources() const = 0;
  virtual std::vector<User> Users() const = 0;
  virtual std::optional<Source> FindSource(std::string_view name) const = 0;

  /// Who a key belongs to; kUnauthorized for unknown keys, suspended sources (reason "source_suspended"), keys past
  /// their time ("key_expired") and disabled users.
  virtual petition::Result<Principal> Authenticate(std::string_view key) const = 0;
  /// Rows whose change is not yet recorded in the ledger as `config` entries (name, what, digest); MarkRecorded after
  /// the append.
  struct Change {
    std::uint64_t id = 0;
    std::string record;
  };
  virtual petition::Result<std::vector<Change>> UnrecordedChanges() const = 0;
  virtual petition::Status MarkRecorded(std::uint64_t id) = 0;
};

}  // namespace gateway
