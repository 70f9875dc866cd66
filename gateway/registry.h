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
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct Source {
  std::string name;      ///< [a-z0-9-]{1,40}
  std::string channel;   ///< default channel of its submissions
  std::string division;  ///< default division, may be empty
  std::string state;     ///< live | suspended (draft, connected, shadow: later)
  std::string mapping;   ///< path of a mapping file, may be empty
  petition::Time created_at{};
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
  virtual petition::Status SuspendSource(std::string_view name, bool suspended) = 0;
  virtual petition::Status DisableUser(std::string_view name) = 0;
  virtual std::vector<Source> Sources() const = 0;
  virtual std::vector<User> Users() const = 0;
  virtual std::optional<Source> FindSource(std::string_view name) const = 0;

  /// Who a key belongs to; kUnauthorized for unknown keys, suspended sources (reason "source_suspended") and disabled
  /// users.
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
