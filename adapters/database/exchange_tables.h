// ExchangeTables speaks SQL to one exchange database: reads batches of linked rows, writes states back. Internal to
// adapters/database. One thread. Failure: kUnavailable when the database does not answer; kInvalid when tables or
// columns are not what the options say. Names come from the options and are checked; values are always bound.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/text/encoding.h"
#include "petition/json.h"
#include "petition/result.h"

namespace adapters {

struct LinkedTable {
  std::string name, link;
};

/// Where the source lists all that it registered, handed over or not; `name` "": nowhere that can be asked.
struct RegisterTable {
  std::string name, number, day;
};

struct ExchangeOptions {
  std::string connector, connection;  ///< as Poco::Data names it: "SQLite", "PostgreSQL", "MySQL", "ODBC"
  std::string item, key, state, result, number;
  std::map<std::string, LinkedTable> linked;  ///< "call", "person", "handling"
  RegisterTable reg;
  std::vector<std::string> take;
  std::string done, refused;
  std::optional<Encoding> encoding;
};

struct ExchangeRow {
  std::string key;
  petition::Json tree;
};

/// What is written back of one row.
struct ExchangeMark {
  std::string key, state, result, number;
  std::string only_from = {};  ///< the row is left alone unless it stands in this state; "": whatever state it is in
};

/// Letters, digits, underscore, dollar, a dot between schema and table; words of other alphabets as they are.
bool IsSqlName(std::string_view name);

class ExchangeTables {
 public:
  explicit ExchangeTables(ExchangeOptions options);
  ~ExchangeTables();

  /// Rows to be taken whose key comes after `after`, by key, with what is linked to them.
  petition::Result<std::vector<ExchangeRow>> Read(const std::string& after, std::size_t limit);
  /// Numbers of the register whose day begins with one of these, ascending, at most `limit`; each once.
  petition::Result<std::vector<std::string>> Numbers(const std::vector<std::string>& days, std::size_t limit);
  /// All in one transaction.
  petition::Status Mark(const std::vector<ExchangeMark>& marks);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adapters
