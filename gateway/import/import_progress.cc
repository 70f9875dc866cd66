#include "gateway/import/import_progress.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include "gateway/sqlite_file.h"
#include "ledger/crypto.h"
#include "petition/json.h"

namespace gateway {
namespace {

using namespace Poco::Data::Keywords;
using petition::Json;
using petition::Status;

constexpr const char* kWhat = "imports.db";

constexpr const char* kSchema[] = {
    "CREATE TABLE IF NOT EXISTS imports (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, state TEXT NOT NULL)",
    // Ids as truncated digests: they may be anybody's words, and a row of fixed size is enough to find them.
    "CREATE TABLE IF NOT EXISTS ids (import INTEGER NOT NULL, id INTEGER NOT NULL, ledger_index INTEGER NOT NULL, "
    "intake_no TEXT NOT NULL, PRIMARY KEY (import, id)) WITHOUT ROWID",
};

constexpr std::pair<const char*, std::uint64_t ImportCounts::*> kCounts[] = {
    {"rows", &ImportCounts::rows},           {"registered", &ImportCounts::registered},
    {"existing", &ImportCounts::existing},   {"refused", &ImportCounts::refused},
    {"closures", &ImportCounts::closures},   {"closuresKnown", &ImportCounts::closures_known},
    {"revisions", &ImportCounts::revisions}, {"numbersReused", &ImportCounts::numbers_reused},
    {"sealed", &ImportCounts::sealed},
};

std::string ToText(const ImportState& state) {
  Json json = {{"offset", state.offset},   {"line", state.line}, {"ledgerSize", state.ledger_size},
               {"started", state.started}, {"done", state.done}, {"counts", Json::object()}};
  for (const auto& [name, member] : kCounts) json["counts"][name] = state.counts.*member;
  return petition::DumpJson(json);
}

std::optional<ImportState> FromText(const std::string& text) {
  const auto json = petition::ParseJson(text);
  if (!json.ok()) return std::nullopt;
  ImportState state;
  try {
    state.offset = json->at("offset").get<std::uint64_t>();
    state.line = json->at("line").get<std::uint64_t>();
    state.ledger_size = json->at("ledgerSize").get<std::uint64_t>();
    state.started = json->at("started").get<bool>();
    state.done = json->at("done").get<bool>();
    for (const auto& [name, member] : kCounts) state.counts.*member = json->at("counts").value(name, std::uint64_t{0});
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return state;
}

Poco::Int64 IdKey(const std::string& id) {
  const ledger::Hash hash = ledger::Sha256(id);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i) key = key << 8 | hash[i];
  return static_cast<Poco::Int64>(key);
}

}  // namespace

struct ImportProgress::Impl {
  Impl(Poco::Data::Session opened, std::string its_name) : session(std::move(opened)), name(std::move(its_name)) {}
  Poco::Data::Session session;
  std::string name;
  Poco::Int64 number = 0;
};

ImportProgress::ImportProgress(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ImportProgress::~ImportProgress() = default;

petition::Result<std::unique_ptr<ImportProgress>> ImportProgress::Open(const std::filesystem::path& file,
                                                                       std::string name) {
  try {
    std::optional<Poco::Data::Session> session;
    if (file.empty()) {
      Poco::Data::SQLite::Connector::registerConnector();
      session.emplace(Poco::Data::SQLite::Connector::KEY, "");  // SQLite's own temporary file
    } else {
      GUIYI_TRY(session, sqlite::Open(file));
    }
    auto impl = std::make_unique<Impl>(std::move(*session), std::move(name));
    GUIYI_CHECK(sqlite::InTransaction(impl->session, kWhat, [&] {
      for (const char* statement : kSchema) impl->session << statement, now;
      std::string state = ToText({});
      impl->session << "INSERT INTO imports (name, state) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
          use(impl->name), use(state), now;
      impl->session << "SELECT number FROM imports WHERE name = $1", use(impl->name), into(impl->number), now;
      return petition::Ok();
    }));
    return std::unique_ptr<ImportProgress>(new ImportProgress(std::move(impl)));
  } catch (...) {
    return sqlite::CaughtError(kWhat);
  }
}

petition::Result<std::optional<ImportState>> ImportProgress::Load() {
  try {
    std::string text;
    impl_->session << "SELECT state FROM imports WHERE number = $1", use(impl_->number), into(text), now;
    auto state = FromText(text);
    if (!state) return petition::Corrupt("imports.db: a row can't be read");
    if (!state->started) return std::optional<ImportState>();
    return state;
  } catch (...) {
    return sqlite::CaughtError(kWhat);
  }
}

Status ImportProgress::Save(const ImportState& state, const std::vector<ImportedId>& ids) {
  return sqlite::InTransaction(impl_->session, kWhat, [&] {
    std::string text = ToText(state);
    impl_->session << "UPDATE imports SET state = $1 WHERE number = $2", use(text), use(impl_->number), now;
    if (ids.empty()) return petition::Ok();
    std::vector<Poco::Int64> imports(ids.size(), impl_->number), keys, indices;
    std::vector<std::string> numbers;
    for (const ImportedId& id : ids) {
      keys.push_back(IdKey(id.id));
      indices.push_back(static_cast<Poco::Int64>(id.index));
      numbers.push_back(id.intake_no);
    }
    impl_->session << "INSERT INTO ids (import, id, ledger_index, intake_no) VALUES ($1, $2, $3, $4) "
                      "ON CONFLICT (import, id) DO UPDATE SET ledger_index = excluded.ledger_index, "
                      "intake_no = excluded.intake_no",
        use(imports), use(keys), use(indices), use(numbers), now;
    return petition::Ok();
  });
}

petition::Result<std::optional<ImportedId>> ImportProgress::Find(const std::string& id) {
  try {
    Poco::Int64 key = IdKey(id), index = 0;
    std::string intake_no;
    Poco::Data::Statement select(impl_->session);
    select << "SELECT ledger_index, intake_no FROM ids WHERE import = $1 AND id = $2", use(impl_->number), use(key),
        into(index), into(intake_no);
    if (select.execute() == 0) return std::optional<ImportedId>();
    return std::optional(ImportedId{id, static_cast<std::uint64_t>(index), intake_no});
  } catch (...) {
    return sqlite::CaughtError(kWhat);
  }
}

Status ImportProgress::Forget() {
  return sqlite::InTransaction(impl_->session, kWhat, [&] {
    std::string state = ToText({});
    impl_->session << "UPDATE imports SET state = $1 WHERE number = $2", use(state), use(impl_->number), now;
    impl_->session << "DELETE FROM ids WHERE import = $1", use(impl_->number), now;
    return petition::Ok();
  });
}

}  // namespace gateway
