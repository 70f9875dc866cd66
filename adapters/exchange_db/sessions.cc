#include "adapters/exchange_db/sessions.h"

#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>

#include <array>

namespace adapters::exchange {
namespace {

using namespace Poco::Data::Keywords;

constexpr std::array<std::string_view, 2> kDatabases{"sqlite", "postgresql"};  // and Poco's names of their drivers
constexpr std::size_t kIdleMax = 64, kConnectSeconds = 5;

void RegisterDrivers() {
  static std::once_flag once;
  std::call_once(once, [] {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::PostgreSQL::Connector::registerConnector();
  });
}

void Bind(Poco::Data::Statement& statement, std::vector<Value>& values) {
  for (Value& value : values) {
    if (auto* text = std::get_if<std::string>(&value)) {
      statement, use(*text);
    } else {
      statement, use(std::get<std::int64_t>(value));
    }
  }
}

}  // namespace

void Session::Run(const std::string& sql, std::vector<Value> values) {
  Poco::Data::Statement statement(session_);
  statement << sql;
  Bind(statement, values);
  statement.execute();
}

std::vector<Row> Session::Ask(const std::string& sql, std::vector<Value> values) {
  Poco::Data::Statement statement(session_);
  statement << sql;
  Bind(statement, values);
  statement.execute();
  Poco::Data::RecordSet found(statement);
  std::vector<Row> rows;
  const std::size_t columns = found.columnCount();
  for (bool more = found.moveFirst(); more; more = found.moveNext()) {
    Row row;
    for (std::size_t column = 0; column < columns; ++column) {
      const auto value = found.value(column);
      row.push_back(value.isEmpty() ? std::string() : value.convert<std::string>());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::int64_t Session::Number(const std::string& sql, std::vector<Value> values) {
  const auto rows = Ask(sql, std::move(values));
  return rows.empty() || rows[0].empty() || rows[0][0].empty() ? 0 : std::stoll(rows[0][0]);
}

void Session::Insert(const std::string& table, const std::vector<std::pair<std::string, Value>>& columns) {
  std::string names, places;
  std::vector<Value> values;
  for (const auto& [name, value] : columns) {
    if (!names.empty()) names += ", ", places += ", ";
    names += name;
    places += "$" + std::to_string(values.size() + 1);
    values.push_back(value);
  }
  Run("INSERT INTO " + table + "(" + names + ") VALUES(" + places + ")", std::move(values));
}

void Session::Begin() {
  if (database_ == "sqlite") {
    Run("BEGIN IMMEDIATE");
  } else {
    session_.begin();
  }
}

void Session::Commit() {
  if (database_ == "sqlite") {
    Run("COMMIT");
  } else {
    session_.commit();
  }
}

void Session::Rollback() noexcept {
  try {
    if (database_ == "sqlite") {
      Run("ROLLBACK");
    } else {
      session_.rollback();
    }
  } catch (...) {  // the session is broken, and given up by its holder
  }
}

bool Sessions::Knows(const std::string& database) {
  return std::find(kDatabases.begin(), kDatabases.end(), database) != kDatabases.end();
}

petition::Result<std::unique_ptr<Session>> Sessions::Take() {
  RegisterDrivers();
  const auto unreachable = [](const char* reason, const std::string& detail) {
    auto error = petition::Unavailable("the exchange database does not answer", detail);
    error.reason = reason;
    return error;
  };
  {
    const std::lock_guard lock(mutex_);
    if (interrupted_) return unreachable("interrupted", "");
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  try {
    Poco::Data::Session session(database_, connection_, kConnectSeconds);
    const auto millis = std::to_string(call_time_.count());
    if (database_ == "sqlite") session << "PRAGMA busy_timeout=" + millis, now;
    if (database_ == "postgresql") session << "SET statement_timeout=" + millis, now;
    return std::make_unique<Session>(std::move(session), database_);
  } catch (const Poco::Exception& error) {
    return unreachable("unreachable", error.name());  // displayText may hold the connection string
  } catch (const std::exception&) {
    return unreachable("unreachable", "");
  }
}

void Sessions::GiveBack(std::unique_ptr<Session> session) {
  const std::lock_guard lock(mutex_);
  if (!interrupted_ && idle_.size() < kIdleMax) idle_.push_back(std::move(session));
}

void Sessions::Interrupt() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
  idle_.clear();
}

bool Sessions::interrupted() const {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

}  // namespace adapters::exchange
