#include "ledger/sqlite_store.h"

#include "ledger/sqlite_gathering_vfs.h"
#include "ledger/sqlite_reader.h"
#include "ledger/sqlite_row_statement.h"
#include "ledger/sqlite_statement.h"
#include "ledger/sqlite_tidier.h"

namespace ledger {
namespace {

using namespace Poco::Data::Keywords;
using petition::Result;
using petition::Status;
using Poco::Data::BLOB;
using Poco::Data::Session;
using Poco::Data::Statement;
using sqlite::CaughtError;
using sqlite::Prepare;
using sqlite::Reader;

constexpr std::string_view kSchemaVersion = "1";
/// So many entries may wait for their place in `numbers`: a look-up reads over as many rows at most.
constexpr std::uint64_t kLateNumbersMax = 1024;

// Payloads stand apart from entries so that dropping one is a delete, and so that reading the tree passes over no
// payload.
constexpr const char* kSchema[] = {
    "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS head(id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, root BLOB NOT NULL, "
    "checkpoint TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS entries(idx INTEGER PRIMARY KEY, kind INTEGER NOT NULL, entry TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS payloads(idx INTEGER PRIMARY KEY, record BLOB NOT NULL, raw BLOB)",
    "CREATE TABLE IF NOT EXISTS intakes(idx INTEGER PRIMARY KEY, source TEXT NOT NULL, external_id TEXT NOT NULL, "
    "content BLOB, people BLOB, "
    "day TEXT NOT NULL, serial INTEGER NOT NULL, revision_of INTEGER NOT NULL DEFAULT -1)",
    // Which intakes a source's number stands for. With the content, so that a resend is found among any number of
    // intakes that share a number. Numbers of many sources come in no order: each would touch a page of its own in
    // every commit. So they are brought here many at once, in order; the latest, from `numbers_to` on, are looked for
    // in `intakes`.
    "CREATE TABLE IF NOT EXISTS numbers(source TEXT NOT NULL, external_id TEXT NOT NULL, content BLOB NOT NULL, "
    "idx INTEGER NOT NULL, PRIMARY KEY (source, external_id, content, idx)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS numbers_to(id INTEGER PRIMARY KEY CHECK (id = 0), idx INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO numbers_to(id, idx) VALUES (0, 0)",
    "CREATE UNIQUE INDEX IF NOT EXISTS intakes_serial ON intakes(day, serial)",
    "CREATE TABLE IF NOT EXISTS about(about INTEGER NOT NULL, idx INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY "
    "(about, idx)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS tiles(level INTEGER NOT NULL, n INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY "
    "(level, n))",
};

// All that reads, on a pool of connections of its own. By itself: a store that is only looked at.
class SqliteReadStore : public Store {
 public:
  SqliteReadStore(sqlite::Settings settings, std::size_t readers_max) : readers_(std::move(settings), readers_max) {}

  Status Append(const Batch&, const Head&) override { return ReadOnly(); }
  Status Drop(std::uint64_t) override { return ReadOnly(); }
  Status SetFact(std::string_view, std::string_view) override { return ReadOnly(); }

  Result<Head> LoadHead() const override {
    return readers_.With([](Reader& r) { return r.LoadHead(); });
  }
  Result<std::vector<std::string>> Entries(std::uint64_t first, std::size_t count) const override {
    return readers_.With([&](Reader& r) { return r.Entries(first, count); });
  }
  Result<std::string> TileBytes(int level, std::uint64_t n) const override {
    return readers_.With([&](Reader& r) { return r.TileBytes(level, n); });
  }
  Result<std::vector<StoredTile>> Tiles(int level, std::uint64_t first, std::size_t count) const override {
    return readers_.With([&](Reader& r) { return r.Tiles(level, first, count); });
  }
  Result<StoredRow> Row(std::uint64_t index, bool with_raw) const override {
    GUIYI_TRY(std::vector<StoredRow> rows, Rows(index, 1, with_raw));
    if (rows.empty()) return petition::NotFound("no such entry");
    return std::move(rows[0]);
  }
  Result<std::vector<StoredRow>> Rows(std::uint64_t first, std::size_t count, bool with_raw) const override {
    return readers_.With([&](Reader& r) { return r.Rows(first, count, with_raw); });
  }
  Result<std::optional<std::uint64_t>> FindIntake(std::string_view day, std::uint64_t serial) const override {
    return readers_.With([&](Reader& r) { return r.FindIntake(day, serial); });
  }
  Result<std::vector<KnownIntake>> FindExternal(std::string_view source, std::string_view external_id) const override {
    return readers_.With([&](Reader& r) { return r.FindExternal(source, external_id); });
  }
  Result<std::optional<KnownIntake>> FindContent(std::string_view source, std::string_view external_id,
                                                 std::string_view content) const override {
    return readers_.With([&](Reader& r) { return r.FindContent(source, external_id, content); });
  }
  Result<std::vector<std::uint64_t>> History(std::uint64_t about, std::optional<Kind> kind) const override {
    return readers_.With([&](Reader& r) { return r.History(about, kind); });
  }
  Result<std::vector<SourceNumber>> Numbers(const SourceNumber& after, std::size_t count) const override {
    return readers_.With([&](Reader& r) { return r.Numbers(after, count); });
  }
  Result<std::uint64_t> LastSerial(std::string_view day) const override {
    return readers_.With([&](Reader& r) { return r.LastSerial(day); });
  }
  Result<std::optional<std::string>> Fact(std::string_view name) const override {
    return readers_.With([&](Reader& r) { return r.Fact(name); });
  }

 private:
  static petition::Error ReadOnly() { return petition::Internal("this store was opened for reading"); }
  mutable sqlite::ReaderPool readers_;
};

class SqliteStore final : public SqliteReadStore {
 public:
  SqliteStore(const SqliteStoreOptions& options, Session writer, Session tidier, sqlite::Settings reader_settings,
              bool old_journal)
      : SqliteReadStore(std::move(reader_settings), options.readers_max),
        session_(std::move(writer)),
        begin_(Prepare(session_, "BEGIN IMMEDIATE")),
        commit_(Prepare(session_, "COMMIT")),
        rollback_(Prepare(session_, "ROLLBACK")),
        journal_file_(options.file.string() + "-wal"),
        journal_bytes_max_(options.journal_bytes_max),
        tidier_(std::move(tidier), options.tidy_bytes, options.empty_after, old_journal) {}

  Status Append(const Batch& batch, const Head& expected) override {
    try {
      begin_.execute();
    } catch (...) {
      return CaughtError("begin");
    }
    const std::uint64_t numbers_to = numbers_to_;
    try {
      if (const auto moved = CompareHead(expected)) {
        rollback_.execute();
        return *moved;
      }
      Insert(batch);
      commit_.execute();
      KeepJournalSmall(batch);
      return petition::Ok();
    } catch (...) {
      petition::Error error = CaughtError("append");
      numbers_to_ = numbers_to;
      if (error.reason == "store_busy")
        error.reason = "store_failed";  // past BEGIN nothing may be busy: the outcome is unknown
      try {
        rollback_.execute();
      } catch (...) {  // SQLite rolled back by itself, or can't: the ledger stops either way
      }
      return error;
    }
  }

  Status Drop(std::uint64_t index) override {
    try {
      session_ << "DELETE FROM payloads WHERE idx = $1", use(index), now;
      tidier_.Dropped();
      return petition::Ok();
    } catch (...) {
      return CaughtError("drop");
    }
  }

  Status SetFact(std::string_view name, std::string_view value) override {
    try {
      std::string name_text(name), value_text(value);
      session_ << "INSERT OR REPLACE INTO facts(name, value) VALUES ($1, $2)", use(name_text), use(value_text), now;
      return petition::Ok();
    } catch (...) {
      return CaughtError("set fact");
    }
  }

  Status MakeSchema() {
    try {
      session_ << "BEGIN IMMEDIATE", now;
      for (const char* statement : kSchema) session_ << statement, now;
      AddColumns();
      session_ << "COMMIT", now;
      session_ << "PRAGMA journal_size_limit=" + std::to_string(journal_bytes_max_), now;
      BringUpNumbers();
      return petition::Ok();
    } catch (...) {
      return CaughtError("make tables");
    }
  }

 private:
  // What stores of an earlier day lack. Their revisions count as first ones.
  void AddColumns() {
    std::vector<std::string> columns;
    session_ << "SELECT name FROM pragma_table_info('intakes')", into(columns), now;
    if (std::find(columns.begin(), columns.end(), "revision_of") == columns.end())
      session_ << "ALTER TABLE intakes ADD COLUMN revision_of INTEGER NOT NULL DEFAULT -1", now;
    session_ << "DROP INDEX IF EXISTS intakes_external", now;
    session_ << "DROP INDEX IF EXISTS intakes_number", now;
  }

  // At the start, so that all numbers can be read in their order. On a full disk they wait: they are found all the
  // same.
  void BringUpNumbers() {
    std::vector<std::uint64_t> size;
    session_ << "SELECT idx FROM numbers_to", into(numbers_to_), now;
    session_ << "SELECT MAX(idx) + 1 FROM intakes WHERE idx >= $1 HAVING COUNT(*) > 0", use(numbers_to_), into(size),
        now;
    if (size.empty()) return;
    try {
      begin_.execute();
      BringNumbersTo(size[0]);
      commit_.execute();
    } catch (...) {
      try {
        rollback_.execute();
      } catch (...) {  // SQLite rolled back by itself
      }
    }
  }

  // Within a transaction.
  void BringNumbersTo(std::uint64_t size) {
    bring_numbers_.Run(size);
    set_numbers_to_.Run(size);
    numbers_to_ = size;
  }

  std::optional<petition::Error> CompareHead(const Head& expected) {
    head_sizes_.clear();
    head_roots_.clear();
    if (!select_head_) {
      select_head_ = std::make_unique<Statement>(
          (Prepare(session_, "SELECT size, root FROM head WHERE id = 0"), into(head_sizes_), into(head_roots_)));
    }
    select_head_->execute();
    const bool same = head_sizes_.empty() ? expected.size == 0 && expected.checkpoint.empty()
                                          : head_sizes_[0] == expected.size &&
                                                sqlite::ToString(head_roots_[0]) == AsBytes(expected.root);
    if (same) return std::nullopt;
    return petition::Conflict("head_moved", "the ledger's head is not the expected one");
  }

  // The tidier works beside us and the journal starts over whenever it caught up. Under an unbroken load it may never
  // quite do so: then, rarely, the writer moves the rest itself. The commit after that cuts the file to its bound. A
  // reader that needs the journal for long (a backup) isn't waited for: much later it is tried again.
  void KeepJournalSmall(const Batch& batch) {
    std::size_t bytes = 0;
    for (const StoredRow& row : batch.rows) bytes += row.sealed_record.size() + row.sealed_raw.size() + 512;
    tidier_.Wrote(bytes);
    if (std::exchange(left_long_for_, left_long_for_ - std::min(left_long_for_, bytes)) > 0) return;
    std::error_code error;
    const auto size = std::filesystem::file_size(journal_file_, error);
    if (error || size <= journal_bytes_max_) return;
    const auto still = tidier_.HoldStill();  // or the move would be refused, and the journal grow past its bound
    int busy = 1, pages = 0, moved = 0;
    try {
      session_ << "PRAGMA busy_timeout=50", now;
      session_ << "PRAGMA wal_checkpoint(RESTART)", into(busy), into(pages), into(moved), now;
    } catch (...) {  // the commit stands; the next one meets the same disk
    }
    if (busy != 0) left_long_for_ = journal_bytes_max_ / 8;
    try {
      sqlite::SetPatience(session_);
    } catch (...) {  // as above
    }
  }

  void Insert(const Batch& batch) {
    using Blob = sqlite::RowStatement::Blob;
    for (const StoredRow& row : batch.rows) {
      const int kind = static_cast<int>(row.kind);
      insert_entry_.Run(row.index, kind, row.entry);
      insert_payload_.Run(row.index, Blob{row.sealed_record}, Blob{row.sealed_raw});
      if (row.about != kNoIndex) insert_about_.Run(row.about, row.index, kind);
      if (!row.intake) continue;
      const IntakeKey& key = *row.intake;
      insert_intake_.Run(row.index, key.source, key.external_id, Blob{key.content}, Blob{key.people}, key.day,
                         key.serial, key.revision_of);  // kNoIndex is -1
    }
    if (batch.head.size >= numbers_to_ + kLateNumbersMax) BringNumbersTo(batch.head.size);
    for (const StoredTile& tile : batch.tiles) insert_tile_.Run(tile.level, tile.n, Blob{tile.hashes});
    set_head_.Run(batch.head.size, Blob{AsBytes(batch.head.root)}, batch.head.checkpoint);
  }

  // Owned by the writer thread.
  Session session_;
  Statement begin_, commit_, rollback_;
  std::vector<std::uint64_t> head_sizes_;
  std::vector<BLOB> head_roots_;
  std::unique_ptr<Statement> select_head_;
  sqlite::RowStatement insert_entry_{session_, "INSERT INTO entries(idx, kind, entry) VALUES ($1, $2, $3)"},
      insert_payload_{session_, "INSERT INTO payloads(idx, record, raw) VALUES ($1, $2, $3)"},
      insert_intake_{session_,
                     "INSERT INTO intakes(idx, source, external_id, content, people, day, serial, revision_of) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
      insert_about_{session_, "INSERT INTO about(about, idx, kind) VALUES ($1, $2, $3)"},
      bring_numbers_{session_,
                     "INSERT INTO numbers(source, external_id, content, idx) "
                     "SELECT source, external_id, COALESCE(content, x''), idx FROM intakes "
                     "WHERE idx >= (SELECT idx FROM numbers_to) AND idx < $1 AND external_id <> '' "
                     "ORDER BY source, external_id, content, idx"},
      set_numbers_to_{session_, "UPDATE numbers_to SET idx = $1"},
      insert_tile_{session_, "INSERT INTO tiles(level, n, hashes) VALUES ($1, $2, $3)"},
      set_head_{session_, "INSERT OR REPLACE INTO head(id, size, root, checkpoint) VALUES (0, $1, $2, $3)"};

  const std::filesystem::path journal_file_;
  const std::size_t journal_bytes_max_;
  std::size_t left_long_for_ = 0;  // bytes yet to be committed before the journal is again tried to begin anew
  std::uint64_t numbers_to_ = 0;

  sqlite::Tidier tidier_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenSqliteStoreForReading(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return petition::NotFound("there is no ledger.db");
  auto store = std::make_unique<SqliteReadStore>(sqlite::Settings{file, {}, true, true}, 2);
  GUIYI_TRY(const auto version, store->Fact("schema"));
  if (!version || *version != kSchemaVersion) return petition::Corrupt("ledger.db is of another version");
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options) {
  const sqlite::Settings settings{options.file, options.vfs, options.sync, false};
  std::error_code none;
  const auto journal_bytes = std::filesystem::file_size(options.file.string() + "-wal", none);
  const bool old_journal = !none && journal_bytes > 0;  // left by a process that was killed
  sqlite::Settings writer_settings = settings;
  if (options.sync) writer_settings.vfs = sqlite::GatheringVfs(options.vfs);
  GUIYI_TRY(Session writer, sqlite::OpenSession(writer_settings));
  GUIYI_TRY(Session tidier, sqlite::OpenSession(settings));
  sqlite::Settings reader_settings = settings;
  reader_settings.reader = true;
  auto store =
      std::make_unique<SqliteStore>(options, std::move(writer), std::move(tidier), reader_settings, old_journal);
  GUIYI_CHECK(store->MakeSchema());
  GUIYI_TRY(const auto version, store->Fact("schema"));
  if (!version) {
    GUIYI_CHECK(store->SetFact("schema", kSchemaVersion));
  } else if (*version != kSchemaVersion) {
    return petition::Corrupt("ledger.db is of another version");
  }
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace ledger
