#include "dedup/case_book.h"

#include "dedup/case_book_impl.h"

namespace dedup {

using petition::Result;
using petition::Status;

namespace {

constexpr std::int64_t kVersion = 4;

constexpr const char* kSchema[] = {
    // What an intake is now. `lead` names its case; `tied` is the earlier one it is tied to (-1: none); `closed` the
    // last time it was closed (0: never); `chain` the intake that it revises (-1: none).
    "CREATE TABLE IF NOT EXISTS intakes(idx INTEGER PRIMARY KEY, no TEXT NOT NULL, source TEXT NOT NULL, division TEXT "
    "NOT NULL, channel TEXT NOT NULL, sealed INTEGER NOT NULL,"
    " historic INTEGER NOT NULL, dropped INTEGER NOT NULL, received INTEGER NOT NULL, registered INTEGER NOT NULL, "
    "decided INTEGER NOT NULL, relation INTEGER NOT NULL,"
    " mode INTEGER NOT NULL, score REAL NOT NULL, tied INTEGER NOT NULL, lead INTEGER NOT NULL, closed INTEGER NOT "
    "NULL, state TEXT NOT NULL, national_no TEXT NOT NULL,"
    " national_state TEXT NOT NULL, chain INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS intakes_chain ON intakes(chain) WHERE chain>=0",
    "CREATE INDEX IF NOT EXISTS intakes_source ON intakes(source, sealed, registered)",
    "CREATE INDEX IF NOT EXISTS intakes_no ON intakes(no)",
    "CREATE INDEX IF NOT EXISTS intakes_lead ON intakes(lead)",
    "CREATE INDEX IF NOT EXISTS intakes_sealed ON intakes(idx) WHERE sealed=1",
    "CREATE INDEX IF NOT EXISTS intakes_division ON intakes(division)",
    "CREATE INDEX IF NOT EXISTS intakes_historic ON intakes(idx) WHERE historic=1",
    "CREATE INDEX IF NOT EXISTS intakes_related ON intakes(relation, idx) WHERE relation>0",
    "CREATE INDEX IF NOT EXISTS intakes_mode ON intakes(mode, idx) WHERE mode>0",
    "CREATE TABLE IF NOT EXISTS profiles(idx INTEGER PRIMARY KEY, profile BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS verdicts(idx INTEGER PRIMARY KEY, verdict BLOB NOT NULL)",
    // `grp`: lead of the first case of its group, -1 when it stands alone.
    "CREATE TABLE IF NOT EXISTS cases(lead INTEGER PRIMARY KEY, grp INTEGER NOT NULL, size INTEGER NOT NULL, sealed "
    "INTEGER NOT NULL, last_closed INTEGER NOT NULL,"
    " first_received INTEGER NOT NULL, last_received INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS cases_grp ON cases(grp) WHERE grp>=0",
    "CREATE INDEX IF NOT EXISTS cases_closed ON cases(lead) WHERE last_closed>0",
    "CREATE TABLE IF NOT EXISTS links(id INTEGER PRIMARY KEY AUTOINCREMENT, src INTEGER NOT NULL, tied INTEGER NOT "
    "NULL, relation INTEGER NOT NULL, score REAL NOT NULL,"
    " by TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL, entry INTEGER NOT NULL, undone INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS links_src ON links(src)",
    "CREATE INDEX IF NOT EXISTS links_tied ON links(tied)",
    "CREATE TABLE IF NOT EXISTS acts(entry INTEGER PRIMARY KEY, kind TEXT NOT NULL, by TEXT NOT NULL, reason BLOB NOT "
    "NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL,"
    " case_no TEXT NOT NULL, other_no TEXT NOT NULL, intakes TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS acts_about(idx INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY(idx, entry)) "
    "WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS apart(act INTEGER NOT NULL, side INTEGER NOT NULL, idx INTEGER NOT NULL, level INTEGER "
    "NOT NULL, taken_back INTEGER NOT NULL,"
    " PRIMARY KEY(idx, act, side)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS reviews(id INTEGER PRIMARY KEY, idx INTEGER NOT NULL, tied INTEGER NOT NULL, relation "
    "INTEGER NOT NULL, score REAL NOT NULL, cost REAL NOT NULL,"
    " flags TEXT NOT NULL, sealed INTEGER NOT NULL, across INTEGER NOT NULL, asked INTEGER NOT NULL, answered INTEGER "
    "NOT NULL, answer TEXT NOT NULL, by TEXT NOT NULL,"
    " reason BLOB NOT NULL, answered_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS reviews_tied ON reviews(tied)",
    "CREATE INDEX IF NOT EXISTS reviews_queue ON reviews(answered, cost DESC, id)",
    "CREATE TABLE IF NOT EXISTS events(entry INTEGER PRIMARY KEY, idx INTEGER NOT NULL, event TEXT NOT NULL, by TEXT "
    "NOT NULL, at INTEGER NOT NULL, has_text INTEGER NOT NULL,"
    " document TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS events_idx ON events(idx)",
    "CREATE TABLE IF NOT EXISTS changes(seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, idx INTEGER NOT "
    "NULL, at INTEGER NOT NULL, kind TEXT NOT NULL,"
    " detail TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS changes_source ON changes(source, seq)",
    "CREATE TABLE IF NOT EXISTS cursors(name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
};

}  // namespace

std::string CaseNo(std::string_view intake_no) { return "C" + std::string(intake_no); }
std::string GroupNo(std::string_view intake_no) { return "G" + std::string(intake_no); }

std::string IntakeNoOfCase(std::string_view number) {
  if (number.size() < 2 || (number.front() != 'C' && number.front() != 'G')) return "";
  return std::string(number.substr(1));
}

std::string CaseBook::Impl::Open(const Bytes& sealed, std::string_view context) const {
  if (sealed.value.empty()) return "";
  auto plain = sealer.Open(sealed.value, context);
  if (!plain) throw std::runtime_error("sealed");
  return std::move(plain).value();
}

CaseBook::CaseBook(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaseBook::~CaseBook() = default;
StateFile& CaseBook::file() const { return impl_->file; }

Result<std::unique_ptr<CaseBook>> CaseBook::Open(const std::filesystem::path& folder,
                                                 const std::vector<ledger::Key>& profile_keys, const std::string& vfs) {
  return Guarded("open", [&]() -> Result<std::unique_ptr<CaseBook>> {
    auto impl = std::make_unique<Impl>(folder / "state.db", vfs, profile_keys);
    auto sql = impl->file.Writer();
    const std::int64_t version = sql->Number("PRAGMA user_version");
    if (version != 0 && version != kVersion) {
      petition::Error error = petition::Corrupt("state.db has another version");
      error.reason = "state_version";
      error.message = "state.db was made by another version: run `guiyi rebuild state`";
      return error;
    }
    sql->Exec("BEGIN IMMEDIATE");
    for (const char* statement : kSchema) sql->Exec(statement);
    book::MakeFigures(*sql);
    sql->Exec("PRAGMA user_version=" + std::to_string(kVersion));
    sql->Exec("COMMIT");
    impl->any_apart = sql->Number("SELECT COUNT(*) FROM (SELECT 1 FROM apart LIMIT 1)") > 0;
    return std::unique_ptr<CaseBook>(new CaseBook(std::move(impl)));
  });
}

Status CaseBook::SyncNothing() {
  return Guarded("sync nothing", [&]() -> Status {
    impl_->file.Writer()->Exec("PRAGMA synchronous=OFF");
    return petition::Ok();
  });
}

Status CaseBook::Remove(const std::filesystem::path& folder) {
  std::error_code error;
  for (const char* name : {"state.db", "state.db-wal", "state.db-shm", "state.db-journal"}) {
    std::filesystem::remove(folder / name, error);
    if (error) return petition::Unavailable("state.db can't be removed", error.message());
  }
  return petition::Ok();
}

Result<std::unique_ptr<CaseBook::Transaction>> CaseBook::Begin() {
  return Guarded("begin", [&]() -> Result<std::unique_ptr<Transaction>> {
    auto impl = std::make_unique<Transaction::Impl>(*impl_);
    impl->sql().Exec("BEGIN IMMEDIATE");
    impl->open = true;
    return std::unique_ptr<Transaction>(new Transaction(std::move(impl)));
  });
}

CaseBook::Transaction::Transaction(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CaseBook::Transaction::~Transaction() {
  if (!impl_->open) return;
  try {
    impl_->sql().Exec("ROLLBACK");
    impl_->book.any_apart = true;  // may be too much, never too little: asking then answers truly
  } catch (const std::exception&) {
    // A failed COMMIT may have ended the transaction already.
  }
}

Status CaseBook::Transaction::Whole(const std::function<Status()>& body) {
  return Guarded("savepoint", [&]() -> Status {
    impl_->sql().Exec("SAVEPOINT whole");
    const auto take_back = [&] {
      impl_->sql().Exec("ROLLBACK TO whole");
      impl_->book.known.Forget();
      impl_->book.any_apart = true;
    };
    Status done = petition::Ok();
    try {
      done = body();
    } catch (...) {
      take_back();
      impl_->sql().Exec("RELEASE whole");
      throw;
    }
    if (!done.ok()) take_back();
    impl_->sql().Exec("RELEASE whole");
    return done;
  });
}

Status CaseBook::Transaction::SetCursor(std::string_view name, std::uint64_t position) {
  return Guarded("cursor", [&]() -> Status {
    impl_->sql().Run(
        "INSERT INTO cursors(name, position) VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET position=excluded.position",
        name, position);
    return petition::Ok();
  });
}

Status CaseBook::Transaction::Commit() {
  return Guarded("commit", [&]() -> Status {
    impl_->book.file.EndTransaction();
    impl_->sql().Exec("COMMIT");
    impl_->open = false;
    return petition::Ok();
  });
}

Result<std::uint64_t> CaseBook::Cursor(std::string_view name) const {
  return Guarded("cursor", [&]() -> Result<std::uint64_t> {
    auto sql = impl_->file.Reader();
    const auto rows = sql->Ask<std::uint64_t>("SELECT position FROM cursors WHERE name=$1", name);
    return rows.empty() ? 0 : std::get<0>(rows[0]);
  });
}

}  // namespace dedup
