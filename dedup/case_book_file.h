// A StateFile is `state.db`: one connection that writes, one writer at a time, and a bounded pool of connections that
// read. Internal: included by sources of the case book and of gateway/state only. Connection throws what Poco throws;
// callers catch at the edge of their source (Guarded).
//
// Connections are Poco::Data sessions, opened and set up as those of the ledger; their statements are bound and stepped
// through SQLite's own interface: a decision asks some hundred small questions, and Poco's binding and extraction cost
// each of them several times what SQLite needs to answer it.
//
// Threads: Writer() and Reader() from any thread; what they hand out belongs to one thread until it is given back.
// Statements are prepared once a connection and kept.
#pragma once

#include <Poco/Data/Session.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <vector>

#include "petition/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dedup {

/// Bytes that are no text, for a BLOB column.
struct Bytes {
  std::string value;
};

namespace sql_detail {

/// A prepared statement. What is bound is not copied: it must stay until the last Step.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void CheckCount(int parameters, int columns) const;
  template <typename T>
  void Bind(int at, const T& value) {
    if constexpr (std::is_same_v<T, Bytes>) {
      BindBytes(at, value.value);
    } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      BindNumber(at, static_cast<std::int64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      BindReal(at, static_cast<double>(value));
    } else {
      BindText(at, std::string_view(value));
    }
  }
  bool Step();   ///< whether there is a row; throws
  void Reset();  ///< lets go of what it read from
  /// NULL reads as nothing: 0, "".
  template <typename T>
  T Value(int column) const {
    if constexpr (std::is_same_v<T, Bytes>) {
      return Bytes{BytesOf(column)};
    } else if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(NumberOf(column));
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(RealOf(column));
    } else {
      return TextOf(column);
    }
  }

 private:
  void BindNumber(int at, std::int64_t value);
  void BindReal(int at, double value);
  void BindText(int at, std::string_view value);
  void BindBytes(int at, std::string_view value);
  std::int64_t NumberOf(int column) const;
  double RealOf(int column) const;
  std::string TextOf(int column) const;
  std::string BytesOf(int column) const;

  sqlite3* const database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// Resets when it goes, also by an exception.
class Running {
 public:
  explicit Running(Statement& statement) : statement_(statement) {}
  ~Running() { statement_.Reset(); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Statement& statement_;
};

}  // namespace sql_detail

class Connection {
 public:
  Connection(const std::filesystem::path& file, const std::string& vfs, bool writes);

  /// Runs a statement kept prepared under its text (a literal). What fails ends its transaction (or what is taken back
  /// as a whole within it): so those that fire triggers for each intake say OR FAIL, which spares a copy of each page
  /// they change, kept to take back the statement alone. It holds for what the triggers do, too: none of them may need
  /// an OR IGNORE or OR REPLACE of its own (ON CONFLICT DO is its own).
  template <typename... A>
  void Run(const char* sql, const A&... args) {
    auto& statement = Bound(sql, 0, args...);
    const sql_detail::Running running(statement);
    while (statement.Step()) {
    }
  }

  /// All rows of a question kept prepared under its text (a literal): Ask<int64, string>("SELECT ...", a, b).
  template <typename... C, typename... A>
  std::vector<std::tuple<C...>> Ask(const char* sql, const A&... args) {
    auto& statement = Bound(sql, static_cast<int>(sizeof...(C)), args...);
    const sql_detail::Running running(statement);
    std::vector<std::tuple<C...>> rows;
    while (statement.Step()) rows.push_back(Row<C...>(statement, std::index_sequence_for<C...>{}));
    return rows;
  }

  /// A statement without parameters or rows, not kept (schema, pragmas).
  void Exec(const std::string& sql);

  /// All that `work` does, or nothing of it when it throws. Within no other transaction.
  void Whole(const std::function<void()>& work);

  /// `told` hears of each row that is written through this connection, by its number, while it is written; and of a
  /// rollback, as no table. It must not use the connection.
  using Told = std::function<void(std::string_view table, std::int64_t row)>;
  void OnWrite(Told told);

  /// A number that a transaction may ask for (changes() and the like).
  std::int64_t Number(const char* sql) { return std::get<0>(Ask<std::int64_t>(sql).at(0)); }

 private:
  template <typename... A>
  sql_detail::Statement& Bound(const char* sql, int columns, const A&... args) {
    auto& slot = prepared_[std::string_view(sql)];
    if (!slot) slot = std::make_unique<sql_detail::Statement>(database_, sql);
    slot->CheckCount(static_cast<int>(sizeof...(A)), columns);
    int at = 0;
    ((slot->Bind(++at, args)), ...);
    return *slot;
  }

  template <typename... C, std::size_t... I>
  static std::tuple<C...> Row(const sql_detail::Statement& statement, std::index_sequence<I...>) {
    return std::tuple<C...>(statement.template Value<C>(static_cast<int>(I))...);
  }

  Poco::Data::Session session_;
  sqlite3* const database_;  // of session_
  std::unordered_map<std::string_view, std::unique_ptr<sql_detail::Statement>> prepared_;
  Told told_;
};

class StateFile {
 public:
  static constexpr std::size_t kReadersMax = 8;

  /// `vfs`: SQLite VFS by name; empty: the default one.
  StateFile(std::filesystem::path file, std::string vfs);

  /// The writing connection, locked for as long as the guard lives. Whoever holds a CaseBook::Transaction holds it too:
  /// on the same thread it is handed out again (recursive).
  class WriteGuard {
   public:
    explicit WriteGuard(StateFile& file) : lock_(file.write_mutex_), connection_(file.writer_) {}
    Connection& operator*() const { return connection_; }
    Connection* operator->() const { return &connection_; }

   private:
    std::unique_lock<std::recursive_mutex> lock_;
    Connection& connection_;
  };
  WriteGuard Writer() { return WriteGuard(*this); }

  /// `last` is called at the end of each CaseBook::Transaction that is committed, within it. What it refers to must
  /// outlive the file.
  using Last = std::function<void(Connection& writer)>;
  void BeforeCommit(Last last) { last_.push_back(std::move(last)); }
  void EndTransaction() {
    for (const Last& last : last_) last(writer_);
  }

  /// A reading connection from the pool; waits while all are out.
  class ReadGuard {
   public:
    explicit ReadGuard(StateFile& file) : file_(file), connection_(file.Take()) {}
    ~ReadGuard() { file_.Give(std::move(connection_)); }
    ReadGuard(const ReadGuard&) = delete;
    ReadGuard& operator=(const ReadGuard&) = delete;
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    StateFile& file_;
    std::unique_ptr<Connection> connection_;
  };
  ReadGuard Reader() { return ReadGuard(*this); }

  /// All that is read on the connection until this ends is of one moment.
  class Snapshot {
   public:
    explicit Snapshot(Connection& connection) : connection_(connection) { connection_.Exec("BEGIN"); }
    ~Snapshot() {
      try {
        connection_.Exec("COMMIT");
      } catch (const std::exception&) {
        // An error ended it already.
      }
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

   private:
    Connection& connection_;
  };

 private:
  std::unique_ptr<Connection> Take();
  void Give(std::unique_ptr<Connection> connection);

  const std::filesystem::path path_;
  const std::string vfs_;
  std::recursive_mutex write_mutex_;
  Connection writer_;       // guarded by write_mutex_
  std::vector<Last> last_;  // guarded by write_mutex_
  std::mutex pool_mutex_;
  std::condition_variable pool_freed_;
  std::vector<std::unique_ptr<Connection>> pool_;  // guarded by pool_mutex_
  std::size_t readers_ = 0;                        // guarded by pool_mutex_
};

/// An exception of Poco or SQLite as an Error: disk trouble is kUnavailable, a damaged file kCorrupt.
petition::Error SqlError(std::string_view what);

/// Calls `body`; exceptions become SqlError(what). `body` answers a Result.
template <typename Body>
auto Guarded(std::string_view what, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception&) {
    return SqlError(what);
  }
}

}  // namespace dedup
