#include "ledger/sqlite_statement.h"

#include <Poco/Data/DataException.h>
#include <Poco/Data/SQLite/Binder.h>
#include <Poco/Data/SQLite/Extractor.h>
#include <Poco/Data/SQLite/Utility.h>
#include <Poco/Data/StatementImpl.h>
#include <sqlite3.h>

namespace ledger::sqlite {
namespace {

namespace lite = Poco::Data::SQLite;

class PreparedStatement final : public Poco::Data::StatementImpl {
 public:
  explicit PreparedStatement(Poco::Data::Session& session)
      : StatementImpl(*session.impl()), db_(lite::Utility::dbHandle(session)) {}
  ~PreparedStatement() override { sqlite3_finalize(statement_); }

 protected:
  void compileImpl() override {
    if (statement_ != nullptr) return;
    const std::string sql = toString();
    const int status = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()) + 1, SQLITE_PREPARE_PERSISTENT,
                                          &statement_, nullptr);
    if (status != SQLITE_OK) lite::Utility::throwException(db_, status);
    binder_ = new lite::Binder(statement_);
    extractor_ = new lite::Extractor(statement_);
    for (int i = 0; i < sqlite3_column_count(statement_); ++i) {
      columns_.emplace_back(static_cast<std::size_t>(i), sqlite3_column_name(statement_, i));
    }
  }

  // Called once for each row of bound vectors, once at all for plain values.
  void bindImpl() override {
    sqlite3_reset(statement_);
    stepped_ = false;
    can_bind_ = false;
    std::size_t position = 1;
    for (auto& binding : bindings()) {
      if (!binding->canBind()) throw Poco::Data::BindingException("columns of different length");
      binding->bind(position);
      position += binding->numOfColumnsHandled();
    }
    if (position != static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_)) + 1) {
      throw Poco::Data::BindingException("another number of parameters");
    }
    if (!bindings().empty()) can_bind_ = bindings().front()->canBind();
  }

  bool hasNext() override {
    if (!stepped_) {
      stepped_ = true;
      status_ = sqlite3_step(statement_);
      extractor_->reset();
      if (status_ != SQLITE_ROW && status_ != SQLITE_DONE) {
        const int status = status_;
        sqlite3_reset(statement_);
        lite::Utility::throwException(db_, status);
      }
    }
    return status_ == SQLITE_ROW;
  }

  std::size_t next() override {
    std::size_t position = 0;
    for (auto& extraction : extractions()) {
      extraction->extract(position);
      position += extraction->numOfColumnsHandled();
    }
    stepped_ = false;
    return 1;
  }

  std::size_t columnsReturned() const override { return columns_.size(); }
  int affectedRowCount() const override { return 0; }
  const Poco::Data::MetaColumn& metaColumn(std::size_t position) const override { return columns_.at(position); }
  bool canBind() const override { return can_bind_; }
  bool canCompile() const override { return false; }
  Poco::Data::AbstractExtraction::ExtractorPtr extractor() override { return extractor_; }
  Poco::Data::AbstractBinding::BinderPtr binder() override { return binder_; }

 private:
  sqlite3* const db_;
  sqlite3_stmt* statement_ = nullptr;
  Poco::SharedPtr<lite::Binder> binder_;
  Poco::SharedPtr<lite::Extractor> extractor_;
  std::vector<Poco::Data::MetaColumn> columns_;
  bool stepped_ = false, can_bind_ = false;
  int status_ = SQLITE_OK;
};

}  // namespace

Poco::Data::Statement Prepare(Poco::Data::Session& session, std::string_view sql) {
  Poco::Data::Statement statement(Poco::Data::StatementImpl::Ptr(new PreparedStatement(session)));
  statement << std::string(sql);
  return statement;
}

}  // namespace ledger::sqlite
