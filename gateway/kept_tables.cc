#include "gateway/kept_tables.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <charconv>
#include <mutex>

#include "adapters/code_table.h"
#include "gateway/sqlite_file.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace gateway {
namespace {

using petition::Result;
using petition::Status;
using namespace Poco::Data::Keywords;

constexpr const char* kTablesFile = "registry.db";
constexpr std::string_view kHolidays = "holidays-", kCodes = "codes-";
constexpr std::size_t kKeptBytesMax = 1u << 20;

constexpr const char* kKeptSchema[] = {
    ("CREATE TABLE IF NOT EXISTS kept_tables (name TEXT NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, "
     "who TEXT NOT NULL, note TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, version)) WITHOUT ROWID"),
    // What counted at the last start.
    "CREATE TABLE IF NOT EXISTS tables_in_effect (name TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
    // Those of the registry, which may not have been opened yet.
    "CREATE TABLE IF NOT EXISTS changes (id INTEGER PRIMARY KEY, record TEXT NOT NULL, recorded INTEGER NOT NULL)",
};

TableTexts ReadInEffect(Poco::Data::Session& session) {
  std::vector<std::string> names, texts;
  session << "SELECT k.name, k.text FROM tables_in_effect e JOIN kept_tables k ON k.name = e.name AND "
             "k.version = e.version WHERE k.text <> '' ORDER BY k.name",
      into(names), into(texts), now;
  TableTexts tables;
  for (std::size_t i = 0; i < names.size(); ++i) tables[names[i]] = std::move(texts[i]);
  return tables;
}

class SqliteTables final : public KeptTables {
 public:
  SqliteTables(Poco::Data::Session session, const petition::Clock& clock)
      : clock_(clock), session_(std::move(session)) {}

  Status Start() {
    const std::lock_guard lock(mutex_);
    return sqlite::InTransaction(session_, kTablesFile, [&] {
      for (const char* statement : kKeptSchema) session_ << statement, now;
      return petition::Ok();
    });
  }

  Result<std::uint64_t> Put(std::string_view name, const std::string& text, std::string_view by,
                            std::string_view note) override;
  Result<std::vector<TableVersion>> Versions(std::string_view name) const override;
  Result<TableTexts> Begin() override;
  Result<std::map<std::string, std::uint64_t>> InEffect() const override;

 private:
  void Note(const std::string& name, std::int64_t version, const std::string& by, const std::string& note,
            const std::string& text);

  const petition::Clock& clock_;
  mutable std::mutex mutex_;  ///< guards the session
  mutable Poco::Data::Session session_;
};

void SqliteTables::Note(const std::string& name, std::int64_t version, const std::string& by, const std::string& note,
                        const std::string& text) {
  Poco::Int64 id = 0;
  session_ << "SELECT coalesce(max(id), 0) + 1 FROM changes", into(id), now;
  std::string record = petition::CanonicalJson(
      {{"kind", "config"},
       {"v", 1},
       {"change", id},
       {"what", "table_set"},
       {"name", name},
       {"version", version},
       {"at", petition::FormatTime(clock_.Now())},
       {"by", by},
       {"note", note},
       {"file", text},
       {"digest", ledger::Hex(ledger::AsBytes(ledger::Sha256(petition::CanonicalJson({name, version, text}))))}});
  session_ << "INSERT INTO changes (id, record, recorded) VALUES ($1, $2, 0)", use(id), use(record), now;
}

Result<std::uint64_t> SqliteTables::Put(std::string_view name, const std::string& text, std::string_view by,
                                        std::string_view note) {
  std::string bound(name), kept = text, who(by), why(note);
  Poco::Int64 version = 0, at = clock_.Now().time_since_epoch().count();
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(sqlite::InTransaction(session_, kTablesFile, [&]() -> Status {
    std::string before;
    session_ << "SELECT coalesce(max(version), 0), coalesce((SELECT text FROM kept_tables WHERE name = $1 ORDER BY "
                "version DESC LIMIT 1), '') FROM kept_tables WHERE name = $2",
        use(bound), use(bound), into(version), into(before), now;
    if (before == kept) return petition::Ok();
    ++version;
    session_ << "INSERT INTO kept_tables (name, version, at, who, note, text) VALUES ($1, $2, $3, $4, $5, $6)",
        use(bound), use(version), use(at), use(who), use(why), use(kept), now;
    Note(bound, version, who, why, kept);
    return petition::Ok();
  }));
  return static_cast<std::uint64_t>(version);
}

Result<std::vector<TableVersion>> SqliteTables::Versions(std::string_view name) const {
  std::string bound(name);
  std::vector<Poco::Int64> versions, times;
  std::vector<std::string> bys, notes, texts;
  const std::lock_guard lock(mutex_);
  try {
    session_ << "SELECT version, at, who, note, text FROM kept_tables WHERE name = $1 ORDER BY version DESC LIMIT 200",
        use(bound), into(versions), into(times), into(bys), into(notes), into(texts), now;
  } catch (...) {
    return sqlite::CaughtError(kTablesFile);
  }
  std::vector<TableVersion> list;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    list.push_back({static_cast<std::uint64_t>(versions[i]), petition::Time{std::chrono::milliseconds{times[i]}},
                    bys[i], notes[i], std::move(texts[i])});
  }
  return list;
}

Result<TableTexts> SqliteTables::Begin() {
  const std::lock_guard lock(mutex_);
  GUIYI_CHECK(sqlite::InTransaction(session_, kTablesFile, [&] {
    session_ << "DELETE FROM tables_in_effect", now;
    session_ << "INSERT INTO tables_in_effect SELECT name, max(version) FROM kept_tables GROUP BY name", now;
    return petition::Ok();
  }));
  try {
    return ReadInEffect(session_);
  } catch (...) {
    return sqlite::CaughtError(kTablesFile);
  }
}

Result<std::map<std::string, std::uint64_t>> SqliteTables::InEffect() const {
  std::vector<std::string> names;
  std::vector<Poco::Int64> versions;
  const std::lock_guard lock(mutex_);
  try {
    session_ << "SELECT name, version FROM tables_in_effect", into(names), into(versions), now;
  } catch (...) {
    return sqlite::CaughtError(kTablesFile);
  }
  std::map<std::string, std::uint64_t> tables;
  for (std::size_t i = 0; i < names.size(); ++i) tables[names[i]] = static_cast<std::uint64_t>(versions[i]);
  return tables;
}

Status CheckHolidays(int year, const std::string& text) {
  const auto json = petition::ParseJson(text);
  if (!json.ok() || !json->is_object()) return petition::Invalid("calendar_invalid", "must be one JSON object");
  if (json->value("year", petition::Json()) != year)
    return petition::Invalid("calendar_invalid", "the year is not that of the table's name");
  config::Calendar calendar;
  return calendar.Add(text, "holidays of " + std::to_string(year));
}

}  // namespace

Result<std::unique_ptr<KeptTables>> KeptTables::Open(const std::filesystem::path& folder,
                                                     const petition::Clock& clock) {
  GUIYI_TRY(auto session, sqlite::Open(folder / kTablesFile));
  auto tables = std::make_unique<SqliteTables>(std::move(session), clock);
  GUIYI_CHECK(tables->Start());
  return std::unique_ptr<KeptTables>(std::move(tables));
}

int YearOfTable(std::string_view name) {
  if (!name.starts_with(kHolidays)) return 0;
  name.remove_prefix(kHolidays.size());
  int year = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), year);
  const bool read = failure == std::errc{} && end == name.data() + name.size() && name.size() == 4;
  return read && year >= 2000 && year <= 2999 ? year : 0;
}

std::string DestinationOfTable(std::string_view name) {
  return name.starts_with(kCodes) ? std::string(name.substr(kCodes.size())) : std::string();
}

Status CheckTable(std::string_view name, const std::string& text) {
  if (text.size() > kKeptBytesMax) return petition::Invalid("too_large", "a table is at most 1 MiB");
  if (text.empty()) return petition::Ok();
  if (const int year = YearOfTable(name); year != 0) return CheckHolidays(year, text);
  if (DestinationOfTable(name).empty()) return petition::NotFound("there is no such table");
  const auto codes = adapters::CodeTable::Parse(text);
  return codes.ok() ? petition::Ok() : Status(codes.error());
}

Status ApplyHolidays(const TableTexts& tables, config::Calendar& calendar) {
  for (const auto& [name, text] : tables) {
    if (YearOfTable(name) != 0) GUIYI_CHECK(calendar.Add(text, name));
  }
  return petition::Ok();
}

Result<TableTexts> TablesInEffect(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(folder / kTablesFile, failed)) return TableTexts();
  GUIYI_TRY(auto session, sqlite::Open(folder / kTablesFile));
  try {
    Poco::Int64 made = 0;
    session << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'tables_in_effect'", into(made), now;
    return made == 0 ? TableTexts() : ReadInEffect(session);
  } catch (...) {
    return sqlite::CaughtError(kTablesFile);
  }
}

}  // namespace gateway
