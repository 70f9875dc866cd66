#include "ledger/sqlite_row_statement.h"

#include <Poco/Data/DataException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <sqlite3.h>

namespace ledger::sqlite {

namespace lite = Poco::Data::SQLite;

RowStatement::RowStatement(Poco::Data::Session& session, std::string sql)
    : db_(lite::Utility::dbHandle(session)), sql_(std::move(sql)) {}

RowStatement::~RowStatement() { sqlite3_finalize(statement_); }

void RowStatement::Fail(int status) {
  if (statement_ != nullptr) sqlite3_reset(statement_);
  lite::Utility::throwException(db_, status);
  throw Poco::Data::DataException("SQLite failed");  // a status that Poco takes for success
}

void RowStatement::Begin() {
  if (statement_ != nullptr) return;
  const int status = sqlite3_prepare_v3(db_, sql_.c_str(), static_cast<int>(sql_.size()) + 1, SQLITE_PREPARE_PERSISTENT,
                                        &statement_, nullptr);
  if (status != SQLITE_OK) Fail(status);
}

void RowStatement::Bind(int place, std::int64_t value) {
  if (const int status = sqlite3_bind_int64(statement_, place, value); status != SQLITE_OK) Fail(status);
}

void RowStatement::Bind(int place, std::string_view text) {
  const int status = sqlite3_bind_text64(statement_, place, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (status != SQLITE_OK) Fail(status);
}

void RowStatement::Bind(int place, const Blob& blob) {
  const int status = blob.bytes.empty()
                         ? sqlite3_bind_null(statement_, place)
                         : sqlite3_bind_blob64(statement_, place, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC);
  if (status != SQLITE_OK) Fail(status);
}

void RowStatement::Step(int bound) {
  if (bound != sqlite3_bind_parameter_count(statement_))
    throw Poco::Data::BindingException("another number of parameters");
  const int status = sqlite3_step(statement_);
  if (status != SQLITE_DONE) Fail(status);
  // What was bound ends with the caller's row.
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

}  // namespace ledger::sqlite
