#include "gateway/registry_audit.h"

#include <set>

#include "dedup/case_book_file.h"
#include "gateway/backup/copying.h"
#include "gateway/temporary_folder.h"
#include "ledger/crypto.h"
#include "petition/time.h"

namespace gateway {
namespace {

namespace fs = std::filesystem;
using dedup::Connection;
using ledger::AuditFinding;
using petition::Json;
using petition::Result;

constexpr const char* kSourceStates[] = {"draft", "connected", "shadow", "live", "suspended"};

std::string DigestOf(const Json& row) {
  return ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalJson(row))));
}

// -- As the file has it.

struct SourceRow {
  std::string channel, division, state, key_hash;
  std::int64_t created = 0;
};
struct UserRow {
  std::string role, divisions, source, key_hash;
  bool sealed = false, personal = false, disabled = false;
  std::int64_t created = 0;
};
struct FileRow {
  std::string by, note, text;
  bool operator==(const FileRow&) const = default;
};
struct ChangeRow {
  std::string record;
  bool recorded = false;
};
using FileKey = std::pair<std::string, std::int64_t>;  // source, version

struct Rows {
  std::map<std::string, SourceRow> sources;
  std::map<std::string, UserRow> users;
  std::map<FileKey, FileRow> files, tables;
  std::map<std::string, std::string> passwords;  ///< digest of the hash
  std::map<std::string, std::int64_t> key_ends;
  std::map<std::int64_t, ChangeRow> changes;
};

bool HasTable(Connection& sql, const char* name) {
  return std::get<0>(sql.Ask<std::int64_t>("SELECT COUNT(*) FROM sqlite_master WHERE type='table' AND name=$1",
                                           std::string(name))
                         .at(0)) > 0;
}

void ReadPeople(Connection& sql, Rows& rows) {
  for (auto& [name, channel, division, state, created, hash] :
       sql.Ask<std::string, std::string, std::string, std::string, std::int64_t, std::string>(
           "SELECT name, channel, division, state, created_at, key_hash FROM sources"))
    rows.sources[name] = {channel, division, state, hash, created};
  for (auto& [name, role, divisions, source, sealed, personal, disabled, created, hash] :
       sql.Ask<std::string, std::string, std::string, std::string, int, int, int, std::int64_t, std::string>(
           "SELECT name, role, divisions, source, sealed, personal, disabled, created_at, key_hash FROM users"))
    rows.users[name] = {role, divisions, source, hash, sealed != 0, personal != 0, disabled != 0, created};
}

Result<Rows> ReadRows(const fs::path& file) {
  return dedup::Guarded("registry audit", [&]() -> Result<Rows> {
    Connection sql(file, "", false);
    Rows rows;
    if (!HasTable(sql, "sources") || !HasTable(sql, "changes")) return rows;
    ReadPeople(sql, rows);
    for (auto& [source, version, by, note, text] :
         sql.Ask<std::string, std::int64_t, std::string, std::string, std::string>(
             "SELECT source, version, who, note, text FROM mappings"))
      rows.files[{source, version}] = {by, note, text};
    for (const auto& [source, at] : sql.Ask<std::string, std::int64_t>("SELECT source, at FROM key_ends"))
      rows.key_ends[source] = at;
    for (auto& [id, record, recorded] :
         sql.Ask<std::int64_t, std::string, int>("SELECT id, record, recorded FROM changes"))
      rows.changes[id] = {record, recorded != 0};
    if (HasTable(sql, "kept_tables")) {
      for (auto& [name, version, by, note, text] :
           sql.Ask<std::string, std::int64_t, std::string, std::string, std::string>(
               "SELECT name, version, who, note, text FROM kept_tables"))
        rows.tables[{name, version}] = {by, note, text};
    }
    if (!HasTable(sql, "passwords")) return rows;
    for (const auto& [name, hash] : sql.Ask<std::string, std::string>("SELECT name, hash FROM passwords"))
      rows.passwords[name] = ledger::Hex(ledger::AsBytes(ledger::Sha256(hash)));
    return rows;
  });
}

// -- As the ledger has it.

struct SourceSaid {
  std::string digest, state;  ///< state "": as it was added
  std::optional<std::int64_t> key_end;
};
struct UserSaid {
  std::string digest;
  bool disabled = false;
};
struct Said {
  std::map<std::string, SourceSaid> sources;
  std::map<std::string, UserSaid> users;
  std::map<FileKey, FileRow> files, tables;
  std::map<std::string, std::string> passwords;  ///< digest; "": set before digests were recorded

  void Take(const Json& record);
};

void Said::Take(const Json& record) {
  const std::string what = record.value("what", ""), name = record.value("name", "");
  if (what == "source_added") {
    // Once more under this name: the registry was lost and begun anew.
    std::erase_if(files, [&](const auto& file) { return file.first.first == name; });
    auto& source = sources[name] = {record.value("digest", ""), "", {}};
    if (record.contains("keyEnds")) source.key_end = record.value("keyEnds", std::int64_t{0});
  } else if (what == "source_suspended" || what == "source_resumed") {
    sources[name].state = what == "source_suspended" ? "suspended" : "live";
  } else if (what == "source_state") {
    sources[name].state = record.value("to", "");
  } else if (what == "source_mapping") {
    files[{name, record.value("version", std::int64_t{0})}] = {record.value("by", ""), record.value("note", ""),
                                                               record.value("file", "")};
  } else if (what == "table_set") {
    tables[{name, record.value("version", std::int64_t{0})}] = {record.value("by", ""), record.value("note", ""),
                                                                record.value("file", "")};
  } else if (what == "user_added") {
    users[name] = {record.value("digest", ""), false};
    passwords.erase(name);
  } else if (what == "user_disabled") {
    users[name].disabled = true;
  } else if (what == "password_set") {
    passwords[name] = record.value("digest", "");
  }
}

/// The state it was added in, when the row as a whole is the one that was added; else empty.
std::string StateAtFirst(const std::string& name, const SourceRow& row, const Said& said, const std::string& digest) {
  std::string file;
  if (const auto first = said.files.find({name, 1});
      first != said.files.end() && first->second.note == "added with the source")
    file = first->second.text;
  for (const char* state : kSourceStates) {
    if (DigestOf({name, row.channel, row.division, state, file, row.created, row.key_hash}) == digest) return state;
  }
  return {};
}

class RegistryComparison {
 public:
  RegistryComparison(const Rows& rows, const Said& said) : rows_(rows), said_(said) {}

  std::vector<AuditFinding> Run() {
    Match(rows_.sources, said_.sources, "sources", [this](const auto& name, const auto& row, const auto& said) {
      const auto first = StateAtFirst(name, row, said_, said.digest);
      return !first.empty() && row.state == (said.state.empty() ? first : said.state);
    });
    Match(rows_.users, said_.users, "users", [](const auto& name, const auto& row, const auto& said) {
      for (const bool at_first : {false, true}) {
        if (DigestOf({name, row.role, row.divisions, row.source, row.sealed, row.personal, at_first, row.created,
                      row.key_hash}) == said.digest)
          return row.disabled == (at_first || said.disabled);
      }
      return false;
    });
    Match(rows_.files, said_.files, "mappings",
          [](const auto&, const auto& row, const auto& said) { return row == said; });
    Match(rows_.tables, said_.tables, "kept_tables",
          [](const auto&, const auto& row, const auto& said) { return row == said; });
    Match(rows_.passwords, said_.passwords, "passwords",
          [](const auto&, const auto& row, const auto& said) { return said.empty() || row == said; });
    KeyEnds();
    return std::move(findings_);
  }

 private:
  static std::string Named(const std::string& key) { return key; }
  static std::string Named(const FileKey& key) { return key.first + " " + std::to_string(key.second); }
  void Found(const char* code, const char* table, const std::string& key) {
    findings_.push_back({code, std::nullopt, std::string("registry.db, ") + table + " [" + key + "]"});
  }

  template <typename R, typename S, typename F>
  void Match(const R& rows, const S& said, const char* table, F&& same) {
    for (const auto& [key, expected] : said) {
      const auto row = rows.find(key);
      if (row == rows.end()) {
        Found("registry_row_missing", table, Named(key));
      } else if (!same(key, row->second, expected)) {
        Found("registry_row_changed", table, Named(key));
      }
    }
    for (const auto& [key, row] : rows)
      if (!said.contains(key)) Found("registry_row_without_entry", table, Named(key));
  }

  /// Of sources that were added before ends of keys were recorded nothing is known.
  void KeyEnds() {
    for (const auto& [name, source] : said_.sources) {
      if (!source.key_end) continue;
      const auto row = rows_.key_ends.find(name);
      const std::int64_t stands = row == rows_.key_ends.end() ? 0 : row->second;
      if (stands != *source.key_end)
        Found(stands == 0 ? "registry_row_missing" : "registry_row_changed", "key_ends", name);
    }
    for (const auto& [name, at] : rows_.key_ends)
      if (!said_.sources.contains(name)) Found("registry_row_without_entry", "key_ends", name);
  }

  const Rows& rows_;
  const Said& said_;
  std::vector<AuditFinding> findings_;
};

}  // namespace

struct RegistryAudit::Impl {
  Rows rows;
  petition::Time copied_at{};
  Said said;
  std::set<std::string> on_ledger;  ///< records of changes, as text
  std::vector<AuditFinding> taken_out;
  std::set<std::string> listed;

  bool Young(petition::Time at) const { return at + std::chrono::seconds(1) > copied_at; }
};

RegistryAudit::RegistryAudit(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RegistryAudit::~RegistryAudit() = default;

Result<std::unique_ptr<RegistryAudit>> RegistryAudit::Open(const fs::path& data) {
  auto impl = std::make_unique<Impl>();
  std::error_code failed;
  if (!fs::is_regular_file(data / "registry.db", failed)) return std::unique_ptr<RegistryAudit>();
  impl->copied_at = petition::SystemClock().Now();
  const TemporaryFolder folder("guiyi-audit");
  if (folder.path().empty()) return petition::Unavailable("no folder for a copy of the registry could be made");
  GUIYI_CHECK(CopyDatabase(data / "registry.db", folder.path() / "registry.db"));
  GUIYI_TRY(impl->rows, ReadRows(folder.path() / "registry.db"));
  for (const auto& [id, change] : impl->rows.changes) impl->listed.insert(change.record);
  return std::unique_ptr<RegistryAudit>(new RegistryAudit(std::move(impl)));
}

void RegistryAudit::Take(std::uint64_t index, const Json& record) {
  if (!record.contains("change")) return;  // no change of the registry
  const auto at = petition::ParseTime(record.value("at", ""));
  // Made after the copy: the copy can't have it.
  if (at.ok() && impl_->Young(*at)) return;
  const std::string text = petition::CanonicalJson(record);
  if (!impl_->on_ledger.insert(text).second) return;  // recorded twice after a crash
  impl_->said.Take(record);
  if (!impl_->listed.contains(text))
    impl_->taken_out.push_back(
        {"registry_row_missing", index,
         "registry.db, changes [" + std::to_string(record.value("change", std::int64_t{0})) + "]"});
}

std::vector<AuditFinding> RegistryAudit::Compare() const {
  Said said = impl_->said;
  std::vector<AuditFinding> findings = impl_->taken_out;
  for (const auto& [id, change] : impl_->rows.changes) {
    if (impl_->on_ledger.contains(change.record)) continue;
    const auto record = Json::parse(change.record, nullptr, false);
    if (record.is_object()) said.Take(record);
    const auto at = petition::ParseTime(record.is_object() ? record.value("at", "") : "");
    if (change.recorded && !(at.ok() && impl_->Young(*at)))
      findings.push_back(
          {"registry_row_without_entry", std::nullopt, "registry.db, changes [" + std::to_string(id) + "]"});
  }
  auto more = RegistryComparison(impl_->rows, said).Run();
  findings.insert(findings.end(), more.begin(), more.end());
  return findings;
}

}  // namespace gateway
