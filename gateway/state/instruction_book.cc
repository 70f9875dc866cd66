#include "gateway/state/instruction_book.h"

#include "dedup/case_book_file.h"

namespace gateway {

using dedup::Guarded;
using petition::Result;
using petition::Status;

namespace {

constexpr const char* kInstructionBookSchema[] = {
    "CREATE TABLE IF NOT EXISTS instruction_cursors(destination TEXT PRIMARY KEY, cursor TEXT NOT NULL)",
    ("CREATE TABLE IF NOT EXISTS instructions(destination TEXT NOT NULL, id TEXT NOT NULL, owed INTEGER NOT NULL, "
     "tries "
     "INTEGER NOT NULL, PRIMARY KEY(destination, id)) WITHOUT ROWID"),
    "CREATE INDEX IF NOT EXISTS instructions_owed ON instructions(destination, tries, id) WHERE owed=1",
};

template <typename... A>
Status Write(dedup::CaseBook& book, const char* text, const A&... args) {
  return Guarded("instructions", [&]() -> Status {
    book.file().Writer()->Run(text, args...);
    return petition::Ok();
  });
}

}  // namespace

Result<InstructionBook> InstructionBook::Open(dedup::CaseBook& book) {
  return Guarded("instructions", [&]() -> Result<InstructionBook> {
    auto sql = book.file().Writer();
    for (const char* statement : kInstructionBookSchema) sql->Exec(statement);
    return InstructionBook(book);
  });
}

Result<std::string> InstructionBook::Cursor(std::string_view destination) const {
  return Guarded("instructions", [&]() -> Result<std::string> {
    auto rows = book_->file().Reader()->Ask<std::string>(
        "SELECT cursor FROM instruction_cursors WHERE destination = $1", destination);
    return rows.empty() ? std::string() : std::get<0>(rows.front());
  });
}

Status InstructionBook::SetCursor(std::string_view destination, std::string_view cursor) {
  return Write(*book_,
               "INSERT INTO instruction_cursors(destination, cursor) VALUES($1, $2) ON CONFLICT(destination) DO UPDATE "
               "SET cursor = excluded.cursor",
               destination, cursor);
}

Result<bool> InstructionBook::Has(std::string_view destination, std::string_view id) const {
  return Guarded("instructions", [&]() -> Result<bool> {
    return !book_->file()
                .Reader()
                ->Ask<int>("SELECT 1 FROM instructions WHERE destination = $1 AND id = $2", destination, id)
                .empty();
  });
}

Status InstructionBook::Add(std::string_view destination, std::string_view id) {
  return Write(*book_,
               "INSERT INTO instructions(destination, id, owed, tries) VALUES($1, $2, 0, 0) ON CONFLICT DO NOTHING",
               destination, id);
}

Status InstructionBook::Owe(std::string_view destination, std::string_view id) {
  return Write(*book_,
               "INSERT INTO instructions(destination, id, owed, tries) VALUES($1, $2, 1, 0) ON "
               "CONFLICT(destination, id) DO UPDATE SET owed = 1",
               destination, id);
}

Result<std::vector<std::string>> InstructionBook::Owed(std::string_view destination, std::size_t limit) const {
  return Guarded("instructions", [&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> ids;
    for (auto& [id] : book_->file().Reader()->Ask<std::string>(
             "SELECT id FROM instructions WHERE destination = $1 AND owed = 1 ORDER BY tries, id LIMIT $2", destination,
             limit)) {
      ids.push_back(std::move(id));
    }
    return ids;
  });
}

Status InstructionBook::MarkTried(std::string_view destination, std::string_view id) {
  return Write(*book_, "UPDATE instructions SET tries = tries + 1 WHERE destination = $1 AND id = $2", destination, id);
}

Status InstructionBook::MarkAcknowledged(std::string_view destination, std::string_view id) {
  return Write(*book_, "UPDATE instructions SET owed = 0 WHERE destination = $1 AND id = $2", destination, id);
}

}  // namespace gateway
