#include "adapters/database/exchange_tables.h"

#include <Poco/Data/DataException.h>
#include <Poco/Data/LOB.h>
#include <Poco/Data/MySQL/Connector.h>
#include <Poco/Data/ODBC/Connector.h>
#include <Poco/Data/PostgreSQL/Connector.h>
#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/DateTime.h>
#include <Poco/DateTimeFormatter.h>

#include <algorithm>
#include <mutex>

#include "petition/text/fold.h"

namespace adapters {
namespace {

using petition::Json;
using petition::Result;
using petition::Status;
using namespace Poco::Data::Keywords;

constexpr std::size_t kLinkedMax = 2'000;  // rows of one table that belong to one item
constexpr std::size_t kLoginSeconds = 10;

void RegisterConnectors() {
  static std::once_flag once;
  std::call_once(once, [] {
    Poco::Data::SQLite::Connector::registerConnector();
    Poco::Data::PostgreSQL::Connector::registerConnector();
    Poco::Data::MySQL::Connector::registerConnector();
    Poco::Data::ODBC::Connector::registerConnector();
  });
}

/// A column's value as text. Times without a zone stay without one: Poco would call them UTC.
std::optional<std::string> TextOf(const Poco::Dynamic::Var& value) {
  if (value.isEmpty()) return std::nullopt;
  if (value.type() == typeid(Poco::DateTime)) {
    return Poco::DateTimeFormatter::format(value.extract<Poco::DateTime>(), "%Y-%m-%d %H:%M:%S");
  }
  if (value.type() == typeid(Poco::Data::Date) || value.type() == typeid(Poco::Data::Time)) {
    std::string text = value.convert<std::string>();
    return text;
  }
  if (value.type() == typeid(Poco::Data::CLOB)) {
    const auto& lob = value.extract<Poco::Data::CLOB>();
    return std::string(lob.rawContent(), lob.size());
  }
  if (value.type() == typeid(Poco::Data::BLOB)) {
    const auto& lob = value.extract<Poco::Data::BLOB>();
    return std::string(reinterpret_cast<const char*>(lob.rawContent()), lob.size());
  }
  return value.convert<std::string>();
}

}  // namespace

bool IsSqlName(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
                  c == '.' || static_cast<unsigned char>(c) >= 0x80;
         });
}

struct ExchangeTables::Impl {
  explicit Impl(ExchangeOptions its_options) : options(std::move(its_options)) {}

  const ExchangeOptions options;
  std::unique_ptr<Poco::Data::Session> session;

  std::string Place(std::size_t number) const {
    return options.connector == "MySQL" || options.connector == "ODBC" ? "?" : "$" + std::to_string(number);
  }
  /// Keys and states are compared as texts, whatever type their columns have.
  std::string AsText(const std::string& column) const {
    return "CAST(" + column + (options.connector == "MySQL" ? " AS CHAR(128))" : " AS VARCHAR(128))");
  }

  Status Open() {
    if (session && session->isConnected()) return petition::Ok();
    RegisterConnectors();
    session = std::make_unique<Poco::Data::Session>(options.connector, options.connection, kLoginSeconds);
    // Over ODBC a transaction can't be begun while each statement would be one of its own.
    if (options.connector == "ODBC") session->setFeature("autoCommit", false);
    return petition::Ok();
  }

  /// Runs `body`; what the library throws becomes an error, and the connection is opened anew next time.
  template <typename Body>
  auto Guarded(Body body) -> decltype(body()) {
    try {
      GUIYI_CHECK(Open());
      auto result = body();
      if (!result.ok()) session.reset();
      return result;
    } catch (const Poco::Data::ConnectionFailedException& error) {
      session.reset();
      return petition::Unavailable("the exchange database can't be reached", error.name());
    } catch (const Poco::Data::NotConnectedException& error) {
      session.reset();
      return petition::Unavailable("the exchange database went away", error.name());
    } catch (const Poco::Exception& error) {
      session.reset();
      // Only the kind of failure: the text may quote a row. A table or column that is missing looks like this, too.
      return petition::Unavailable(
          "the exchange database answers with an error: are tables and columns as in `options`?", error.name());
    } catch (const std::exception&) {
      session.reset();
      return petition::Unavailable("the exchange database answers with an error");
    }
  }

  Result<std::string> Decoded(std::string bytes) const {
    if (options.encoding && *options.encoding != Encoding::kUtf8) return Decoder(*options.encoding).Decode(bytes);
    return bytes;
  }
  Result<Json> RowAt(Poco::Data::RecordSet& set, std::size_t row) const {
    Json json = Json::object();
    for (std::size_t column = 0; column < set.columnCount(); ++column) {
      auto text = set.isNull(column, row) ? std::nullopt : TextOf(set.value(column, row));
      if (!text) continue;
      GUIYI_TRY(json[set.columnName(column)], Decoded(std::move(*text)));
    }
    return json;
  }

  Result<std::vector<ExchangeRow>> ReadItems(std::string after, std::size_t limit);
  Status ReadLinked(const std::string& name, const LinkedTable& table, std::vector<ExchangeRow>& rows);
};

Result<std::vector<ExchangeRow>> ExchangeTables::Impl::ReadItems(std::string after, std::size_t limit) {
  const std::string key = AsText(options.key);
  std::string sql = "SELECT " + key + " AS guiyi_key, i.* FROM " + options.item + " i WHERE " + key + " > " + Place(1) +
                    " AND " + AsText(options.state) + " IN (";
  for (std::size_t i = 0; i < options.take.size(); ++i) sql += (i == 0 ? "" : ", ") + Place(i + 2);
  sql += ") ORDER BY 1 LIMIT " + std::to_string(limit);
  std::vector<std::string> take = options.take;
  Poco::Data::Statement select(*session);
  select << sql, use(after);
  for (std::string& state : take) select, use(state);
  select.execute();
  Poco::Data::RecordSet set(select);
  std::vector<ExchangeRow> rows;
  for (std::size_t i = 0; i < set.rowCount(); ++i) {
    GUIYI_TRY(Json tree, RowAt(set, i));
    ExchangeRow row;
    row.key = tree.value("guiyi_key", "");
    tree.erase("guiyi_key");
    row.tree = std::move(tree);
    rows.push_back(std::move(row));
  }
  return rows;
}

Status ExchangeTables::Impl::ReadLinked(const std::string& name, const LinkedTable& table,
                                        std::vector<ExchangeRow>& rows) {
  if (rows.empty()) return petition::Ok();
  const std::string link = AsText(table.link);
  std::string sql = "SELECT " + link + " AS guiyi_key, l.* FROM " + table.name + " l WHERE " + link + " IN (";
  for (std::size_t i = 0; i < rows.size(); ++i) sql += (i == 0 ? "" : ", ") + Place(i + 1);
  sql += ")";
  std::map<std::string, Json*> lists;
  Poco::Data::Statement select(*session);
  select << sql;
  for (ExchangeRow& row : rows) {
    select, use(row.key);
    lists[row.key] = &(row.tree[name] = Json::array());
  }
  select.execute();
  Poco::Data::RecordSet set(select);
  for (std::size_t i = 0; i < set.rowCount(); ++i) {
    GUIYI_TRY(Json tree, RowAt(set, i));
    const auto list = lists.find(tree.value("guiyi_key", ""));
    tree.erase("guiyi_key");
    if (list != lists.end() && list->second->size() < kLinkedMax) list->second->push_back(std::move(tree));
  }
  return petition::Ok();
}

ExchangeTables::ExchangeTables(ExchangeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
ExchangeTables::~ExchangeTables() = default;

Result<std::vector<ExchangeRow>> ExchangeTables::Read(const std::string& after, std::size_t limit) {
  return impl_->Guarded([&]() -> Result<std::vector<ExchangeRow>> {
    // One transaction: the rows of a case are written together, and must be read together.
    impl_->session->begin();
    GUIYI_TRY(auto rows, impl_->ReadItems(after, limit));
    for (const auto& [name, table] : impl_->options.linked) GUIYI_CHECK(impl_->ReadLinked(name, table, rows));
    impl_->session->commit();
    return rows;
  });
}

Result<std::vector<std::string>> ExchangeTables::Numbers(const std::vector<std::string>& days, std::size_t limit) {
  return impl_->Guarded([&]() -> Result<std::vector<std::string>> {
    const RegisterTable& reg = impl_->options.reg;
    const std::string number = impl_->AsText(reg.number), day = impl_->AsText(reg.day);
    std::string sql = "SELECT DISTINCT " + number + " AS guiyi_number FROM " + reg.name + " WHERE ";
    for (std::size_t i = 0; i < days.size(); ++i) sql += (i == 0 ? "" : " OR ") + day + " LIKE " + impl_->Place(i + 1);
    sql += " ORDER BY 1 LIMIT " + std::to_string(limit);
    std::vector<std::string> prefixes;
    for (const std::string& one : days) prefixes.push_back(one + "%");
    impl_->session->begin();
    Poco::Data::Statement select(*impl_->session);
    select << sql;
    for (std::string& prefix : prefixes) select, use(prefix);
    select.execute();
    Poco::Data::RecordSet set(select);
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < set.rowCount(); ++i) {
      if (set.isNull(std::size_t{0}, i)) continue;
      const auto text = TextOf(set.value(std::size_t{0}, i));
      if (text && !text->empty()) numbers.push_back(*text);
    }
    impl_->session->commit();
    return numbers;
  });
}

Status ExchangeTables::Mark(const std::vector<ExchangeMark>& marks) {
  return impl_->Guarded([&]() -> Status {
    const ExchangeOptions& options = impl_->options;
    std::string sql = "UPDATE " + options.item + " SET " + options.state + " = " + impl_->Place(1);
    std::size_t place = 2;
    if (!options.result.empty()) sql += ", " + options.result + " = " + impl_->Place(place++);
    if (!options.number.empty()) sql += ", " + options.number + " = " + impl_->Place(place++);
    sql += " WHERE " + impl_->AsText(options.key) + " = " + impl_->Place(place++);
    const std::string only = " AND " + impl_->AsText(options.state) + " = " + impl_->Place(place);
    impl_->session->begin();
    for (ExchangeMark mark : marks) {
      Poco::Data::Statement update(*impl_->session);
      const bool number = mark.state.find_first_not_of("0123456789") == std::string::npos && mark.state.size() < 18;
      Poco::Int64 state = number ? std::stoll(mark.state) : 0;
      update << (mark.only_from.empty() ? sql : sql + only);
      if (number) {
        update, use(state);
      } else {
        update, use(mark.state);
      }
      if (!options.result.empty()) update, use(mark.result);
      if (!options.number.empty()) update, use(mark.number);
      update, use(mark.key);
      if (!mark.only_from.empty()) update, use(mark.only_from);
      update.execute();
    }
    impl_->session->commit();
    return petition::Ok();
  });
}

}  // namespace adapters
