#include "gateway/state/instruction_cursor.h"

#include "dedup/case_book_file.h"

namespace gateway {

petition::Result<InstructionCursor> InstructionCursor::Open(dedup::CaseBook& book) {
  return dedup::Guarded("instruction cursor", [&]() -> petition::Result<InstructionCursor> {
    book.file().Writer()->Exec(
        "CREATE TABLE IF NOT EXISTS instruction_cursors(destination TEXT PRIMARY KEY, cursor TEXT NOT NULL)");
    return InstructionCursor(book);
  });
}

petition::Result<std::string> InstructionCursor::Get(std::string_view destination) const {
  return dedup::Guarded("instruction cursor", [&]() -> petition::Result<std::string> {
    auto rows = book_->file().Reader()->Ask<std::string>(
        "SELECT cursor FROM instruction_cursors WHERE destination = $1", destination);
    return rows.empty() ? std::string() : std::get<0>(rows.front());
  });
}

petition::Status InstructionCursor::Set(std::string_view destination, std::string_view cursor) {
  return dedup::Guarded("instruction cursor", [&]() -> petition::Status {
    book_->file().Writer()->Run(
        "INSERT INTO instruction_cursors(destination, cursor) VALUES($1, $2) ON CONFLICT(destination) DO UPDATE SET "
        "cursor = excluded.cursor",
        destination, cursor);
    return petition::Ok();
  });
}

}  // namespace gateway
