// Numbers that submissions name as the earlier item of their matter, told apart from those of systems we do not know.
#include <map>

#include "dedup/case_book_impl.h"
#include "gateway/oversight/serial.h"
#include "gateway/state/registers.h"

namespace gateway {

using dedup::Guarded;
using dedup::book::Id;
using dedup::book::Millis;
using petition::Status;

namespace {

constexpr std::int64_t kNeighboursEachSide = 10;
constexpr std::size_t kNeighboursNeeded = 3;

/// The source among whose numbers it stands; "" when there is none.
std::string SourceAround(dedup::Connection& sql, const std::string& number, std::string_view day) {
  const auto serial = ReadSerial(number, day);
  if (!serial) return {};
  std::map<std::string, std::size_t> near;
  for (std::int64_t step = -kNeighboursEachSide; step <= kNeighboursEachSide; ++step) {
    const std::int64_t at = static_cast<std::int64_t>(serial->number) + step;
    if (at < 0) continue;
    std::string digits = std::to_string(at);
    if (digits.size() < serial->width) digits.insert(0, serial->width - digits.size(), '0');
    for (const auto& [source] : sql.Ask<std::string>("SELECT DISTINCT source FROM items WHERE number=$1 AND number<>''",
                                                     serial->series + digits))
      if (++near[source] >= kNeighboursNeeded) return source;
  }
  return {};
}

}  // namespace

Status Registers::TakeNamed(std::string_view number, const dedup::IntakeRow& row) {
  if (number.empty() || number.size() > 200) return petition::Ok();
  return Guarded("named", [&]() -> Status {
    auto sql = book_.file().Writer();
    if (!sql->Ask<int>("SELECT 1 FROM items WHERE number=$1 AND number<>'' LIMIT 1", std::string(number)).empty())
      return petition::Ok();
    const auto source = SourceAround(*sql, std::string(number), petition::LocalDay(row.registered_at));
    if (source.empty()) return petition::Ok();
    sql->Run(
        "INSERT OR IGNORE INTO register_lines(reg, id, source, at, answered, seconds, caller, entry) VALUES('claimed', "
        "$1, $2, $3, 1, 0, '', $4)",
        std::string(number), source, Millis(row.registered_at), Id(row.index));
    return petition::Ok();
  });
}

}  // namespace gateway
