#include "adapters/gathering/gather_store.h"

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Tuple.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "ledger/crypto.h"
#include "ledger/durable_file.h"

namespace adapters {
namespace {

using namespace Poco::Data::Keywords;
using Poco::Int64;

// state of a set: 0 open, 1 closed. A settled set is gone; its pieces keep their keys (set_id 0, no bytes).
constexpr const char* kGatherTables[] = {
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "CREATE TABLE IF NOT EXISTS sets(id INTEGER PRIMARY KEY AUTOINCREMENT, grp TEXT NOT NULL, name TEXT NOT NULL "
    "UNIQUE, "
    "state INTEGER NOT NULL, last_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL, closed_by TEXT NOT NULL, "
    "sealed_group "
    "TEXT NOT NULL)",
    "CREATE UNIQUE INDEX IF NOT EXISTS sets_open ON sets(grp) WHERE state = 0",
    "CREATE INDEX IF NOT EXISTS sets_by_time ON sets(state, last_ms)",
    "CREATE TABLE IF NOT EXISTS pieces(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, set_id INTEGER "
    "NOT "
    "NULL, at_ms INTEGER NOT NULL, size INTEGER NOT NULL, sealed TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS pieces_of_set ON pieces(set_id)",
};

Int64 MsOf(petition::Time time) { return time.time_since_epoch().count(); }
petition::Time TimeOfMs(Int64 ms) { return petition::Time(std::chrono::milliseconds(ms)); }

// The key is made once; whoever comes first writes it, under a lock that the file system gives.
petition::Result<ledger::Key> KeyOfFolder(const std::filesystem::path& folder) {
  auto& files = ledger::FileSystem::Real();
  const auto file = folder / "gathered.key";
  if (!files.Exists(file)) {
    const auto own = folder / ("gathered.key." + ledger::Hex(ledger::RandomBytes(4)));
    GUIYI_CHECK(ledger::WriteDurably(files, own, ledger::Hex(ledger::RandomBytes(32)) + "\n", true));
    std::error_code error;
    std::filesystem::create_hard_link(own, file, error);  // fails where another was quicker: then theirs counts
    GUIYI_CHECK(files.Remove(own));
    GUIYI_TRY(const auto handle, files.OpenFolder(folder));
    GUIYI_CHECK(handle->Sync());
  }
  GUIYI_TRY(const auto text, files.Read(file, 128));
  GUIYI_TRY(const auto bytes, ledger::FromHex(text.substr(0, text.find('\n'))));
  ledger::Key key{};
  if (bytes.size() != key.size()) return petition::Corrupt("the key of gathered messages is damaged");
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

petition::Result<Poco::Data::Session> OpenGatherFile(const std::filesystem::path& file) {
  // Made here, so that it, and the journals that inherit its mode, are never readable for others.
  // One that is there is never opened beside SQLite: closing it again would drop this process's locks on it, and door
  // and feed of one source both hold it.
  const int made = ::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  const bool there = made < 0 && errno == EEXIST;
  if (made >= 0) ::close(made);
  std::error_code failed;
  if ((made < 0 && !there) || std::filesystem::is_symlink(file, failed))
    return petition::Unavailable("the store of gathered messages can't be opened", file.filename().string());
  try {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::Session session("SQLite", file.string());
    for (const char* statement : kGatherTables) session << statement, now;
    return session;
  } catch (const Poco::Exception& e) {
    return petition::Unavailable("the store of gathered messages can't be opened", e.displayText());
  }
}

class SqliteGatherStore final : public GatherStore {
 public:
  explicit SqliteGatherStore(const GatherOptions& options) : options_(options) {}

  petition::Result<bool> Add(std::string_view group, const Piece& piece) override {
    return Transact([&]() -> petition::Result<bool> {
      if (Known(piece.key)) return false;
      GUIYI_TRY(Int64 set, OpenSet(group, piece));
      std::string key = piece.key, sealed = Seal(piece.bytes, "piece");
      Int64 at = MsOf(piece.at), size = static_cast<Int64>(piece.bytes.size());
      *session_ << "INSERT INTO pieces(key, set_id, at_ms, size, sealed) VALUES($1, $2, $3, $4, $5)", use(key),
          use(set), use(at), use(size), use(sealed), now;
      *session_ << "UPDATE sets SET last_ms = max(last_ms, $1) WHERE id = $2", use(at), use(set), now;
      return true;
    });
  }

  petition::Result<std::size_t> OpenPieces(std::string_view group) override {
    return Transact([&]() -> petition::Result<std::size_t> {
      std::string hashed = GroupKey(group);
      Int64 count = 0;
      *session_ << "SELECT COUNT(*) FROM pieces WHERE set_id = (SELECT id FROM sets WHERE grp = $1 AND state = 0)",
          into(count), use(hashed), now;
      return static_cast<std::size_t>(count);
    });
  }

  petition::Result<Closing> Close(std::string_view group, std::string_view key, petition::Time at) override {
    return Transact([&]() -> petition::Result<Closing> {
      std::string hashed = GroupKey(group), closing(key);
      Int64 closed_at = MsOf(at);
      // Told again before the ledger had it: the same set, even when a new one is open by now.
      if (auto id = ClosedBy(hashed, closing)) {
        GUIYI_TRY(auto set, Whole(*id));
        return Closing{std::move(set), true};
      }
      if (Known(closing)) return Closing{std::nullopt, true};
      auto id = OpenOne(hashed);
      if (!id) return Closing{};
      *session_ << "UPDATE sets SET state = 1, closed_ms = $1, closed_by = $2 WHERE id = $3", use(closed_at),
          use(closing), use(*id), now;
      // The closing message keeps its number among the pieces, so that it is known after the set is settled.
      std::string nothing;
      Int64 zero = 0;
      *session_ << "INSERT INTO pieces(key, set_id, at_ms, size, sealed) VALUES($1, $2, $3, $4, $5)", use(closing),
          use(*id), use(closed_at), use(zero), use(nothing), now;
      GUIYI_TRY(auto set, Whole(*id));
      return Closing{std::move(set), false};
    });
  }

  petition::Result<std::vector<GatheredSet>> Due(petition::Time quiet_since, petition::Time closed_before,
                                                 petition::Time now_at, std::size_t limit) override {
    return Transact([&]() -> petition::Result<std::vector<GatheredSet>> {
      Int64 quiet = MsOf(quiet_since), closed = MsOf(closed_before), at = MsOf(now_at),
            most = static_cast<Int64>(limit);
      std::vector<Int64> ids, silent;
      *session_ << "SELECT id FROM sets WHERE state = 0 AND last_ms < $1 ORDER BY last_ms LIMIT $2", into(silent),
          use(quiet), use(most), now;
      for (Int64 id : silent)
        *session_ << "UPDATE sets SET state = 1, closed_ms = $1, closed_by = '' WHERE id = $2", use(at), use(id), now;
      *session_ << "SELECT id FROM sets WHERE state = 1 AND (closed_by = '' OR closed_ms < $1) ORDER BY id LIMIT $2",
          into(ids), use(closed), use(most), now;
      std::vector<GatheredSet> sets;
      for (Int64 id : ids) {
        GUIYI_TRY(auto set, Whole(id));
        sets.push_back(std::move(set));
      }
      return sets;
    });
  }

  petition::Status Settle(std::string_view name) override {
    return Transact([&]() -> petition::Status {
      std::string wanted(name);
      *session_
          << "UPDATE pieces SET set_id = 0, sealed = '', size = 0 WHERE set_id = (SELECT id FROM sets WHERE name = $1 "
             "AND state = 1)",
          use(wanted), now;
      *session_ << "DELETE FROM sets WHERE name = $1 AND state = 1", use(wanted), now;
      return petition::Ok();
    });
  }

  petition::Status Forget(petition::Time before) override {
    return Transact([&]() -> petition::Status {
      Int64 ms = MsOf(before);
      *session_ << "DELETE FROM pieces WHERE set_id = 0 AND at_ms < $1", use(ms), now;
      return petition::Ok();
    });
  }

 private:
  // Who the group is does not stand in the file in the clear: a keyed hash to find it by, and the words encrypted.
  std::string GroupKey(std::string_view group) const { return ledger::Hex(ledger::KeyedHash(key_, group)); }
  std::string Seal(std::string_view plain, std::string_view what) const {
    return ledger::Base64(sealer_->Seal(plain, what));
  }
  petition::Result<std::string> Unseal(const std::string& sealed, std::string_view what) const {
    if (sealed.empty()) return std::string();
    GUIYI_TRY(const auto bytes, ledger::FromBase64(sealed));
    return sealer_->Open(bytes, what);
  }

  bool Known(std::string key) {
    Int64 count = 0;
    *session_ << "SELECT COUNT(*) FROM pieces WHERE key = $1", into(count), use(key), now;
    return count > 0;
  }

  std::optional<Int64> OpenOne(std::string& group) {
    Int64 id = 0;
    *session_ << "SELECT COALESCE(MAX(id), 0) FROM sets WHERE grp = $1 AND state = 0", into(id), use(group), now;
    return id > 0 ? std::optional<Int64>(id) : std::nullopt;
  }
  std::optional<Int64> ClosedBy(std::string& group, std::string& key) {
    Int64 id = 0;
    *session_ << "SELECT COALESCE(MAX(id), 0) FROM sets WHERE grp = $1 AND state = 1 AND closed_by = $2", into(id),
        use(group), use(key), now;
    return id > 0 ? std::optional<Int64>(id) : std::nullopt;
  }

  petition::Result<Int64> OpenSet(std::string_view group, const Piece& piece) {
    std::string hashed = GroupKey(group);
    if (auto id = OpenOne(hashed)) {
      Int64 count = 0, bytes = 0;
      *session_ << "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM pieces WHERE set_id = $1", into(count), into(bytes),
          use(*id), now;
      if (static_cast<std::size_t>(count) >= options_.pieces_max ||
          static_cast<std::size_t>(bytes) + piece.bytes.size() > options_.bytes_max)
        return petition::Invalid("too_many_pieces", "more messages came before a confirmation than are gathered");
      return *id;
    }
    Int64 open = 0;
    *session_ << "SELECT COUNT(*) FROM sets WHERE state = 0", into(open), now;
    if (static_cast<std::size_t>(open) >= options_.open_sets_max)
      return petition::Error{petition::Code::kPushback, {}, "too many unfinished messages at the moment", {}, {}};
    std::string name = "set-" + ledger::Hex(ledger::KeyedHash(key_, std::string(group) + '\n' + piece.key));
    std::string sealed_group = Seal(group, "group");
    Int64 at = MsOf(piece.at);
    *session_
        << "INSERT INTO sets(grp, name, state, last_ms, closed_ms, closed_by, sealed_group) VALUES($1, $2, 0, $3, 0, "
           "'', $4)",
        use(hashed), use(name), use(at), use(sealed_group), now;
    Int64 id = 0;
    *session_ << "SELECT last_insert_rowid()", into(id), now;
    return id;
  }

  petition::Result<GatheredSet> Whole(Int64 id) {
    GatheredSet set;
    std::string group;
    *session_ << "SELECT name, sealed_group FROM sets WHERE id = $1", into(set.name), into(group), use(id), now;
    GUIYI_TRY(set.group, Unseal(group, "group"));
    std::vector<Poco::Tuple<std::string, Int64, std::string>> rows;
    *session_ << "SELECT key, at_ms, sealed FROM pieces WHERE set_id = $1 AND size > 0 ORDER BY id", into(rows),
        use(id), now;
    for (const auto& row : rows) {
      GUIYI_TRY(auto bytes, Unseal(row.get<2>(), "piece"));
      set.pieces.push_back({row.get<0>(), TimeOfMs(row.get<1>()), std::move(bytes)});
    }
    return set;
  }

  petition::Status Ensure() {
    if (session_) return petition::Ok();
    const auto folder = std::filesystem::absolute(options_.folder);
    GUIYI_CHECK(ledger::MakeFoldersDurably(ledger::FileSystem::Real(), folder.root_path(), folder));
    GUIYI_TRY(key_, KeyOfFolder(folder));
    sealer_.emplace(key_);
    GUIYI_TRY(auto session, OpenGatherFile(folder / "gathered.db"));
    session_.emplace(std::move(session));
    return petition::Ok();
  }

  // BEGIN IMMEDIATE is said outright: Poco's own begin is deferred.
  template <typename Work>
  auto Transact(Work work) -> decltype(work()) {
    std::lock_guard lock(mutex_);
    GUIYI_CHECK(Ensure());
    try {
      *session_ << "BEGIN IMMEDIATE", now;
      try {
        auto result = work();
        *session_ << (result.ok() ? "COMMIT" : "ROLLBACK"), now;
        return result;
      } catch (...) {
        *session_ << "ROLLBACK", now;
        throw;
      }
    } catch (const Poco::Exception& e) {
      return petition::Unavailable("gathered messages can't be stored now", e.displayText());
    } catch (const std::exception& e) {
      return petition::Unavailable("gathered messages can't be stored now", e.what());
    }
  }

  const GatherOptions options_;
  // Guarded by the mutex.
  std::mutex mutex_;
  ledger::Key key_{};
  std::optional<ledger::Sealer> sealer_;
  std::optional<Poco::Data::Session> session_;
};

}  // namespace

std::unique_ptr<GatherStore> GatherStore::Make(const GatherOptions& options) {
  return std::make_unique<SqliteGatherStore>(options);
}

}  // namespace adapters
