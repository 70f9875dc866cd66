// A statement of the writer's, bound and run row by row through SQLite's own interface: what goes into every commit is
// bound where it lies, without the copies that a binding of Poco::Data makes of each text and blob. Prepared once, when
// it is first run. One thread at a time; goes before its session. Failures are Poco's exceptions, as everywhere in the
// store.
#pragma once

#include <Poco/Data/Session.h>

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace ledger::sqlite {

class RowStatement {
 public:
  /// SQL with $1, $2 ... in order.
  RowStatement(Poco::Data::Session& session, std::string sql);
  ~RowStatement();
  RowStatement(const RowStatement&) = delete;
  RowStatement& operator=(const RowStatement&) = delete;

  /// Binds the parameters in order; texts and blobs must live until the call returns.
  template <typename... Values>
  void Run(const Values&... values) {
    Begin();
    int place = 0;
    (Bind(++place, values), ...);
    Step(place);
  }

  /// A blob; an empty one is NULL.
  struct Blob {
    std::string_view bytes;
  };

 private:
  void Begin();
  void Bind(int place, std::int64_t value);
  void Bind(int place, std::uint64_t value) { Bind(place, static_cast<std::int64_t>(value)); }
  void Bind(int place, int value) { Bind(place, static_cast<std::int64_t>(value)); }
  void Bind(int place, std::string_view text);
  void Bind(int place, const std::string& text) { Bind(place, std::string_view(text)); }
  void Bind(int place, const Blob& blob);
  void Step(int bound);
  [[noreturn]] void Fail(int status);

  sqlite3* const db_;
  const std::string sql_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace ledger::sqlite
