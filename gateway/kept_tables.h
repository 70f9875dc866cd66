// KeptTables are the tables that an administrator changes from the console: the holidays of a year ("holidays-2027")
// and a destination's codes ("codes-national"), as JSON. Every version is kept in `registry.db` and goes on the ledger
// as a `config` entry with its whole text, as the files of sources do; taking one back is a version of its own. They
// count from the next start on, in place of what the configuration names: clocks and deliveries of one run go by one
// table. Threads: safe from any thread. Durable on return.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/calendar.h"
#include "petition/result.h"
#include "petition/time.h"

namespace gateway {

struct TableVersion {
  std::uint64_t version = 0;
  petition::Time at{};
  std::string by, note;
  std::string text;  ///< "": as the configuration has it
};
/// Text by name, of tables that are in place of the configuration's.
using TableTexts = std::map<std::string, std::string>;

class KeptTables {
 public:
  virtual ~KeptTables() = default;
  static petition::Result<std::unique_ptr<KeptTables>> Open(const std::filesystem::path& folder,
                                                            const petition::Clock& clock);

  /// Answers the version; the same text as the newest: the version that has it. The text was checked (CheckTable).
  virtual petition::Result<std::uint64_t> Put(std::string_view name, const std::string& text, std::string_view by,
                                              std::string_view note) = 0;
  /// All versions, newest first.
  virtual petition::Result<std::vector<TableVersion>> Versions(std::string_view name) const = 0;
  /// The newest of each become those that count, until the next start.
  virtual petition::Result<TableTexts> Begin() = 0;
  /// Those that count now, with their versions; 0: the configuration's.
  virtual petition::Result<std::map<std::string, std::uint64_t>> InEffect() const = 0;
};

/// The year of "holidays-2027"; 0: it is no such name.
int YearOfTable(std::string_view name);
/// The destination of "codes-national"; "": it is no such name.
std::string DestinationOfTable(std::string_view name);
/// Whether a text can count under that name; kInvalid says what is wrong. "" is the configuration's and always can.
petition::Status CheckTable(std::string_view name, const std::string& text);

/// Puts the kept holidays in place of the calendar's.
petition::Status ApplyHolidays(const TableTexts& tables, config::Calendar& calendar);
/// The tables that counted at the last start of a data folder, without changing anything there; none when it has none.
petition::Result<TableTexts> TablesInEffect(const std::filesystem::path& folder);

}  // namespace gateway
