#include "gateway/registry.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "gateway/registry_keys.h"
#include "gateway/registry_snapshot.h"
#include "gateway/sqlite_file.h"
#include "ledger/crypto.h"
#include "petition/identifiers.h"
#include "petition/json.h"
#include "petition/submission.h"

namespace gateway {
namespace {

using petition::Status;
using Poco::Data::Session;
using namespace Poco::Data::Keywords;

constexpr const char* kRegistryFile = "registry.db";
constexpr std::size_t kSourceNameMax = 40;
constexpr std::int64_t kPollEveryMs = 1000;

constexpr const char* kRegistrySchema[] = {
    "CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, channel TEXT NOT NULL, division TEXT NOT NULL, "
    "state TEXT NOT NULL, mapping TEXT NOT NULL, created_at INTEGER NOT NULL, key_hash TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, role TEXT NOT NULL, divisions TEXT NOT NULL, "
    "source TEXT NOT NULL, sealed INTEGER NOT NULL, personal INTEGER NOT NULL, disabled INTEGER NOT NULL, "
    "created_at INTEGER NOT NULL, key_hash TEXT NOT NULL) WITHOUT ROWID",
    // The versions of each source's file, and when its key ends. `sources.mapping` holds the version that counts.
    "CREATE TABLE IF NOT EXISTS mappings (source TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, "
    "who TEXT NOT NULL, note TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (source, version)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS key_ends (source TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS old_keys (key_hash TEXT PRIMARY KEY, source TEXT NOT NULL, until INTEGER NOT NULL) "
    "WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS changes (id INTEGER PRIMARY KEY, record TEXT NOT NULL, recorded INTEGER NOT NULL)",
};

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= kSourceNameMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::int64_t Milliseconds(petition::Time time) { return time.time_since_epoch().count(); }
std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

Status CheckSource(const Source& source) {
  if (!IsName(source.name)) {
    return petition::Invalid("name_invalid", "a name is 1 to 40 of the letters a-z, digits and hyphens");
  }
  if (!petition::IsChannel(source.channel)) return petition::Invalid("channel_unknown", "no channel of this name");
  if (!source.division.empty() && petition::NormaliseDivision(source.division).empty()) {
    return petition::Invalid("division_invalid", "a division code has 6 or 12 digits");
  }
  return petition::Ok();
}

/// What concerns the user alone; whether its source exists is asked inside the transaction.
Status CheckUser(const User& user) {
  if (!IsName(user.name)) {
    return petition::Invalid("name_invalid", "a name is 1 to 40 of the letters a-z, digits and hyphens");
  }
  if (user.role == Role::kSource) {
    return petition::Invalid("role_invalid", "connected systems are added as sources, not as users");
  }
  for (const auto& division : user.divisions) {
    if (petition::NormaliseDivision(division).empty()) {
      return petition::Invalid("division_invalid", "a division code has 6 or 12 digits");
    }
  }
  const bool bound = user.role == Role::kHandler || user.role == Role::kDepartment;
  if (bound && user.source.empty()) {
    return petition::Invalid("source_missing", "a handler or department belongs to a source");
  }
  if (!bound && !user.source.empty()) {
    return petition::Invalid("source_unexpected", "only a handler or department belongs to a source");
  }
  // An admin with the right to sealed intakes still reads none: their figures and deliveries then hold sealed ones,
  // too.
  const bool reads = Allowed(user.role, Call::kReadIntake);
  if ((user.personal && !reads) || (user.sealed && !reads && user.role != Role::kAdmin)) {
    return petition::Invalid("right_not_for_role", "this role reads no petitions, so it takes no right to their data");
  }
  return petition::Ok();
}

class SqliteRegistry final : public Registry {
 public:
  SqliteRegistry(Session session, const petition::Clock& clock) : clock_(clock), session_(std::move(session)) {}

  Status Start() {
    const std::lock_guard lock(mutex_);
    GUIYI_CHECK(sqlite::InTransaction(session_, kRegistryFile, [&] {
      for (const char* statement : kRegistrySchema) session_ << statement, now;
      return petition::Ok();
    }));
    return Load();
  }

  petition::Result<std::string> AddSource(const Source& source) override;
  petition::Result<std::string> AddUser(const User& user) override;
  petition::Result<std::string> RenewKey(std::string_view name, const KeyRenewal& renewal) override;
  Status SuspendSource(std::string_view name, bool suspended) override;
  Status SetSourceState(std::string_view name, std::string_view state, std::string_view by,
                        const petition::Json& why) override;
  petition::Result<std::uint64_t> PutMapping(std::string_view name, const std::string& text, std::string_view by,
                                             std::string_view note) override;
  petition::Result<std::vector<MappingVersion>> Mappings(std::string_view name) const override;
  Status DisableUser(std::string_view name) override;

  std::vector<Source> Sources() const override {
    std::vector<Source> sources;
    const auto current = Current();  // held while it is read: a reload may replace it
    for (const auto& [name, source] : current->sources) sources.push_back(source);
    return sources;
  }
  std::vector<User> Users() const override { return Current()->users; }
  std::optional<Source> FindSource(std::string_view name) const override {
    const auto snapshot = Current();
    const auto found = snapshot->sources.find(name);
    return found == snapshot->sources.end() ? std::nullopt : std::optional(found->second);
  }

  petition::Result<Principal> Authenticate(std::string_view key) const override {
    return Current()->HolderOf(key, clock_.Now());
  }

  petition::Result<std::vector<Change>> UnrecordedChanges() const override;
  Status MarkRecorded(std::uint64_t id) override;

 private:
  std::shared_ptr<const RegistrySnapshot> Current() const;
  // The following want mutex_ held.
  Status Load() const;
  std::int64_t DataVersion() const;
  /// `more`: what the record says besides the digest of the row.
  void Note(const char* what, const std::string& name, petition::Json row, const petition::Json& more = nullptr);
  std::uint64_t AddMapping(std::string name, std::string text, std::string by, std::string note);
  bool Has(const char* query, const std::string& name) const;
  /// `change` runs in a transaction; then the snapshot follows.
  Status Apply(const std::function<Status()>& change);

  const petition::Clock& clock_;

  mutable std::mutex mutex_;  ///< guards the session and the version seen
  mutable Session session_;
  mutable std::int64_t version_ = -1;

  mutable std::shared_mutex snapshot_mutex_;  ///< guards the pointer only
  mutable std::shared_ptr<const RegistrySnapshot> snapshot_;
  mutable std::atomic<std::int64_t> polled_ms_{0};
};

std::shared_ptr<const RegistrySnapshot> SqliteRegistry::Current() const {
  const std::int64_t now_ms = Milliseconds(clock_.Now());
  const std::int64_t age = now_ms - polled_ms_.load(std::memory_order_relaxed);
  if (age < 0 || age >= kPollEveryMs) {
    // Whoever comes first looks; the others go on with what is known, and so does everybody when the file is busy.
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock.owns_lock()) {
      polled_ms_.store(now_ms, std::memory_order_relaxed);
      try {
        if (DataVersion() != version_) (void)Load().ok();
      } catch (...) {
        (void)sqlite::CaughtError(kRegistryFile);
      }
    }
  }
  const std::shared_lock lock(snapshot_mutex_);
  return snapshot_;
}

std::int64_t SqliteRegistry::DataVersion() const {
  Poco::Int64 version = 0;
  session_ << "PRAGMA data_version", into(version), now;
  return version;
}

Status SqliteRegistry::Load() const {
  std::shared_ptr<const RegistrySnapshot> snapshot;
  std::int64_t version = 0;
  try {
    // The version before the rows: a change in between is then seen at the next look.
    version = DataVersion();
    snapshot = std::make_shared<RegistrySnapshot>(RegistrySnapshot::Read(session_));
  } catch (...) {
    return sqlite::CaughtError(kRegistryFile);
  }
  version_ = version;
  polled_ms_.store(Milliseconds(clock_.Now()), std::memory_order_relaxed);
  const std::unique_lock lock(snapshot_mutex_);
  snapshot_ = std::move(snapshot);
  return petition::Ok();
}

bool SqliteRegistry::Has(const char* query, const std::string& name) const {
  Poco::Int64 count = 0;
  std::string bound = name;
  session_ << query, use(bound), into(count), now;
  return count > 0;
}

void SqliteRegistry::Note(const char* what, const std::string& name, petition::Json row, const petition::Json& more) {
  const std::string digest = ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalJson(row))));
  Poco::Int64 id = 0;
  session_ << "SELECT coalesce(max(id), 0) + 1 FROM changes", into(id), now;
  // The number tells a record that was appended twice (a crash before it was marked) from two changes.
  petition::Json said = {{"kind", "config"}, {"v", 1},       {"change", id},
                         {"what", what},     {"name", name}, {"at", petition::FormatTime(clock_.Now())},
                         {"digest", digest}};
  if (more.is_object()) said.update(more);
  std::string record = petition::CanonicalJson(said);
  session_ << "INSERT INTO changes (id, record, recorded) VALUES ($1, $2, 0)", use(id), use(record), now;
}

Status SqliteRegistry::Apply(const std::function<Status()>& change) {
  GUIYI_CHECK(sqlite::InTransaction(session_, kRegistryFile, change));
  return Load();
}

petition::Result<std::string> SqliteRegistry::AddSource(const Source& source) {
  GUIYI_CHECK(CheckSource(source));
  const std::string key = NewKey();
  Source row = source;
  if (row.state.empty()) row.state = "live";
  if (!IsSourceState(row.state)) return petition::Invalid("state_unknown", "a source has no such state");
  row.division = petition::NormaliseDivision(row.division);
  Poco::Int64 created = Milliseconds(clock_.Now());
  std::string hash = KeyHash(key);
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(Apply([&]() -> Status {
    if (Has("SELECT count(*) FROM sources WHERE name = $1", row.name)) {
      return petition::Conflict("name_taken", "there is a source of this name already");
    }
    session_ << "INSERT INTO sources (name, channel, division, state, mapping, created_at, key_hash) "
                "VALUES ($1, $2, $3, $4, '', $5, $6)",
        use(row.name), use(row.channel), use(row.division), use(row.state), use(created), use(hash), now;
    Note("source_added", row.name,
         {row.name, row.channel, row.division, row.state, row.mapping, static_cast<std::int64_t>(created), hash},
         petition::Json::object({{"keyEnds", row.key_expires_at ? Milliseconds(*row.key_expires_at) : 0}}));
    if (row.key_expires_at) {
      Poco::Int64 end = Milliseconds(*row.key_expires_at);
      session_ << "INSERT INTO key_ends (source, at) VALUES ($1, $2)", use(row.name), use(end), now;
    }
    if (!row.mapping.empty()) AddMapping(row.name, row.mapping, "", "added with the source");
    return petition::Ok();
  }));
  return key;
}

petition::Result<std::string> SqliteRegistry::AddUser(const User& user) {
  GUIYI_CHECK(CheckUser(user));
  const std::string key = NewKey();
  std::string name = user.name, role(RoleName(user.role)), source = user.source, hash = KeyHash(key);
  std::vector<std::string> codes;
  for (const auto& division : user.divisions) codes.push_back(petition::NormaliseDivision(division));
  std::string divisions = Join(codes);
  Poco::Int64 created = Milliseconds(clock_.Now()), sealed = user.sealed, personal = user.personal,
              disabled = user.disabled;
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(Apply([&]() -> Status {
    if (Has("SELECT count(*) FROM users WHERE name = $1", name)) {
      return petition::Conflict("name_taken", "there is a user of this name already");
    }
    if (!source.empty() && !Has("SELECT count(*) FROM sources WHERE name = $1", source)) {
      return petition::NotFound("there is no source of this name");
    }
    session_ << "INSERT INTO users (name, role, divisions, source, sealed, personal, disabled, created_at, key_hash) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        use(name), use(role), use(divisions), use(source), use(sealed), use(personal), use(disabled), use(created),
        use(hash), now;
    Note("user_added", name,
         {name, role, divisions, source, user.sealed, user.personal, user.disabled, static_cast<std::int64_t>(created),
          hash});
    return petition::Ok();
  }));
  return key;
}

petition::Result<std::string> SqliteRegistry::RenewKey(std::string_view name, const KeyRenewal& renewal) {
  const std::string key = NewKey();
  std::string bound(name), hash = KeyHash(key);
  Poco::Int64 until = Milliseconds(renewal.old_until), ends = renewal.ends ? Milliseconds(*renewal.ends) : 0;
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(Apply([&]() -> Status {
    if (!Has("SELECT count(*) FROM sources WHERE name = $1", bound)) {
      return petition::NotFound("there is no source of this name");
    }
    // No end that a key has already is put off, and no older one outlives what is said now.
    session_ << "UPDATE old_keys SET until = min(until, $1) WHERE source = $2", use(until), use(bound), now;
    session_ << "INSERT OR REPLACE INTO old_keys (source, key_hash, until) SELECT name, key_hash, "
                "min($1, coalesce((SELECT at FROM key_ends WHERE source = name), $2)) FROM sources WHERE name = $3",
        use(until), use(until), use(bound), now;
    session_ << "UPDATE sources SET key_hash = $1 WHERE name = $2", use(hash), use(bound), now;
    session_ << "DELETE FROM key_ends WHERE source = $1", use(bound), now;
    if (ends != 0) session_ << "INSERT INTO key_ends (source, at) VALUES ($1, $2)", use(bound), use(ends), now;
    Note("source_key", bound, {bound, hash, static_cast<std::int64_t>(ends), static_cast<std::int64_t>(until)},
         {{"by", renewal.by}});
    return petition::Ok();
  }));
  return key;
}

Status SqliteRegistry::SuspendSource(std::string_view name, bool suspended) {
  std::string bound(name), state = suspended ? "suspended" : "live";
  const std::lock_guard lock(mutex_);
  return Apply([&]() -> Status {
    if (!Has("SELECT count(*) FROM sources WHERE name = $1", bound)) {
      return petition::NotFound("there is no source of this name");
    }
    session_ << "UPDATE sources SET state = $1 WHERE name = $2", use(state), use(bound), now;
    Note(suspended ? "source_suspended" : "source_resumed", bound, {bound, state});
    return petition::Ok();
  });
}

Status SqliteRegistry::SetSourceState(std::string_view name, std::string_view state, std::string_view by,
                                      const petition::Json& why) {
  if (!IsSourceState(state)) return petition::Invalid("state_unknown", "a source has no such state");
  std::string bound(name), next(state);
  const std::lock_guard lock(mutex_);
  return Apply([&]() -> Status {
    std::string before;
    session_ << "SELECT coalesce(max(state), '') FROM sources WHERE name = $1", use(bound), into(before), now;
    if (before.empty()) return petition::NotFound("there is no source of this name");
    if (before == next) return petition::Conflict("same_state", "the source has that state already");
    session_ << "UPDATE sources SET state = $1 WHERE name = $2", use(next), use(bound), now;
    petition::Json more = {{"from", before}, {"to", next}, {"by", by}};
    if (!why.is_null()) more["why"] = why;
    Note("source_state", bound, {bound, next}, more);
    return petition::Ok();
  });
}

std::uint64_t SqliteRegistry::AddMapping(std::string name, std::string text, std::string by, std::string note) {
  Poco::Int64 version = 0, at = Milliseconds(clock_.Now());
  session_ << "SELECT coalesce(max(version), 0) + 1 FROM mappings WHERE source = $1", use(name), into(version), now;
  session_ << "INSERT INTO mappings (source, version, at, who, note, text) VALUES ($1, $2, $3, $4, $5, $6)", use(name),
      use(version), use(at), use(by), use(note), use(text), now;
  // The file itself goes on the ledger: what a record of those days was read by can be told for ever.
  Note("source_mapping", name, {name, static_cast<std::int64_t>(version), text},
       {{"version", static_cast<std::int64_t>(version)}, {"by", by}, {"note", note}, {"file", text}});
  return static_cast<std::uint64_t>(version);
}

petition::Result<std::uint64_t> SqliteRegistry::PutMapping(std::string_view name, const std::string& text,
                                                           std::string_view by, std::string_view note) {
  std::string bound(name);
  std::uint64_t version = 0;
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(Apply([&]() -> Status {
    if (!Has("SELECT count(*) FROM sources WHERE name = $1", bound)) {
      return petition::NotFound("there is no source of this name");
    }
    std::string before;
    Poco::Int64 newest = 0;
    session_ << "SELECT coalesce(max(version), 0), coalesce((SELECT text FROM mappings WHERE source = $1 "
                "ORDER BY version DESC LIMIT 1), '') FROM mappings WHERE source = $2",
        use(bound), use(bound), into(newest), into(before), now;
    version = newest > 0 && before == text ? static_cast<std::uint64_t>(newest)
                                           : AddMapping(bound, text, std::string(by), std::string(note));
    return petition::Ok();
  }));
  return version;
}

petition::Result<std::vector<MappingVersion>> SqliteRegistry::Mappings(std::string_view name) const {
  std::string bound(name);
  std::vector<Poco::Int64> versions, times;
  std::vector<std::string> bys, notes, texts;
  const std::lock_guard lock(mutex_);
  try {
    session_ << "SELECT version, at, who, note, text FROM mappings WHERE source = $1 ORDER BY version DESC LIMIT 200",
        use(bound), into(versions), into(times), into(bys), into(notes), into(texts), now;
  } catch (...) {
    return sqlite::CaughtError(kRegistryFile);
  }
  std::vector<MappingVersion> list;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    list.push_back({static_cast<std::uint64_t>(versions[i]), petition::Time{std::chrono::milliseconds{times[i]}},
                    bys[i], notes[i], std::move(texts[i])});
  }
  return list;
}

Status SqliteRegistry::DisableUser(std::string_view name) {
  std::string bound(name);
  const std::lock_guard lock(mutex_);
  return Apply([&]() -> Status {
    if (!Has("SELECT count(*) FROM users WHERE name = $1", bound)) {
      return petition::NotFound("there is no user of this name");
    }
    session_ << "UPDATE users SET disabled = 1 WHERE name = $1", use(bound), now;
    Note("user_disabled", bound, {bound, "disabled"});
    return petition::Ok();
  });
}

petition::Result<std::vector<Registry::Change>> SqliteRegistry::UnrecordedChanges() const {
  const std::lock_guard lock(mutex_);
  std::vector<Poco::Int64> ids;
  std::vector<std::string> records;
  try {
    session_ << "SELECT id, record FROM changes WHERE recorded = 0 ORDER BY id LIMIT 1000", into(ids), into(records),
        now;
  } catch (...) {
    return sqlite::CaughtError(kRegistryFile);
  }
  std::vector<Change> changes;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    changes.push_back({static_cast<std::uint64_t>(ids[i]), std::move(records[i])});
  }
  return changes;
}

Status SqliteRegistry::MarkRecorded(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  auto bound = static_cast<Poco::Int64>(id);
  return sqlite::InTransaction(session_, kRegistryFile, [&] {
    session_ << "UPDATE changes SET recorded = 1 WHERE id = $1", use(bound), now;
    return petition::Ok();
  });
}

}  // namespace

bool IsSourceState(std::string_view state) {
  return state == "draft" || state == "connected" || state == "shadow" || state == "live" || state == "suspended";
}

petition::Result<std::unique_ptr<Registry>> Registry::Open(const std::filesystem::path& folder,
                                                           const petition::Clock& clock) {
  GUIYI_TRY(Session session, sqlite::Open(folder / "registry.db"));
  auto registry = std::make_unique<SqliteRegistry>(std::move(session), clock);
  GUIYI_CHECK(registry->Start());
  return std::unique_ptr<Registry>(std::move(registry));
}

}  // namespace gateway
