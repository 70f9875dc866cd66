// Sessions of an exchange database through Poco::Data: SQLite and PostgreSQL behind one small face (rows of
// texts, parameters by place). Included by .cc files of this folder only. A Session serves one thread; the pool hands
// them out from any thread. Library exceptions end in Caught.
#pragma once

#include <Poco/Data/Session.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "petition/result.h"

namespace adapters::exchange {

using Value = std::variant<std::string, std::int64_t>;
using Row = std::vector<std::string>;  ///< NULL reads as ""

class Session {
 public:
  Session(Poco::Data::Session session, std::string database)
      : session_(std::move(session)), database_(std::move(database)) {}

  /// Statements hold $1, $2 ... in order. They throw Poco's exceptions.
  void Run(const std::string& sql, std::vector<Value> values = {});
  std::vector<Row> Ask(const std::string& sql, std::vector<Value> values = {});
  std::int64_t Number(const std::string& sql, std::vector<Value> values = {});
  void Insert(const std::string& table, const std::vector<std::pair<std::string, Value>>& columns);

  void Begin();
  void Commit();
  void Rollback() noexcept;
  /// Behind a SELECT whose row is changed in the same transaction; "" where one writer is all there is.
  std::string ForUpdate() const { return database_ == "sqlite" ? "" : " FOR UPDATE"; }

 private:
  Poco::Data::Session session_;
  const std::string database_;
};

class Sessions {
 public:
  Sessions(std::string database, std::string connection, std::chrono::milliseconds call_time)
      : database_(std::move(database)), connection_(std::move(connection)), call_time_(call_time) {}

  /// Whether this program has the database's driver.
  static bool Knows(const std::string& database);

  /// kUnavailable ("unreachable") when none is to be had, or after Interrupt ("interrupted").
  petition::Result<std::unique_ptr<Session>> Take();
  /// Only one whose last call went well.
  void GiveBack(std::unique_ptr<Session> session);
  void Interrupt();
  bool interrupted() const;

 private:
  const std::string database_, connection_;
  const std::chrono::milliseconds call_time_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;  // guarded by mutex_
  bool interrupted_ = false;                    // guarded by mutex_
};

}  // namespace adapters::exchange
