// A StateFile is `state.db`: one connection that writes, one writer at a time, and a bounded pool of connections that
// read. Internal: this header shows Poco::Data and is included by sources of the case book and of gateway/state only.
// Connection throws what Poco throws; callers catch at the edge of their source (Guarded).
//
// Threads: Writer() and Reader() from any thread; what they hand out belongs to one thread until it is given back.
// Statements are prepared once a connection and kept.
#pragma once

#include <Poco/Data/LOB.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <vector>

#include "ledger/sqlite_statement.h"
#include "petition/result.h"

namespace dedup {

/// Bytes that are no text, for a BLOB column.
struct Bytes {
  std::string value;
};

namespace sql_detail {

template <typename T>
auto Bound(const T& value) {
  if constexpr (std::is_same_v<T, Bytes>) {
    return Poco::Data::BLOB(reinterpret_cast<const unsigned char*>(value.value.data()), value.value.size());
  } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
    return static_cast<Poco::Int64>(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(value);
  } else {
    return std::string(value);
  }
}

template <typename T>
using Column = std::conditional_t<std::is_same_v<T, Bytes>, Poco::Data::BLOB,
                                  std::conditional_t<std::is_integral_v<T>, Poco::Int64, T>>;

template <typename T>
T Value(Column<T>& column) {
  if constexpr (std::is_same_v<T, Bytes>) {
    return Bytes{std::string(reinterpret_cast<const char*>(column.rawContent()), column.size())};
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(column);
  } else {
    return std::move(column);
  }
}

struct Prepared {
  virtual ~Prepared() = default;
};

/// A statement with the places that its parameters and columns are bound to.
template <typename Columns, typename Args>
struct PreparedFor;

template <typename... C, typename... A>
struct PreparedFor<std::tuple<C...>, std::tuple<A...>> final : Prepared {
  PreparedFor(Poco::Data::Session& session, const std::string& sql) : statement(ledger::sqlite::Prepare(session, sql)) {
    std::apply([this](auto&... column) { ((void)(statement, Poco::Data::Keywords::into(column)), ...); }, columns);
    std::apply([this](auto&... arg) { ((void)(statement, Poco::Data::Keywords::use(arg)), ...); }, args);
  }
  std::tuple<std::vector<C>...> columns;
  std::tuple<A...> args;
  Poco::Data::Statement statement;
};

}  // namespace sql_detail

class Connection {
 public:
  Connection(const std::filesystem::path& file, const std::string& vfs, bool writes);

  /// Runs a statement kept prepared under its text (a literal).
  template <typename... A>
  void Run(const char* sql, const A&... args) {
    (void)Execute<std::tuple<>>(sql, args...);
  }

  /// All rows of a question kept prepared under its text (a literal): Ask<int64, string>("SELECT ...", a, b).
  template <typename... C, typename... A>
  std::vector<std::tuple<C...>> Ask(const char* sql, const A&... args) {
    auto& prepared = Execute<std::tuple<sql_detail::Column<C>...>>(sql, args...);
    return Rows<C...>(prepared.columns, std::index_sequence_for<C...>{});
  }

  /// A statement without parameters or rows, not kept (schema, pragmas).
  void Exec(const std::string& sql);

  /// A number that a transaction may ask for (changes() and the like).
  std::int64_t Number(const char* sql) { return std::get<0>(Ask<std::int64_t>(sql).at(0)); }

 private:
  template <typename Columns, typename... A>
  auto& Execute(const char* sql, const A&... args) {
    using Type = sql_detail::PreparedFor<Columns, std::tuple<decltype(sql_detail::Bound(args))...>>;
    auto& slot = prepared_[std::string_view(sql)];
    if (!slot || typeid(*slot) != typeid(Type)) slot = std::make_unique<Type>(session_, sql);
    auto& prepared = static_cast<Type&>(*slot);
    prepared.args = std::make_tuple(sql_detail::Bound(args)...);
    std::apply([](auto&... column) { (column.clear(), ...); }, prepared.columns);
    try {
      prepared.statement.execute();
    } catch (...) {
      prepared_.erase(std::string_view(sql));  // its state is unknown; the next use prepares it anew
      throw;
    }
    return prepared;
  }

  template <typename... C, typename Columns, std::size_t... I>
  static std::vector<std::tuple<C...>> Rows(Columns& columns, std::index_sequence<I...>) {
    std::vector<std::tuple<C...>> rows;
    const std::size_t count = std::get<0>(columns).size();
    rows.reserve(count);
    for (std::size_t row = 0; row < count; ++row) {
      rows.emplace_back(sql_detail::Value<C>(std::get<I>(columns)[row])...);
    }
    return rows;
  }

  Poco::Data::Session session_;
  std::unordered_map<std::string_view, std::unique_ptr<sql_detail::Prepared>> prepared_;
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

 private:
  std::unique_ptr<Connection> Take();
  void Give(std::unique_ptr<Connection> connection);

  const std::filesystem::path path_;
  const std::string vfs_;
  std::recursive_mutex write_mutex_;
  Connection writer_;  // guarded by write_mutex_
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
